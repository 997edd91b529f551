"""The verdict and its sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results import verdict
from sim.results.metrics import METRICS, goal

NAMES = ["celebrity_seeding", "mixed", "employee_amplification"]
MEANS = np.array([720e3, 600e3, 500e3])


def luck(n: int = 60, seed: int = 0) -> np.ndarray:
    g = np.random.default_rng(seed)
    return np.exp(0.3 * g.normal(size=(n, 1)) + 0.1 * g.normal(size=(n, 3)))


def doubted(spread: float, n: int = 60) -> np.ndarray:
    g = np.random.default_rng(99)
    return luck(n, seed=1) * MEANS * np.exp(spread * g.normal(size=(n, 3)))


def said(of: verdict.Verdict, metric: str = "reach") -> str:
    text = verdict.sentence(of, METRICS[metric])
    assert "100%" not in text
    assert "nan" not in text.lower()
    assert "None" not in text
    assert text.endswith(".")
    return text


def test_leader_with_both_certainties():
    got = verdict.verdict(luck() * MEANS, NAMES, assumptions=doubted(0.03))
    assert (got.status, got.winner, got.runner_up) == ("leader", "celebrity_seeding", "mixed")
    assert got.low > 0
    assert got.probability > 0.99
    assert verdict.ROBUST <= got.probability_under_assumptions < 1
    assert got.under_low < got.probability_under_assumptions < got.under_high
    assert said(got) == (
        "Celebrity seeding wins on reach, >99.9% sure at the shipped assumptions "
        f"({verdict.percent(got.probability_under_assumptions)} when the assumptions are in doubt): "
        "+118,000 readers [88,000, 151,000] over Mixed."
    )


def test_undecided_however_sure_the_shipped_parameters_are():
    got = verdict.verdict(luck(400) * MEANS, NAMES, assumptions=doubted(0.5, 200))
    assert (got.status, got.winner, got.ahead) == ("undecided", None, "celebrity_seeding")
    assert got.probability > 0.999
    assert got.probability_under_assumptions < 0.75
    assert "but is best in only" in said(got)


def test_undecided_names_the_strategy_that_takes_over():
    flipped = doubted(0.02) / MEANS * np.array([600e3, 800e3, 500e3])
    got = verdict.verdict(luck() * MEANS, NAMES, assumptions=flipped)
    assert (got.status, got.favourite_under_assumptions) == ("undecided", "mixed")
    assert said(got).endswith(f", Mixed in {verdict.percent(got.probability_of_favourite)}.")


def test_a_flip_is_undecided_at_any_limit():
    flipped = doubted(0.1) / MEANS * np.array([600e3, 650e3, 500e3])
    got = verdict.verdict(luck() * MEANS, NAMES, assumptions=flipped, robust=0.01)
    assert got.probability_under_assumptions > 0.01
    assert (got.status, got.favourite_under_assumptions) == ("undecided", "mixed")


def test_no_clear_leader():
    close = luck() * np.array([600e3, 605e3, 500e3])
    got = verdict.verdict(close, NAMES)
    assert (got.status, got.winner) == ("no clear leader", None)
    assert got.low < 0 < got.high
    assert said(got).startswith(f"No clear leader on reach after 60 replicates: {verdict.title(got.ahead)} is ahead of")
    assert "as close as was asked for" in said(verdict.verdict(close, NAMES, stopped="width"))


def test_only_the_sequential_rule_calls_when_it_was_in_charge():
    x = luck() * MEANS
    assert verdict.verdict(x, NAMES, stopped="limit").status == "no clear leader"
    assert verdict.verdict(x, NAMES, stopped="leader").status == "leader"
    wide = verdict.verdict(x, NAMES, stopped="leader", sure=0.99)
    assert wide.low < verdict.verdict(x, NAMES).low


def test_identical_single_undefined_and_one_replicate():
    x = luck() * MEANS
    twins = verdict.verdict(x[:, [0, 0, 1]], NAMES, assumptions=doubted(0.1)[:, [0, 0, 1]])
    assert (twins.status, twins.tied, twins.runner_up) == ("identical", tuple(NAMES[:2]), NAMES[2])
    assert twins.probability == pytest.approx(0.5, abs=0.01)
    assert said(twins) == (
        "Celebrity seeding and Mixed are identical on reach: equal in every one of 60 replicates, "
        "ahead of Employee amplification."
    )
    all_equal = verdict.verdict(x[:, [0, 0, 0]], NAMES)
    assert (all_equal.mean, all_equal.low, all_equal.high) == (0.0, 0.0, 0.0)
    assert said(all_equal).startswith("Celebrity seeding, Mixed and Employee amplification are identical")
    assert said(verdict.verdict(x[:, :1], NAMES[:1])).startswith("Celebrity seeding is the only strategy to rank: 7")
    assert verdict.verdict(x[:, :1], NAMES[:1]).winner == NAMES[0]
    assert said(verdict.verdict(x * np.nan, NAMES)) == "No verdict: reach is undefined for every strategy."
    assert verdict.verdict(x[:0], NAMES).status == "undefined"
    once = verdict.verdict(x[:1], NAMES)
    assert (once.status, once.low, once.probability) == ("no clear leader", None, None)
    assert "after 1 replicate:" in said(once)
    assert "how sure cannot be said" in said(once)


def test_a_strategy_without_values_is_not_ranked():
    x = luck() * MEANS
    x[:, 0] = np.nan
    got = verdict.verdict(x, NAMES, assumptions=doubted(0.01))
    assert (got.status, got.winner, got.runner_up) == ("leader", "mixed", "employee_amplification")


def test_less_is_better():
    got = verdict.verdict(luck() * MEANS / 1e4, NAMES, higher_is_better=False)
    assert got.winner == "employee_amplification"
    assert got.mean < 0
    assert said(got, "cost_per_order").endswith("10.3 RMB [8.0, 12.7] less than Mixed.")


def test_shares_differ_by_percentage_points():
    assert "percentage points [" in said(verdict.verdict(luck() * MEANS / 1e7, NAMES), "response_rate")


def test_weighted_goals_speak_of_points():
    wanted = goal({"orders": 50, "complaints": 20})
    got = verdict.verdict(luck() * MEANS / 1e3, NAMES)
    assert "wins on the weighted goal" in verdict.sentence(got, wanted.measure)
    assert " points [" in verdict.sentence(got, wanted.measure)


@given(st.integers(0, 300), st.permutations(range(3)))
def test_order_of_strategies_does_not_matter(seed, order):
    x, y = luck(30, seed) * MEANS, luck(30, seed + 1) * MEANS
    here = verdict.verdict(x, NAMES, assumptions=y)
    there = verdict.verdict(x[:, order], [NAMES[k] for k in order], assumptions=y[:, order])
    assert (there.ahead, there.runner_up) == (here.ahead, here.runner_up)
    assert (there.mean, there.low, there.high) == (here.mean, here.low, here.high)
    assert there.probability == pytest.approx(here.probability, abs=1e-3)


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, ">99.9%"), (0.9996, ">99.9%"), (0.9991, "99.9%"), (0.996, "99.6%"), (0.97, "97%"), (0.5, "50%"),
     (0.004, "0.4%"), (0.0, "<0.1%")],
)  # fmt: skip
def test_percent(probability, text):
    assert verdict.percent(probability) == text


@given(st.floats(0, 1))
def test_nothing_is_ever_certain(probability):
    assert verdict.percent(probability) not in ("100%", "100.0%", "0%", "0.0%")
