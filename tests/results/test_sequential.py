"""When to stop: the limits against theory, the rule against chance."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from sim.results import contrast, sequential


def test_schedule():
    assert sequential.schedule() == (16, 24, 36, 54, 81, 122, 183, 274, 400)
    assert sequential.schedule(30) == (16, 24, 30)
    assert sequential.schedule(28) == (16, 28)  # no look for the sake of four more
    assert sequential.schedule(10) == (10,)
    assert sequential.schedule(1) == (1,)


@given(st.integers(1, 2000))
def test_schedule_ends_at_the_limit(limit):
    looks = sequential.schedule(limit)
    assert looks[-1] == limit
    assert list(looks) == sorted(set(looks))


def test_crossing_one_and_two_looks_against_theory():
    assert sequential.crossing([50], [1.96]) == pytest.approx(1 - stats.norm.cdf(1.96), abs=1e-9)
    both = stats.multivariate_normal([0, 0], [[1, np.sqrt(0.5)], [np.sqrt(0.5), 1]]).cdf([2.0, 1.8])
    assert sequential.crossing([50, 100], [2.0, 1.8]) == pytest.approx(1 - both, abs=1e-5)


def test_pococks_constant():
    """Pocock (1977): five equally spaced looks, two-sided 5%: constant 2.413, one-sided 2.5% to 3 digits."""
    assert sequential.crossing([1, 2, 3, 4, 5], [2.413] * 5) == pytest.approx(0.025, abs=2e-4)


def test_limits_spend_the_error_and_fall():
    plan = sequential.plan()
    assert sequential.crossing(plan.looks, plan.z) == pytest.approx(sequential.ERROR / 2, abs=1e-6)
    assert list(plan.z) == sorted(plan.z, reverse=True)
    assert plan.level(16) == pytest.approx(special.ndtr(-plan.z[0]))
    assert plan.level(17) == plan.level(24)
    assert plan.level(1000) == plan.level(400)
    assert 0.95 < plan.sure(400) < plan.sure(16) < 1
    assert sequential.plan(1).z[0] == pytest.approx(1.959964, abs=1e-5)


def outcomes(replicates: int, means: list[float], sigma: float = 0.3, seed: int = 0) -> np.ndarray:
    g = np.random.default_rng(seed)
    z = np.sqrt(0.8) * g.standard_normal((replicates, 1)) + np.sqrt(0.2) * g.standard_normal((replicates, len(means)))
    return np.exp(sigma * z - sigma**2 / 2) * np.array(means)


def played(means: list[float], plan: sequential.Plan, **kinds) -> tuple[sequential.Look, int]:
    x = outcomes(plan.looks[-1], means, **kinds)
    n = plan.looks[0]
    while (answer := sequential.look(x[:n], plan)).next is not None:
        n = answer.next
    return answer, n


def test_a_clear_leader_is_called_early():
    answer, n = played([1.0, 1.5, 0.9], sequential.plan())
    assert (answer.stop, answer.leader, answer.ahead, answer.alive) == ("leader", 1, 1, (1,))
    assert n <= 24


def test_a_near_tie_ends_by_width_or_limit_without_a_leader():
    answer, n = played([1.0, 1.001], sequential.plan(), sigma=0.1)
    assert (answer.stop, answer.leader) == ("width", None)
    assert answer.width <= sequential.WIDTH
    answer, n = played([1.0, 1.0], sequential.plan(limit=100), sigma=1.0, seed=4)
    assert (answer.stop, answer.leader, n) == ("limit", None, 100)
    assert answer.width > sequential.WIDTH


def test_beaten_strategies_may_be_dropped_and_do_not_hold_up_the_width():
    x = outcomes(81, [1.0, 1.002, 0.5], sigma=0.1)
    x[:, 2] *= np.random.default_rng(1).uniform(0.0, 2.0, 81)  # far behind, and widely so
    answer = sequential.look(x, sequential.plan())
    low, high = contrast.interval(x[:, 0] - x[:, 2])
    assert high - low > 2 * sequential.WIDTH
    assert answer.alive == (0, 1)
    assert answer.stop == "width"


def test_degenerate_looks():
    plan = sequential.plan()
    x = outcomes(400, [1.0])
    assert sequential.look(x[:1], plan).next == 16
    assert sequential.look(np.full((16, 2), np.nan), plan).next == 24
    assert sequential.look(np.full((400, 2), np.nan), plan).stop == "limit"
    placebo = sequential.look(x[:16, [0, 0]], plan)
    assert (placebo.stop, placebo.leader, placebo.width) == ("width", None, 0.0)
    assert sequential.look(np.zeros((16, 3)), plan).stop == "width"
    sure = sequential.look(np.tile([1.0, 2.0], (16, 1)), plan)  # no luck at all
    assert (sure.stop, sure.leader) == ("leader", 1)
    alone = sequential.look(outcomes(400, [1.0], sigma=0.05), plan)
    assert (alone.stop, alone.leader) == ("width", None)


@pytest.mark.luck
@given(st.integers(0, 1000), st.permutations(range(4)), st.sampled_from([1e-3, 1.0, 1e5]))
def test_order_unit_and_direction_do_not_matter(seed, order, scale):
    plan = sequential.plan()
    x = outcomes(54, [1.0, 1.1, 1.3, 0.9], seed=seed)
    here = sequential.look(x, plan)
    there = sequential.look(x[:, order] * scale, plan)
    assert there.stop == here.stop
    assert order[there.ahead] == here.ahead
    assert sorted(order[k] for k in there.alive) == sorted(here.alive)
    below = sequential.look(-x, plan, higher_is_better=False)
    assert (below.stop, below.leader, below.alive) == (here.stop, here.leader, here.alive)


def error_rate(draw, strategies: int, comparisons: int, seed: int) -> float:
    """Share of exact ties in which someone is called; the arithmetic of `look` without its width rule."""
    plan = sequential.plan()
    x = draw(np.random.default_rng(seed), (plan.looks[-1], comparisons, strategies))
    called = np.zeros(comparisons, dtype=bool)
    same = np.eye(strategies, dtype=bool)
    for n in plan.looks:
        pairs = contrast.means(x[:n, :, :, None] - x[:n, :, None, :])
        passed = contrast.support(pairs, sequential.CAUTION) > special.stdtrit(n - 1, 1 - plan.level(n))
        called |= (passed | same).all(axis=-1).any(axis=-1)
    return float(called.mean())


def shared_luck(sigmas):
    def draw(g, shape):
        z = np.sqrt(0.7) * g.standard_normal((*shape[:-1], 1)) + np.sqrt(0.3) * g.standard_normal(shape)
        return np.exp(np.array(sigmas) * z - np.array(sigmas) ** 2 / 2)

    return draw


@pytest.mark.luck
@pytest.mark.parametrize("sigmas", [(0.3, 0.3), (1.0, 0.3), (1.5, 0.3), (0.5, 0.5, 0.5, 0.5, 0.5)])
def test_ties_are_called_in_at_most_five_percent(sigmas):
    """1,000 exact ties; 5% expected at worst, 8.4% is five standard errors above."""
    assert error_rate(shared_luck(sigmas), len(sigmas), 1000, seed=11) <= 0.084


@pytest.mark.luck
def test_looking_without_a_plan_would_err():
    """The experiment can fail: Student's limit at every look calls several times as many ties."""
    plan = sequential.plan()
    x = shared_luck((0.3, 0.3))(np.random.default_rng(11), (400, 500, 2))
    gap = x[..., 0] - x[..., 1]
    naive = np.zeros(500, dtype=bool)
    for n in plan.looks:
        naive |= np.abs(stats.ttest_1samp(gap[:n], 0.0).statistic) > special.stdtrit(n - 1, 0.975)
    assert naive.mean() > 0.12


# Exact figures, worked out by hand or with scipy.


def test_the_plan_that_was_measured():
    """docs/certainty.md holds for these figures."""
    names = ("LIMIT", "ERROR", "WIDTH", "SHAPE", "CAUTION")
    assert tuple(getattr(sequential, name) for name in names) == (400, 0.05, 0.05, 0.15, 2.2)
    plan = sequential.plan()
    assert (plan.looks, plan.error, plan.width) == (sequential.schedule(400), 0.05, 0.05)
    assert sequential.plan(30, 0.2, 0.1) == sequential.Plan((16, 24, 30), 0.2, 0.1, plan_of_three(0.1))


def plan_of_three(error: float) -> tuple[float, ...]:
    return sequential.limits((16, 24, 30), error)


def test_schedule_by_hand():
    assert sequential.schedule(100, 10, 2.0) == (10, 20, 40, 80, 100)
    assert sequential.schedule(96, 10, 2.0) == (10, 20, 40, 80, 96)  # a fifth more is worth a look
    assert sequential.schedule(95, 10, 2.0) == (10, 20, 40, 95)
    assert sequential.schedule(80, 10, 2.0) == (10, 20, 40, 80)
    assert sequential.schedule(11, 10, 2.0) == (11,)
    assert sequential.schedule(4) == (4,)


def test_limits_are_those_of_a_multivariate_normal():
    """Three looks: correlation sqrt(n_j / n_k), limits that fall as n to the power of -0.15."""
    looks = (16, 24, 30)
    z = sequential.limits(looks, 0.1)
    covariance = [[np.sqrt(min(a, b) / max(a, b)) for b in looks] for a in looks]
    assert 1 - stats.multivariate_normal([0, 0, 0], covariance).cdf(z) == pytest.approx(0.1, abs=2e-5)
    assert [z[0] / z[2], z[1] / z[2]] == pytest.approx([(16 / 30) ** -0.15, (24 / 30) ** -0.15], rel=1e-12)
    assert sequential.crossing(looks, [1.0, 0.5, -0.2]) == pytest.approx(
        1 - stats.multivariate_normal([0, 0, 0], covariance).cdf([1.0, 0.5, -0.2]), abs=2e-5
    )


BY_HAND = sequential.Plan((4, 8), 0.05, 0.25, (2.5, 2.0))


def test_plans_and_looks_are_not_changed_afterwards():
    with pytest.raises(dataclasses.FrozenInstanceError):
        BY_HAND.error = 0.5
    with pytest.raises(dataclasses.FrozenInstanceError):
        sequential.look(np.zeros((4, 2)), BY_HAND).stop = "leader"


def test_levels_by_hand():
    for replicates, z in ((1, 2.5), (3, 2.5), (4, 2.5), (5, 2.0), (8, 2.0), (9, 2.0), (100, 2.0)):
        assert BY_HAND.level(replicates) == pytest.approx(stats.norm.sf(z), rel=1e-12)
        assert BY_HAND.sure(replicates) == pytest.approx(1 - 2 * stats.norm.sf(z), rel=1e-12)


def pair(rows: int, gap: float, base: float = 10.0) -> np.ndarray:
    """Two strategies GAP apart on average; the gap swings by 1 around it, half up and half down."""
    swing = np.array([-1.0, 1.0] * (rows // 2))
    return np.column_stack([np.full(rows, base), base + gap + swing])


@pytest.mark.parametrize(("rows", "z"), [(4, 2.5), (6, 2.0), (8, 2.0), (10, 2.0)])
@pytest.mark.parametrize("way", [1.0, -1.0])
def test_a_leader_is_called_beyond_students_limit(rows, z, way):
    """The gap's standard error is 1 / sqrt(rows - 1), its skewness 0."""
    limit = stats.t.isf(stats.norm.sf(z), rows - 1) / np.sqrt(rows - 1)
    plan = sequential.Plan((4, 8), 0.05, 0.0, (2.5, 2.0))
    beyond = sequential.look(way * pair(rows, 1.0001 * limit), plan, way > 0)
    assert beyond == sequential.Look("leader", 1, 1, (1,), None, None)
    below = sequential.look(way * pair(rows, 0.9999 * limit), plan, way > 0)
    last = rows >= 8
    assert (below.stop, below.leader, below.ahead, below.alive) == ("limit" if last else None, None, 1, (0, 1))
    assert below.next == (None if last else 8)
    assert below.width == pytest.approx(2 * limit / (10 + 0.9999 * limit), rel=1e-9)


def test_width_by_hand():
    """A gap of 0.1 with half width q / sqrt(7), beside a mean of 100 and of -100; a quarter is enough."""
    half = stats.t.isf(stats.norm.sf(2.0), 7) / np.sqrt(7)
    found = sequential.look(pair(8, 0.1, 100.0), BY_HAND)
    assert found == sequential.Look("width", None, 1, (0, 1), pytest.approx(2 * half / 100.1, rel=1e-9), None)
    under = sequential.look(pair(8, 0.1, -100.0), BY_HAND)
    assert under.width == pytest.approx(2 * half / 99.9, rel=1e-9)
    exact = sequential.Plan((4, 8), 0.05, found.width, (2.5, 2.0))
    assert sequential.look(pair(8, 0.1, 100.0), exact).stop == "width"
    less = sequential.Plan((4, 8), 0.05, 0.999 * found.width, (2.5, 2.0))
    assert sequential.look(pair(8, 0.1, 100.0), less).stop == "limit"


def test_a_mean_of_nothing():
    """No share of 0: unknown while the interval has a width, 0 when it has none."""
    nothing = sequential.Plan((4, 8), 0.05, 0.0, (2.5, 2.0))
    open_width = np.array([[1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]])
    assert sequential.look(open_width, BY_HAND) == sequential.Look(None, None, 0, (0, 1), None, 8)
    assert sequential.look(np.zeros((4, 2)), nothing) == sequential.Look("width", None, 0, (0, 1), 0.0, None)


def test_one_strategy_is_known_by_its_mean():
    x = 10.0 + np.array([[-1.0], [1.0], [-1.0], [1.0]])
    half = stats.t.isf(stats.norm.sf(2.5), 3) / np.sqrt(3)
    strict = sequential.Plan((4, 8), 0.05, 0.2 * half * 0.999, (2.5, 2.0))
    loose = sequential.Plan((4, 8), 0.05, 0.2 * half * 1.001, (2.5, 2.0))
    share = pytest.approx(2 * half / 10, rel=1e-9)
    assert sequential.look(x, strict) == sequential.Look(None, None, 0, (0,), share, 8)
    assert sequential.look(x, loose) == sequential.Look("width", None, 0, (0,), share, None)
    assert sequential.look(x, loose, higher_is_better=False) == sequential.Look("width", None, 0, (0,), share, None)


def test_rows_with_holes_are_left_out():
    """Holes count as replicates played, not as rows."""
    x = pair(8, 0.1, 100.0)
    holed = np.vstack([x, [[np.nan, 5.0], [5.0, np.inf]]])[:9]
    assert sequential.look(holed, BY_HAND) == sequential.look(x, BY_HAND)
    one = np.array([[1.0, 2.0], [np.nan, 1.0], [1.0, np.nan], [np.nan, np.nan]])
    assert sequential.look(one, BY_HAND) == sequential.Look(None, None, 1, (0, 1), None, 8)
    assert sequential.look(one, BY_HAND, higher_is_better=False).ahead == 0
    assert sequential.look(one[1:], BY_HAND) == sequential.Look(None, None, None, (0, 1), None, 4)
    assert sequential.look(np.tile(one, (2, 1))[1:], BY_HAND).next == 8
    assert sequential.look(np.vstack([one, one[1:], one[1:2]]), BY_HAND) == sequential.Look(
        "limit", None, 1, (0, 1), None, None
    )
    two = np.array([[1.0, 2.0], [1.0, 2.0], [np.nan, 1.0]])
    assert sequential.look(two, BY_HAND) == sequential.Look("leader", 1, 1, (1,), None, None)


def test_only_open_differences_must_be_narrow():
    """The third is 50 behind and swings by 5: beaten, so the gap between the first two decides."""
    swing = np.array([-1.0, 1.0] * 4)
    x = np.column_stack([np.full(8, 100.0), 100.1 + swing, 50.0 + 5 * np.array([1.0, 1, -1, -1, 1, 1, -1, -1])])
    half = stats.t.isf(stats.norm.sf(2.0), 7) / np.sqrt(7)
    found = sequential.look(x, BY_HAND)
    assert found == sequential.Look("width", None, 1, (0, 1), pytest.approx(2 * half / 100.1, rel=1e-9), None)
    mirrored = sequential.look(-x, BY_HAND, higher_is_better=False)
    assert (mirrored.alive, mirrored.width) == ((0, 1), pytest.approx(found.width, rel=1e-9))


def test_a_lead_that_is_clear_only_without_caution_is_open():
    """A gap whose interval leaves out 0, but not with the skewness that a short sample hides."""
    gap = np.array([3.6, 3.8, 3.7, 3.5, 3.6, 3.4, 3.7, 0.0])
    x = np.column_stack([np.full(8, 10.0), 10.0 + gap])
    of = contrast.means(gap)
    low, high = contrast.interval(gap, BY_HAND.sure(8))
    assert low > 0
    assert contrast.support(of, 2.2) < stats.t.isf(stats.norm.sf(2.0), 7) < contrast.support(of)
    found = sequential.look(x, BY_HAND)
    width = pytest.approx((high - low) / (10 + gap.mean()), rel=1e-9)
    assert found == sequential.Look("limit", None, 1, (0, 1), width, None)
