"""Posts shown outside the feed: reads like any other, against the slow twin, in any order, across a replay."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import calendar, draws, response
from sim.model import cascade
from sim.model.casting import label
from tests.reference import cascade as slow
from tests.reference import launches, luck, sleepers, worlds

STORY = label("launch")
USUAL = cascade.Sizes()
TINY = cascade.Sizes(events=1, posts=1, table=1, comments=1, aside=1)


def key_of(seed: int, number: int) -> np.uint64:
    return np.uint64(draws.key(np.uint64(seed), draws.VISIT, np.uint64(label("shown", number))))


def shown(run: cascade.Cascade, shows: list[slow.Show]) -> list[slow.Show]:
    """Stop at every show's minute and show; returns those whose post was there."""
    found = []
    for show in shows:
        run.advance_minutes(show.minute)
        if show.post < run.post_count:
            accounts = np.array(show.accounts, np.int32)
            run.show(show.post, accounts, show.second, show.chance, show.minutes, np.uint64(show.key), show.told_by)
            found.append(show)
    return found


def play(stage, plan, seed: int, shows: list[slow.Show], sizes: cascade.Sizes = USUAL) -> cascade.Cascade:
    run = cascade.Cascade(stage, plan, seed, sizes)
    run.plan(0, plan.size)
    shown(run, shows)
    run.advance(stage.hours)
    return run


@st.composite
def shows(draw, stage, seed: int):
    """Up to five shows in order of time, of posts that may or may not be there by then."""
    found = []
    for number in range(draw(st.integers(1, 5))):
        minute = draw(st.integers(0, stage.hours * 60 - 1))
        accounts = draw(st.sets(st.integers(0, stage.accounts - 1), max_size=stage.accounts))
        found.append(
            slow.Show(
                minute=minute,
                post=draw(st.integers(0, 8)),
                accounts=sorted(accounts),
                second=draw(st.integers(minute * 60, stage.hours * 3600 - 1)),
                chance=draw(st.floats(0.0, 1.0)),
                minutes=draw(st.sampled_from([0.0, 0.5, 30.0, 600.0])),
                key=int(key_of(seed, number)),
                told_by=draw(st.sampled_from([None, response.PEER, response.BRAND, response.MEDIA])),
            )
        )
    return sorted(found, key=lambda show: show.minute)


@st.composite
def shown_worlds(draw):
    stage, plan, seed = draw(worlds.worlds())
    return stage, plan, seed, draw(shows(stage, seed))


@settings(max_examples=200)
@given(shown_worlds())
def test_twin_agrees_in_random_worlds(world) -> None:
    stage, plan, seed, wanted = world
    fast = slow.told_by(play(stage, plan, seed, wanted))
    plain = slow.told(slow.run(stage, plan, seed, STORY, wanted))
    for what in plain:
        assert fast[what] == plain[what], what


@settings(max_examples=100)
@given(shown_worlds())
def test_who_is_woken_in_random_worlds(world) -> None:
    """Whoever its own reads so far might move, or who was shown a post and could act: nobody else is entered."""
    stage, plan, seed, wanted = world
    run = play(stage, plan, seed, wanted)
    awake, aside = sleepers.woken(run, slow.run(stage, plan, seed, STORY, wanted))
    assert set(sleepers.met(run)) == awake
    assert (run.state[calendar.ACCOUNTS_MET], run.state[calendar.ASIDE]) == (len(awake), len(aside))


def test_who_acts_at_once_acts_a_second_later() -> None:
    """No wait and no reaction: whoever reposts what was shown does so in the next second, as the twin has it."""
    graph = launches.graph_of([[], *[[u] for u in range(59)]])
    attention = launches.PLAIN._replace(delay_scale=0.0, reaction=0.0)
    stage = launches.by_hand(graph, answer=response.Response(repost_rate=0.9, tier=0.0), attention=attention)
    plan = launches.posts(stage, [(0, 0)])
    wanted = [slow.Show(60, 0, list(range(1, 60)), 3_600, 1.0, 0.0, int(key_of(1, 0)))]
    fast = slow.told_by(play(stage, plan, 1, wanted))
    assert sum(second == 3_601 for *_, second in (post[:5] for post in fast["posts"])) > 10
    assert fast == slow.told(slow.run(stage, plan, 1, STORY, wanted))


@pytest.fixture(scope="module")
def lively():
    scenario = launches.scenario(response={"comment_ratio": 1.0, "peer_rate": 0.2})
    stage = launches.set_up(scenario)
    everybody = np.arange(stage.casting.graph.base).tolist()
    key = [int(key_of(5, number)) for number in range(4)]
    wanted = [
        slow.Show(240, 0, everybody[::2], 4 * 3600 + 30, 0.5, 45.0, key[0]),
        slow.Show(480, 20, everybody, 8 * 3600, 0.3, 5.0, key[1], response.MEDIA),
        slow.Show(480, 1, everybody[::3], 9 * 3600, 1.0, 100.0, key[2]),
        slow.Show(1200, 25, everybody, 20 * 3600 + 1, 1.0, 60.0, key[3]),
    ]
    return stage, launches.plan_of(scenario, stage, "everything", 5), wanted


def test_twin_agrees_on_a_launch(lively) -> None:
    stage, plan, wanted = lively
    fast = play(stage, plan, 5, wanted)
    assert (fast.tally.shown[[4, 8, 20]] > 0).all()
    assert fast.tally.shown.sum() > 1_000
    plain = slow.run(stage, plan, 5, STORY, wanted)
    assert slow.told_by(fast) == slow.told(plain)
    awake, aside = sleepers.woken(fast, plain)
    assert len(awake) > 300
    assert len(aside) > 100
    assert set(sleepers.met(fast)) == awake
    assert fast.state[calendar.ASIDE] == len(aside)
    assert (fast.tally.reads.sum(axis=1) >= fast.tally.shown).all()
    assert fast.tally.reads[:, response.MEDIA].sum() > 100
    silent = cascade.play(stage, plan, 5)
    assert silent.tally.shown.sum() == 0
    assert silent.post_count < fast.post_count
    first = fast.posts.second[: fast.post_count] < 4 * 3600
    assert (silent.posts.second[: first.sum()] == fast.posts.second[: first.sum()]).all()


def test_tiny_arrays_grow_to_the_same_bits(lively) -> None:
    stage, plan, wanted = lively
    large, small = play(stage, plan, 5, wanted), play(stage, plan, 5, wanted, TINY)
    assert slow.told_by(large) == slow.told_by(small)


def test_calls_at_one_pause_in_any_order(lively) -> None:
    stage, plan, wanted = lively
    told = [slow.told_by(play(stage, plan, 5, [wanted[i] for i in order])) for order in ((0, 1, 2, 3), (0, 2, 1, 3))]
    assert told[0] == told[1]


def part(plan, rows: np.ndarray):
    return dataclasses.replace(plan, **{name: column[rows] for name, column in dataclasses.asdict(plan).items()})


@pytest.mark.parametrize("seed", range(4))
def test_a_show_survives_the_replay_of_extend(seed: int) -> None:
    """Brilliant posts, added after a show, open gates: the course is played again, the show with it."""
    scenario = launches.scenario(accounts=1_000)
    stage = launches.set_up(scenario)
    plan = launches.plan_of(scenario, stage, "everything", 1)
    plan = dataclasses.replace(plan, quality=np.where(plan.second < 6 * 3600, 0.2, 8.0))
    key = [int(key_of(seed, number)) for number in range(2)]
    wanted = [
        slow.Show(60, 0, list(range(0, 1_000, 2)), 3_700, 1.0, 90.0, key[0]),
        slow.Show(337, 1, list(range(1_000)), 337 * 60, 0.5, 20.0, key[1]),
    ]
    known = plan.second < 6 * 3600
    run = cascade.Cascade(stage, part(plan, np.flatnonzero(known)), seed)
    run.plan(0, int(known.sum()))
    assert len(shown(run, wanted)) == 2
    begun = run.tally
    first = run.extend(part(plan, np.flatnonzero(~known)))
    assert run.tally is not begun  # it was played again
    assert run.minute == 337
    run.plan(first, plan.size)
    run.advance(stage.hours)
    assert run.tally.shown.sum() > 400
    assert slow.told_by(run) == slow.told_by(play(stage, plan, seed, wanted))


@pytest.mark.luck
def test_so_many_look_after_so_long() -> None:
    """On a flat day: the awake look with CHANCE, after MINUTES on average, within 5 standard errors; others never."""
    n, chance, minutes = 20_000, 0.4, 50.0
    graph = launches.graph_of([[1], *[[]] * (n - 1)])
    traits = np.full(n, launches.ALWAYS, np.uint8)
    traits[::4] = 0
    stage = launches.by_hand(graph, answer=response.Response(repost_rate=0.0, peer_rate=0.0), traits=traits, hours=48)
    run = cascade.Cascade(stage, launches.posts(stage, [(0, 0)]), 3)
    run.plan(0, 1)
    run.advance(2)
    run.show(0, np.arange(2, n, dtype=np.int32), 7_200, chance, minutes, key_of(luck.seed(3), 0))
    run.advance(stage.hours)
    watch = run.tally.watch[2:]
    looked = watch["times"] > 0
    awake = (traits[2:] & 7) > 0
    assert not looked[~awake].any()
    expected = awake.sum() * chance
    assert abs(looked.sum() - expected) < 5 * math.sqrt(expected * (1 - chance))
    waits = (watch["first"][looked] - 7_200) / 60.0
    assert waits.min() >= 0
    assert abs(waits.mean() - minutes) < 5 * minutes / math.sqrt(looked.sum()) + 0.01
    assert luck.counted((waits > minutes).sum(), math.exp(-1), waits.size)
    assert run.tally.pushes.sum() == 1
    assert run.tally.shown.sum() == looked.sum() == run.tally.reads.sum() - run.tally.watch["times"][1]


def test_what_cannot_be_shown_is_refused(lively) -> None:
    stage, plan, _ = lively
    run = cascade.Cascade(stage, plan, 5)
    run.plan(0, plan.size)
    run.advance(3)
    some = np.arange(5, dtype=np.int32)
    with pytest.raises(ValueError, match="published posts"):
        run.show(run.post_count, some, 3 * 3600, 1.0, 1.0, key_of(5, 0))
    with pytest.raises(ValueError, match="past"):
        run.show(0, some, 3 * 3600 - 1, 1.0, 1.0, key_of(5, 0))
    with pytest.raises(ValueError, match="ascend"):
        run.show(0, some[::-1], 3 * 3600, 1.0, 1.0, key_of(5, 0))
