"""Orders are owed to whom a buyer met first or last, and to those without whom they would be missing."""

import numpy as np
import pytest

from sim.errors import UserError
from sim.planning import attribution, book
from tests.reference import launches

ORDERS = {"buyers": 0.5, "hazard": 0.02}


POSTS = [{"by": "brand", "times": 3, "every": 12}, {"by": "kols", "at": 2}]


def scenario(**tables):
    strategies = {"both": {"posts": POSTS}, "silent": {}}
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
    assert min(one["ci95"][0] for one in (*found["first"].values(), *found["last"].values())) >= 0
    low, high = found["incremental"]["kols"]["ci95"]
    assert low > 0
    assert high < found["orders"]["mean"]


def test_what_is_left_out_is_what_the_launch_without_it_lacks():
    """One messenger alone is owed all that does not come anyway, play by play."""
    alone = launches.scenario(days=3, strategies={"brand": {"posts": POSTS[:1]}}, orders=ORDERS)
    found = attribution.attribute(alone, "brand", replicates=6)
    assert found["incremental"]["brand"]["mean"] == pytest.approx(found["orders"]["mean"] - found["anyway"]["mean"])
    assert found["incremental"]["brand"]["mean"] > 0


def test_a_calendar_s_posts_are_left_out_too():
    rows = [{"day": "daily", "hour": 9.0}, {"day": "daily", "hour": 12.0, "by": "kols"}]
    wanted = launches.scenario(
        days=3, calendars={"week": rows}, strategies={"steady": {"calendar": "week"}}, orders=ORDERS
    )
    assert set(attribution.attribute(wanted, "steady", replicates=2)["incremental"]) == {"brand", "kols"}


def test_plays_that_are_kept_are_not_played_again(tmp_path, monkeypatch):
    wanted = scenario()
    with book.kept(tmp_path / "out", wanted, "attribute", 1) as plays:
        first = attribution.attribute(wanted, "both", replicates=3, book=plays)
    monkeypatch.setattr(attribution.trials, "play", lambda *_: pytest.fail("played again"))
    with book.kept(tmp_path / "out", wanted, "attribute", 1, resume=True) as plays:
        assert plays.found == 3 * 3
        assert attribution.attribute(wanted, "both", replicates=3, book=plays) == first


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
