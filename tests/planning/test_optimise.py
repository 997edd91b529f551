"""The search: within the budget, better than what was planned by hand, reported on luck it never saw."""

import numpy as np
import pytest

from sim.errors import UserError
from sim.planning import limits, optimise, trials
from sim.runs import compare
from tests.reference import launches

BUDGET = 4_000


def small(**changes):
    return launches.scenario(**{"accounts": 1_500, "budget": BUDGET} | changes)


@pytest.fixture(scope="module")
def graph():
    return compare.grow_graph(small(), 1)


@pytest.fixture(scope="module")
def found(graph):
    return optimise.optimise(small(), "reach", BUDGET, graph=graph, plans=40, replicates=16, seed=3, target=30_000.0)


def test_every_plan_keeps_to_the_budget(found) -> None:
    assert found["front"]
    for plan in found["front"]:
        assert plan["cost"] <= BUDGET
        assert plan["p10"] <= plan["mean"] <= plan["p90"]
        assert 0.0 <= plan["chance_of_missing"] <= 1.0
    assert all(row["cost"] <= BUDGET for row in found["strategies"].values())


def test_the_front_is_one() -> None:
    values = [(3.0, 10.0, 1.0), (2.0, 5.0, 1.0), (2.0, 6.0, 0.5), (1.0, 9.0, 2.0), (3.0, 10.0, 1.0)]
    assert optimise._front(values) == [0, 1, 3, 4]


def test_it_beats_the_plans_by_hand(found) -> None:
    """The brand's two posts leave most of the money: any sound search finds better."""
    assert found["best"]["mean"] > found["strategies"]["brand"]["mean"]
    assert found["lead"]["mean"] > -0.05 * found["best"]["mean"]


def test_what_is_reported_was_played_on_other_luck(found, graph) -> None:
    """The numbers of the best plan are those of a fresh `compare` with its plan."""
    scenario = small().changed({"strategies": {"best": found["best"]["plan"]}})
    again = compare.compare(scenario, graph=graph, strategies=["best"], replicates=16, seed=3, doubt=False, jobs=1)
    reach = again.matrix("reach", "shipped")[:, 0]
    assert found["best"]["mean"] == pytest.approx(reach.mean(), rel=1e-12)
    assert found["best"]["searched_mean"] != found["best"]["mean"]
    assert trials.UNSEEN > 16
    assert np.ptp(reach) > 0


def test_the_same_seed_the_same_plans_on_any_threads(graph) -> None:
    one, two = (
        optimise.optimise(small(), "reach", BUDGET, graph=graph, plans=18, replicates=4, seed=3, jobs=jobs)
        for jobs in (1, 2)
    )
    assert one == two


def test_the_scenario_s_own_plans_are_where_it_begins() -> None:
    space = optimise.Space(small(), BUDGET)
    hand = dict(zip(small().strategies, space.by_hand(), strict=True))
    assert hand["brand"]["brand_posts"] == 2
    assert hand["brand"]["kol_share"] == hand["brand"]["employee_participation"] == 0.0
    assert hand["everything"]["employee_participation"] == 0.7
    for name in ("brand", "kols", "staff"):
        assert space.cost(space.plan(hand[name])) == pytest.approx(space.cost(small().strategies[name]))


def test_nothing_fits_no_money(graph) -> None:
    with pytest.raises(UserError, match="budget"):
        optimise.optimise(small(), "reach", 0.0, graph=graph)


def test_desk_and_prizes_are_split_out_of_the_budget() -> None:
    """A share of the budget in prizes, a number of agents: the bill says both, and half of each costs half."""
    plans = {
        "desk": {"posts": [{"by": "brand"}], "desk": {"agents": 2, "opens": 9, "closes": 12}},
        "prize": {"posts": [{"by": "brand"}], "prize": {"number": 10, "value": 20.0}},
    }
    scenario = small(strategies=plans, service={})
    space = optimise.Space(scenario, BUDGET)
    hand = dict(zip(plans, space.by_hand(), strict=True))
    assert hand["prize"]["prize_share"] == pytest.approx(200.0 / BUDGET)
    assert hand["desk"]["agents"] == 2
    for name in plans:
        assert space.cost(space.plan(hand[name])) == pytest.approx(space.cost(scenario.strategies[name]))
    bills = [
        limits.spent(scenario, space.plan(hand["desk"] | {"agents": agents, "prize": "prize", "prize_share": share}))
        for agents, share in ((1, 0.1), (2, 0.2))
    ]
    for item in ("service", "prizes"):
        assert 0 < bills[0][item] == pytest.approx(bills[1][item] / 2)
    assert bills[1]["prizes"] == pytest.approx(0.2 * BUDGET)


def test_what_is_risked_is_reported_for_every_plan(found) -> None:
    for row in (*found["front"], *found["strategies"].values()):
        assert row["risk"]["planned"]["mean"] == row["mean"]
        assert row["risk"]["p10"] <= row["risk"]["mean"] <= row["risk"]["p90"]
        assert row["risk"]["chance_of_missing"] is not None
    assert found["rates"]["no_show"] == 0.05


def test_with_a_target_the_chance_of_reaching_it_is_a_side_of_the_front() -> None:
    """Worse on mean, cost and the bad tenth, but surer to reach the target: stays."""
    values = [(5.0, 10.0, 1.0, 0.6), (4.0, 10.0, 0.5, 0.8), (4.0, 11.0, 0.5, 0.8)]
    assert optimise._front(values) == [0, 1]
    assert optimise._front([one[:3] for one in values]) == [0]
    assert optimise._values(np.array([1.0, 2.0, 3.0, 4.0]), 7.0, 3.0) == (2.5, 7.0, pytest.approx(1.3), 0.5)
