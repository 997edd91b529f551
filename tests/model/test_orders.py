"""Orders: those that come anyway are counted under the same luck; reads add some; messengers share them out."""

import numpy as np
import pytest
from scipy import stats

from sim.kernels import ledger, ordering
from sim.model import orders
from sim.runs import play
from tests.reference import launches, luck

ORDERS = {"buyers": 0.5, "hazard": 0.01}


@pytest.fixture(scope="module")
def scene():
    post = {"by": "brand", "times": 2, "every": 6}
    strategies = {
        "control": {},
        "brand": {"posts": [post]},
        "offer": {"posts": [post | {"content": "offer"}]},
        "everything": {"posts": launches.EVERYTHING},
    }
    wanted = launches.scenario(
        accounts=6_000,
        days=4,
        strategies=strategies,
        orders=ORDERS,
        contents={"launch": {}, "offer": {"discount": 0.5}},
    )
    return wanted, launches.set_up(wanted)


@pytest.fixture(scope="module")
def outcomes(scene):
    return {name: [play.play(*scene, name, seed) for seed in range(6)] for name in scene[0].strategies}


@pytest.mark.luck
def test_without_a_launch_orders_are_those_that_come_anyway(outcomes, scene):
    for one in outcomes["control"]:
        assert one.metrics["orders"] == one.parts["orders_anyway"] > 0
        assert one.parts["orders_extra"] == 0
    people = orders.buyers_of(ORDERS["buyers"], scene[1].panel, 6_000).size
    count = sum(one.metrics["orders"] for one in outcomes["control"]) / scene[1].factor
    assert luck.counted(round(count), 1 - np.exp(-ORDERS["hazard"] * 4), people * len(outcomes["control"]))


def test_a_launch_only_adds(outcomes):
    for name in ("brand", "everything"):
        for one, other in zip(outcomes[name], outcomes["control"], strict=True):
            assert one.parts["orders_anyway"] == other.parts["orders_anyway"]
            assert one.parts["orders_extra"] >= 0
        assert np.mean([one.parts["orders_extra"] for one in outcomes[name]]) > 0


def test_a_discount_sells_more(outcomes):
    gained = [np.mean([one.metrics["orders"] for one in outcomes[name]]) for name in ("brand", "offer")]
    assert gained[1] > gained[0]


def test_first_and_last_messenger_share_the_same_orders(outcomes):
    for one in outcomes["everything"]:
        first = sum(value for name, value in one.parts.items() if name.startswith("orders_first_"))
        last = sum(value for name, value in one.parts.items() if name.startswith("orders_last_"))
        assert first > 0
        assert first == pytest.approx(last)
        assert first <= one.metrics["orders"]
        assert one.parts["orders_first_kol"] > 0


def test_cost_and_leads(outcomes):
    for one in outcomes["everything"]:
        assert one.metrics["cost_per_order"] == pytest.approx(one.metrics["cost"] / one.metrics["orders"])
        assert one.metrics["leads"] == pytest.approx(0.3 * one.metrics["questions"])


def test_the_stock_by_hand():
    """One buyer, 5 reads at trust 2, then a night without: 2 (1 + 1 + 1 + 1/2 + 1/4), then half of it."""
    rules = ordering.Orders(buyers=1.0, hazard=0.0, fade=2.0)
    watch = np.zeros(1, ledger.WATCH)
    watch["times"] = 5
    shop = orders.Shop(rules, np.uint64(1), np.full(2, 2.0), np.full(7, 2.0), panel=1, public=1)
    for now, expected in enumerate((7.5, 3.75)):
        visit = shop.due(now, np.array([0]))
        assert shop.night(now, visit, 0.0, watch, np.zeros(1, np.float32)) == 0
        assert shop.state["stock"][0] == pytest.approx(expected)


def test_who_could_buy_is_a_share_of_all_and_the_same_for_every_panel():
    everybody = orders.could_buy(0.3, 20_000)
    assert everybody.mean() == pytest.approx(0.3, abs=0.01)
    assert (orders.buyers_of(0.3, 4, 5_000) * 4).tolist() == [row for row in np.flatnonzero(everybody) if row % 4 == 0]
    assert not (everybody & ~orders.could_buy(0.5, 20_000)).any()


def test_what_is_to_be_expected_by_hand():
    """Of two buyers one reads once, on the first of three nights: a stock of 2, then half, then a quarter of it.

    The other one is never visited and has its plain hazard.
    """
    rules = ordering.Orders(buyers=1.0, hazard=0.001, effect=4.0, fade=2.0)
    watch = np.zeros(2, ledger.WATCH)
    watch["times"][0] = 1
    shop = orders.Shop(rules, np.uint64(1), np.full(3, 2.0), np.full(7, 2.0), panel=1, public=2)
    assert shop.expected() == pytest.approx(2 * 0.001 * 6)
    shop.night(0, np.array([0]), 0.0, watch, np.zeros(2, np.float32))
    read = sum(0.001 * 2 * (1 + 4.0 * stock) for stock in (2.0, 1.0, 0.5))
    assert shop.expected() == pytest.approx(read + 0.001 * 6, rel=1e-5)


@pytest.mark.luck
def test_expected_orders_are_orders_without_their_coins() -> None:
    """Over many replicates the same mean, within 5 standard errors of the difference, and a fraction of the spread."""
    wanted = launches.scenario(
        accounts=2_000, strategies={"kols": {"posts": [{"by": "kols", "times": 3, "every": 5}]}}, orders={"buyers": 0.5}
    )
    stage = launches.set_up(wanted)
    found = []
    for seed in range(300):
        outcome = play.play(wanted, stage, "kols", seed)
        found.append((outcome.metrics["orders"], outcome.parts["orders_expected"]))
    fell, expected = np.array(found).T
    gap = fell - expected
    assert fell.sum() > 300 * stage.factor * 0.1  # seven in ten runs, and their luck
    assert abs(gap.mean()) < 5 * gap.std(ddof=1) / np.sqrt(gap.size)
    assert expected.std() < 0.25 * fell.std()
    # Buyers who never read count with their plain hazard until they order: nobody posts, and just that is expected.
    nobody = play.play(wanted.changed({"strategies": {"kols": {"posts": []}}}), stage, "kols", 1)
    people = orders.buyers_of(0.5, stage.panel, 2_000).size
    each = wanted.orders.hazard * wanted.days
    ordered = nobody.metrics["orders"]
    assert ordered <= stage.factor * stats.poisson.isf(1e-6, people * each)
    assert 0 <= people * stage.factor * each * (1 + 1e-9) - nobody.parts["orders_expected"] <= ordered * each + 1e-6
