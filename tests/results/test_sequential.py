"""When to stop: the limits against theory, the rule against chance."""

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


@pytest.mark.parametrize("sigmas", [(0.3, 0.3), (1.0, 0.3), (1.5, 0.3), (0.5, 0.5, 0.5, 0.5, 0.5)])
def test_ties_are_called_in_at_most_five_percent(sigmas):
    """1,000 exact ties; 5% expected at worst, 7% is three standard errors above."""
    assert error_rate(shared_luck(sigmas), len(sigmas), 1000, seed=11) <= 0.07


def test_looking_without_a_plan_would_err():
    """The experiment can fail: Student's limit at every look calls several times as many ties."""
    plan = sequential.plan()
    x = shared_luck((0.3, 0.3))(np.random.default_rng(11), (400, 500, 2))
    gap = x[..., 0] - x[..., 1]
    naive = np.zeros(500, dtype=bool)
    for n in plan.looks:
        naive |= np.abs(stats.ttest_1samp(gap[:n], 0.0).statistic) > special.stdtrit(n - 1, 0.975)
    assert naive.mean() > 0.12
