"""Surveys: the estimate is that of those who answer, and its luck shrinks as one over the root of n."""

import numpy as np
import pytest

from sim.model import votes
from sim.model.survey import Survey
from sim.runs import play
from tests.reference import launches


def estimates(people: int, factor: float, runs: int = 400, yes: float = 0.4):
    found = []
    for seed in range(runs):
        said, n = votes.votes(np.arange(people), factor, 0.6, yes, np.uint64(seed))
        found.append((said / n, n))
    return np.array(found)


def test_the_error_shrinks_as_one_over_the_root_of_n():
    """Row 92: four times the answers, half the error, whether they are simulated or stand for several."""
    errors = {}
    for people, factor in ((100, 1.0), (400, 1.0), (100, 4.0), (1600, 1.0)):
        found = estimates(people, factor)
        assert found[:, 1].mean() == pytest.approx(0.6 * people * factor, rel=0.03)
        assert found[:, 0].mean() == pytest.approx(0.4, abs=5 * found[:, 0].std() / 20)
        errors[people, factor] = found[:, 0].std()
    for few, many in (((100, 1.0), (400, 1.0)), ((400, 1.0), (1600, 1.0)), ((100, 1.0), (100, 4.0))):
        assert errors[few] / errors[many] == pytest.approx(2.0, rel=0.15)
    assert errors[100, 1.0] == pytest.approx(np.sqrt(0.4 * 0.6 / 60), rel=0.1)


def test_who_comments_twice_votes_alike():
    some, more = (votes.votes(np.arange(n), 3.0, 1.0, 0.5, np.uint64(1)) for n in (50, 60))
    assert more[1] - some[1] == 30
    assert 0 <= more[0] - some[0] <= 30


@pytest.mark.parametrize(("demand", "leaning"), [(0.3, 1.0), (0.3, 1.5), (0.0, 2.0), (1.0, 2.0), (0.9, 0.0)])
def test_those_who_answer_lean(demand, leaning):
    survey = Survey(demand=demand, leaning=leaning)
    if leaning == 1.0 or demand in (0.0, 1.0):
        assert survey.expected == pytest.approx(demand, abs=1e-9)
    else:
        odds = [share / (1 - share) for share in (survey.expected, demand)]
        assert odds[0] == pytest.approx(leaning * odds[1])


def scenario(**strategy):
    posts = [{"by": "brand", "times": 3, "every": 8.0, "content": "survey"}, {"by": "brand", "at": 2.0, "times": 3}]
    return launches.scenario(
        accounts=4_000,
        contents={"launch": {}, "survey": {"kind": "survey", "comments": 5.0, "story": "own"}},
        strategies={"asks": {"posts": posts, "survey": {"demand": 0.3} | strategy}, "does_not": {"posts": posts}},
    )


@pytest.mark.luck
def test_a_launch_asks_its_readers():
    wanted = scenario()
    stage = launches.set_up(wanted)
    parts = [play.play(wanted, stage, "asks", seed).parts for seed in range(6)]
    answers = sum(one["survey_answers"] for one in parts)
    assert answers > 50
    mean = sum(one["survey_estimate"] * one["survey_answers"] for one in parts) / answers
    expected = Survey(demand=0.3).expected
    # Who answers twice votes alike, which widens the error by a third (measured over 38 lucks).
    assert mean == pytest.approx(expected, abs=5 * 1.33 * np.sqrt(expected * (1 - expected) / answers))
    for one in parts:
        assert one["survey_error"] == pytest.approx(abs(one["survey_estimate"] - 0.3))
        assert one["survey_bias"] == pytest.approx(expected - 0.3)
    asks, does_not = (play.play(wanted, stage, name, 1) for name in ("asks", "does_not"))
    assert asks.metrics == does_not.metrics  # counting changes nothing
    assert "survey_answers" not in does_not.parts


def test_an_unknown_content_is_refused():
    with pytest.raises(ValueError, match="not declared"):
        scenario(content="nothing")
