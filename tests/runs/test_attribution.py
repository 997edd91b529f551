"""Orders are owed to whom a buyer met first or last, and to those without whom they would be missing."""

import numpy as np
import pytest

from sim.errors import UserError
from sim.runs import attribution
from tests.reference import launches

ORDERS = {"buyers": 0.5, "hazard": 0.02}


def scenario(**tables):
    posts = [{"by": "brand", "times": 3, "every": 12}, {"by": "kols", "at": 2}]
    strategies = {"both": {"posts": posts}, "silent": {}}
    return launches.scenario(days=3, strategies=strategies, orders=ORDERS, **tables)


def test_orders_are_owed_in_three_ways():
    found = attribution.attribute(scenario(), "both", replicates=8, jobs=2)
    assert found["orders"]["mean"] > found["anyway"]["mean"] > 0
    assert set(found["incremental"]) == {"brand", "kols"}
    assert set(found["first"]) <= {"brand", "kol"}
    first = sum(one["mean"] for one in found["first"].values())
    last = sum(one["mean"] for one in found["last"].values())
    assert first == pytest.approx(last)  # the same orders, owed to others
    assert 0 < first <= found["orders"]["mean"]
    low, high = found["incremental"]["kols"]["ci95"]
    assert low > 0
    assert high < found["orders"]["mean"]


def test_threads_change_nothing():
    one, two = (attribution.attribute(scenario(), "both", replicates=4, jobs=jobs) for jobs in (1, 2))
    assert one == two


def test_without_posts_nothing_is_owed():
    found = attribution.attribute(scenario(), "silent", replicates=4)
    assert found["incremental"] == {}
    assert found["orders"]["mean"] == pytest.approx(found["anyway"]["mean"])
    assert np.isclose(sum(one["mean"] for one in found["first"].values()), 0.0)


def test_who_sells_nothing_is_told_so():
    with pytest.raises(UserError, match="orders"):
        attribution.attribute(scenario().changed({"orders": None}), "both")
    with pytest.raises(UserError, match="not a strategy"):
        attribution.attribute(scenario(), "nobody")
