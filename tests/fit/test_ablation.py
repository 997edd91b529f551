"""Every ingredient has a switch, and the table says what breaks without it."""

import types

import pytest

from sim.fit import ablation, calibrate, replay


def test_every_switch_changes_a_parameter():
    laws = replay.Laws()
    switches = ablation.without(laws)
    assert len(switches) > 10
    for name, values in switches.items():
        assert calibrate.laws_with(laws, values) != laws, name
    calibrate.laws_with(laws, ablation.plain(0.01))


def test_a_memoryless_delay_keeps_its_median():
    laws = replay.Laws()
    values = ablation.memoryless(laws)
    new = calibrate.laws_with(laws, values).attention
    middle = laws.attention.delay_scale * (2 ** (1 / laws.attention.delay_shape) - 1)
    assert new.delay_scale * (2 ** (1 / new.delay_shape) - 1) == pytest.approx(middle)


class Bench:
    """Targets 1 and 2; 1 needs quality to vary, 2 is met only by one rate for all."""

    graph = types.SimpleNamespace(base=1_000)

    def compare(self, laws, **how):
        rows = [
            {"id": 1, "pass": laws.answer.quality_spread > 0},
            {"id": 2, "pass": laws.answer.repost_rate == laws.answer.peer_rate},
        ]
        return {"all": rows}, 0.25

    def on(self, graph):
        assert graph.accounts == 1_000
        return self


def test_the_table_tells_broken_from_mended():
    rows = {row.name: row for row in ablation.table(Bench(), replay.Laws(), threads=1)}
    assert rows["full law"].missed == (2,)
    assert rows["without: message quality varies"].broken == (1,)
    assert rows["without: message quality varies"].mended == ()
    assert rows["independent cascade, rate 0.01"].mended == (2,)
    broken = ablation.line(rows["without: message quality varies"])
    assert broken == "| without: message quality varies | 0 | 1 | - | 25.0% |"
    assert broken.count("|") == ablation.HEADER.split("\n")[0].count("|")
