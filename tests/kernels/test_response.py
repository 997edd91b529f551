"""Response: hazards, bounds, classes of propensity, luck of messages."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import draws, response

LAW = response.Response(repost_rate=0.01, peer_rate=0.006, saturation=0.0, tier=0.085)
WEIGHTS = np.array([2.0 ** -(c + 1) for c in range(7)] + [2.0**-7])


def random_words(count: int, label: int = 1) -> list[np.uint64]:
    stream = np.uint64(draws.key(np.uint64(4), draws.KIND, np.uint64(label)))
    return [np.uint64(draws.bits(stream, item)) for item in range(count)]


def propensities(shape: float) -> np.ndarray:
    out = np.empty(response.PROPENSITIES)
    response.propensities(shape, out)
    return out


@given(st.floats(0.2, 10.0))
def test_propensities_have_mean_one_and_rise(shape: float) -> None:
    found = propensities(shape)
    assert (found * WEIGHTS).sum() == pytest.approx(1.0, rel=1e-12)
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("shape", [0.6, 1.0, 3.0])
def test_propensities_are_those_of_a_weibull(shape: float) -> None:
    """Class means of a large sample of the distribution, sorted."""
    luck = np.sort(np.random.default_rng(1).weibull(shape, 2_000_000))
    cuts = (luck.size * (1.0 - 2.0 ** -np.arange(8))).astype(int)
    means = np.array([part.mean() for part in np.split(luck, cuts[1:])]) / luck.mean()
    assert propensities(shape)[:7] == pytest.approx(means[:7], rel=0.01, abs=1e-3)
    assert propensities(shape)[7] == pytest.approx(means[7], rel=0.05)


def test_propensity_classes_halve() -> None:
    count = 64_000
    found = np.bincount([response.propensity_class(random) for random in random_words(count)], minlength=8)
    expected = WEIGHTS * count
    assert (np.abs(found - expected) < 4.5 * np.sqrt(expected)).all()


@given(st.floats(0.0, 0.9))
def test_a_hazard_is_a_chance(chance: float) -> None:
    assert 1.0 - math.exp(-response.hazard(chance)) == pytest.approx(chance, abs=1e-12)


@given(st.floats(0.9, 50.0))
def test_hazards_are_cut(chance: float) -> None:
    assert response.hazard(chance) == pytest.approx(-math.log(0.1))


@given(
    st.floats(0.0, 2.0),
    st.floats(0.0, 5.0),
    st.floats(0.0, 3.0),
    st.floats(0.0, 3.0),
    st.lists(st.floats(0, 1), max_size=20),
)
def test_no_reads_exceed_the_most(
    chance: float, propensity: float, second: float, later: float, parts: list[float]
) -> None:
    """The gate is an optimisation: whatever the reads, their hazards stay below what closes it."""
    answer = LAW._replace(second_read=second, later_reads=later)
    total = sum(
        response.hazard(chance * part * propensity * response.reinforcement(answer, reads))
        for reads, part in enumerate(parts, 1)
    )
    assert total <= response.most_hazard(answer, chance, propensity) * (1 + 1e-12)


def test_reinforcement_by_read() -> None:
    answer = LAW._replace(second_read=1.6, later_reads=1.2)
    counted = response.READS_COUNTED
    effects = [response.reinforcement(answer, n) for n in range(1, counted + 3)]
    assert effects == [1.0, 1.6, *[1.2] * (counted - 2), 0.0, 0.0]


@given(st.floats(0.0, 1e4), st.floats(0.0, 1e4), st.floats(0.0, 4.0))
def test_peers_are_bounded(quality: float, shareability: float, density: float) -> None:
    most = LAW.peer_rate * density * LAW.peer_bound
    chance = response.peer_chance(LAW, quality, shareability, density, 0, 0, 1.0)
    assert 0.0 <= chance <= most * (1 + 1e-12)
    assert response.peer_chance(LAW, quality, shareability * 2.0, density, 0, 0, 1.0) >= chance


def saturated(saturation: float, own: int, others: int, factor: float) -> float:
    """What saturation leaves of the chance."""
    answer = LAW._replace(saturation=saturation)
    fresh = response.peer_chance(LAW, 1.0, 1.0, 1.0, own, others, factor)
    return response.peer_chance(answer, 1.0, 1.0, 1.0, own, others, factor) / fresh


def test_saturation_is_an_exponential() -> None:
    assert saturated(1_000.0, 1_000, 0, 30.0) == pytest.approx(math.exp(-1.0))
    assert saturated(1_000.0, 0, 1_000, 1.0) == pytest.approx(math.exp(-1.0), rel=1e-3)
    assert saturated(1_000.0, 100, 30, 10.0) == pytest.approx(math.exp(-0.1) * 0.99**30)
    assert saturated(0.0, 10**6, 10**6, 30.0) == 1.0
    assert saturated(100.0, 0, 0, 1_000.0) == 1.0
    assert saturated(100.0, 0, 1, 1_000.0) == 0.0  # a sample this thin cannot tell


@pytest.mark.parametrize("factor", [1.0, 30.0, 300.0])
def test_saturation_has_the_same_mean_in_a_sample(factor: float) -> None:
    """Other branches are Poisson: the market has 500 reposts on average, the sample one in FACTOR of them."""
    found = np.random.default_rng(1).poisson(500.0 / factor, 20_000)
    left = np.array([saturated(400.0, 0, int(others), factor) for others in range(found.max() + 1)])
    error = left[found].std() / math.sqrt(found.size)
    assert abs(left[found].mean() - math.exp(-500.0 / 400.0)) < 4 * error + 1e-9


def test_originals_by_sender() -> None:
    chance = [response.original_chance(LAW, 1.0, response.BRAND, heads) for heads in (0.0, 150.0, 1_000.0, 1e6)]
    assert chance[0] == chance[1] > chance[2] > chance[3]
    assert chance[2] == pytest.approx(LAW.repost_rate)
    assert chance[3] / chance[2] == pytest.approx(1_000.0**-LAW.tier)
    trusts = {
        response.KOL: LAW.trust_kol,
        response.EMPLOYEE: LAW.trust_employee,
        response.LEADER: LAW.trust_leader,
        response.BRAND: LAW.trust_brand,
    }
    for messenger, trust in trusts.items():
        assert response.original_chance(LAW, 3.0, messenger, 1_000.0) == pytest.approx(0.03 * trust)


@given(st.floats(-6.0, 6.0))
def test_words_are_a_coin_with_log_odds(logit: float) -> None:
    share = 1.0 / (1.0 + math.exp(-logit))
    found = np.mean([response.has_words(logit, random) for random in random_words(2_000)])
    assert abs(found - share) < 5 * math.sqrt(share * (1 - share) / 2_000) + 1e-3


def test_comment_kinds_follow_the_mix() -> None:
    count = 40_000
    kinds = [response.comment_kind(0.175, 0.11, 0.047, random) for random in random_words(count)]
    expected = np.array([0.668, 0.175, 0.11, 0.047]) * count
    found = np.bincount(kinds, minlength=4)
    assert (np.abs(found - expected) < 4.5 * np.sqrt(expected)).all()


def factors(seed: int, story: int, label: int, quality: float = 1.0) -> tuple[float, ...]:
    return response.message_factors(LAW, 0.78, 0.5, quality, np.uint64(seed), np.uint64(story), np.uint64(label))


def test_luck_of_messages_belongs_to_post_or_story() -> None:
    quality, shareability, clock, words, comments = factors(1, 10, 20)
    other = factors(1, 10, 21)
    assert other[1] == shareability
    assert other[3:] == (words, comments)
    assert other[0] != quality
    assert other[2] != clock
    elsewhere = factors(1, 11, 20)
    assert (elsewhere[0], elsewhere[2]) == (quality, clock)
    assert not {shareability, words, comments} & set(elsewhere)
    assert factors(1, 10, 20, quality=7.0)[0] == pytest.approx(7.0 * quality)


def test_factors_are_lognormal_with_their_spread() -> None:
    found = np.log(np.array([factors(seed, 1, 2) for seed in range(4_000)])[:, [0, 1, 2, 4]])
    spreads = np.array([0.5, LAW.share_spread, 0.78, LAW.comment_spread])
    assert np.abs(found.mean(axis=0) / spreads).max() < 4 / math.sqrt(4_000)
    assert found.std(axis=0) == pytest.approx(spreads, rel=0.05)
    correlation = np.corrcoef(found.T) - np.eye(4)
    assert np.abs(correlation).max() < 4.5 / math.sqrt(4_000)
