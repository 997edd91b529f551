"""One replicate: the same bits by the hour, in one go, in tiny arrays, late or early, stored or computed."""

import dataclasses
import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import EnvironmentFailure
from sim.kernels import calendar, response
from sim.model import cascade
from tests.reference import cascade as slow
from tests.reference import launches

TINY = cascade.Sizes(events=1, posts=1, table=1, comments=1, aside=1)


PARTS = ("events", "posts", "table", "comments", "aside")


def room(run: cascade.Cascade) -> list[int]:
    """Sizes of the arrays that grow."""
    talk, aside = run.tally.talk_kind, run.aside.reads
    return [run.queue.events.size, run.posts.account.size, run.met.size, talk.size, aside.size]


def everything(run: cascade.Cascade) -> dict[str, np.ndarray]:
    """All that a run has told, as arrays cut to what was used."""
    comments = int(run.state[calendar.COMMENTS])
    told = {f"posts.{name}": column[: run.post_count] for name, column in run.posts._asdict().items()}
    passed_on = told["posts.parent"] >= 0
    told["posts.branch"] = told["posts.branch"][passed_on]  # an original has none
    own = told["posts.branch"] == np.flatnonzero(passed_on)
    told["posts.size"] = told["posts.size"][passed_on][own]  # counted where a branch begins
    for name, column in run.tally._asdict().items():
        told[f"tally.{name}"] = column[:comments] if name.startswith("talk_") else column
    told |= {f"messages.{name}": column for name, column in run.messages._asdict().items()}
    told["met"] = np.sort(run.met[run.met["key"] != 0], order="key")
    for name in ("tally.watch", "met"):
        table = told.pop(name)
        told |= {f"{name}.{column}": table[column].copy() for column in table.dtype.names}
    return told


def same(one: cascade.Cascade, other: cascade.Cascade) -> None:
    """Every bit of it, after making sure that something happened."""
    assert one.tally.reads.sum() > 100
    assert one.messages.reposts.sum() > 10
    left, right = everything(one), everything(other)
    assert left.keys() == right.keys()
    for name, column in left.items():
        assert column.dtype == right[name].dtype, name
        assert column.shape == right[name].shape, name
        assert column.tobytes() == right[name].tobytes(), name


@pytest.fixture(scope="module")
def lively():
    scenario = launches.scenario(response={"comment_ratio": 1.0, "peer_rate": 0.2})
    stage = launches.set_up(scenario)
    return stage, launches.plan_of(scenario, stage, "everything", 5)


def test_same_seed_same_bits_other_seed_other_bits(lively) -> None:
    same(cascade.play(*lively, 5), cascade.play(*lively, 5))
    one, other = cascade.play(*lively, 5), cascade.play(*lively, 6)
    assert one.posts.second[:20].tolist() != other.posts.second[:20].tolist()


@pytest.mark.parametrize("step", [1, 7])
def test_by_the_hour_and_in_one_go(lively, step: int) -> None:
    stage, plan = lively
    stepped = cascade.Cascade(stage, plan, 5)
    stepped.plan(0, plan.size)
    seen = []
    for hour in range(step, stage.hours + step, step):
        stepped.advance(hour)
        seen.append(stepped.post_count)
    assert len(set(seen)) > 2
    same(cascade.play(stage, plan, 5), stepped)


def test_a_pause_shows_the_past_only(lively) -> None:
    """What is on record after hour h is what the whole run has of the first h hours."""
    stage, plan = lively
    whole = cascade.play(stage, plan, 5)
    paused = cascade.Cascade(stage, plan, 5)
    paused.plan(0, plan.size)
    paused.advance(9)
    before = whole.posts.second[: whole.post_count] < 9 * 3600
    assert 5 < before.sum() < whole.post_count
    assert paused.post_count == before.sum()
    assert (paused.tally.reposts[:9] == whole.tally.reposts[:9]).all()
    assert paused.tally.reposts[9:].sum() == 0
    assert (paused.tally.comments[:9] == whole.tally.comments[:9]).all()
    assert (paused.tally.pushes[:9] == whole.tally.pushes[:9]).all()
    # reads are booked for the hour they will happen, so the past is complete
    assert (paused.tally.reads[:9] == whole.tally.reads[:9]).all()


def test_posts_planned_late_or_early(lively) -> None:
    """Each post goes on the calendar in the hour before it is due, into arrays that are full."""
    stage, plan = lively
    late = cascade.Cascade(stage, plan, 5, TINY)
    planned = 0
    for hour in range(stage.hours):
        due = int(np.searchsorted(plan.second, (hour + 1) * 3600))
        late.plan(planned, due)
        planned = due
        late.advance(hour + 1)
    assert planned == plan.size
    same(cascade.play(stage, plan, 5), late)


def test_order_on_the_calendar_does_not_matter(lively) -> None:
    stage, plan = lively
    backwards = cascade.Cascade(stage, plan, 5)
    for row in reversed(range(plan.size)):
        backwards.plan(row, row + 1)
    backwards.advance(stage.hours)
    same(cascade.play(stage, plan, 5), backwards)


@pytest.mark.parametrize(
    "sizes",
    [TINY, *(cascade.Sizes(**{name: 1}) for name in PARTS)],
    ids=["all", *PARTS],
)
def test_tiny_arrays_grow_to_the_same_bits(lively, sizes: cascade.Sizes) -> None:
    stage, plan = lively
    small = cascade.Cascade(stage, plan, 5, sizes)
    small.plan(0, plan.size)
    before = room(small)
    small.advance(stage.hours)
    after = room(small)
    grown = {name for name, low, high in zip(PARTS, before, after, strict=True) if high > low}
    assert {name for name, size in dataclasses.asdict(sizes).items() if size == 1} <= grown
    if sizes.events == 1:
        assert after[0] < 4 * int(small.state[calendar.FRESH] + small.state[calendar.DEEPEST])
    same(cascade.play(stage, plan, 5), small)


def test_a_push_larger_than_the_calendar() -> None:
    """One publication fills and refills a calendar of two events; reads and pushes are counted once."""
    fans = 3_000
    graph = launches.graph_of([list(range(1, fans + 1)), *([u % fans + 1] for u in range(1, fans + 1))])
    answer = response.Response(repost_rate=0.5, peer_rate=0.3, comment_ratio=1.0, tier=0.0)
    stage = launches.by_hand(graph, answer=answer, attention=launches.PLAIN, hours=48)
    plan = launches.posts(stage, [(0, 0)])
    small = cascade.Cascade(stage, plan, 2, TINY)
    small.plan(0, 1)
    small.advance(stage.hours)
    large = cascade.play(stage, plan, 2)
    same(large, small)
    assert large.tally.pushes[0] >= fans
    assert large.tally.pushes.sum() == fans + large.messages.reposts.sum()


@pytest.mark.parametrize("strategy", ["everything", "kols"])
def test_stored_and_computed_rows(strategy: str) -> None:
    scenario = launches.scenario()
    stored, computed = (launches.set_up(scenario, on_demand=on_demand) for on_demand in (False, True))
    assert stored.world.indptr.size > 1 == computed.world.indptr.size
    plan = launches.plan_of(scenario, stored, strategy, 3)
    elsewhere = launches.plan_of(scenario, computed, strategy, 3)
    for name, column in dataclasses.asdict(plan).items():
        assert column.tobytes() == getattr(elsewhere, name).tobytes(), name
    same(cascade.play(stored, plan, 3), cascade.play(computed, elsewhere, 3))


def test_saved_and_mapped_graph(tmp_path) -> None:
    from sim.graph.follower_graph import FollowerGraph
    from sim.model.stage import set_stage
    from sim.runs.compare import grow_graph

    scenario = launches.scenario()
    graph = grow_graph(scenario, 1)
    opened = FollowerGraph.open(graph.save(tmp_path / "graph"))
    stages = [set_stage(scenario, each) for each in (graph, opened)]
    plan = launches.plan_of(scenario, stages[0], "everything", 3)
    same(*(cascade.play(stage, plan, 3) for stage in stages))


@pytest.mark.luck
def test_watched_accounts_speak_for_all(lively) -> None:
    """A panel changes what is watched, not what happens; its reach is within 5 standard errors."""
    stage, plan = lively
    every, some = stage, dataclasses.replace(stage, panel=4)
    errors = []
    for seed in range(30):
        whole, panel = cascade.play(every, plan, seed), cascade.play(some, plan, seed)
        assert panel.tally.watch.size == -(-stage.accounts // 4)
        assert (whole.tally.reads == panel.tally.reads).all()
        assert whole.posts.account[: whole.post_count].tolist() == panel.posts.account[: panel.post_count].tolist()
        assert (whole.tally.watch[::4] == panel.tally.watch).all()
        reach = (whole.tally.watch["times"] > 0).sum()
        estimate = (panel.tally.watch["times"] > 0).sum() * stage.accounts / panel.tally.watch.size
        assert reach > 20
        errors.append((estimate - reach) / np.sqrt(3 * reach))
    assert abs(np.mean(errors)) < 1.2  # the panel is the same accounts each time, so it may lean a little
    assert np.abs(errors).max() < 4.5


def test_repost_limit_stops_early(lively) -> None:
    stage, plan = lively
    run = cascade.Cascade(stage, plan, 5, repost_limit=20)
    run.plan(0, plan.size)
    run.advance(stage.hours)
    whole = cascade.play(stage, plan, 5)
    assert run.stopped
    assert not whole.stopped
    assert run.post_count == 21 < whole.post_count
    assert (run.posts.second[:21] == whole.posts.second[:21]).all()
    run.advance(stage.hours)
    assert run.post_count == 21


def test_too_many_posts_is_an_error_in_words(lively, monkeypatch) -> None:
    stage, plan = lively
    monkeypatch.setattr(cascade, "LARGEST_POSTS", 16)
    run = cascade.Cascade(stage, plan, 5, TINY)
    run.plan(0, plan.size)
    with pytest.raises(EnvironmentFailure, match="16 posts in one run"):
        run.advance(stage.hours)


def test_no_memory_is_an_error_in_words(lively, monkeypatch) -> None:
    stage, plan = lively

    def full(column):
        raise MemoryError

    run = cascade.Cascade(stage, plan, 5, TINY)
    run.plan(0, plan.size)
    monkeypatch.setattr(cascade.spare, "doubled", full)
    with pytest.raises(EnvironmentFailure, match="more memory"):
        run.advance(stage.hours)


def part(plan, rows: np.ndarray):
    return dataclasses.replace(plan, **{name: column[rows] for name, column in dataclasses.asdict(plan).items()})


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(0, 30))
def test_posts_added_later_are_as_if_planned(seed: int, hour: int) -> None:
    """`extend` in the middle of a run: the course is that of a plan that held the posts from the start."""
    stage, plan = _extended_stage()
    known = plan.second < 6 * 3600
    whole = cascade.play(stage, plan, seed)
    run = cascade.Cascade(stage, part(plan, np.flatnonzero(known)), seed)
    run.plan(0, int(known.sum()))
    if hour:
        run.advance(min(hour, 6))
    first = run.extend(part(plan, np.flatnonzero(~known)))
    assert first == known.sum()
    run.plan(first, plan.size)
    run.advance(stage.hours)
    left, right = slow.told_by(whole), slow.told_by(run)
    assert left["posts"] == right["posts"]
    assert left == right


@functools.cache
def _extended_stage():
    """Late posts so brilliant that gates which were closed for the first ones must open."""
    scenario = launches.scenario(accounts=1_000)
    stage = launches.set_up(scenario)
    plan = launches.plan_of(scenario, stage, "everything", 1)
    return stage, dataclasses.replace(plan, quality=np.where(plan.second < 6 * 3600, 0.2, 8.0))
