"""Orders: those that come anyway are counted under the same luck; reads add some; messengers share them out."""

import numpy as np
import pytest

from sim.kernels import ledger, ordering
from sim.model import attribution
from sim.runs import play
from tests.reference import launches

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


def test_without_a_launch_orders_are_those_that_come_anyway(outcomes, scene):
    for one in outcomes["control"]:
        assert one.metrics["orders"] == one.parts["orders_anyway"] > 0
        assert one.parts["orders_extra"] == 0
    expected = 100_000 * ORDERS["buyers"] * (1 - np.exp(-ORDERS["hazard"] * 4))
    got = np.mean([one.metrics["orders"] for one in outcomes["control"]])
    assert got == pytest.approx(expected, rel=0.2)


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


def test_what_a_messenger_adds(scene, outcomes):
    added = attribution.incremental(*scene, "everything", 0)
    assert set(added) == {"brand", "kols", "employees"}
    assert added["kols"] > 0
    total = outcomes["everything"][0].parts["orders_extra"]
    assert max(added.values()) <= total
    assert attribution.incremental(*scene, "brand", 0) == {"brand": outcomes["brand"][0].parts["orders_extra"]}


def test_cost_and_leads(outcomes):
    for one in outcomes["everything"]:
        assert one.metrics["cost_per_order"] == pytest.approx(one.metrics["cost"] / one.metrics["orders"])
        assert one.metrics["leads"] == pytest.approx(0.3 * one.metrics["questions"])


def test_the_stock_by_hand():
    """One buyer, 5 reads at trust 2, then a night without: 2 (1 + 1 + 1 + 1/2 + 1/4), then half of it."""
    rules = ordering.Orders(buyers=1.0, hazard=0.0)
    watch = np.zeros(1, ledger.WATCH)
    watch["times"] = 5
    buyers = np.zeros(1, ordering.BUYER)
    counts = np.zeros(7, np.int64), np.zeros(7, np.int64)
    trust = np.full(7, 2.0)
    for expected in (7.5, 3.75):
        placed = ordering.night(
            rules,
            2.0,
            0.5,
            0.0,
            trust,
            np.uint64(1),
            np.uint64(2),
            watch,
            np.zeros(1, np.float32),
            1,
            1,
            buyers,
            *counts,
        )
        assert buyers["stock"][0] == pytest.approx(expected)
        assert placed == 0
