"""The contract's metrics and goals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import UserError
from sim.results import metrics
from sim.results.metrics import METRICS

CONTRACT = (
    "pushes reads reach frequency non_follower_reads reposts comments messages likes praise questions complaints "
    "sentiment new_followers lost_followers leads orders cost cost_per_thousand_reads cost_per_message "
    "cost_per_new_follower cost_per_order amplification depth structural_virality response_rate reply_minutes_p50 "
    "reply_minutes_p90 share_of_voice"
)


def test_the_table_has_the_contracts_names_in_order():
    assert list(METRICS) == CONTRACT.split()
    assert all(name == row.name and row.label and row.meaning for name, row in METRICS.items())
    lower = {name for name, row in METRICS.items() if not row.higher_is_better}
    assert lower == {n for n in METRICS if n.startswith(("cost", "reply_"))} | {"complaints", "lost_followers"}


def test_one_metric_keeps_its_unit_and_direction():
    cost = metrics.goal("cost")
    assert (cost.higher_is_better, cost.measure.unit) == (False, "RMB")
    np.testing.assert_array_equal(cost.score({"cost": [3, 4]}), [3.0, 4.0])


def test_weights_are_worth_per_unit_and_know_the_direction():
    wanted = metrics.goal({"orders": 50, "complaints": 20})
    assert wanted.higher_is_better
    assert wanted.measure.meaning == "50 x orders + 20 x complaints"
    score = wanted.score({"orders": [1.0, 2.0, 3.0], "complaints": [1.0, 0.0, np.nan]})
    np.testing.assert_array_equal(score, [30.0, 100.0, np.nan])


@given(st.floats(0.1, 100), st.floats(0.1, 100))
def test_mean_score_is_the_score_of_the_means(first, second):
    g = np.random.default_rng(0)
    values = {"orders": g.random(9), "cost": g.random(9)}
    wanted = metrics.goal({"orders": first, "cost": second})
    of_means = wanted.score({name: np.array([v.mean()]) for name, v in values.items()})[0]
    assert wanted.score(values).mean() == pytest.approx(of_means)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("reech", "Did you mean 'reach'"),
        ({"reach": -1}, "above 0"),
        ({"complaints": 0}, "lower is better"),
        ({"reach": float("nan")}, "above 0"),
        ({"reach": "much"}, "above 0"),
        ({"reach": True}, "above 0"),
        ({"oders": 1}, "'orders'"),
        ({}, "names no metric"),
    ],
)
def test_wrong_goals_are_explained(wanted, says):
    with pytest.raises(UserError, match=says):
        metrics.goal(wanted)


@pytest.mark.parametrize(
    ("value", "name", "kinds", "text"),
    [
        (1234567.8, "reach", {}, "1,234,568"),
        (120345.0, "reach", {"signed": True, "step": 1000.0}, "+120,000"),
        (-0.2, "reach", {"signed": True}, "0"),
        (0.0314, "response_rate", {}, "3.14%"),
        (0.0314, "response_rate", {"step": 0.001}, "3.1%"),
        (12.345, "cost_per_order", {}, "12.3"),
        (12345.6, "cost", {}, "12,346"),
        (0.0, "sentiment", {}, "0"),
        (None, "reach", {}, "n/a"),
        (float("nan"), "reach", {}, "n/a"),
    ],
)
def test_numbers_as_people_read_them(value, name, kinds, text):
    assert metrics.write(value, METRICS[name], **kinds) == text


def test_uncertainty_sets_the_rounding():
    assert metrics.step_for(60_000, METRICS["reach"]) == 1000
    assert metrics.step_for(0.3, METRICS["reach"]) == 1.0
    assert metrics.step_for(0.3, METRICS["sentiment"]) == pytest.approx(0.01)
    assert metrics.step_for(0.0, METRICS["reach"]) is None
