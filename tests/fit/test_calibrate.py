"""The search for defaults: scales, the loss, and a journal that resumes to the same bits."""

import subprocess
import sys
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import errors
from sim.fit import calibrate, read, replay

HOUSE = Path(__file__).resolve().parents[2]

KNOBS = tuple(knob for knob in calibrate.KNOBS if knob.name in {"peer_rate", "click_bare", "tier"})


class Valley:
    """A bench whose loss is known: least at peer_rate .3, click_bare .6, tier .1, with luck that every seed shares."""

    def __init__(self):
        self.calls = 0

    def loss(self, laws, *, seed, **how):
        self.calls += 1
        answer = laws.answer
        far = np.log(answer.peer_rate / 0.3) ** 2 + 4 * (answer.click_bare - 0.6) ** 2 + 20 * (answer.tier - 0.1) ** 2
        return float(far + 1e-4 * (seed % 7)), 21


def search(bench, **how):
    return calibrate.calibrate(bench, replay.Laws(), knobs=KNOBS, candidates=8, generations=30, threads=1, **how)


@given(st.floats(0.001, 0.999))
def test_scales_go_there_and_back(value):
    for scale in ("log", "logit", "plain"):
        knob = calibrate.Knob("peer_rate", scale, 0.1)
        assert knob.outer(knob.inner(value)) == pytest.approx(value, rel=1e-3)


def test_the_search_finds_the_bottom():
    found = search(Valley())
    assert found.values["peer_rate"] == pytest.approx(0.3, rel=0.1)
    assert found.values["click_bare"] == pytest.approx(0.6, abs=0.05)
    assert found.values["tier"] == pytest.approx(0.1, abs=0.05)


def test_threads_change_nothing_and_seeds_do():
    one = search(Valley())
    several = calibrate.calibrate(Valley(), replay.Laws(), knobs=KNOBS, candidates=8, generations=30, threads=3)
    assert several.journal == one.journal
    assert several.values == one.values
    assert search(Valley(), seed=2).journal != one.journal


def test_a_journal_resumes_to_the_same_bits():
    kept = []
    whole = search(Valley(), keep=kept.append)
    bench = Valley()
    resumed = search(bench, journal=[list(losses) for losses in whole.journal[:20]])
    assert resumed.values == whole.values
    assert resumed.journal == whole.journal
    assert whole.generations > 20
    assert bench.calls == (whole.generations - 20) * 8 + 1
    assert [part.generations for part in kept] == list(range(1, whole.generations + 1))
    assert kept[-1].journal == whole.journal


def test_a_journal_of_another_search_is_refused():
    with pytest.raises(errors.UserError, match="generation 1 has 3 losses"):
        search(Valley(), journal=[[1.0, 2.0, 3.0]])


def test_laws_are_replaced_by_name():
    laws = calibrate.laws_with(replay.Laws(), {"peer_rate": 0.3, "delay_shape": 0.9})
    assert (laws.answer.peer_rate, laws.attention.delay_shape) == (0.3, 0.9)
    assert calibrate.values_of(laws, ["delay_shape", "peer_rate"]) == {"delay_shape": 0.9, "peer_rate": 0.3}
    with pytest.raises(errors.UserError, match="peer_rat:"):
        calibrate.laws_with(replay.Laws(), {"peer_rat": 0.3})


def row(number=1, simulated=0.64, band=(0.58, 0.70), ks=0.02, **extra):
    return {"id": number, "observed": 0.64, "simulated": simulated, "band": list(band), "ks": ks, **extra}


def test_the_loss_is_nothing_in_the_middle_and_grows_to_the_edge():
    assert calibrate.cost(row()) == 0.0
    costs = [calibrate.cost(row(simulated=value)) for value in (0.66, 0.69, 0.75)]
    assert costs == sorted(costs)
    assert costs[0] > 0
    assert calibrate.cost(row(simulated=None)) > 1
    assert calibrate.cost(row(ks=0.2)) > calibrate.cost(row(ks=0.1)) > 0
    assert calibrate.cost(row(number=19, band=(0, 0.15), ks=None, l1=0.03)) < calibrate.cost(
        row(number=19, band=(0, 0.15), ks=None, l1=0.14)
    )
    base = calibrate.loss_of([row()], [row()], 0.0)
    assert base == 0.0
    assert calibrate.loss_of([row()], [row()], 0.1) == pytest.approx(3.0)
    assert calibrate.loss_of([row()], [row(simulated=0.9)], 0.0) > 0


def test_every_knob_is_a_parameter():
    values = calibrate.values_of(replay.Laws(), [knob.name for knob in calibrate.KNOBS])
    assert calibrate.sane(values)


def test_defaults_keep_their_standing_and_refuse_another_search(tmp_path, monkeypatch):
    monkeypatch.setattr(calibrate, "Bench", lambda *_, **__: Valley())
    monkeypatch.setattr(calibrate.validate, "stage_graph", lambda **_: None)
    first = calibrate.defaults(tmp_path, tmp_path / "out", generations=3, threads=1)
    with pytest.raises(errors.UserError, match="--resume"):
        calibrate.defaults(tmp_path, tmp_path / "out", generations=3, threads=1)
    longer = calibrate.defaults(tmp_path, tmp_path / "out", generations=5, threads=1, resume=True)
    assert longer.journal[:3] == first.journal
    with pytest.raises(errors.UserError, match="was begun with"):
        calibrate.defaults(tmp_path, tmp_path / "out", generations=5, threads=1, resume=True, seed=2)
    (tmp_path / "out" / "calibration.json").write_text("[]")
    with pytest.raises(errors.UserError, match="no standing of a calibration"):
        calibrate.defaults(tmp_path, tmp_path / "out", generations=5, threads=1, resume=True)


KILLED = """
import sys
import time
from pathlib import Path
from sim.fit import calibrate
from tests.fit import test_calibrate

class Slow(test_calibrate.Valley):
    def loss(self, laws, **how):
        time.sleep(0.004)
        return super().loss(laws, **how)

calibrate.Bench = lambda *_, **__: Slow()
calibrate.validate.stage_graph = lambda **_: None
calibrate.defaults(Path("nowhere"), Path(sys.argv[1]), generations=40, threads=2)
"""


def test_a_killed_search_goes_on_to_the_same_numbers(tmp_path, monkeypatch):
    """SIGKILL in mid-generation; --resume ends where an undisturbed search ends."""
    out = tmp_path / "out"
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(out)], cwd=HOUSE)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and child.poll() is None:
        if (out / "calibration.json").exists() and read.calibration(out / "calibration.json")["generations"] >= 3:
            break
        time.sleep(0.005)
    child.kill()
    child.wait()
    done = read.calibration(out / "calibration.json")["generations"]
    monkeypatch.setattr(calibrate, "Bench", lambda *_, **__: Valley())
    monkeypatch.setattr(calibrate.validate, "stage_graph", lambda **_: None)
    whole = calibrate.defaults(Path("nowhere"), tmp_path / "whole", generations=40, threads=1)
    assert 3 <= done < whole.generations
    resumed = calibrate.defaults(Path("nowhere"), out, generations=40, threads=1, resume=True)
    assert resumed.values == whole.values
    assert resumed.journal == whole.journal
    for name in ("calibration.json", "fitted.toml"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_a_search_that_no_longer_moves_ends():
    still = [[5.0, 6.0, 7.0]] * 24
    assert calibrate.settled(still, 3)
    assert not calibrate.settled(still[:23], 3)
    falling = [[100.0 / (1 + generation)] * 3 for generation in range(24)]
    assert not calibrate.settled(falling, 3)
    plain = Valley()
    plain.loss = lambda *_, **__: (1.0, 21)
    found = search(plain)
    assert (found.settled, found.generations) == (True, calibrate.FEWEST_GENERATIONS)


def test_a_fit_on_one_half_is_tested_on_the_other(tmp_path, monkeypatch):
    asked = []

    def bench(*_, half=None, **__):
        asked.append(half)
        return Valley()

    monkeypatch.setattr(calibrate, "Bench", bench)
    monkeypatch.setattr(calibrate.validate, "stage_graph", lambda **_: None)
    monkeypatch.setattr(Valley, "graph", None, raising=False)
    found = calibrate.defaults(tmp_path, tmp_path / "out", generations=2, threads=1, half=1)
    assert asked == [1, 0]
    assert found.tested == 21
    table = tomllib.loads((tmp_path / "out" / "fitted.toml").read_text())
    laws = calibrate.laws_with(replay.Laws(), {**table["response"], **table["attention"]})
    assert calibrate.values_of(laws, list(found.values)) == found.values
