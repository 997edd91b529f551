"""Plan risk: what the mishaps cost is a matched difference, and on whom a launch hangs is told by leaving out."""

import threading

import numpy as np
import pytest

from sim.errors import UserError
from sim.model.mishap import CAUSES, Mishaps
from sim.planning import risk
from sim.runs import compare
from tests.reference import launches

ALL = ("kols", "staff", "everything")


def small(**changes):
    return launches.scenario(**{"accounts": 1_500} | changes)


@pytest.fixture(scope="module")
def graph():
    return compare.grow_graph(small(), 1)


@pytest.fixture(scope="module")
def found(graph):
    return risk.risk(small(), ALL, graph=graph, replicates=24, seed=3, target=20_000.0)


def test_as_planned_it_is_the_comparison(found, graph) -> None:
    again = compare.compare(small(), graph=graph, strategies=ALL, replicates=24, seed=3, doubt=False, jobs=1)
    matrix = again.matrix("reach", "shipped")
    for n, name in enumerate(ALL):
        row = found["strategies"][name]
        assert row["planned"]["mean"] == pytest.approx(matrix[:, n].mean(), rel=1e-12)
        assert row["planned"]["p10"] == pytest.approx(np.quantile(matrix[:, n], 0.1), rel=1e-12)
        assert row["planned"]["chance_of_missing"] == np.mean(matrix[:, n] < 20_000)
        assert row["loss"]["mean"] == pytest.approx(row["planned"]["mean"] - row["mean"], rel=1e-9, abs=1e-6)


def test_with_the_table_it_is_the_comparison_too(found, graph) -> None:
    scenario = small(mishaps=found["rates"])
    again = compare.compare(scenario, graph=graph, strategies=ALL, replicates=24, seed=3, doubt=False, jobs=1)
    means = again.matrix("reach", "shipped").mean(axis=0)
    assert means == pytest.approx([found["strategies"][name]["mean"] for name in ALL], rel=1e-12)


def test_every_cause_stands_alone_and_the_sweep_has_two_ends(found) -> None:
    for row in found["strategies"].values():
        assert [one["cause"] for one in row["causes"]] == list(CAUSES)
        assert [one["rates"] for one in row["sweep"]] == ["low", "high"]
        low, high = row["sweep"]
        assert low["loss"]["mean"] < high["loss"]["mean"]
    hired = {one["cause"]: one for one in found["strategies"]["staff"]["causes"]}
    for cause in ("no_show", "late", "backlash"):  # staff is not hired
        assert hired[cause]["mean"] == hired[cause]["touched"] == 0.0
    assert any(one["touched"] > 0 for one in found["strategies"]["kols"]["causes"])


def test_who_is_left_out_is_as_if_never_planned(graph) -> None:
    """kols without anna is the launch that calls ben alone, bit for bit."""
    plans = {"kols": {"posts": launches.EVERYTHING[:2]}}
    plans["ben"] = {"posts": [launches.EVERYTHING[0], {"by": "ben", "at": 1, "spread": 3}]}
    scenario = small(strategies=plans)
    found = risk.risk(scenario, ["kols", "ben"], graph=graph, replicates=8, seed=2)["strategies"]
    loses = {one["name"]: one["mean"] for one in found["kols"]["accounts"]}
    assert set(loses) == {"brand", "anna", "ben"}
    expected = found["kols"]["planned"]["mean"] - found["ben"]["planned"]["mean"]
    assert loses["anna"] == pytest.approx(expected, rel=1e-12)
    assert loses["anna"] > loses["ben"]  # twice the audience


def test_no_show_of_all_is_the_launch_without_them(graph) -> None:
    rates = Mishaps(**dict.fromkeys(CAUSES, 0.0)).model_copy(update={"no_show": 1.0})
    found = risk.risk(small(), ["kols", "brand"], mishaps=rates, graph=graph, replicates=8)["strategies"]
    assert found["kols"]["mean"] == found["brand"]["planned"]["mean"] < found["kols"]["planned"]["mean"]


def test_the_ends_are_the_declared_doubts() -> None:
    low, high = (risk.at_end(Mishaps(), end) for end in risk.ENDS)
    assert (low.deleted, high.deleted) == (0.01, 0.16)
    twice = risk.at_end(Mishaps(deleted=0.06), "high")
    assert twice.deleted == pytest.approx(0.32)
    assert risk.at_end(Mishaps(deleted=0.9), "high").deleted == 1.0


def test_threads_change_nothing(graph) -> None:
    one, two = (risk.risk(small(), ["kols"], graph=graph, replicates=6, jobs=jobs) for jobs in (1, 2))
    assert one == two


def test_wrong_questions(graph) -> None:
    with pytest.raises(UserError, match="at least 2"):
        risk.risk(small(), ["kols"], graph=graph, replicates=1)
    with pytest.raises(UserError, match="not a strategy"):
        risk.risk(small(), ["kol"], graph=graph)
    stop = threading.Event()
    stop.set()
    with pytest.raises(compare.CancelledError):
        risk.risk(small(), ["kols"], graph=graph, cancel=stop)
