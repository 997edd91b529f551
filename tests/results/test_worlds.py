"""The second certainty: shares of worlds, luck averaged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from sim.results import worlds


def played(count: int, luck: float, lead: float, strategies: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Worlds whose log means differ normally (sd 0.1, mean 0.1 * LEAD), and replicates at the middle world."""
    g = np.random.default_rng(seed)
    first = np.arange(strategies) == 0

    def lucky(n: int) -> np.ndarray:
        own = g.standard_normal((n, strategies)) * luck * 0.1 / np.sqrt(2)
        return np.exp(g.normal(0, 0.3, (n, 1))) * (1 + own)

    theta = g.standard_normal((count, strategies)) / np.sqrt(2) + lead * first
    market = np.exp(g.normal(0, 0.7, (count, 1)))  # some worlds are large for everyone
    return np.exp(0.1 * theta) * market * lucky(count), np.exp(0.1 * lead * first) * lucky(count)


@pytest.mark.luck
def test_without_luck_it_is_the_share_of_worlds_won():
    there, here = played(400, luck=0.0, lead=1.0)
    got = worlds.shares(there, here)
    won = np.mean(there[:, 0] > there[:, 1])
    assert got.won[0] == won
    assert got.probability[0] == pytest.approx((400 * won + 0.5) / 401, abs=0.01)
    assert got.low[0] < won < got.high[0]
    assert got.luck < 0.01


@pytest.mark.luck
@pytest.mark.parametrize("luck", [0.5, 1.0, 2.0])
def test_luck_is_averaged_out(luck):
    """The raw share sinks with luck; the answer stays near the share of worlds, 84%.

    The share is that of a normal distribution whose mean m and deviation s are estimated (both are 1): its variance
    is phi(1)^2 (Var m + Var s^2 / 4).  Contrasts are relative, so they bend a little: 0.01.
    """
    count = 3000
    there, here = played(count, luck=luck, lead=1.0)
    got = worlds.shares(there, here)
    total = 1 + luck**2
    spread = np.exp(-0.5) / np.sqrt(2 * np.pi) * np.sqrt((total + (total**2 + luck**4) / 2) / count)
    assert got.probability[0] == pytest.approx(special.ndtr(1.0), abs=5 * spread + 0.01)
    raw = special.ndtr(1 / np.sqrt(total))
    assert got.won[0] == pytest.approx(raw, abs=5 * np.sqrt(raw * (1 - raw) / count) + 0.01)
    part = luck**2 / total
    assert got.luck == pytest.approx(part, abs=5 * part * np.sqrt(4 / count) + 0.02)


@pytest.mark.luck
def test_more_replicates_never_make_doubt_go_away():
    """At the shipped parameters certainty tends to 1, under assumptions to the true share."""
    counts, truth = (50, 500, 5000), special.ndtr(0.5)
    shares = [worlds.shares(*played(count, luck=0.5, lead=0.5)) for count in counts]
    for count, share in zip(counts, shares, strict=True):  # luck of half the doubt's size widens the error by an eighth
        assert abs(share.probability[0] - truth) < 5 * 1.12 * np.sqrt(truth * (1 - truth) / count)
    widths = [float(s.high[0] - s.low[0]) for s in shares]
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_when_parameters_do_not_matter_luck_is_not_called_doubt():
    g = np.random.default_rng(2)

    def luck(n: int) -> np.ndarray:
        return np.exp(0.3 * g.standard_normal((n, 1))) * (1 + 0.1 * g.standard_normal((n, 2))) * np.array([1.05, 1.0])

    got = worlds.shares(luck(400), luck(400))
    assert got.won[0] < 0.75
    assert got.probability[0] > 0.9
    assert got.luck > 0.8


def test_never_certain():
    got = worlds.shares(np.tile([2.0, 1.0], (30, 1)) * np.linspace(1, 2, 30)[:, None])
    assert got.won[0] == 1.0
    assert got.probability[0] == pytest.approx(1 - 0.5 / 31, abs=0.005)
    assert got.low[0] < 0.97


@pytest.mark.luck
def test_means_of_several_lucks_need_less_taken_out():
    g = np.random.default_rng(6)
    errors = []
    for seed in range(12):
        _, here = played(200, luck=2.0, lead=1.0, seed=seed)
        theta = g.standard_normal((200, 2)) / np.sqrt(2) + (np.arange(2) == 0)
        many = [np.exp(0.1 * theta) * (1 + g.standard_normal((200, 2)) * 0.2 / np.sqrt(2)) for _ in range(16)]
        got = worlds.shares(np.mean(many, axis=0), here, lucks=16)
        assert got.luck < 0.5
        errors.append(got.probability[0] - np.mean(theta[:, 0] > theta[:, 1]))
    # one answer misses by .02 (sixty of them, measured), 5 standard errors of the mean of twelve
    assert abs(np.mean(errors)) < 5 * 0.021 / np.sqrt(12)


@given(st.integers(0, 500), st.permutations(range(4)))
def test_order_and_unit_do_not_matter(seed, order):
    there, here = played(40, luck=1.0, lead=0.5, strategies=4, seed=seed)
    one = worlds.shares(there, here)
    other = worlds.shares(there[:, order] * 1e4, here[:, order] * 1e4)
    np.testing.assert_allclose(other.probability, one.probability[order], atol=2e-3)
    np.testing.assert_array_equal(other.won, one.won[order])
    assert one.probability.sum() == pytest.approx(1)
    lower = worlds.shares(-there, -here, higher_is_better=False)
    np.testing.assert_array_equal(lower.probability, one.probability)


@pytest.mark.luck
def test_metrics_of_any_sign_are_compared_as_they_are():
    g = np.random.default_rng(1)
    there = g.normal(size=(3000, 2)) + np.array([0.5, 0.0])
    here = g.normal(size=(3000, 2)) * 1e-6
    share = special.ndtr(0.5 / np.sqrt(2))
    reach = 5 * np.sqrt(share * (1 - share) / 3000)
    assert worlds.shares(there, here).probability[0] == pytest.approx(share, abs=reach)


@pytest.mark.luck
def test_twins_share():
    there, here = played(100, luck=0.5, lead=0.5)
    one = worlds.shares(there, here).probability
    three = worlds.shares(there[:, [0, 1, 1]], here[:, [0, 1, 1]]).probability
    assert three[1] == three[2]
    assert three[0] == pytest.approx(one[0], abs=0.01)
    np.testing.assert_array_equal(worlds.shares(there[:, [0, 0]], here[:, [0, 0]]).probability, [0.5, 0.5])


def test_small_and_broken_inputs():
    assert worlds.shares(np.full((4, 2), np.nan)) is None
    assert worlds.shares(np.empty((0, 2))) is None
    one = worlds.shares(np.array([[2.0, 1.0]]))
    assert one.worlds == 1
    assert one.probability[0] == pytest.approx(0.75, abs=0.03)  # one world won and the half of the unseen one
    assert worlds.shares(np.ones((5, 1))).probability.tolist() == [1.0]
    few = worlds.shares(np.array([[2.0, 1.0], [1.0, 2.0], [np.nan, 1.0]]), np.ones((3, 2)))
    assert (few.worlds, few.luck) == (2, None)
    flat = worlds.shares(np.tile([2.0, 1.0], (20, 1)), np.tile([2.0, 1.0], (20, 1)))
    assert flat.probability[0] > 0.95


def test_intervals_of_the_share_hold():
    """200 sets of 60 worlds, luck as large as the worlds differ: the 95% interval covers."""
    held = 0
    for seed in range(200):
        got = worlds.shares(*played(60, luck=1.0, lead=1.0, seed=seed))
        held += got.low[0] <= special.ndtr(1.0) <= got.high[0]
    assert 0.90 <= held / 200 <= 0.99
