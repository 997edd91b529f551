"""Every mechanism is reached from a scenario file, does something there, and without effect leaves every bit."""

from typing import Any

import numpy as np
import pytest

from sim.model import (
    circle,
    course,
    editorial,
    gathering,
    groups,
    growth,
    headquarters,
    hot,
    incentive,
    inflation,
    mention,
    mishap,
    orders,
    press,
    reviews,
    rivals,
    search,
    segments,
    service,
    staff,
    votes,
)
from sim.runs import play
from sim.scenario import read
from sim.scenario.schema import Scenario
from tests.reference import launches

Table = dict[str, Any]
ALWAYS = {"opens": 0.0, "closes": 24.0}
TOPICS = {"topics": [{"name": "games", "life": 12.0}]}
NO_MISHAPS = dict.fromkeys(("no_show", "late", "deleted", "backlash", "unlucky", "crowded"), 0.0)
PRIZE = {"number": 5, "until": 30.0}
NOBODY = {"keen": 1.0, "awake": 0.0, "loyal": 1.0, "fondness": 0.0}
ASKED = {"approval": "each"}

# What a scenario says for each room: (tables, keys of the strategy, keys of its first action) without effect, and with.
SAID: dict[type, tuple[tuple[Table, Table, Table], tuple[Table, Table, Table]]] = {
    circle.Circling: (
        ({"circle": {"subscribers": 20_000, "friends": 30.0}}, {}, {}),
        ({"circle": {"subscribers": 20_000, "friends": 30.0}}, {}, {"channel": "circle"}),
    ),
    mishap.Failing: (({"mishaps": NO_MISHAPS}, {}, {}), ({"mishaps": NO_MISHAPS | {"no_show": 1.0}}, {}, {})),
    segments.Segmenting: (({"segments": NOBODY}, {}, {}), ({"segments": {"fans": 0.2}}, {}, {})),
    headquarters.Approving: (
        ({"headquarters": {"answer": 0.0, "spread": 0.0, "refused": 0.0, "minutes": 0.0, **ALWAYS}}, {}, ASKED),
        ({"headquarters": {}}, {}, ASKED),
    ),
    editorial.Editing: (
        ({"contents": {"launch": {"kind": "outside", "media": "text"}}}, {}, {}),
        ({"contents": {"launch": {"kind": "recruitment", "media": "video"}}}, {}, {}),
    ),
    groups.Relaying: (
        ({"groups": {"one": {"structure": "single"}}}, {"group": "one"}, {}),
        ({"groups": {"one": {"structure": "twin_star"}}, "cast": {"leader": {"audience": 0.2}}}, {"group": "one"}, {}),
    ),
    staff.Sharing: (({"staff": {"share": 0.0}}, {}, {}), ({"staff": {"share": 0.5}}, {}, {})),
    press.Reporting: (({"press": {"chance": 0.0}}, {}, {}), ({"press": {"chance": 1.0}}, {}, {})),
    incentive.Drawing: (({}, {"prize": PRIZE | {"value": 0.0}}, {}), ({}, {"prize": PRIZE | {"value": 900.0}}, {})),
    inflation.Inflating: (({}, {"bots": {"reposts": 0}}, {}), ({}, {"bots": {"reposts": 500}}, {})),
    hot.Trending: (
        ({"hot": TOPICS | {"chance": 0.0, "entry": 1.0}}, {}, {"topic": "games"}),
        ({"hot": TOPICS | {"chance": 0.2}}, {}, {"topic": "games"}),
    ),
    search.Finding: (({"search": {"rate": 0.0}}, {}, {}), ({"search": {"rate": 5.0}}, {}, {})),
    mention.Mentioning: (
        ({"mentions": {"chance": 0.0, "satisfied": 0.0}}, {}, {}),
        ({"mentions": {"chance": 1.0, "satisfied": 1.0}}, {}, {}),
    ),
    votes.Asking: (
        ({}, {"survey": {"content": "launch", "answers": 0.0}}, {}),
        ({}, {"survey": {"content": "launch", "answers": 1.0}}, {}),
    ),
    reviews.Telling: (
        ({"reviews": {"stories": 0.0, "resale": 0.0}}, {}, {}),
        ({"reviews": {"owners": 0.5, "stories": 0.1}}, {}, {}),
    ),
    service.Serving: (
        ({"service": {"complaints": 0.0, "private": 0.0, "peers": 0.0}}, {}, {}),
        ({"service": {"owners": 0.5, "complaints": 0.1}}, {"desk": ALWAYS}, {}),
    ),
    gathering.Gathering: (
        ({}, {"dialogue": {"per_day": 500, "minutes": 0.0, "seen": 0.0, "warm": 0.0}}, {}),
        ({}, {"dialogue": {"per_day": 500}}, {}),
    ),
    rivals.Competing: (
        ({"rivals": {}}, {}, {}),
        ({"rivals": {"brands": [{"name": "alpha", "audience": 0.2, "every": 6}]}}, {}, {}),
    ),
    growth.Growing: (
        ({"growth": {"follow": 0.0, "organic": 0.0, "unfollow": 0.0}}, {}, {}),
        ({"growth": {"unfollow": 0.3}}, {}, {}),
    ),
    orders.Ordering: (({"orders": {"effect": 0.0}}, {}, {}), ({"orders": {"buyers": 0.5, "hazard": 0.02}}, {}, {})),
}
POSTS = [{"by": "brand", "times": 4, "every": 12}, *launches.EVERYTHING[1:]]
LUCK = range(3)


def told(tables: Table, strategy: Table, action: Table) -> Scenario:
    """A scenario that says so, as its file is read."""
    cast = {"media": [{"name": "daily", "audience": 0.2}]} | tables.get("cast", {})
    posts = [POSTS[0] | action, *POSTS[1:]]
    wanted = launches.scenario(days=3, strategies={"plan": strategy | {"posts": posts}}, **(tables | {"cast": cast}))
    return read.parse(read.write(wanted), Scenario)


@pytest.fixture(scope="module")
def bare():
    wanted = told({}, {}, {})
    stage = launches.set_up(wanted)
    assert course.Course(wanted, stage, "plan", 1).practices == []
    found = [play.play(wanted, stage, "plan", seed) for seed in LUCK]
    assert min(one.metrics["messages"] for one in found) > 0
    return stage, found


def assert_same(found, plain, room: str) -> None:
    """What the launch without practices fills is the same to the last bit; a practice may fill more."""
    for name, value in plain.metrics.items():
        if value is not None:
            assert found.metrics[name] == value, (room, name)
    for name, value in plain.parts.items():
        assert found.parts[name] == value, (room, name)
    for name, curve in plain.curves.items():
        assert np.array_equal(found.curves[name], curve), (room, name)


def test_every_room_is_here():
    """A room that is added to the house comes with what it does when it does nothing."""
    assert set(SAID) == set(course.ROOMS)


@pytest.mark.parametrize("room", course.ROOMS, ids=lambda room: room.__name__)
def test_without_effect_it_is_as_if_it_were_not_there(room, bare):
    stage, plain = bare
    wanted = told(*SAID[room][0])
    assert [type(one) for one in course.Course(wanted, stage, "plan", 1).practices] == [room]
    for seed in LUCK:
        assert_same(play.play(wanted, stage, "plan", seed), plain[seed], room.__name__)


@pytest.mark.parametrize("room", course.ROOMS, ids=lambda room: room.__name__)
def test_with_effect_it_does_something(room, bare):
    wanted = told(*SAID[room][1])
    stage = launches.set_up(wanted) if "cast" in SAID[room][1][0] else bare[0]
    assert room in [type(one) for one in course.Course(wanted, stage, "plan", 1).practices]
    changed = 0
    for seed, plain in enumerate(bare[1]):
        found = play.play(wanted, stage, "plan", seed)
        numbers, before = found.metrics | found.parts, plain.metrics | plain.parts
        changed += sum(bool(value) and value != before.get(name) for name, value in numbers.items())
    assert changed > 0


def test_all_of_them_without_effect_are_as_if_none_were_there(bare):
    stage, plain = bare
    tables: Table = {}
    strategy: Table = {}
    action: Table = {}
    for said, _ in SAID.values():
        tables, strategy, action = tables | said[0], strategy | said[1], action | said[2]
    wanted = told(tables, strategy, action)
    practices = course.Course(wanted, stage, "plan", 1).practices
    assert [type(one) for one in practices] == list(course.ROOMS)
    for seed in LUCK:
        assert_same(play.play(wanted, stage, "plan", seed), plain[seed], "all")
