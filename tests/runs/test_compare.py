"""The main job: any number of threads gives the same bits, strategies come and go without moving the others."""

import threading

import numpy as np
import pandas as pd
import pytest

from sim.errors import UserError
from sim.results.outcome import Outcome
from sim.runs import compare, findings
from sim.runs.play import play
from tests.reference import launches

FRAMES = ("outcomes", "parts", "curves", "drawn")


@pytest.fixture(scope="module")
def scenario():
    return launches.scenario(accounts=2_000, days=1)


@pytest.fixture(scope="module")
def alone(scenario):
    return compare.compare(scenario, replicates=8, seed=3, jobs=1)


def test_something_happened(alone) -> None:
    lively = alone.outcomes[alone.outcomes["strategy"] == "everything"]
    assert len(alone.outcomes) == 8 * 2 * 5
    assert lively["reposts"].min() > 0
    assert lively["comments"].sum() > 0
    assert lively["reach"].nunique() > 8
    assert alone.curves["reads"].max() > 0
    assert alone.curves["reposts"].max() > 0
    assert len(alone.drawn) == 8


@pytest.mark.parametrize("jobs", [2, 4])
def test_thread_count_changes_nothing(scenario, alone, jobs: int) -> None:
    several = compare.compare(scenario, replicates=8, seed=3, jobs=jobs)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(several, name), getattr(alone, name), check_exact=True)


def test_a_rival_more_moves_nobody(scenario, alone) -> None:
    """Outcomes of a strategy do not depend on which others are compared, nor on their order."""
    few = compare.compare(scenario, strategies=["everything", "brand"], replicates=8, seed=3, jobs=2)
    for luck in ("shipped", "assumptions"):
        for metric in ("reads", "reach", "reposts", "comments"):
            both = few.matrix(metric, luck, ["brand", "everything"])
            assert (both == alone.matrix(metric, luck, ["brand", "everything"])).all()


def test_more_replicates_begin_with_the_same(scenario, alone) -> None:
    fewer = compare.compare(scenario, replicates=3, seed=3, jobs=2)
    expected = alone.outcomes[alone.outcomes["replicate"] < 3].reset_index(drop=True)
    pd.testing.assert_frame_equal(fewer.outcomes, expected, check_exact=True)


def test_another_seed_is_other_luck(scenario, alone) -> None:
    other = compare.compare(scenario, replicates=8, seed=4, jobs=2)
    assert (other.matrix("reach", "shipped", ["everything"]) != alone.matrix("reach", "shipped", ["everything"])).any()
    assert not set(other.outcomes["seed"]) & set(alone.outcomes["seed"])


def test_a_replicate_can_be_played_again(scenario, alone) -> None:
    """The seed in the table is all it takes."""
    row = alone.outcomes.query("luck == 'shipped' and strategy == 'everything' and replicate == 5").iloc[0]
    again = play(scenario, launches.set_up(scenario), "everything", int(row["seed"]))
    for metric, value in again.metrics.items():
        assert row[metric] == value or (np.isnan(row[metric]) and value is None), metric


def test_doubt_is_matched_and_can_be_left_out(scenario, alone) -> None:
    sure = compare.compare(scenario, replicates=8, seed=3, jobs=2, doubt=False)
    shipped = alone.outcomes[alone.outcomes["luck"] == "shipped"].reset_index(drop=True)
    pd.testing.assert_frame_equal(sure.outcomes, shipped, check_exact=True)
    assert set(sure.outcomes["luck"]) == {"shipped"}
    doubtful = alone.matrix("reach", "assumptions", ["everything"])
    assert (doubtful != alone.matrix("reach", "shipped", ["everything"])).any()


def test_the_sentence_says_the_planners_titles(scenario) -> None:
    told = {name: one.model_dump() for name, one in scenario.strategies.items()}
    told["everything"]["title"], told["brand"]["title"] = "All at once, for two days", "We ourselves"
    found = compare.compare(
        scenario.changed({"strategies": told}), strategies=["brand", "everything"], replicates=4, jobs=2
    )
    sentence = findings.findings(found)["sentence"]
    assert "All at once, for two days" in sentence
    assert "We ourselves" in sentence
    assert findings.verdict_of(found).ahead == "everything"  # programs read names


def test_seeds_of_replicates_share_nothing() -> None:
    seeds = [compare.replicate_seed(seed, replicate) for seed in range(40) for replicate in range(250)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < 2**63 for seed in seeds)
    ones = np.unpackbits(np.array(seeds, np.uint64).view(np.uint8)).mean()
    assert abs(ones * 64 / 63 - 0.5) < 0.01


def test_auto_stops_with_a_leader(scenario) -> None:
    """Everything against the brand alone is no contest: the first looks call it."""
    found = compare.compare(scenario, strategies=["brand", "everything"], goal="reach", seed=1, jobs=2, doubt=False)
    assert found.stopped in ("leader", "width")
    assert found.replicates >= 2
    assert len(found.outcomes) == 2 * found.replicates
    reach = found.matrix("reach", "shipped", ["brand", "everything"]).mean(axis=0)
    assert reach[1] > reach[0]


def test_auto_keeps_its_time(scenario) -> None:
    """Two equal strategies have no leader; the limit ends the run."""
    twins = scenario.changed({"strategies": {"copy": scenario.strategies["everything"].model_dump()}, "width": 1e-6})
    found = compare.compare(twins, strategies=["everything", "copy"], jobs=2, doubt=False, max_seconds=0.0)
    assert found.stopped in ("limit", "width")


def test_progress_and_cancel(scenario) -> None:
    heard: list[tuple[str, int, int]] = []
    compare.compare(scenario, replicates=4, jobs=2, progress=lambda *said: heard.append(said))
    done = [count for what, count, _ in heard if "launches" in what]
    assert done == sorted(done)
    assert done[-1] == heard[-1][2] == 8
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(compare.CancelledError):
        compare.compare(scenario, replicates=4, jobs=2, cancel=cancel)


def test_unknown_strategies_and_budgets_are_refused(scenario) -> None:
    with pytest.raises(UserError, match="'brnad' is not a strategy"):
        compare.compare(scenario, strategies=["brnad"], replicates=1)
    with pytest.raises(UserError, match="No strategy was named"):
        compare.compare(scenario, strategies=[], replicates=1)
    poor = scenario.changed({"budget": 1.0})
    with pytest.raises(UserError, match=r"\[strategies\..*the budget is 1 RMB"):
        compare.compare(poor, replicates=1)


@pytest.mark.parametrize("luck", ["shipped", "assumptions"])
def test_control_is_silent(alone, luck: str) -> None:
    for metric in ("reads", "reach", "reposts", "comments", "cost"):
        assert (alone.matrix(metric, luck, ["control"]) == 0).all()
        assert alone.matrix(metric, luck, ["everything"]).max() > 0
    assert "control" not in alone.ranked


def test_curves_of_all_runs_are_the_tables_of_each_one_below_the_other() -> None:
    """Also where one strategy has a curve that another lacks."""
    hours = np.arange(4, dtype=np.int32)
    runs = [
        ("plain", 0, Outcome({}, {"reads": hours * 1.0, "reach": hours * 2.0}, {})),
        ("bots", 3, Outcome({}, {"reads": hours * 3.0, "bot_reposts": hours * 4.0, "reach": hours * 5.0}, {})),
    ]
    tables = [pd.DataFrame({"strategy": s, "replicate": r, "hour": hours} | of.curves) for s, r, of in runs]
    pd.testing.assert_frame_equal(compare.curve_table(runs), pd.concat(tables, ignore_index=True), check_exact=True)
