"""The cascade kernel against its slow twin: event for event, to the second."""

import numpy as np
import pytest
from hypothesis import given, settings

from sim.kernels import calendar, response
from sim.model import cascade
from sim.model.casting import label
from tests.reference import cascade as slow
from tests.reference import launches, worlds

STORY = label("launch")

# What a scenario of 1,500 accounts changes, and the strategy that it plays.
CASES = {
    "as shipped, lively": ({}, "everything"),
    "originals only": ({"response": {"peer_rate": 0.0}}, "staff"),
    "everyone clicks through": ({"response": {"click_bare": 1.0, "click_commented": 1.0}}, "everything"),
    "nobody clicks through": ({"response": {"click_bare": 0.0, "click_commented": 0.0}}, "everything"),
    "many comments": ({"response": {"comment_ratio": 2.0, "comments_each": 3.0, "question": 0.3}}, "everything"),
    "endless comments": ({"response": {"comment_ratio": 1.0, "comments_each": 60.0}}, "everything"),
    "no comments": ({"response": {"comment_ratio": 0.0}}, "kols"),
    "saturation": ({"response": {"saturation": 1000.0, "peer_rate": 0.3}}, "everything"),
    "flat day": ({"attention": {"flat": 1}}, "everything"),
    "threshold at the second read": ({"response": {"repost_rate": 0.03, "second_read": 4.0}}, "everything"),
    "quick": ({"attention": {"delay_scale": 1.0, "reaction": 1.0}}, "everything"),
    "all at once": (
        {"attention": {"delay_scale": 0.01, "reaction": 0.0}, "response": {"peer_rate": 0.4}},
        "everything",
    ),
    "over the weekend": ({"start": "2010-08-20T22:00:00+08:00", "days": 4}, "everything"),
    "short horizon": ({"days": 0.3}, "everything"),
}


def both(stage, plan, seed: int) -> tuple[dict, dict]:
    return slow.told_by(cascade.play(stage, plan, seed)), slow.told(slow.run(stage, plan, seed, STORY))


def agree(fast: dict, plain: dict) -> None:
    for what in plain:
        assert fast[what] == plain[what], what


@pytest.mark.parametrize("case", CASES)
def test_twin_agrees_event_for_event(case: str) -> None:
    changes, strategy = CASES[case]
    scenario = launches.scenario(**changes)
    stage = launches.set_up(scenario)
    reposts = comments = 0
    for seed in range(4):
        fast, plain = both(stage, launches.plan_of(scenario, stage, strategy, seed), seed)
        agree(fast, plain)
        reposts += sum(parent >= 0 for _, _, parent, *_ in plain["posts"])
        comments += len(plain["comments"])
    assert reposts > 10
    assert (comments == 0) == (scenario.response.comment_ratio == 0)


def test_an_eager_run_is_the_same() -> None:
    """Nobody sleeps: every read of one who could act is an event, and the course is the twin's."""
    scenario = launches.scenario(response={"comment_ratio": 1.0, "peer_rate": 0.2})
    stage = launches.set_up(scenario)
    plan = launches.plan_of(scenario, stage, "everything", 2)
    run = cascade.Cascade(stage, plan, 2, eager=True)
    run.plan(0, plan.size)
    run.advance(stage.hours)
    assert run.aside.reads.size == 0
    assert run.messages.reposts.sum() > 10
    agree(slow.told_by(run), slow.told(slow.run(stage, plan, 2, STORY)))


@pytest.mark.parametrize("seed", range(4))
def test_damping_counts_from_its_minute(seed: int) -> None:
    """What sleepers read before a change counts as it did then: the course of a run in which nobody sleeps."""
    scenario = launches.scenario(response={"second_read": 2.0, "later_reads": 2.0, "peer_rate": 0.2})
    stage = launches.set_up(scenario)
    plan = launches.plan_of(scenario, stage, "everything", seed)
    told = []
    for eager in (False, True):
        run = cascade.Cascade(stage, plan, seed, eager=eager)
        run.plan(0, plan.size)
        for hour, damp in ((3, 0.3), (7, 0.5), (12, 0.2)):
            run.advance(hour)
            run.change(damp=damp)
        run.advance(stage.hours)
        assert (run.posts.second[: run.post_count] > 3 * 3600).sum() > 5
        told.append(slow.told_by(run))
    assert told[0] == told[1]


def test_silence_is_empty() -> None:
    scenario = launches.scenario()
    stage = launches.set_up(scenario)
    fast, plain = both(stage, launches.plan_of(scenario, stage, "control", 3), 3)
    agree(fast, plain)
    assert not any(plain.values())


@settings(max_examples=150)
@given(worlds.worlds())
def test_twin_agrees_in_random_worlds(world) -> None:
    agree(*both(*world))


@settings(max_examples=100)
@given(worlds.worlds())
def test_arrays_that_grow_change_nothing(world) -> None:
    """Beginning with room for one of each: what was laid aside is laid aside again, with the same bounds."""
    stage, plan, seed = world
    small = cascade.Cascade(stage, plan, seed, cascade.Sizes(events=1, posts=1, table=1, comments=1, aside=1))
    small.plan(0, plan.size)
    small.advance(stage.hours)
    agree(slow.told_by(small), slow.told_by(cascade.play(stage, plan, seed)))


@settings(max_examples=150)
@given(worlds.worlds())
def test_hazards_are_the_twins(world) -> None:
    """What the kernel remembers of an account that could act is what the twin remembers of everybody."""
    stage, plan, seed = world
    run = cascade.play(stage, plan, seed)
    assert run.state[[calendar.LIVE, calendar.DUE]].tolist() == [0, 0]  # everything has happened
    people = slow.run(stage, plan, seed, STORY).people
    met = run.met[run.met["key"] != 0]
    for entry in met:
        person = people.get(int(entry["key"]) % 2**40 - 1, slow.Person())  # woken, and the end came before it reacted
        assert entry["reads"] == person.reads
        assert entry["hazard"] == pytest.approx(person.hazard, rel=1e-12)
        assert entry["comment_hazard"] == pytest.approx(person.comment_hazard, rel=1e-12)
        assert entry["flags"] == person.reposted + 2 * person.commented
    could_not = set(people) - {int(key) % 2**40 - 1 for key in met["key"]}
    assert not any(people[account].reposted or people[account].commented for account in could_not)


def test_reads_and_publications_in_one_second() -> None:
    """Everybody follows everybody, acts a second after each post, and a post comes every second: who is woken in the
    second of an earlier read acts on that read all the same, before or after the post as its account is."""
    graph = launches.graph_of([[v for v in range(9) if v != u] for u in range(9)])
    answer = response.Response(repost_rate=0.12, peer_rate=0.12, tier=0.0, second_read=2.0, comment_ratio=1.0)
    at_once = launches.PLAIN._replace(delay_scale=0.0, reaction=0.0)
    stage = launches.by_hand(graph, answer=answer, attention=at_once, hours=1)
    plan = launches.posts(stage, [(second, (4 * second) % 9) for second in range(100, 106)])
    reposts = 0
    for seed in range(150):
        fast, plain = both(stage, plan, seed)
        agree(fast, plain)
        reposts += len(plain["posts"]) - plan.size
    assert reposts > 150


@pytest.mark.parametrize("comment_ratio", [0.0, 3.0])
def test_gates_let_in_everyone_who_could_act(comment_ratio: float) -> None:
    """One account posts as often as reads count: thresholds are met at the last read as well as at the first."""
    graph = launches.graph_of([list(range(1, 401)), *[[]] * 400])
    answer = response.Response(
        repost_rate=0.08, tier=0.0, second_read=1.3, later_reads=1.1, comment_ratio=comment_ratio, comment_spread=0.0
    )
    stage = launches.by_hand(graph, answer=answer, attention=launches.PLAIN._replace(delay_scale=60.0), hours=48)
    plan = launches.posts(stage, [(hour * 3600, 0) for hour in range(response.READS_COUNTED)])
    last = 0
    for seed in range(5):
        fast, plain = both(stage, plan, seed)
        agree(fast, plain)
        last += sum(parent >= 0 and message == response.READS_COUNTED - 1 for _, message, parent, *_ in plain["posts"])
    assert last > 20


def test_a_post_reaches_nobody_before_it_is_published() -> None:
    scenario = launches.scenario(
        attention={"delay_scale": 0.0, "reaction": 0.0}, response={"click_bare": 0.0, "click_commented": 0.0}
    )
    stage = launches.set_up(scenario)
    run = cascade.play(stage, launches.plan_of(scenario, stage, "everything", 1), 1)
    posts = [column[: run.post_count] for column in run.posts]
    account, message, parent, depth, second = posts[:5]
    passed_on = parent >= 0
    assert passed_on.sum() > 10
    assert (second[passed_on] > second[parent[passed_on]]).all()
    assert (np.diff(second) >= 0).all()
    assert (depth[passed_on] == depth[parent[passed_on]] + 1).all()
    assert (message[passed_on] == message[parent[passed_on]]).all()
    graph = stage.casting.graph
    for reposter, original in zip(account[passed_on], parent[passed_on], strict=True):
        assert reposter in graph.row(int(account[original]))


def test_certain_reposts_happen_once_and_on_time() -> None:
    """Reposts that a caller schedules (account -1 - a) need no hazard; the second one of an account is void."""
    graph = launches.graph_of([[1, 2], [3], [4], [5], *[[]] * 3])
    stage = launches.by_hand(graph, answer=response.Response(repost_rate=0.0, peer_rate=0.0), hours=24)
    run = cascade.Cascade(stage, launches.posts(stage, [(0, 0)]), 1)
    run.plan(0, 1)
    run.advance(1)
    assert run.post_count == 1
    for second, account in ((7_200, 2), (7_260, 1), (7_300, 2), (9_000, 6)):
        calendar.schedule(run.queue, run.state, second, -1 - account, 0)
    run.advance(stage.hours)
    posts = [column[: run.post_count].tolist() for column in run.posts[:5]]
    assert list(zip(*posts, strict=True)) == [
        (0, 0, -1, 0, 0),
        (2, 0, 0, 1, 7_200),
        (1, 0, 0, 1, 7_260),
        (6, 0, 0, 1, 9_000),
    ]
    assert run.messages.reposts.tolist() == [3]


def calendar_order(event) -> tuple[int, bool, int, int]:
    """Second, publications first, account (whoever reposts for certain too), post or message."""
    second, account, post = (int(event[name]) for name in ("second", "account", "post"))
    return second, post >= 0, account if account >= 0 else -1 - account, post if post >= 0 else -1 - post


@pytest.mark.parametrize(("accounts", "posts"), [(20, 4), (2**31 - 1, 2**25 - 1)])
def test_calendar_gives_events_back_in_order(accounts: int, posts: int) -> None:
    """Any order of insertion, minute by minute, up to the largest numbers; none comes twice."""
    luck = np.random.default_rng(2)
    for size in (1, 2, 3, 50, 400):
        queue, state = calendar.empty_queue(size, 5), calendar.empty_state()
        wanted = []
        for _ in range(size):
            second, account, post = (int(luck.integers(0, top)) for top in (300, accounts, posts))
            kind = luck.integers(0, 3)  # a view, a certain repost, a publication
            event = {"second": second, "account": -1 - account if kind == 1 else account}
            event["post"] = -1 - post if kind == 2 else post
            wanted.append(calendar_order(event))
            calendar.schedule(queue, state, *event.values())
        assert state[calendar.LIVE] == size
        found = []
        for minute in range(5):
            state[calendar.MINUTE] = minute
            calendar.open_minute(queue, state)
            while state[calendar.DUE] > 0:
                found.append(calendar_order(queue.events[calendar.pop(queue, state)]))
            state[calendar.OPENED] = 0
        assert found == sorted(wanted)


def test_events_beyond_the_horizon_are_dropped() -> None:
    queue, state = calendar.empty_queue(4, 60), calendar.empty_state()
    calendar.schedule(queue, state, 3_600, 1, 0)
    assert state[calendar.LIVE] == 0
    calendar.schedule(queue, state, 3_599, 1, 0)
    assert state[calendar.LIVE] == 1


def test_who_sees_a_post_too_late_is_not_counted() -> None:
    """Everybody likes what they read: likes are reads, hour by hour, also where most would read after the end."""
    graph = launches.graph_of([range(1, 3_001), *[[]] * 3_000])
    answer = response.Response(repost_rate=1e-6, peer_rate=0.0, like_ratio=1e9)
    slow_readers = launches.PLAIN._replace(delay_scale=40_000.0)
    stage = launches.by_hand(graph, answer=answer, attention=slow_readers, traits=launches.ALWAYS + 64, hours=3)
    run = cascade.play(stage, launches.posts(stage, [(600, 0)]), 1)
    reads = run.tally.reads.sum(axis=1)
    assert 100 < reads.sum() < 1_500
    assert (run.tally.likes == reads).all()
    assert (run.tally.follower_reads == reads).all()
    assert run.messages.reads.sum() == reads.sum()
    assert (run.tally.watch["times"] > 0).sum() == reads.sum()
    assert (run.tally.watch["last"][run.tally.watch["times"] > 0] < 3 * 3_600).all()
