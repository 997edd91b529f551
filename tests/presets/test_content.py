"""Headlines of the presets about content, calendars and energising: directions with the interval on their side.

Small here, at the shipped size with `-m long`. Directions were written down from the sources before anything was
compared; sizes that the declared factors fix are not asked for.
"""

import itertools

import numpy as np
import pytest

from sim.results import contrast
from tests.reference.headlines import Headlines, assert_more, values

SMALL = {
    "best_hour": (None, 48),
    "cadence": (20_000, 16),
    "prize_repost": (20_000, 32),
    "travel_brand": (15_000, 64),
    "taobao_shop": (20_000, 32),
    "hq_calendar": (20_000, 64),
}
LONG = dict.fromkeys(SMALL, (None, 96)) | {"cadence": (None, 24), "taobao_shop": (None, 48)}
played = Headlines(SMALL, LONG)


def test_best_hour(full) -> None:
    """Posts of the day are read sooner than those of the night, and a little more in all (rows 42; V11, V12)."""
    of = played("best_hour", full)
    for hour in ("hour_8", "hour_10", "hour_13"):
        assert_more(of, "reads", hour, "hour_4")
    soon = {}
    for name in ("hour_4", "hour_10", "hour_22"):
        action = of.scenario.strategies[name].posts[0]
        curve = of.curves[of.curves["strategy"] == name].groupby("hour")["reads"].mean().to_numpy()
        hours = [int(action.at + k * action.every) for k in range(action.times)]
        soon[name] = sum(curve[hour] + curve[hour + 1] for hour in hours)
    assert soon["hour_10"] > 1.5 * soon["hour_4"]
    assert soon["hour_22"] > 1.3 * soon["hour_4"]
    assert_more(of, "reads", "tuesdays", "sundays")


def test_cadence(full) -> None:
    """More posts are more reads; five a day lose followers on balance, and so does a burst against a steady stream
    (rows 16, 19, 21, 24; V45)."""
    of = played("cadence", full)
    order = ("flood", "workdays", "three", "weekly", "silent")
    for more, less in itertools.pairwise(order):
        assert_more(of, "reads", more, less)
    net = {name: values(of, name, "new_followers") - values(of, name, "lost_followers") for name in order}
    assert contrast.summary(net["flood"]).high < 0
    for name in ("weekly", "three", "workdays"):
        assert contrast.summary(net[name]).low > 0
    assert_more(of, "lost_followers", "flood", "workdays")
    assert_more(of, "lost_followers", "burst", "workdays")
    assert_more(of, "reads", "campaign", "three")  # a campaign over the daily stream


def test_prize_repost(full) -> None:
    """Prizes lift talk, S-shaped in their worth; those who come for a prize leave more readily (row 95; V55)."""
    of = played("prize_repost", full)
    assert_more(of, "messages", "medium", "none")
    assert_more(of, "messages", "large", "medium")
    effect = {name: values(of, name, "prize_effect")[0] for name in ("small", "medium", "large")}
    cost = {"small": 200.0, "medium": 1200.0, "large": 5000.0}
    slope = [(effect["small"] - 1) / cost["small"], (effect["medium"] - effect["small"]) / 1000.0]
    slope.append((effect["large"] - effect["medium"]) / 3800.0)
    assert slope[1] > slope[0]  # convex at first
    assert slope[1] > slope[2]  # concave at last
    assert values(of, "follow", "prize_followers").mean() > 0
    assert values(of, "large", "prize_followers").max() == 0
    assert_more(of, "new_followers", "follow", "large")
    assert_more(of, "lost_followers", "follow", "large")
    assert_more(of, "orders", "discount", "none")
    assert_more(of, "reach", "kol", "none")


def test_travel_brand(full) -> None:
    """Offers and travellers' stories are answered more than news of the firm; a present brings more of them (rows 33,
    86, 95)."""
    of = played("travel_brand", full)
    assert_more(of, "messages", "offers", "firm")
    assert_more(of, "messages", "memories", "firm")
    assert_more(of, "customer_stories", "memories", "firm")
    assert (values(of, "firm", "customer_stories") == values(of, "silent", "customer_stories")).all()
    assert_more(of, "orders", "offers", "silent")
    assert_more(of, "praise", "memories", "firm")


def test_taobao_shop(full) -> None:
    """A few posts sell, a discount sells more a read, a survey tells what readers think for next to nothing, customers
    tell, resell and help each other (rows 91-98)."""
    of = played("taobao_shop", full)
    assert_more(of, "orders", "goods", "silent")
    assert_more(of, "orders", "offers", "silent")
    assert_more(of, "customer_stories", "reviews", "goods")
    assert values(of, "goods", "resales").mean() > 0
    assert values(of, "survey", "questions_answered_by_customers").mean() > 0
    spend = of.spend["survey"]["total"]
    assert spend < 500  # RMB
    answers = values(of, "survey", "survey_answers")
    survey = of.scenario.strategies["survey"].survey
    told = np.isfinite(values(of, "survey", "survey_estimate"))
    assert told.mean() > 0.4  # a survey among few thousand followers is answered by a handful, or by nobody
    luck = (values(of, "survey", "survey_estimate")[told] - survey.expected) * np.sqrt(answers[told])
    assert np.sqrt(np.mean(luck**2)) == pytest.approx(np.sqrt(survey.expected * (1 - survey.expected)), rel=0.35)


def test_hq_calendar(full) -> None:
    """Approval costs time, and news that waited are answered less (rows 64-66)."""
    of = played("hq_calendar", full)
    assert_more(of, "messages", "local", "asked")
    assert_more(of, "messages", "local", "monthly")
    assert values(of, "asked", "approval_hours").mean() > 12
    assert (values(of, "mixed", "posts_of_industry") == values(of, "local", "posts_of_industry")).all()
    assert (values(of, "monthly", "posts_of_product") == values(of, "local", "posts_of_product")).all()
