"""The identities of accounting on books kept by hand: each in turn broken by a little, and just not."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from sim.results.outcome import Outcome
from sim.runs import accounting

METRICS: dict[str, float | None] = {
    "pushes": 90.0,
    "reads": 100.0,
    "reach": 60.0,
    "non_follower_reads": 30.0,
    "reposts": 10.0,
    "comments": 20.0,
    "messages": 30.0,
    "praise": 9.0,
    "questions": 6.0,
    "complaints": 5.0,
    "cost": 1_000.0,
    "sentiment": None,
}
PARTS = {
    "frequency_1": 30.0,
    "frequency_2": 20.0,
    "frequency_3": 7.0,
    "frequency_4_or_more": 3.0,
    "reads_by_brand": 70.0,
    "reads_by_kol": 30.0,
    "carried_by_brand": 40.0,
    "carried_by_peer": 60.0,
    "topic_reads": 4.0,
    "list_reads": 3.0,
    "search_reads": 2.0,
    "mention_reads": 1.0,
    "taken_up_reads": 0.0,
}
SPENT = {"posts": 400.0, "staff": 600.0, "total": 1_000.0}
BALANCED = Outcome(METRICS, {"reads": np.array([40.0, 60.0]), "reposts": np.array([10.0, 0.0])}, PARTS)
IDLE = Outcome(dict.fromkeys(METRICS, 0.0), {}, dict.fromkeys(accounting.FREQUENCIES, 0.0))


def books(base: Outcome = BALANCED, parts: dict[str, float] | None = None, **metrics: Any) -> list[str]:
    changed = dataclasses.replace(base, metrics=base.metrics | metrics, parts=base.parts | (parts or {}))
    spent = SPENT if base is BALANCED else {"total": 0.0}
    return accounting.problems(changed, spent)


def test_balanced_books_say_nothing() -> None:
    assert books() == []
    assert books(IDLE) == []
    accounting.check(BALANCED, SPENT, "mixed", 5)


def test_what_is_defined_nowhere_is_not_checked() -> None:
    """A curve whose metric is undefined, or that no metric has; a metric that is no count is no sum of its hours."""
    for name in ("sentiment", "frequency", "nonsense"):
        curves = BALANCED.curves | {name: np.array([1.0, 1.0])}
        metrics = METRICS | {"frequency": 100.0 / 60.0}
        assert accounting.problems(dataclasses.replace(BALANCED, metrics=metrics, curves=curves), SPENT) == []


@pytest.mark.parametrize(
    ("metrics", "parts", "said"),
    [
        ({"pushes": 89.0}, {}, "reads through the feed = 90 exceed pushes = 89"),
        ({}, {"topic_reads": 3.0}, "reads through the feed = 91 exceed pushes = 90"),
        ({}, {"list_reads": 2.0}, "reads through the feed = 91 exceed pushes = 90"),
        ({}, {"search_reads": 1.0}, "reads through the feed = 91 exceed pushes = 90"),
        ({}, {"mention_reads": 0.0}, "reads through the feed = 91 exceed pushes = 90"),
        ({}, {"taken_up_reads": -1.0}, "reads through the feed = 91 exceed pushes = 90"),
        ({"reach": 101.0}, {"frequency_1": 71.0}, "reach = 101 exceeds reads = 100"),
        ({"non_follower_reads": 101.0}, {}, "non_follower_reads = 101 exceeds reads = 100"),
        ({"reach": 9.0}, {"frequency_1": -21.0}, "reposts = 10 exceeds reach = 9"),
        ({"messages": 31.0}, {}, "messages = reposts + comments: 31 is not 30"),
        ({"messages": 29.0}, {}, "messages = reposts + comments: 29 is not 30"),
        ({"praise": 10.0}, {}, "praise, questions and complaints exceed comments"),
        ({"questions": 7.0}, {}, "praise, questions and complaints exceed comments"),
        ({"complaints": 6.0}, {}, "praise, questions and complaints exceed comments"),
        ({"reach": 61.0}, {}, "frequency bins = reach: 60 is not 61"),
        ({}, {"frequency_2": 21.0}, "frequency bins = reach: 61 is not 60"),
        ({}, {"frequency_3": 8.0}, "frequency bins = reach: 61 is not 60"),
        ({}, {"frequency_4_or_more": 4.0}, "frequency bins = reach: 61 is not 60"),
        ({}, {"reads_by_kol": 31.0}, "reads_by_* = reads: 101 is not 100"),
        ({}, {"carried_by_peer": 59.0}, "carried_by_* = reads: 99 is not 100"),
        ({"cost": 1_001.0}, {}, "cost = bill: 1,001 is not 1,000"),
    ],
)
def test_each_identity_alone(metrics: dict[str, float], parts: dict[str, float], said: str) -> None:
    assert books(parts=parts, **metrics) == [said]


def test_curves_add_up() -> None:
    short = dataclasses.replace(BALANCED, curves={"reads": np.array([40.0, 60.0]), "reposts": np.array([4.0, 5.0])})
    assert accounting.problems(short, SPENT) == ["curve of reposts adds up: 9 is not 10"]


def test_the_bill_adds_up() -> None:
    assert accounting.problems(BALANCED, SPENT | {"posts": 401.0}) == ["cost items = total: 1,001 is not 1,000"]


def test_own_stories_may_be_reposted_again() -> None:
    """Accounts that tell stories of their own repost more than once; a count of none of them changes nothing."""
    few = {"frequency_1": -21.0}
    assert books(parts=few | {"own_stories": 1.0}, reach=9.0) == []
    assert books(parts=few | {"own_stories": 0.0}, reach=9.0) == ["reposts = 10 exceeds reach = 9"]


@pytest.mark.parametrize("story", ["complaint_stories", "customer_stories"])
def test_what_customers_post_is_typed_without_a_comment(story: str) -> None:
    assert books(parts={story: 0.0}, praise=1e6) == []


def test_parts_that_a_launch_lacks_count_nothing() -> None:
    """Without reads beside the feed, feed reads are all reads."""
    lone = dataclasses.replace(BALANCED, parts={k: v for k, v in PARTS.items() if k not in accounting.SHOWN})
    for pushes, said in ((100.0, []), (99.0, ["reads through the feed = 100 exceed pushes = 99"])):
        metrics = lone.metrics | {"pushes": pushes}
        assert accounting.problems(dataclasses.replace(lone, metrics=metrics), SPENT) == said


def test_slack_is_a_millionth() -> None:
    """A millionth of the larger side and a millionth of one are rounding; at nothing the limit itself still passes."""
    assert accounting.SLACK == 1e-6
    assert books(non_follower_reads=100.0 + 1.005e-4) == []
    assert books(non_follower_reads=100.0 + 1.015e-4) != []
    assert books(pushes=90.0 - 0.905e-4) == []
    assert books(pushes=90.0 - 0.915e-4) != []
    assert books(praise=9.0 + 2.05e-5) == []
    assert books(praise=9.0 + 2.15e-5) != []
    assert books(messages=30.0 + 2.95e-5) == []
    assert books(messages=30.0 + 3.05e-5) != []
    assert books(messages=30.0 - 2.95e-5) == []
    assert books(messages=30.0 - 3.05e-5) != []


@pytest.mark.parametrize(
    ("metrics", "parts"),
    [
        ({"non_follower_reads": 1e-6}, {}),
        ({"praise": 1e-6}, {}),
        ({"messages": 1e-6}, {}),
        ({}, {"topic_reads": -1e-6}),
    ],
)
def test_slack_at_nothing(metrics: dict[str, float], parts: dict[str, float]) -> None:
    assert books(IDLE, parts, **metrics) == []
    more = {name: 1.01 * value for name, value in metrics.items()}
    assert len(books(IDLE, {name: 1.01 * value for name, value in parts.items()}, **more)) == 1


def test_a_check_says_which_run_and_everything_that_does_not_fit() -> None:
    wrong = dataclasses.replace(BALANCED, metrics=METRICS | {"cost": 1_001.0, "messages": 31.0})
    said = "mixed, seed 5: messages = reposts + comments: 31 is not 30; cost = bill: 1,001 is not 1,000"
    with pytest.raises(accounting.UnbalancedError) as caught:
        accounting.check(wrong, SPENT, "mixed", 5)
    assert str(caught.value) == said


@pytest.mark.parametrize(("value", "checked"), [(None, False), ("", False), ("0", False), ("1", True), ("yes", True)])
def test_books_are_checked_when_the_environment_says_so(
    monkeypatch: pytest.MonkeyPatch, value: str | None, checked: bool
) -> None:
    if value is None:
        monkeypatch.delenv("DANDELION_DEBUG", raising=False)
    else:
        monkeypatch.setenv("DANDELION_DEBUG", value)
    assert accounting.wanted() is checked
