"""Calendars: what they lay out, what headquarters make of it, and that no calendar is no change."""

import datetime as dt

import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model import costs, course, schedule
from sim.model.schedule import Entry
from sim.model.stage import CHINA
from sim.runs import compare, play
from tests.reference import launches

MONDAY = dt.datetime(2012, 3, 5, tzinfo=CHINA)


def laid(rows, start=MONDAY, days=14):
    return schedule.actions([Entry(**row) for row in rows], start, days * 24)


def test_days_of_the_week_and_dates():
    found = laid([{"day": "wed", "hour": 9.5}, {"date": dt.date(2012, 3, 6), "hour": 23}, {"day": "weekend"}])
    assert [action.at for action in found] == [47.0, 57.5, 130.0, 154.0, 225.5, 298.0, 322.0]
    assert len(laid([{"day": "workday"}])) == 10
    assert len(laid([{"day": "daily"}], days=5)) == 5


def test_a_start_within_the_day_and_another_zone():
    """Hours are China's, whatever zone the start is written in."""
    start = dt.datetime(2012, 3, 5, 8, 0, tzinfo=dt.UTC)  # 16 o'clock in China
    assert [action.at for action in laid([{"day": "daily", "hour": 10}], start, 2)] == [18.0, 42.0]
    assert [action.at for action in laid([{"day": "daily", "hour": 16}], start, 2)] == [0.0, 24.0]


@given(
    st.lists(st.sampled_from(["mon", "tue", "sat", "workday", "weekend", "daily"]), max_size=4),
    st.integers(0, 23),
    st.integers(1, 40),
)
def test_every_post_lies_on_its_day_within_the_launch(days, begins, length):
    start = MONDAY + dt.timedelta(hours=begins)
    found = laid([{"day": day, "hour": 12.0} for day in days], start, length)
    assert [action.at for action in found] == sorted(action.at for action in found)
    for action in found:
        when = start + dt.timedelta(hours=action.at)
        assert 0 <= action.at < length * 24
        assert when.hour == 12
        assert any(Entry(day=day).falls_on(when.date()) for day in days)
    numbers = [action.number for action in found]
    assert numbers == list(range(len(found)))


def scenario(**tables):
    plain = {
        "start": MONDAY,
        "days": 14,
        "contents": {"launch": {"fresh": 24.0}, "calm": {}},
        "calendars": {
            "free": [{"day": "mon"}, {"day": "thu", "content": "calm"}],
            "asked": [{"day": "mon", "approval": "each"}, {"day": "thu", "content": "calm", "approval": "each"}],
            "cycle": [{"day": "mon", "approval": "cycle"}, {"day": "thu", "content": "calm", "approval": "cycle"}],
            "abroad": [{"day": "mon"}, {"day": "thu", "content": "calm"}, {"day": "tue", "market": "europe"}],
        },
        "headquarters": {"market": "china", "meeting": 14.0, "refused": 0.0},
        "strategies": {name: {"calendar": name} for name in ("free", "asked", "cycle", "abroad")}
        | {"by_hand": {"posts": [{"by": "brand", "at": 10.0}, {"by": "brand", "at": 34.0}]}},
    }
    return launches.scenario(**(plain | tables))


@pytest.fixture(scope="module")
def scene():
    wanted = scenario()
    return wanted, launches.set_up(wanted)


def plan(scene, name, seed=1):
    return course.Course(*scene, name, seed).plan


def test_a_calendar_is_the_posts_it_lays_out_bit_for_bit(scene):
    """Two posts by hand at the hours of a calendar give the same launch."""
    wanted = scenario(
        calendars={"two": [{"date": dt.date(2012, 3, 5)}, {"date": dt.date(2012, 3, 6)}]},
        strategies={"rows": {"calendar": "two"}, "by_hand": scene[0].strategies["by_hand"].model_dump()},
    )
    one, other = (play.play(wanted, scene[1], name, 4) for name in ("rows", "by_hand"))
    assert one.metrics["reads"] > 0
    assert one.metrics == other.metrics


def test_each_channel_has_a_cadence_of_its_own():
    """Row 23: an article a week in the closed circle, two or three posts a week in the open."""
    found = laid([{"day": "tue"}, {"day": "fri"}, {"day": "wed", "channel": "circle"}])
    assert [(action.channel, action.number) for action in found] == [
        ("open", 0), ("circle", 0), ("open", 1), ("open", 2), ("circle", 1), ("open", 3),
    ]  # fmt: skip


def test_a_campaign_lies_over_the_daily_stream(scene):
    both = scenario(strategies={"both": {"calendar": "free", "posts": [{"by": "brand", "at": 1.0, "times": 3}]}})
    found = course.Course(both, scene[1], "both", 1)
    assert found.plan.size == 4 + 3
    assert found.strategy.calendar is None
    assert schedule.followed(both, found.strategy) is found.strategy  # laid out once


def test_other_markets_are_not_posted_here(scene):
    assert (plan(scene, "abroad").second == plan(scene, "free").second).all()


def test_approval_delays_posts_to_office_hours_and_stale_ones_are_worth_less(scene):
    free = {seed: plan(scene, "free", seed) for seed in range(8)}
    hours, worth = [], []
    for seed, then in free.items():
        asked = plan(scene, "asked", seed)
        assert asked.size <= then.size  # what comes too late falls off the end
        clock = (asked.second / 3600.0) % 24.0
        assert ((clock >= 15.0) & (clock <= 23.0)).all()
        hours.append(course.Course(*scene, "asked", seed).practices[0].hours_late)
        worth += asked.quality[asked.content == 0].tolist()
        assert (asked.quality[asked.content == 1] == 1.0).all()
    assert np.mean(hours) > 12
    assert 0 < np.mean(worth) < 0.8


def test_a_monthly_plan_keeps_the_hour_and_grows_old(scene):
    free, cycle = plan(scene, "free"), plan(scene, "cycle")
    assert (free.second == cycle.second).all()
    age = cycle.second[cycle.content == 0] / 3600.0
    assert cycle.quality[cycle.content == 0] == pytest.approx(0.5 ** (age / 24.0))


def test_headquarters_may_refuse(scene):
    strict = scenario(headquarters={"market": "china", "refused": 1.0})
    assert course.Course(strict, scene[1], "asked", 1).plan.size == 0
    assert course.Course(strict, scene[1], "free", 1).plan.size == 4


def test_the_bill_counts_calendar_posts_and_approvals(scene):
    wanted, minute = scene[0], scene[0].prices.staff_minute
    free, asked = costs.bill(wanted, "free"), costs.bill(wanted, "asked")
    assert free["production"] == 4 * wanted.prices.post_minutes * minute
    assert asked["approval"] == 4 * wanted.headquarters.minutes * minute
    assert asked["total"] == free["total"] + asked["approval"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"calendars": {"free": [{"day": "mon", "by": "nobody"}]}}, "not in the cast"),
        ({"calendars": {"free": [{"day": "mon", "content": "nothing"}]}}, "not declared"),
        ({"calendars": {"free": [{"date": dt.date(2013, 1, 1)}]}}, "outside the launch"),
        ({"calendars": {"free": [{"day": "mon", "date": dt.date(2012, 3, 5)}]}}, "either date"),
        ({"calendars": {"free": [{}]}}, "either date"),
        ({"calendars": {"other": [{"day": "mon"}]}}, "is not in .calendars."),
        ({"calendars": {"free": [{"day": "mon", "channel": "circle"}]}}, "needs the table .circle."),
        ({"calendars": {"free": [{"day": "mon", "topic": "rain"}]}}, "not in ..hot.topics.."),
        ({"headquarters": None}, "asks nobody"),
        ({"headquarters": {}}, "which market"),
    ],
)
def test_a_calendar_that_does_not_fit_is_refused(change, said):
    only = {"strategies": {"free": {"calendar": "free"}}} if "calendars" in change else {}
    with pytest.raises(pydantic.ValidationError, match=said):
        scenario(**only, **change)


def test_the_n_th_post_has_the_same_luck_in_every_calendar(scene):
    free, cycle = plan(scene, "free"), plan(scene, "cycle")
    assert (free.label == cycle.label).all()
    outcomes = compare.compare(scene[0], strategies=["free", "abroad"], replicates=2, jobs=1, doubt=False).outcomes
    reads = outcomes.pivot(index="replicate", columns="strategy", values="reads")
    assert (reads["free"] == reads["abroad"]).all()
    assert reads["free"].min() > 0
