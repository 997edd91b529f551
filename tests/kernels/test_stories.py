"""Several stories, posts that come to an end, and damping: each story is the slow twin's by itself."""

import dataclasses
import itertools
from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import calendar, response
from sim.model import cascade
from sim.model import subjects as subjects_room
from sim.model.casting import label
from tests.reference import cascade as slow
from tests.reference import launches, worlds

STORY = label("launch")


def play(stage, plan, seed: int, subjects: subjects_room.Subjects, until=(), eager: bool = False) -> cascade.Cascade:
    run = cascade.Cascade(stage, plan, seed, subjects=subjects, eager=eager)
    run.messages.until[: len(until)] = until
    run.plan(0, plan.size)
    run.advance(stage.hours)
    return run


def one_story(stage, plan, damp: float) -> subjects_room.Subjects:
    label_of = np.array([STORY], np.uint64)
    return subjects_room.alike(np.zeros(plan.size, np.int32), label_of, stage.interest, damp=damp)


def interest_of(about: subjects_room.Subjects, story: int) -> np.ndarray:
    """Interest in STORY, float64[communities]."""
    interest = about.interest[about.mood[story]].copy()
    if about.home[story] >= 0:
        interest[about.home[story]] = 1.0
    return interest


@st.composite
def ended_worlds(draw):
    """A random world whose posts may end, often in the very second of something else, and whose chances are damped."""
    stage, plan, seed = draw(worlds.worlds())
    damp = draw(st.sampled_from([1.0, 0.6, 0.1]))
    whole = slow.run(stage, plan, seed, STORY, damp=damp)
    moments = {post.second for post in whole.posts} | {second for second, *_ in whole.comments} | {0}
    ends = st.one_of(
        st.just(slow.NEVER),
        st.integers(0, stage.hours * 3600),
        st.sampled_from(sorted(moments | {moment + 1 for moment in moments})),
    )
    return stage, plan, seed, [draw(ends) for _ in range(plan.size)], damp


@settings(max_examples=150)
@given(ended_worlds(), st.booleans())
def test_posts_that_end_and_damping_are_the_twins(world, eager: bool) -> None:
    stage, plan, seed, until, damp = world
    fast = slow.told_by(play(stage, plan, seed, one_story(stage, plan, damp), until, eager))
    plain = slow.told(slow.run(stage, plan, seed, STORY, until=until, damp=damp))
    for what in plain:
        assert fast[what] == plain[what], what


def test_posts_that_end_in_a_lively_launch() -> None:
    """Every message ends an hour or a night after its publication, when many have read it and not yet acted."""
    scenario = launches.scenario(response={"comment_ratio": 1.0, "peer_rate": 0.2, "second_read": 2.0})
    stage = launches.set_up(scenario)
    passed_on = 0
    for seed in range(3):
        plan = launches.plan_of(scenario, stage, "everything", seed)
        until = plan.second + np.where(np.arange(plan.size) % 2, 3_600, 12 * 3_600) + 17
        fast = slow.told_by(play(stage, plan, seed, one_story(stage, plan, 0.8), until))
        plain = slow.told(slow.run(stage, plan, seed, STORY, until=until.tolist(), damp=0.8))
        assert fast == plain
        assert len(fast["posts"]) < cascade.play(stage, plan, seed).post_count
        passed_on += sum(parent >= 0 for _, _, parent, *_ in plain["posts"])
    assert passed_on > 20


def test_the_second_of_an_end_is_no_more() -> None:
    """A repost in the second in which its message ends does not happen; one in the second before does."""
    stage = launches.by_hand(
        launches.graph_of([[1], [], []]), answer=response.Response(repost_rate=20.0, tier=0.0, peer_rate=0.0)
    )
    plan = launches.posts(stage, [(60, 0), (7_200, 2)])
    acted = 0
    for seed in range(10):
        whole = slow.run(stage, plan, seed, STORY)
        moments = [post.second for post in whole.posts if post.account != 2]  # the post of account 0, its repost
        acted += len(moments) - 1
        for until in itertools.chain.from_iterable((moment, moment + 1) for moment in moments):
            ends = [until, 7_200 + until % 2]
            plain = slow.told(slow.run(stage, plan, seed, STORY, until=ends))
            for eager in (False, True):
                assert slow.told_by(play(stage, plan, seed, one_story(stage, plan, 1.0), ends, eager)) == plain
    assert acted > 3


@st.composite
def told_worlds(draw):
    """A random world whose posts are about up to three stories, each with its own interest and damping."""
    stage, plan, seed = draw(worlds.worlds())
    luck = np.random.default_rng(draw(st.integers(0, 2**32)))
    stories = draw(st.integers(2, 3))
    about = subjects_room.Subjects(
        luck.integers(0, stories, plan.size).astype(np.int32),
        np.array([label("story", n) for n in range(stories)], np.uint64),
        luck.random((2, stage.interest.size)) * draw(st.sampled_from([1.0, 3.0])),
        np.array(draw(st.lists(st.sampled_from([1.0, 0.5]), min_size=stories, max_size=stories))),
        luck.integers(0, 2, stories).astype(np.int32),
        luck.integers(-1, stage.interest.size, stories).astype(np.int32),
    )
    return stage, plan, seed, about


def part(plan, rows: np.ndarray):
    return dataclasses.replace(plan, **{name: column[rows] for name, column in dataclasses.asdict(plan).items()})


COUNTED = ("comments_written", "pushes", "likes", "reads", "reposts", "commented", "follower_reads", "times")


@settings(max_examples=150)
@given(told_worlds())
def test_stories_do_not_meet(world) -> None:
    """What several stories bring together is the sum of what the twin has for each alone."""
    stage, plan, seed, about = world
    run = play(stage, plan, seed, about)
    fast = slow.told_by(run)
    posts, comments, counts, by_message = [], [], {name: Counter() for name in COUNTED}, [None] * plan.size
    for story in range(about.label.size):
        rows = np.flatnonzero(about.story == story)
        alone = dataclasses.replace(stage, interest=interest_of(about, story))
        damp = float(about.damp[story])
        plain = slow.told(slow.run(alone, part(plan, rows), seed, int(about.label[story]), damp=damp))
        posts += [(second, account, rows[m], depth, words) for account, m, _, depth, second, words in plain["posts"]]
        comments += [(second, account, rows[m], kind) for second, account, m, kind in plain["comments"]]
        for name in COUNTED:
            counts[name].update(plain[name])
        for row, told in zip(rows, plain["by_message"], strict=True):
            by_message[row] = told
    assert sorted((second, a, m, depth, words) for a, m, _, depth, second, words in fast["posts"]) == sorted(posts)
    assert sorted(fast["comments"]) == sorted(comments)
    assert {name: fast[name] for name in COUNTED} == {name: dict(found) for name, found in counts.items()}
    assert fast["by_message"] == by_message
    entries = run.met["key"][run.met["key"] > 0]
    assert np.unique(entries).size == entries.size == run.state[calendar.ACCOUNTS_MET]
