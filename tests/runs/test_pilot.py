"""The pilot: numbers that can be told by hand, warnings that come when they should and stay away when not."""

import threading

import numpy as np
import pytest

from sim.graph.follower_graph import FollowerGraph
from sim.model import stage
from sim.runs import compare, health, pilot, play
from tests.reference import launches

ONE = {"few": {"posts": [{"by": "anna"}, {"by": "brand"}]}, "own": {"posts": [{"by": "brand"}]}}


@pytest.fixture(scope="module")
def graph():
    return compare.grow_graph(launches.scenario(), 1)


def test_replicates_needed_by_hand() -> None:
    """A difference with standard deviation 10 about a leader of 100: 1.96 x 10 / (0.05 x 100) squared = 15.4."""
    scores = np.array([[90.0, 50.0], [110.0, 50.0]] * 50)
    spread = np.std(scores[:, 0], ddof=1)
    expected = np.ceil((1.96 * spread / 5.0) ** 2)
    assert pilot.replicates_needed(scores, 0.05, True) == expected == 16
    assert pilot.replicates_needed(np.array([[5.0, 6.0], [4.0, 5.0], [9.0, 10.0]]), 0.05, False) == 2  # same luck
    assert pilot.replicates_needed(np.full((4, 2), np.nan), 0.05, True) is None
    assert pilot.replicates_needed(np.zeros((4, 2)), 0.05, True) is None


def test_a_launch_that_hangs_on_one_account_is_told(graph) -> None:
    scenario = launches.scenario(strategies=ONE, width=0.001)
    found = pilot.pilot(scenario, graph, replicates=6, jobs=1)
    row = found["strategies"]["few"]
    assert row["largest_account"] == "anna"
    assert 0.5 < row["largest_share_of_reads"] < 1.0
    # What the brand alone would have reached, under the same luck.
    own = [play.play(scenario, stage.set_stage(scenario, graph), name, compare.replicate_seed(1, 0)) for name in ONE]
    assert own[1].metrics["reach"] < own[0].metrics["reach"]
    assert 0.3 < row["largest_share_of_reach"] < 1.0
    assert found["strategies"]["own"]["largest_share_of_reach"] == pytest.approx(1.0)
    told = " ".join(found["warnings"])
    assert "[strategies.few]" in told
    assert "anna" in told
    assert "[strategies.own]" not in told  # nobody else is called
    assert found["replicates_needed"] > 400
    assert "auto stops at" in told
    assert row["mean"] > found["strategies"]["own"]["mean"]


def test_the_numbers_are_those_of_the_comparison(graph) -> None:
    scenario = launches.scenario(strategies=ONE)
    found = pilot.pilot(scenario, graph, replicates=5, seed=3, jobs=2)
    played = compare.compare(scenario, graph=graph, replicates=5, seed=3, doubt=False, jobs=1)
    for name, mean in zip(ONE, played.matrix("reach", "shipped").mean(axis=0), strict=True):
        assert found["strategies"][name]["mean"] == pytest.approx(mean, rel=1e-12)
    reads = played.matrix("reads", "shipped").sum(axis=0) / played.matrix("reach", "shipped").sum(axis=0)
    assert [found["strategies"][name]["reads_per_reader"] for name in ONE] == pytest.approx(list(reads))


def test_a_saturated_audience_is_told(graph) -> None:
    posts = [{"by": "anna", "times": 12, "every": 2}]
    keen = {"items_read": 2_000, "sessions": 20, "dormant": 0.2}
    flood = launches.scenario(strategies={"flood": {"posts": posts}}, attention=keen)
    found = pilot.pilot(flood, compare.grow_graph(flood, 1), replicates=3, jobs=1)
    assert found["strategies"]["flood"]["met_often"] > pilot.CROWD
    assert "saturated" in " ".join(found["warnings"])
    calm = pilot.pilot(launches.scenario(), graph, replicates=3, jobs=1)
    assert "saturated" not in " ".join(calm["warnings"])


def test_a_graph_read_the_wrong_way_round_is_suspected() -> None:
    """A star: one account with 500 followers, or, turned around, one that follows 500."""
    right = launches.graph_of([list(range(1, 500)), *[[] for _ in range(499)]])
    wrong = launches.graph_of([[], *[[0] for _ in range(499)]])
    assert pilot.direction_warnings(right) == []
    assert "--direction" in pilot.direction_warnings(wrong)[0]
    nobody = FollowerGraph(np.zeros(5, np.int64), np.empty(0, np.int32), np.array([0, 4], np.int64))
    assert pilot.direction_warnings(nobody) == ["The graph has no links."]


def test_grown_graphs_are_never_suspected(graph) -> None:
    assert pilot.direction_warnings(graph) == []


def test_health_knows_every_group_of_the_cast() -> None:
    cast = {"branches": [{"name": "city", "audience": 0.05}]}
    scenario = launches.scenario(cast=cast, strategies={"all": {"posts": [{"by": "branches"}, {"by": "kols"}]}})
    found = health.pushes(scenario, "all")
    assert found == pytest.approx({"city": 5_000.0, "anna": 20_000.0, "ben": 10_000.0})
    assert health.health(scenario)["errors"] == []


def test_cancel_stops(graph) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(compare.CancelledError):
        pilot.pilot(launches.scenario(), graph, cancel=stop)


def test_parameters_outside_their_range_are_told() -> None:
    """The declared range of a practice, and the calibrated one of [doubt] where there is one."""
    scenario = launches.scenario(
        orders={"hazard": 0.01},
        doubt={"response.comment_ratio": {"low": 0.1, "high": 0.2}, "contents.launch.quality": {"low": 2, "high": 3}},
        contents={"launch": {"quality": 1.0}},
    )
    told = [line for line in health.health(scenario)["warnings"] if "outside" in line]
    assert any(line.startswith("[orders] hazard = 0.01 lies outside the plausible") for line in told)
    assert "[response] comment_ratio = 0.3 lies outside the calibrated 0.1 to 0.2." in told
    assert "[contents.launch] quality = 1 lies outside the calibrated 2 to 3." in told
    plain = launches.scenario(contents={"launch": {"quality": 50.0}})
    assert not [line for line in health.health(plain)["warnings"] if "contents" in line]
