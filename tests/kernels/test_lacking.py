"""What a run lacks is said before it is needed, and no earlier: every edge of `advance`, `push` and `show`."""

import numpy as np
import pytest

from sim.kernels import calendar, draws, reading, recall, response
from sim.kernels import cascade as kernel
from sim.kernels import run as run_room
from sim.model import cascade
from tests.reference import launches

MET, EVENTS, READS = 16, 8, 32


@pytest.fixture(params=[False, True], ids=["sleepers", "eager"])
def run(request) -> cascade.Cascade:
    """One post to one reader who could act, in arrays of 4 posts, 8 events, 16 people, 32 reads, 2 comments."""
    graph = launches.graph_of([[1], []])
    answer = response.Response(repost_rate=0.9, tier=0.0, comment_ratio=1.0, quality_spread=0.0, share_spread=0.0)
    stage = launches.by_hand(graph, answer=answer, hours=2)
    sizes = cascade.Sizes(events=EVENTS, posts=4, table=MET, comments=2, aside=READS)
    run = cascade.Cascade(stage, launches.posts(stage, [(60, 0)], quality=3.0), 1, sizes, eager=request.param)
    run.plan(0, 1)
    # Posts of nobody whom the reader follows: those that a state of RECALLED counts.
    run.aside = run.aside._replace(recall=run.aside.recall._replace(posts=np.zeros(EVENTS, recall.KEPT)))
    return run


def status(run: cascade.Cascade, **state: int) -> int:
    """What `advance` returns from this STATE on."""
    for name, value in state.items():
        run.state[getattr(calendar, name)] = value
    return kernel.advance(run._run(), 5)


def test_reasons_have_names_of_their_own() -> None:
    reasons = (run_room.DONE, run_room.NEED_EVENTS, run_room.NEED_POSTS, run_room.NEED_TABLE, run_room.NEED_COMMENTS,
               run_room.STOPPED, run_room.NEED_ASIDE)  # fmt: skip
    assert reasons == tuple(range(7))
    assert (kernel.DONE, kernel.NEED_EVENTS, kernel.NEED_ASIDE) == (0, 1, 6)


def test_one_reader_is_one_line_of_memory_and_those_asked_for_four_pages() -> None:
    assert run_room.AHEAD.isalignedstruct
    assert (run_room.AHEAD.itemsize, run_room.LOOK * run_room.AHEAD.itemsize) == (64, 4 * 4096)


def test_nothing_is_lacking(run) -> None:
    assert status(run) == kernel.DONE
    assert run.state[calendar.MINUTE] == 5
    assert run.state[calendar.POSTS] >= 1
    assert run.messages.reads[0] == 1


@pytest.mark.parametrize(("posts", "lacks"), [(3, False), (4, True)])
def test_room_for_one_more_post(run, posts: int, lacks: bool) -> None:
    assert (status(run, POSTS=posts) == kernel.NEED_POSTS and run.messages.reads[0] == 0) == lacks


@pytest.mark.parametrize(("met", "lacks"), [(9, False), (10, True)])
def test_a_table_is_full_at_six_tenths(run, met: int, lacks: bool) -> None:
    assert (status(run, ACCOUNTS_MET=met) == kernel.NEED_TABLE) == lacks
    assert run.state[calendar.POSTS] == (0 if lacks else 1)


@pytest.mark.parametrize(("comments", "lacks"), [(1, False), (2, True)])
def test_room_for_one_more_comment(run, comments: int, lacks: bool) -> None:
    found = status(run, COMMENTS=comments)
    assert (run.state[calendar.POSTS] == 0) == lacks
    assert found == kernel.NEED_COMMENTS or not lacks


@pytest.mark.parametrize(("deepest", "recalled", "lacks"), [(7, 0, False), (8, 0, True), (3, 4, False), (3, 5, True)])
def test_room_for_the_events_of_whoever_is_woken(run, deepest: int, recalled: int, lacks: bool) -> None:
    """Of 8 events one is taken: 7 are left, and the post itself gives its own back before its reader takes one."""
    state = {"DEEPEST": deepest, "RECALLED": recalled}
    assert (status(run, **state) == kernel.NEED_EVENTS and run.state[calendar.POSTS] == 0) == lacks


@pytest.mark.parametrize(("limit", "posts", "stops"), [(0, 3, False), (2, 2, False), (2, 3, True)])
def test_a_limit_of_posts_stops_beyond_it(run, limit: int, posts: int, stops: bool) -> None:
    assert (status(run, REPOST_LIMIT=limit, POSTS=posts) == kernel.STOPPED) == stops


def shown(run: cascade.Cascade, **state: int) -> tuple[int, int, int]:
    """What `show` returns for account 1, shown post 0 in minute 5."""
    assert status(run) == kernel.DONE
    for name, value in state.items():
        run.state[getattr(calendar, name)] = value
    key = np.array([draws.key(np.uint64(1), draws.VISIT, np.uint64(7))], np.uint64)
    one = np.array([0, 1])
    return reading.show(run._run(), one[:1], one, np.ones(1, np.int32), 0, 0, 300, 1.0, 1.0, key, -1)


@pytest.mark.parametrize(
    ("state", "lacks"),
    [
        ({}, kernel.DONE),
        ({"LIVE": 3, "DEEPEST": 4}, kernel.DONE),
        ({"LIVE": 3, "DEEPEST": 5}, kernel.NEED_EVENTS),
        ({"LIVE": 4, "DEEPEST": 2, "RECALLED": 1}, kernel.DONE),
        ({"LIVE": 4, "DEEPEST": 2, "RECALLED": 2}, kernel.NEED_EVENTS),
        ({"ASIDE": READS - 1}, kernel.DONE),
        ({"ASIDE": READS}, kernel.NEED_ASIDE),
        ({"ACCOUNTS_MET": 9}, kernel.DONE),
        ({"ACCOUNTS_MET": 10}, kernel.NEED_TABLE),
    ],
)
def test_what_a_reader_needs(run, state: dict[str, int], lacks: int) -> None:
    if "ASIDE" in state and run.aside.reads.size == 0:
        lacks = kernel.DONE  # nobody sleeps
    found, which, done = shown(run, **state)
    assert found == lacks
    assert (which, done) == ((1, 1) if lacks == kernel.DONE else (0, 0))
    assert run.tally.shown.sum() == (lacks == kernel.DONE)


def test_who_finds_a_full_bucket_is_woken() -> None:
    """A bucket counts 65,535 reads; one short of that a reader is laid aside as before, at it nobody is."""
    graph = launches.graph_of([list(range(1, 401)), *[[]] * 400])
    stage = launches.by_hand(graph, answer=response.Response(repost_rate=0.02, tier=0.0, later_reads=2.0), hours=2)
    laid = []
    for count in (0, 65_534, 65_535):
        run = cascade.Cascade(stage, launches.posts(stage, [(60, 0)]), 1, cascade.Sizes(aside=1 << 18))  # few share one
        run.aside.buckets["count"] = count
        run.plan(0, 1)
        run.advance(1)
        laid.append((int(run.state[calendar.ASIDE]), int(run.state[calendar.ACCOUNTS_MET])))
    asleep, awake = laid[0]
    assert asleep > 10
    assert laid[1] == laid[0]
    assert laid[2] == (0, asleep + awake)
