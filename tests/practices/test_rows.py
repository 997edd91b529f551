"""Statements of the sources that concern a mechanism every launch has: what they say happens (docs/coverage.md)."""

import numpy as np
import pytest

from sim.kernels import response, timeline
from sim.model import course, growth, service
from sim.runs import compare, play
from sim.scenario import read
from sim.scenario.schema import Scenario
from tests.reference import launches

QUIET = {"peer_rate": 0.0}  # nobody passes on what a peer passed on
POST = [{"by": "brand", "times": 3, "every": 12}]


def test_eight_celebrities_say_what_they_think():
    """Row 2: posts of their own with the content `opinion`, nobody's repost, each under luck of its own."""
    wanted = read.read("nokia_n8", Scenario).with_accounts(20_000)
    stage = launches.set_up(wanted)
    played = course.play(wanted, stage, "celebrity_seeding", 1)
    plan, run = played.plan, played.run
    theirs = np.flatnonzero(plan.messenger == response.KOL)
    assert np.unique(plan.account[theirs]).size == 8
    assert set(plan.content[theirs]) == {list(wanted.contents).index("opinion")}
    assert (plan.comment[theirs] == wanted.contents["opinion"].comments * wanted.response.comment_ratio).all()
    assert np.unique(plan.label[theirs]).size == theirs.size == 16
    assert (run.posts.parent[: run.post_count][np.isin(run.posts.account[: run.post_count], plan.account)] < 0).all()


@pytest.mark.luck
def test_people_share_what_interests_them():
    """Row 32: below the same post, readers outside the topic share `interest_off` times as often as those inside."""
    off = 0.25
    inside, outside = {"fit": 1.0, "audience": 0.2}, {"fit": 0.0, "audience": 0.2}
    plain = {"interest_off": off, "repost_rate": 0.05, "tier": 0.0, "saturation": 0.0}
    wanted = launches.scenario(
        accounts=6_000,
        response=launches.LIVELY | QUIET | plain,
        contents={"launch": {"quality_doubt": 0.0}},  # the luck of 60 posts is more than that of their readers
        cast={"kols": [{"name": "near", **inside}, {"name": "far", **outside}]},
        strategies={name: {"posts": [{"by": name}]} for name in ("near", "far")},
    )
    stage = launches.set_up(wanted)
    rates, errors, keen = {}, {}, {}
    for name in wanted.strategies:
        fans = stage.readers.traits[stage.casting.graph.row(int(stage.casting.roles[name].accounts[0]))]
        seen = timeline.class_chances()[fans & 7]
        keen[name] = np.average(stage.readers.propensity[(fans >> 3) & 7], weights=seen)  # who happens to follow them
        runs = [course.play(wanted, stage, name, seed).run for seed in range(60)]
        shared = np.array([run.messages.reposts.sum() for run in runs])
        read_by = np.array([run.tally.reads[:, response.KOL].sum() for run in runs])  # not what is passed on
        assert shared.sum() > 50
        rates[name] = shared.sum() / read_by.sum()
        apart = shared - rates[name] * read_by
        errors[name] = np.sqrt((apart**2).sum()) / shared.sum()
    ratio = rates["far"] / rates["near"] * keen["near"] / keen["far"]
    assert abs(np.log(ratio / off)) < 5 * np.hypot(errors["far"], errors["near"])


def test_awareness_rises_with_every_post_and_saturates():
    """Row 34: the share of accounts ever reached."""
    every = {f"n{n}": {"posts": [{"by": "brand", "times": n, "every": 4}]} for n in (1, 2, 4, 8)}
    wanted = launches.scenario(
        strategies=every | {"silent": {}}, growth={"follow": 0.0, "organic": 0.0}, response=launches.LIVELY | QUIET
    )
    stage = launches.set_up(wanted)
    aware = {
        name: np.mean([play.play(wanted, stage, name, seed).parts["awareness"] for seed in range(6)])
        for name in wanted.strategies
    }
    assert aware["silent"] == 0
    curve = np.array([aware[f"n{n}"] for n in (1, 2, 4, 8)])
    assert (np.diff(curve) > 0).all()
    assert (np.diff(curve) / [1, 2, 4])[-1] < 0.7 * curve[0]  # a post more adds less
    assert curve[-1] < 1
    seen = play.play(wanted, stage, "n2", 3)
    assert seen.parts["awareness"] * stage.accounts == pytest.approx(seen.metrics["reach"] / stage.factor)


def test_posts_that_ask_are_commented_on_more():
    """Row 61: a survey and an event draw more comments per repost than news of the same worth."""
    contents = {kind: {"kind": kind, "quality": 4.0, "quality_doubt": 0.0} for kind in ("news", "event", "survey")}
    wanted = launches.scenario(
        contents={"launch": {}} | contents,
        strategies={kind: {"posts": [POST[0] | {"content": kind}]} for kind in contents},
    )
    stage = launches.set_up(wanted)
    ratio = {}
    for kind in contents:
        found = [play.play(wanted, stage, kind, seed).metrics for seed in range(10)]
        ratio[kind] = sum(one["comments"] for one in found) / sum(one["reposts"] for one in found)
    assert ratio["survey"] > 1.3 * ratio["event"] > 1.3 * 1.1 * ratio["news"] > 0


def test_questions_are_answered():
    """Row 78: who asks below a post waits for the desk like who complains; unasked for, nobody answers."""
    wanted = launches.scenario(
        accounts=6_000,
        days=3,
        service={"complaints": 0.0, "private": 0.0, "peers": 0.0},
        contents={"launch": {"question": 0.9, "praise": 0.0, "complaint": 0.0, "comments": 10.0}},
        strategies={
            "deaf": {"posts": POST},
            "desk": {"posts": POST, "desk": {"agents": 20, "opens": 0.0, "closes": 24.0, "approval": 0.0}},
        },
    )
    stage = launches.set_up(wanted)
    played = course.play(wanted, stage, "desk", 3)
    room = next(one for one in played.practices if isinstance(one, service.Serving))
    kinds = played.run.tally.talk_kind[: played.run.comment_count]
    asked = np.unique(played.run.tally.talk_account[: played.run.comment_count][kinds == response.QUESTION])
    assert asked.size > 10
    served = np.flatnonzero(played.people.served)
    assert np.isin(served, asked).all()
    assert served.size > 0.8 * asked.size
    assert room.begun == 0  # nobody complained
    found, nobody = (play.play(wanted, stage, name, 3).metrics for name in ("desk", "deaf"))
    assert found["response_rate"] > 0.8
    assert nobody["response_rate"] == 0


def test_one_bill_for_posting_and_serving():
    """Row 17: what the staff writes and what it answers are minutes of the same staff, at one price."""
    post, desk = {"posts": POST}, {"desk": {"agents": 2, "opens": 9.0, "closes": 17.0}}
    wanted = launches.scenario(strategies={"post": post, "serve": desk, "both": post | desk}, service={})
    spent = compare.compare(wanted, replicates=1, jobs=1, doubt=False).spend
    assert spent["both"]["total"] == pytest.approx(spent["post"]["total"] + spent["serve"]["total"])
    dear = wanted.changed({"prices": {"staff_minute": 2.0 * wanted.prices.staff_minute}})
    twice = compare.compare(dear, replicates=1, jobs=1, doubt=False).spend
    assert twice["both"]["total"] == pytest.approx(2 * spent["both"]["total"])


def test_growth_is_reported_beside_awareness():
    """Rows 11 and 34: with the table absent neither is."""
    wanted = launches.scenario(strategies={"a": {"posts": POST}})
    found = play.play(wanted, launches.set_up(wanted), "a", 1)
    assert "awareness" not in found.parts
    assert found.metrics["new_followers"] is None
    assert growth.Growing.on(wanted, wanted.strategies["a"]) is False
