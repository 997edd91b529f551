"""The proxy's weights: who counts for which goal, and that they rank KOLs as the simulation does."""

import numpy as np
import pytest

from sim.kernels import draws
from sim.model import orders
from sim.planning import baselines, candidates, proxy, roster, trials, weights
from sim.planning.candidates import Candidate
from sim.results import metrics
from sim.runs import compare
from tests.reference import launches

PLAN = {"hire": {"posts": [{"by": "brand"}, {"by": "kols", "at": 1}]}}
# Alike in size, unlike in whom they reach; and one that is larger and off the topic.
GIVEN = [
    Candidate(name="keen", followers=12_000, fee=1_000, fit=0.9),
    Candidate(name="even", followers=12_000, fee=1_000, fit=0.5),
    Candidate(name="cool", followers=12_000, fee=1_000, fit=0.05),
    Candidate(name="loud", followers=18_000, fee=1_000, fit=0.05),
]


def small(**changes):
    quiet = launches.LIVELY | {"repost_rate": 0.02, "peer_rate": 0.02, "interest_off": 0.1}
    wanted = {"accounts": 6_000, "strategies": PLAN, "response": quiet, "growth": {"follow": 0.1}, "orders": {}}
    return launches.scenario(**{**wanted, **changes})


@pytest.fixture(scope="module")
def world():
    graph = compare.grow_graph(small(), 1)
    table = candidates.seat(small(), GIVEN, 2_500)
    from sim.model import stage as stage_room

    return graph, table, stage_room.set_stage(table.scenario, graph)


def test_every_metric_has_a_weight_or_is_told(world) -> None:
    _, table, stage = world
    for name in metrics.METRICS:
        goal = metrics.goal(name)
        if name in weights.KINDS:
            assert weights.left_out(goal) == []
            found = weights.weight(next(iter(weights.counted(goal))), table.scenario, stage)
            assert found.shape == (stage.casting.graph.base,)
            assert found.min() >= 0 < found.max()
        else:
            assert weights.left_out(goal) == [name]
            assert weights.counted(goal) == {"reach": 1.0}


def test_buyers_are_the_simulations_own(world) -> None:
    _, table, stage = world
    found = weights.weight("orders", table.scenario, stage)
    share = table.scenario.orders.buyers
    gate = int(share * 2**64)
    plain = [int(draws.bits(orders.PEOPLE, account)) < gate for account in range(found.size)]
    assert np.array_equal(found > 0, plain)
    assert 0.5 * share < found.mean() < 2 * share


def test_those_who_follow_already_are_no_new_followers(world) -> None:
    _, table, stage = world
    found = weights.weight("new_followers", table.scenario, stage)
    brand = stage.casting.graph.row(int(stage.casting.roles["brand"].accounts[0]))
    assert (found[brand] == 0).all()
    others = np.setdiff1d(np.arange(found.size), brand)
    assert sorted(set(found[others].tolist())) == pytest.approx([0.1, 1.0])


@pytest.mark.parametrize("goal", ["messages", "new_followers", "reach"])
def test_it_ranks_as_the_simulation_does(world, goal: str) -> None:
    _, table, stage = world
    carry = proxy.Proxy(table, stage, 1, goal=metrics.goal(goal))
    thought = np.array([carry.reach((i,)) for i in range(4)]) - carry.reach(())
    plays = trials.Trials(table.scenario, stage, metrics.goal(goal), seed=1)
    plans = [table.strategy(()), *(table.strategy((i,)) for i in range(4))]
    scores = plays.score(plans, range(80)).mean(axis=0)
    simulated = scores[1:] - scores[0]
    assert simulated.min() > 0
    order = np.argsort(simulated)
    apart = np.diff(np.log(simulated[order])) > 0.15  # neighbours that the simulation tells apart
    assert apart.sum() >= 1
    assert (np.diff(thought[order])[apart] > 0).all()
    if goal == "new_followers":
        assert thought[0] > thought[3] > thought[2]  # keen beats loud, though it is smaller
    plain = proxy.Proxy(table, stage, 1)
    alike = np.array([plain.reach((i,)) for i in range(4)])
    assert goal == "reach" or alike[3] > alike[0]  # without weights the larger one would win


def test_reach_is_counted_as_ever(world) -> None:
    _, table, stage = world
    carry = proxy.Proxy(table, stage, 1)
    assert np.ptp(carry.value) == 0.0
    assert carry.reach((0, 1)) == pytest.approx(carry.part("reach", (0, 1)), rel=1e-12)


def test_a_goal_of_several_metrics_is_weighed_by_a_short_play(world) -> None:
    graph, _table, _stage = world
    goal = {"new_followers": 50.0, "reach": 0.001}
    found = roster.choose(small(goal=goal), 2_500, GIVEN, graph=graph, replicates=4, risky=False).plain()
    assert set(found["proxy"]["counts"]) == {"new_followers", "reach"}
    assert "keen" in found["proxy"]["roster"]  # followers dominate: fifty points each
    assert found["proxy"]["rank_correlation"] > 0
    assert found["proxy"]["not_seen"] == []


def test_the_bound_holds_with_weights(world) -> None:
    """No roster carries more than the bound, for any weights."""
    _, table, stage = world
    for goal in ("messages", "orders", "new_followers"):
        carry = proxy.Proxy(table, stage, 1, goal=metrics.goal(goal))
        best, bound = baselines.greedy(table, carry)
        values = [carry.reach(one) for one in baselines.every(table)]
        assert carry.reach(best) <= max(values) * (1 + 1e-9) <= bound * (1 + 1e-9)
        assert carry.reach(best) >= 0.39 * max(values)


def test_costs_per_something_count_the_something() -> None:
    assert weights.counted(metrics.goal("cost_per_order")) == {"orders": 1.0}
    assert weights.counted(metrics.goal({"orders": 2.0, "complaints": 1.0})) == {"orders": 2.0}
