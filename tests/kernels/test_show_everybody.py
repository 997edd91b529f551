"""Posts that everybody is shown: recalled, not written down, and the course is that of nobody asleep and the twin's."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import calendar, draws, recall
from sim.model import cascade
from sim.model import stage as stage_room
from sim.model.casting import label
from tests.kernels.test_recall_worlds import cast_worlds
from tests.reference import cascade as slow
from tests.reference import launches

STORY = label("launch")
TINY = cascade.Sizes(events=1, posts=1, table=1, comments=1, aside=1)


@dataclasses.dataclass(frozen=True)
class Listed:
    """POST is shown to everybody at SECOND, when the run stands before MINUTE."""

    minute: int
    post: int
    second: int
    chance: np.ndarray
    minutes: float
    key: int


@pytest.fixture(autouse=True)
def every_account_of_the_cast_is_recalled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_room, "RECALLED", 1)


def played(stage, plan, seed: int, listed: list[Listed], **how) -> cascade.Cascade:
    run = cascade.Cascade(stage, plan, seed, **how)
    run.plan(0, plan.size)
    for one in listed:
        run.advance_minutes(one.minute)
        if one.post < run.post_count:
            before = int(run.tally.shown.sum())
            brought = run.show_everybody(one.post, one.second, one.chance, one.minutes, np.uint64(one.key))
            assert brought == int(run.tally.shown.sum()) - before
    run.advance(stage.hours)
    return run


def for_twin(stage, listed: list[Listed], people: np.ndarray | None = None) -> list[slow.Show]:
    """The same, one show for each community."""
    traits = stage.readers.traits if people is None else people
    starts = stage.casting.graph.community_start
    return [
        slow.Show(
            one.minute,
            one.post,
            [account for account in range(starts[c], starts[c + 1]) if traits[account] & 7],
            one.second,
            float(one.chance[c]),
            one.minutes,
            one.key,
        )
        for one in listed
        for c in range(starts.size - 1)
    ]


@st.composite
def lists(draw):
    """A world with a cast and a panel, and up to five times that a post is shown to everybody."""
    stage, plan, seed = draw(cast_worlds())
    found = []
    for number in range(draw(st.integers(1, 5))):
        minute = draw(st.integers(0, stage.hours * 60 - 1))
        chances = st.one_of(st.just(0.0), st.just(1.0), st.floats(0.0, 1.0))
        chance = np.array([draw(chances) for _ in range(stage.interest.size)])
        key = int(draws.key(np.uint64(seed), draws.VISIT, np.uint64(label("listed", number))))
        second = draw(st.integers(minute * 60, stage.hours * 3600 - 1))
        found.append(
            Listed(minute, draw(st.integers(0, 8)), second, chance, draw(st.sampled_from([0.0, 30.0, 600.0])), key)
        )
    return stage, plan, seed, sorted(found, key=lambda one: one.minute)


@settings(max_examples=200)
@given(lists())
def test_twin_agrees_in_random_worlds(world) -> None:
    stage, plan, seed, listed = world
    fast = slow.told_by(played(stage, plan, seed, listed))
    plain = slow.told(slow.run(stage, plan, seed, STORY, for_twin(stage, listed)))
    for what in ("posts", "comments", "comments_written", "pushes", "likes", "reads", "reposts", "shown"):
        assert fast[what] == plain[what], what


@settings(max_examples=100)
@given(lists(), st.integers(0, 3))
def test_room_for_few_tiny_arrays_and_nobody_asleep_change_nothing(world, room: int) -> None:
    stage, plan, seed, listed = world
    usual = played(stage, plan, seed, listed)
    eager = played(stage, plan, seed, listed, eager=True)
    kept, recall.POSTS = recall.POSTS, room
    try:
        few = played(stage, plan, seed, listed, sizes=TINY)
    finally:
        recall.POSTS = kept
    assert few.aside.recall.posts.size == room
    assert slow.told_by(usual) == slow.told_by(eager) == slow.told_by(few)
    assert (usual.tally.watch == eager.tally.watch).all()
    assert (usual.tally.watch == few.tally.watch).all()


@pytest.fixture(scope="module")
def lively():
    scenario = launches.scenario(6_000, response={"comment_ratio": 0.5, "peer_rate": 0.1, "repost_rate": 0.05})
    stage = dataclasses.replace(launches.set_up(scenario), panel=3)
    plan = launches.plan_of(scenario, stage, "everything", 3)
    chance = np.where(np.arange(stage.interest.size) % 2, 0.5, 0.2)
    key = [int(draws.key(np.uint64(3), draws.VISIT, np.uint64(label("listed", number)))) for number in range(4)]
    listed = [Listed(60 * hour, 0, 3_600 * hour, chance, 20.0, key[i]) for i, hour in enumerate((5, 6, 7, 20))]
    return stage, plan, listed


def test_who_sleeps_sleeps_on(lively) -> None:
    """On a launch: the twin's course; of those who look at the list few are woken, and none is written down."""
    stage, plan, listed = lively
    run = played(stage, plan, 3, listed)
    assert run.tally.shown.sum() > 2_000
    plain = slow.told(slow.run(stage, plan, 3, STORY, for_twin(stage, listed)))
    fast = slow.told_by(run)
    for what in ("posts", "comments", "comments_written", "likes", "reads", "reposts", "shown"):
        assert fast[what] == plain[what], what
    kept = run.aside.recall.posts[: run.state[calendar.RECALLED]]
    assert (kept["place"] == recall.PUBLIC).sum() == len(listed)
    woken = played(dataclasses.replace(stage, panel=1), plan, 3, listed)
    assert 0 < run.state[calendar.ACCOUNTS_MET] < 0.7 * woken.state[calendar.ACCOUNTS_MET]
    silent = cascade.play(stage, plan, 3)
    assert run.post_count > silent.post_count


def test_it_is_shown_to_readers_of_the_market(lively) -> None:
    """Whom a practice has woken up reads in the feed, but was not shown the list: recalled or not."""
    stage, plan, listed = lively
    market = stage
    traits = stage.readers.traits.copy()
    asleep = np.flatnonzero(traits[: stage.casting.graph.base] & 7 == 0)[::2]
    traits[asleep] |= np.uint8(5)
    keen = dataclasses.replace(stage, readers=stage.readers._replace(traits=traits))
    run = played(keen, plan, 3, listed, market=market)
    shows = for_twin(keen, listed, market.readers.traits)
    assert slow.told_by(run)["posts"] == slow.told(slow.run(keen, plan, 3, STORY, shows))["posts"]
    assert slow.told_by(run) == slow.told_by(played(keen, plan, 3, listed, market=market, eager=True))
    assert slow.told_by(run) != slow.told_by(played(keen, plan, 3, listed))


def test_it_survives_damping_and_the_replay_of_extend(lively) -> None:
    stage, plan, listed = lively
    plan = dataclasses.replace(plan, quality=np.where(plan.second < 6 * 3600, 0.2, 8.0))
    known, later = np.flatnonzero(plan.second < 6 * 3600), np.flatnonzero(plan.second >= 6 * 3600)
    parts = [
        dataclasses.replace(plan, **{name: column[rows] for name, column in dataclasses.asdict(plan).items()})
        for rows in (known, later)
    ]
    found = []
    for eager in (False, True):
        run = cascade.Cascade(stage, parts[0], 3, eager=eager)
        run.plan(0, known.size)
        for one in listed[:1]:
            run.advance_minutes(one.minute)
            run.show_everybody(one.post, one.second, one.chance, one.minutes, np.uint64(one.key))
        run.change(damp=0.5)
        begun = run.tally
        first = run.extend(parts[1])
        assert run.tally is not begun  # it was played again
        run.plan(first, plan.size)
        run.advance(stage.hours)
        found.append(slow.told_by(run))
    assert found[0] == found[1]


def test_what_cannot_be_shown_is_refused(lively) -> None:
    stage, plan, listed = lively
    run = cascade.Cascade(stage, plan, 3)
    run.plan(0, plan.size)
    run.advance(3)
    with pytest.raises(ValueError, match="published posts"):
        run.show_everybody(run.post_count, 3 * 3600, listed[0].chance, 1.0, np.uint64(1))
    with pytest.raises(ValueError, match="past"):
        run.show_everybody(0, 3 * 3600 - 1, listed[0].chance, 1.0, np.uint64(1))
