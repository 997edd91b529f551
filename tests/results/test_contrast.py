"""Estimates from matched replicates: theory, properties, degenerate inputs, and a short coverage experiment."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import optimize, stats

from sim.results import contrast

OUTCOMES = arrays(
    np.float64,
    st.tuples(st.integers(3, 12), st.integers(2, 5)),
    elements=st.floats(-1e6, 1e6, allow_nan=False, width=32),
)


def skewed(replicates: int, strategies: int, seed: int = 0) -> np.ndarray:
    """Matched lognormal outcomes with means near 1."""
    g = np.random.default_rng(seed)
    return np.exp(g.normal(size=(replicates, 1)) * 0.5 + g.normal(size=(replicates, strategies)) * 0.3)


def test_symmetric_data_give_students_interval():
    """Without skewness the hull is Student's interval, as scipy computes it."""
    half = np.random.default_rng(3).normal(size=20)
    x = 7 + np.concatenate([half, -half])  # skewness exactly 0 up to rounding
    got = contrast.summary(x)
    low, high = stats.t.interval(0.95, 39, loc=x.mean(), scale=stats.sem(x))
    assert (got.mean, got.low, got.high) == pytest.approx((7.0, low, high), rel=1e-9)
    assert (got.p10, got.p90) == pytest.approx(tuple(np.quantile(x, [0.1, 0.9])))


def test_interval_contains_students_and_leans_to_the_long_tail():
    x = skewed(30, 1)[:, 0] ** 3
    low, high = stats.t.interval(0.95, 29, loc=x.mean(), scale=stats.sem(x))
    got = contrast.summary(x)
    assert stats.skew(x) > 1
    assert got.low <= low + 1e-12
    assert got.high - high > 0.1 * (high - low)


def test_halls_transform_is_undone():
    t = np.linspace(-4, 4, 17)
    for skew in (-2.5, -1e-7, 0.0, 0.8, 3.0):
        there = contrast._transformed(t, np.full(17, skew), 16)
        back = [float(contrast._untransformed(value, np.array(skew), 16)) for value in there]
        assert back == pytest.approx(list(t), abs=1e-6)


def test_probability_agrees_with_the_paired_t_test():
    """Symmetric gap: one minus the one-sided p value of scipy's paired t test."""
    half = np.random.default_rng(5).normal(size=12)
    gap = 0.2 + np.concatenate([half, -half])
    b = np.random.default_rng(6).normal(size=24)
    got = contrast.difference(b + gap, b)
    assert got.probability_a_better == pytest.approx(
        1 - stats.ttest_rel(b + gap, b, alternative="greater").pvalue, abs=1e-6
    )


@given(OUTCOMES)
def test_certainty_and_interval_say_the_same(x):
    """Beyond 97.5% certain if and only if the 95% interval leaves out zero."""
    got = contrast.difference(x[:, 0], x[:, 1])
    assert got.low is not None
    if got.low > 1e-9 * abs(got.mean):
        assert got.probability_a_better > 0.975 - 1e-9
    elif got.high < -1e-9 * abs(got.mean):
        assert got.probability_a_better < 0.025 + 1e-9
    elif got.low < 0 < got.high:
        assert 0.025 - 1e-9 <= got.probability_a_better <= 0.975 + 1e-9


@given(OUTCOMES)
def test_difference_changes_sign_with_its_sides(x):
    one, other = contrast.difference(x[:, 0], x[:, 1]), contrast.difference(x[:, 1], x[:, 0])
    assert one.mean == -other.mean
    assert (one.low, one.high) == pytest.approx((-other.high, -other.low))
    assert one.probability_a_better + other.probability_a_better == pytest.approx(1)
    assert one.worlds_a_better + other.worlds_a_better == pytest.approx(1)
    lower = contrast.difference(x[:, 0], x[:, 1], higher_is_better=False)
    assert lower.mean == one.mean
    assert lower.probability_a_better == pytest.approx(other.probability_a_better)


@given(st.integers(0, 10_000), st.permutations(range(5)))
def test_order_of_strategies_does_not_matter(seed, order):
    x = skewed(20, 5, seed)
    np.testing.assert_allclose(contrast.probability_best(x[:, order]), contrast.probability_best(x)[order], atol=1e-3)


@given(st.integers(0, 10_000), st.sampled_from([1e-6, 0.5, 1e6]), st.sampled_from([-1e3, 0.0, 10.0]))
def test_unit_and_origin_do_not_matter(seed, scale, origin):
    x = skewed(15, 4, seed)
    moved = (x + origin) * scale
    np.testing.assert_allclose(contrast.probability_best(moved), contrast.probability_best(x), atol=1e-3)
    here, there = contrast.difference(x[:, 0], x[:, 1]), contrast.difference(moved[:, 0], moved[:, 1])
    assert there.mean == pytest.approx(here.mean * scale, rel=1e-6, abs=1e-9 * scale)
    assert there.low == pytest.approx(here.low * scale, rel=1e-6, abs=1e-9 * scale)
    assert there.probability_a_better == pytest.approx(here.probability_a_better, abs=1e-6)


@given(OUTCOMES)
def test_shares_of_best_add_up(x):
    chance = contrast.probability_best(x)
    assert chance.sum() == pytest.approx(1)
    assert (chance >= 0).all()
    np.testing.assert_allclose(contrast.probability_best(-x, higher_is_better=False), chance)


def test_two_strategies_have_one_certainty():
    x = skewed(30, 2)
    chance = contrast.probability_best(x)
    assert 0.5 < chance.max() < 1
    assert chance[0] == contrast.difference(x[:, 0], x[:, 1]).probability_a_better


@pytest.mark.luck
def test_best_of_many_agrees_with_a_plain_multivariate_t():
    """Normal outcomes: integrate the posterior of the means by brute force, without the skewness."""
    g = np.random.default_rng(8)
    x = g.normal(size=(200, 1)) + g.normal(size=(200, 4))
    x += np.array([0.1, 0.05, 0.0, -0.05]) - x.mean(axis=0)  # close together, whatever the luck
    draws = stats.multivariate_t(x.mean(axis=0), np.cov(x.T) / 200, df=199).rvs(100_000, random_state=g)
    plain = np.bincount(draws.argmax(axis=1), minlength=4) / 100_000
    assert plain.max() < 0.95
    np.testing.assert_allclose(contrast.probability_best(x), plain, atol=0.03)


def test_certainty_beyond_the_draws_is_resolved():
    """A favourite that wins every joint draw is not called certain: Bonferroni's bounds remain."""
    x = skewed(40, 5) * np.array([1.55, 1, 1, 1, 1])
    chance = contrast.probability_best(x)
    doubts = [1 - contrast.difference(x[:, 0], x[:, k]).probability_a_better for k in range(1, 5)]
    assert max(doubts) - 1e-12 <= 1 - chance[0] <= sum(doubts) + 1e-12
    assert chance[0] < 1


def test_placebo_is_exactly_even():
    x = skewed(25, 1)[:, 0]
    got = contrast.difference(x, x)
    assert (got.mean, got.low, got.high) == (0.0, 0.0, 0.0)
    assert (got.probability_a_better, got.worlds_a_better) == (0.5, 0.5)
    np.testing.assert_array_equal(contrast.probability_best(np.column_stack([x, x, x])), np.full(3, 1 / 3))


def test_twins_share_what_one_of_them_would_have():
    x = skewed(25, 2)
    one, rest = contrast.probability_best(x)
    np.testing.assert_allclose(contrast.probability_best(x[:, [0, 1, 0]]), [one / 2, rest, one / 2])


def test_small_and_broken_inputs():
    nothing = contrast.summary([np.nan, np.nan])
    assert (nothing.mean, nothing.low, nothing.p90, nothing.n) == (None, None, None, 0)
    once = contrast.summary([3.0, np.nan])
    assert (once.mean, once.low, once.high, once.n) == (3.0, None, None, 1)
    constant = contrast.summary([0.1] * 7)
    assert (constant.mean, constant.low, constant.high) == (0.1, 0.1, 0.1)
    single = contrast.difference([2.0], [1.0])
    assert (single.mean, single.low, single.probability_a_better, single.worlds_a_better) == (1.0, None, None, 1.0)
    assert contrast.difference([1.0, np.nan], [np.nan, 1.0]).mean is None
    fixed = contrast.difference([5.0, 6.0, 7.0], [4.0, 5.0, 6.0])
    assert (fixed.low, fixed.high, fixed.probability_a_better) == (1.0, 1.0, 1.0)
    assert np.isnan(contrast.probability_best(np.full((5, 2), np.nan))).all()
    assert np.isnan(contrast.probability_best(np.array([[1.0, 2.0]]))).all()
    np.testing.assert_array_equal(contrast.probability_best(np.array([[2.0, 2.0]])), [0.5, 0.5])
    assert contrast.probability_best(np.ones((4, 1))) == [1.0]


def test_undefined_strategies_and_rows_are_left_out():
    x = skewed(30, 3)
    holed = np.column_stack([x, np.full(30, np.nan)])
    holed[4, 1] = np.nan
    chance = contrast.probability_best(holed)
    assert np.isnan(chance[3])
    np.testing.assert_array_equal(chance[:3], contrast.probability_best(np.delete(x, 4, axis=0)))


def test_best_names_the_favourite():
    x = skewed(30, 2) * np.array([1.0, 1.4])
    name, chance = contrast.best({"mixed": x[:, 0], "celebrity": x[:, 1]})
    assert name == "celebrity"
    assert 0.9 < chance < 1
    assert contrast.best({"mixed": x[:, 0], "celebrity": x[:, 1]}, higher_is_better=False)[0] == "mixed"
    assert contrast.best({"mixed": [np.nan]}) == (None, None)


@pytest.mark.parametrize(
    ("sigmas", "ratio", "n"),
    [((0.3, 0.3), 1.2, 16), ((0.5, 0.5), 1.2, 36), ((0.5, 0.3), 1.1, 81), ((0.7, 0.3), 1.1, 183)],
)
def test_matched_differences_are_covered(sigmas, ratio, n):
    """3,000 comparisons with a known truth; 95 +- 0.4% expected (the long experiment: benchmarks/certainty.py)."""
    g = np.random.default_rng(int(100 * ratio) + n)
    a, b = sigmas
    z = g.standard_normal((n, 3000))
    w = 0.9 * z + np.sqrt(1 - 0.81) * g.standard_normal((n, 3000))
    low, high = contrast.interval(ratio * np.exp(a * z - a * a / 2) - np.exp(b * w - b * b / 2))
    covered = np.mean((low <= ratio - 1) & (ratio - 1 <= high))
    assert 0.938 <= covered <= 0.965


@pytest.mark.parametrize("n", [3, 8, 40])
def test_skewness_is_adjusted_for_the_size_of_the_sample(n):
    x = skewed(n, 3)
    assert contrast.means(x).skew == pytest.approx(stats.skew(x, bias=False), rel=1e-9)
    assert contrast.means(x[:2]).skew == pytest.approx(0.0, abs=1e-9)


# Exact figures: formulas of the sources written anew, or worked out by hand.


def hall(t: float, skew: float, n: int) -> float:
    """Hall (1992): sqrt(n) (w + g w^2 / 3 + g^2 w^3 / 27 + g / 6n) with w = t / sqrt(n)."""
    w = t / n**0.5
    return n**0.5 * (w + skew * w * w / 3 + skew * skew * w * w * w / 27 + skew / (6 * n))


@pytest.mark.parametrize("power", [3.0, -1.0, 0.1])
@pytest.mark.parametrize("sure", [0.8, 0.95])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_interval_is_the_hull_of_both(power, sure, sign):
    """The transform is undone by a root finder, skewness and quantiles are scipy's."""
    x = sign * skewed(16, 1)[:, 0] ** power
    skew, error, quantile = stats.skew(x, bias=False), stats.sem(x), stats.t.ppf(0.5 + sure / 2, 15)
    back = [optimize.brentq(lambda t, y=y: hall(t, skew, 16) - y, -200, 200, xtol=1e-13) for y in (quantile, -quantile)]
    low, high = x.mean() - error * max(quantile, back[0]), x.mean() - error * min(-quantile, back[1])
    assert contrast.interval(x, sure) == pytest.approx((low, high), rel=1e-9)
    got = contrast.summary(x, sure)
    assert (got.low, got.high) == pytest.approx((low, high), rel=1e-9)
    gap = contrast.difference(x + 1, np.ones(16), sure=sure)
    assert (gap.low, gap.high) == pytest.approx((low, high), rel=1e-7)


def test_interval_has_95_percent_unless_asked():
    x = skewed(16, 1)[:, 0]
    assert contrast.interval(x) == contrast.interval(x, 0.95)
    assert contrast.bounds(contrast.means(x)) == contrast.interval(x, 0.95)
    assert contrast.summary(x) == contrast.summary(x, 0.95)
    assert contrast.difference(x, x[::-1]) == contrast.difference(x, x[::-1], True, 0.95)


def support(mean: float, skew: float, caution: float = 1.0, error: float = 1.0, n: int = 9) -> float:
    of = contrast.Means(np.array(mean), np.array(error), np.array(skew), n)
    return float(contrast.support(of, caution))


def test_support_by_hand():
    """Nine rows, error 1: w = t / 3. The candidate nearer to 0 counts."""
    assert support(3.0, 0.0) == 3.0
    assert support(3.0, 0.9) == 3.0  # transformed: 4.04
    assert support(3.0, -0.9) == pytest.approx(2.14)  # 3 (1 - 0.3 + 0.03 - 1 / 60)
    assert support(-3.0, 0.9) == pytest.approx(-2.14)
    assert support(-3.0, -0.9) == -3.0
    assert support(6.0, -0.9, error=2.0) == pytest.approx(2.14)
    assert support(0.1, -3.0) == 0.0  # never turns the sign
    assert support(-0.1, 3.0) == 0.0
    assert support(8.97, -0.9) == pytest.approx(3 * (2.99 - 0.3 * 2.99**2 + 0.03 * 2.99**3 - 1 / 60))
    assert (support(9.0, -0.9), support(-9.0, 0.9)) == (9.0, -9.0)  # three standard deviations of the outcome away
    assert (support(12.0, -0.9), support(-12.0, 0.9)) == (12.0, -12.0)


def test_cautious_support_by_hand():
    """Twice the skewness; the transform ends at its turning point, t = -3 sqrt(n) / skew."""
    assert support(3.0, -0.45, 2.0) == pytest.approx(2.14)
    assert support(3.0, -6.0) == pytest.approx(2 / 3)  # 3 (1 - 2 + 36 / 27 - 1 / 9)
    assert support(3.0, -3.0, 2.0) == pytest.approx(1 / 6)  # at t = 1.5: 3 (0.5 - 0.5 + 1 / 6 - 1 / 9)
    assert support(-3.0, 3.0, 2.0) == pytest.approx(-1 / 6)
    assert support(1.2, -3.0, 2.0) == pytest.approx(3 * (0.4 - 0.32 + 36 * 0.064 / 27 - 1 / 9))
    assert support(3.0, 3.0, 2.0) == 3.0
    assert support(3.0, 0.0, 2.0) == 3.0


@pytest.mark.parametrize("caution", [1.0, 2.2])
def test_support_of_a_constant(caution):
    with np.errstate(all="raise"):
        assert support(2.0, 0.0, caution, error=0.0) == np.inf
        assert support(-2.0, 0.0, caution, error=0.0) == -np.inf
        assert support(0.0, 0.0, caution, error=0.0) == 0.0
    assert support(0.0, 1.0, caution) == 0.0


def test_certainty_by_hand():
    """Support 2.14 of nine rows: Student's distribution with eight degrees of freedom."""
    of = contrast.Means(np.array([3.0, 0.0]), np.array([1.0, 0.0]), np.array([-0.9, 0.0]), 9)
    assert contrast.probability_positive(of) == pytest.approx([stats.t.cdf(2.14, 8), 0.5])


def test_means_by_hand():
    """1, 2, 6: mean 3, deviations -2, -1, 3, variance 7, third moment 18 / 3 over (14 / 3)^1.5, adjusted by sqrt 6."""
    of = contrast.means([[1.0, 5.0, 0.0], [2.0, 5.0, 0.0], [6.0, 5.0, 0.0]])
    assert of.mean.tolist() == [3.0, 5.0, 0.0]
    assert of.error == pytest.approx([np.sqrt(7 / 3), 0.0, 0.0])
    assert of.skew == pytest.approx([6**0.5 * 6 / (14 / 3) ** 1.5, 0.0, 0.0])
    assert of.n == 3
    two = contrast.means([1.0, 4.0])
    assert (two.mean, two.error, two.skew) == (2.5, 1.5, 0.0)


def test_means_of_constants_raise_no_warning():
    with np.errstate(all="raise"):
        of = contrast.means(np.full((4, 2), 0.1))
        tiny = contrast.means([0.0, 0.0, 1e-200])
    assert (of.mean.tolist(), of.error.tolist(), of.skew.tolist()) == ([0.1, 0.1], [0.0, 0.0], [0.0, 0.0])
    assert tiny.error == pytest.approx(1e-200 / 3)  # no power underflows
    assert tiny.skew == pytest.approx(3**0.5)


def test_untransformed_is_exact_beside_no_skewness():
    """Below a skewness of 1e-6 a series stands for the root: both are the same there."""
    for skew in (9e-7, 1.1e-6, -9e-7, -1.1e-6):
        expected = optimize.brentq(lambda t, g=skew: hall(t, g, 16) - 2.0, 0, 4, xtol=1e-14)
        assert float(contrast._untransformed(2.0, np.array(skew), 16)) == pytest.approx(expected, abs=1e-9)


def test_difference_by_hand():
    """Gaps 1, 0, -1, 2: two ahead and a tie of four."""
    got = contrast.difference([3.0, 2.0, 1.0, 5.0, np.nan, 1.0], [2.0, 2.0, 2.0, 3.0, 1.0, np.inf])
    assert (got.mean, got.worlds_a_better, got.n) == (0.5, 0.625, 4)
    lower = contrast.difference([3.0, 2.0, 1.0, 5.0], [2.0, 2.0, 2.0, 3.0], higher_is_better=False)
    assert (lower.mean, lower.worlds_a_better) == (0.5, 0.375)


def test_lone_replicates_by_hand():
    assert contrast.difference([2.0], [2.0]) == contrast.Difference(0.0, None, None, 0.5, 0.5, 1)
    assert contrast.difference([2.0], [5.0]) == contrast.Difference(-3.0, None, None, None, 0.0, 1)
    assert contrast.difference([], []) == contrast.Difference(None, None, None, None, None, 0)
    assert contrast.summary([3.0, np.nan]) == contrast.Estimate(3.0, None, None, 3.0, 3.0, 1)
    assert contrast.summary([np.inf]) == contrast.Estimate(None, None, None, None, None, 0)
    two = contrast.summary([1.0, 2.0])
    assert (two.mean, two.n, two.p10, two.p90) == pytest.approx((1.5, 2, 1.1, 1.9))
    assert (two.low, two.high) == pytest.approx(stats.t.interval(0.95, 1, loc=1.5, scale=0.5))
    pair = contrast.difference([1.0, 2.0], [0.0, 0.0])
    assert (pair.low, pair.high) == pytest.approx((two.low, two.high))
    assert pair.probability_a_better == pytest.approx(stats.t.cdf(3.0, 1))


@pytest.mark.luck
@pytest.mark.parametrize("n", [2, 3, 6])
def test_joint_draws_are_a_multivariate_t(n):
    """Each weight is t / sqrt(n (n - 1)) with n - 1 degrees of freedom; the second half mirrors the first."""
    weights = contrast._joint_draws(n)
    assert weights.shape == (8_192, n)
    assert np.array_equal(weights[4_096:], -weights[:4_096])
    for column in weights[:4_096].T * np.sqrt(n * (n - 1)):
        assert stats.kstest(column, stats.t(n - 1).cdf).pvalue > 1e-6
    assert contrast.SEED == 20100817  # another would change every printed certainty in its third digit


def best_by_loops(x: np.ndarray) -> np.ndarray:
    """The docstring of `probability_best` in loops, on the module's draws."""
    n, strategies = x.shape
    noise = contrast._joint_draws(n) @ (x - x.mean(axis=0))
    pairs = list(itertools.permutations(range(strategies), 2))
    lead = {(j, k): float(contrast.support(contrast.means(x[:, j] - x[:, k]))) for j, k in pairs}
    error = {(j, k): float(stats.sem(x[:, j] - x[:, k])) for j, k in pairs}
    wins = np.zeros(strategies)
    for draw in noise.tolist():
        for j in range(strategies):
            rivals = [k for k in range(strategies) if k != j]
            wins[j] += all((draw[j] - draw[k]) / error[j, k] > -lead[j, k] for k in rivals) / len(noise)
    first = int(wins.argmax())
    doubt = np.array([0.0 if k == first else stats.t.sf(lead[first, k], n - 1) for k in range(strategies)])
    share = min(max(wins[first] / wins.sum(), 1 - doubt.sum()), 1 - doubt.max())
    rest = np.where(np.arange(strategies) == first, 0.0, wins + 1e-9 * doubt)
    answer = (1 - share) * rest / rest.sum()
    answer[first] = share
    return answer


@pytest.mark.parametrize("lift", [(1.0, 1.05, 1.1), (1.0, 1.25, 0.9), (1.6, 1.0, 0.9)])
def test_best_of_three_equals_the_loops(lift):
    x = skewed(12, 3, seed=2) * np.array(lift)
    assert contrast.probability_best(x) == pytest.approx(best_by_loops(x), rel=1e-6, abs=1e-15)


def test_a_constant_lead_needs_no_luck():
    """The second is the first and one more: it is never the other that is best."""
    x = skewed(12, 2, seed=3)
    x = np.column_stack([x[:, 0], x[:, 0] + 1.0, x[:, 1] + 1.0])
    chance = contrast.probability_best(x)
    assert chance[0] < 1e-8
    assert chance[1] == pytest.approx(contrast.probability_best(x[:, 1:])[0], abs=1e-3)
    sure = np.column_stack([x[:, 0], x[:, 0] + 1.0, x[:, 0] + 2.0])
    assert contrast.probability_best(sure).tolist() == [0.0, 0.0, 1.0]
    assert contrast.probability_best(sure[:, ::-1]).tolist() == [1.0, 0.0, 0.0]


def test_estimates_are_not_changed_afterwards():
    estimate, gap = contrast.summary([1.0, 2.0]), contrast.difference([1.0, 2.0], [0.0, 0.0])
    for kept in (estimate, gap, contrast.means([1.0, 2.0])):
        with pytest.raises(dataclasses.FrozenInstanceError):
            kept.mean = 0.0


def test_twins_by_hand():
    x = np.array([[1.0, 2.0, 1.0, 2.0, 1.0], [3.0, 4.0, 3.0, 5.0, 3.0]])
    assert contrast._twins(x).tolist() == [0, 1, 0, 3, 0]


def test_two_rows_are_enough_and_one_is_not():
    assert np.isfinite(contrast.probability_best(np.array([[1.0, 2.0, 0.0], [2.0, 2.5, 0.0]]))).all()
    assert np.isnan(contrast.probability_best(np.array([[1.0, 2.0], [np.nan, 2.5]]))).all()
    assert np.isnan(contrast.probability_best(np.array([[1.0, np.nan], [np.nan, 2.5]]))).all()


def test_best_by_hand():
    assert contrast.best({}) == (None, None)
    assert contrast.best({"a": [1.0, 2.0], "b": [1.0, 2.0]}) == ("a", 0.5)
    assert contrast.best({"a": [np.nan, np.nan], "b": [1.0, 2.0]}) == ("b", 1.0)
    x = skewed(12, 2) * np.array([1.0, 1.2])
    name, chance = contrast.best({"a": x[:, 0], "b": x[:, 1]})
    assert (name, chance) == ("b", contrast.difference(x[:, 1], x[:, 0]).probability_a_better)
    assert contrast.columns({"a": [1, 2], "b": [3, 4]}, ["b", "a"]).tolist() == [[3.0, 1.0], [4.0, 2.0]]
