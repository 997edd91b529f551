"""Kinds, media and categories multiply what they say; own stories let an account answer again; off changes nothing."""

import numpy as np
import pytest

from sim.kernels import response
from sim.model import course, editorial, launch
from sim.model.casting import label
from sim.runs import assumptions, compare, play
from tests.reference import launches

DAILY = [{"by": "brand", "times": 6, "every": 6.0}]


def scenario(contents=None, **tables):
    strategies = {
        "plain": {"posts": DAILY},
        "campaign": {"posts": [DAILY[0] | {"campaign": True}]},
        "learning": {"posts": DAILY, "learning": {"gain": 0.5, "posts": 2.0}},
    }
    return launches.scenario(strategies=strategies, contents=contents or {"launch": {}}, days=3, **tables)


@pytest.fixture(scope="module")
def stage():
    return launches.set_up(scenario())


def test_nothing_named_is_the_very_same_table(stage):
    wanted = scenario()
    assert editorial.resolved(wanted) is wanted.contents
    assert course.Course(wanted, stage, "plain", 1).practices == []


@pytest.mark.parametrize("kind", launch.Kind.__args__)
@pytest.mark.parametrize("media", ["text", "image", "video"])
def test_factors_multiply_what_the_content_declares(kind, media):
    table = editorial.Editorial()
    wanted = scenario({"launch": {"quality": 3.0, "kind": kind, "media": media}}, category="travel")
    one = editorial.resolved(wanted)["launch"]
    medium = {"text": 1.0, "image": table.image, "video": table.video}[media]
    assert one.quality == pytest.approx(3.0 * getattr(table, kind) * medium * table.travel)
    assert one.comments == {"survey": table.survey_comments, "event": table.event_comments}.get(kind, 1.0)
    assert one.about_itself == (
        table.about_itself
        if kind in editorial.ABOUT_ITSELF
        else table.about_readers
        if kind in editorial.ABOUT_READERS
        else 0.5
    )
    asks = wanted.response.question
    assert one.question == (asks * table.recruitment_questions if kind == "recruitment" else None)


def test_what_the_content_says_itself_wins():
    wanted = scenario({"launch": {"kind": "product", "self_talk": 0.1}})
    assert editorial.resolved(wanted)["launch"].about_itself == 0.1


def test_a_kind_is_the_quality_it_stands_for_bit_for_bit(stage):
    factor = editorial.Editorial().recruitment
    named = scenario({"launch": {"kind": "recruitment", "question": 0.1}}, editorial={"recruitment_questions": 1.0})
    said = scenario({"launch": {"quality": factor, "question": 0.1}})
    one, other = play.play(named, stage, "plain", 3), play.play(said, stage, "plain", 3)
    assert one.metrics["messages"] > 0
    assert one.metrics == other.metrics


def test_b2b_is_answered_less_travel_more(stage):
    """V41 and row 86: directions; sizes are declared."""
    found = {}
    for category in (None, "b2b", "b2c", "travel"):
        wanted = scenario(category=category)
        seeds = [play.play(wanted, stage, "plain", seed).metrics for seed in range(12)]
        found[category] = sum(one["messages"] for one in seeds)
    assert found["b2b"] < found["b2c"] < found["travel"]
    assert found["b2c"] == found[None]


def test_only_factors_in_use_are_in_doubt():
    names = {doubt.name for doubt in assumptions.doubts(scenario({"launch": {"kind": "survey", "media": "image"}}))}
    assert {"editorial.image", "editorial.survey_comments"} <= names
    assert not {"editorial.video", "editorial.b2b", "editorial.campaign"} & names
    assert not any(doubt.name.startswith("editorial") for doubt in assumptions.doubts(scenario()))
    assert "editorial.travel" in {doubt.name for doubt in assumptions.doubts(scenario(category="travel"))}


def test_a_doubt_about_a_factor_reaches_the_run(stage):
    wanted = scenario({"launch": {"kind": "recruitment"}})
    plays, _ = assumptions.assume(wanted, stage, {"editorial.recruitment": 2.9})
    assert editorial.resolved(plays)["launch"].quality == 2.9


def test_a_campaign_and_learning_are_worth_more(stage):
    wanted = scenario()
    plans = {name: course.Course(wanted, stage, name, 2).plan for name in wanted.strategies}
    plain = plans["plain"].quality
    assert (plans["campaign"].quality == plain * editorial.Editorial().campaign).all()
    learnt = plans["learning"].quality / plain
    assert learnt[0] == 1.0
    assert (np.diff(learnt) > 0).all()
    assert learnt[2] == pytest.approx(1.25)  # half of the gain after two posts


def test_own_stories_are_answered_again_by_the_same_people(stage):
    """With one story an account reposts once; with stories of their own it may pass on each."""
    one, own = scenario(), scenario({"launch": {"story": "own"}})
    assert course.Course(own, stage, "plain", 1).run.stories.label.size == 7
    single = course.play(one, stage, "plain", 1)
    several = course.play(own, stage, "plain", 1)
    assert (several.run.stories.label[several.run.messages.story] == several.plan.story).all()
    who = [
        run.posts.account[: run.post_count][run.posts.parent[: run.post_count] >= 0]
        for run in (single.run, several.run)
    ]
    assert who[0].size == np.unique(who[0]).size > 0
    assert who[1].size > np.unique(who[1]).size
    assert play.play(own, stage, "plain", 1).parts["own_stories"] == 6


def test_the_same_occasion_is_the_same_story_whoever_tells_it():
    everybody = [{"by": "brand", "times": 2, "every": 6.0}, {"by": "kols", "at": 1.0, "times": 2, "every": 6.0}]
    wanted = launches.scenario(strategies={"all": {"posts": everybody}}, contents={"launch": {"story": "own"}})
    plan = course.Course(wanted, launches.set_up(wanted), "all", 1).plan
    names = {label("story", "launch", 0), label("story", "launch", 1)}
    assert set(plan.story.tolist()) == names
    assert plan.size == 6


def test_a_later_action_of_the_same_author_has_other_news():
    """Two actions of the brand with one content: four occasions, four stories; another's occasions count apart."""
    posts = [
        {"by": "brand", "times": 2, "every": 6.0},
        {"by": "brand", "at": 20.0, "times": 2, "every": 6.0},
        {"by": "kols", "at": 1.0, "times": 2, "every": 6.0},
    ]
    wanted = launches.scenario(strategies={"all": {"posts": posts}}, contents={"launch": {"story": "own"}})
    plan = course.Course(wanted, launches.set_up(wanted), "all", 1).plan
    brand = plan.story[plan.messenger == response.BRAND].tolist()
    assert brand == [label("story", "launch", occasion) for occasion in range(4)]
    assert set(plan.story[plan.messenger == response.KOL].tolist()) == set(brand[:2])


def test_figures_by_content_add_up(stage):
    wanted = launches.scenario(
        strategies={"both": {"posts": [*DAILY, {"by": "brand", "at": 3.0, "times": 4, "content": "other"}]}},
        contents={"launch": {"kind": "news"}, "other": {"story": "own"}, "unused": {}},
        days=3,
    )
    found = play.play(wanted, launches.set_up(wanted), "both", 4)
    parts = found.parts
    assert parts["posts_of_launch"] == 6
    assert parts["posts_of_other"] == 3
    assert "posts_of_unused" not in parts
    assert parts["reads_of_launch"] + parts["reads_of_other"] == pytest.approx(found.metrics["reads"])
    passed = parts["answers_to_launch"] + parts["answers_to_other"]
    assert 0 < passed <= found.metrics["messages"] * (1 + 1e-9)  # one who comments may write several comments


def test_own_stories_play_alike_for_any_number_of_threads():
    wanted = scenario({"launch": {"story": "own", "kind": "event"}})
    frames = [compare.compare(wanted, replicates=3, jobs=jobs, doubt=False).outcomes for jobs in (1, 2)]
    assert frames[0]["reposts"].min() > 0
    assert frames[0].equals(frames[1])
