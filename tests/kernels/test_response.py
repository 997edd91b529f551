"""Response: hazards, bounds, classes of propensity, luck of messages."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.kernels import draws, response
from tests.reference import cascade as slow
from tests.reference import luck

LAW = response.Response(repost_rate=0.01, peer_rate=0.006, saturation=0.0, tier=0.085)
WEIGHTS = np.array([2.0 ** -(c + 1) for c in range(7)] + [2.0**-7])


def random_words(count: int, label: int = 1) -> list[np.uint64]:
    stream = np.uint64(draws.key(np.uint64(luck.seed(4)), draws.KIND, np.uint64(label)))
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


@pytest.mark.luck
@pytest.mark.parametrize("shape", [0.6, 1.0, 3.0])
def test_propensities_are_those_of_a_weibull(shape: float) -> None:
    """Class means of a large sample of the distribution, sorted."""
    luck = np.sort(np.random.default_rng(1).weibull(shape, 2_000_000))
    cuts = (luck.size * (1.0 - 2.0 ** -np.arange(8))).astype(int)
    means = np.array([part.mean() for part in np.split(luck, cuts[1:])]) / luck.mean()
    assert propensities(shape)[:7] == pytest.approx(means[:7], rel=0.01, abs=1e-3)
    assert propensities(shape)[7] == pytest.approx(means[7], rel=0.05)


@pytest.mark.luck
def test_propensity_classes_halve() -> None:
    count = 64_000
    found = np.bincount([response.propensity_class(random) for random in random_words(count)], minlength=8)
    expected = WEIGHTS * count
    assert (np.abs(found - expected) < 5 * np.sqrt(expected)).all()


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


@pytest.mark.luck
@pytest.mark.parametrize("factor", [1.0, 30.0, 300.0])
def test_saturation_has_the_same_mean_in_a_sample(factor: float) -> None:
    """Other branches are Poisson: the market has 500 reposts on average, the sample one in FACTOR of them."""
    found = np.random.default_rng(1).poisson(500.0 / factor, 20_000)
    left = np.array([saturated(400.0, 0, int(others), factor) for others in range(found.max() + 1)])
    error = left[found].std() / math.sqrt(found.size)
    assert abs(left[found].mean() - math.exp(-500.0 / 400.0)) < 5 * error + 1e-9


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


@pytest.mark.luck
@given(st.floats(-6.0, 6.0))
def test_words_are_a_coin_with_log_odds(logit: float) -> None:
    share = 1.0 / (1.0 + math.exp(-logit))
    found = np.mean([response.has_words(logit, random) for random in random_words(2_000)])
    assert abs(found - share) < 5 * math.sqrt(share * (1 - share) / 2_000) + 1e-3


@pytest.mark.luck
def test_comment_kinds_follow_the_mix() -> None:
    count = 40_000
    kinds = [response.comment_kind(0.175, 0.11, 0.047, random) for random in random_words(count)]
    expected = np.array([0.668, 0.175, 0.11, 0.047]) * count
    found = np.bincount(kinds, minlength=4)
    assert (np.abs(found - expected) < 5 * np.sqrt(expected)).all()


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


@pytest.mark.luck
def test_factors_are_lognormal_with_their_spread() -> None:
    found = np.log(np.array([factors(luck.seed(seed), 1, 2) for seed in range(4_000)])[:, [0, 1, 2, 4]])
    spreads = np.array([0.5, LAW.share_spread, 0.78, LAW.comment_spread])
    assert np.abs(found.mean(axis=0) / spreads).max() < 5 / math.sqrt(4_000)
    assert found.std(axis=0) == pytest.approx(spreads, rel=5 / math.sqrt(2 * 4_000))
    correlation = np.corrcoef(found.T) - np.eye(4)
    assert np.abs(correlation).max() < 5 / math.sqrt(4_000)


# Exact figures, worked out beside the formulas of the module's head.


def test_codes_are_the_places_of_their_names() -> None:
    """Results, tables and scenarios carry the names; a moved code would relabel them."""
    assert response.MESSENGERS == ("brand", "kol", "employee", "leader", "peer", "media", "service")
    codes = (response.BRAND, response.KOL, response.EMPLOYEE, response.LEADER, response.PEER, response.MEDIA)
    assert (*codes, response.SERVICE) == tuple(range(7))
    assert response.COMMENT_KINDS == ("neutral", "praise", "question", "complaint")
    assert (response.NEUTRAL, response.PRAISE, response.QUESTION, response.COMPLAINT) == (0, 1, 2, 3)
    assert (response.PROPENSITIES, response.READS_COUNTED, response.LISTED) == (8, 4, 30.0)


@pytest.mark.parametrize("shape", [0.4, 0.6, 2.0])
def test_propensities_are_the_midpoint_rule(shape: float) -> None:
    """Sixty-four midpoints of each class's tails, in numpy; the class weights make the mean 1."""
    lower = np.append(2.0 ** -np.arange(1, 8), 0.0)
    upper = 2.0 ** -np.arange(8)
    tails = upper[:, None] - (upper - lower)[:, None] * (np.arange(64) + 0.5) / 64.0
    means = (-np.log(tails)) ** (1.0 / shape)
    plain = means.mean(axis=1) / (means.mean(axis=1) @ WEIGHTS)
    assert propensities(shape) == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize(
    ("word", "found"), [(0, 0), (0b10, 0), (0b1, 1), (0b101, 1), (0b0111, 3), (0x3F, 6), (0x7F, 7), (2**64 - 1, 7)]
)
def test_propensity_class_counts_the_ones_at_the_end(word: int, found: int) -> None:
    assert response.propensity_class(np.uint64(word)) == found


def test_message_factors_are_their_draws() -> None:
    """Quantiles of scipy at the twin's uniforms: the post's draws 0 and 1, the story's 2, 3 and 4."""
    seed, story, label = 5, 12, 34
    of_post, of_story = slow.stream(seed, slow.QUALITY, label), slow.stream(seed, slow.QUALITY, story)
    z = [stats.norm.ppf(slow.unit(slow.bits(of_post if item < 2 else of_story, item))) for item in range(5)]
    law = LAW._replace(share_spread=1.1, words=0.4, words_spread=2.0, comment_spread=0.7)
    found = response.message_factors(law, 0.8, 0.5, 3.0, np.uint64(seed), np.uint64(story), np.uint64(label))
    expected = (
        3 * math.exp(0.5 * z[0]),
        math.exp(1.1 * z[2]),
        math.exp(0.8 * z[1]),
        0.4 + 2 * z[3],
        math.exp(0.7 * z[4]),
    )
    assert found == pytest.approx(expected, rel=1e-7)


def test_an_original_by_hand() -> None:
    law = LAW._replace(repost_rate=0.01, tier=0.5)
    chance = [response.original_chance(law, 3.0, response.BRAND, heads) for heads in (0.0, 150.0, 151.0, 4_000.0)]
    assert chance == pytest.approx([0.03 / math.sqrt(0.15), 0.03 / math.sqrt(0.15), 0.03 / math.sqrt(0.151), 0.015])


@pytest.mark.parametrize(
    ("quality", "exponent", "lift"),
    [
        (4.0, 0.5, 6.0),
        (4.0, 1.0, 12.0),
        (4.0, 0.0, 3.0),
        (0.0, 0.5, 3.0 * math.sqrt(1e-9)),
        (1e-9, 0.5, 3.0 * 1e-9**0.5),
    ],
)
def test_a_peer_by_hand(quality: float, exponent: float, lift: float) -> None:
    """Shareability 3, half as many links listed, bound 6: lift / (1 + lift / 6)."""
    law = LAW._replace(peer_rate=0.2, peer_bound=6.0, quality_peers=exponent)
    found = response.peer_chance(law, quality, 3.0, 0.5, 0, 0, 1.0)
    assert found == pytest.approx(0.1 * lift / (1.0 + lift / 6.0), rel=1e-12)


def test_saturation_at_its_edges() -> None:
    assert saturated(0.5, 1, 0, 1.0) == pytest.approx(math.exp(-2.0))
    assert saturated(100.0, 0, 1, 100.0) == 0.0  # nothing left, and no logarithm of 0
    assert saturated(100.0, 0, 1, 99.5) == pytest.approx(0.005)
    assert saturated(100.0, 0, 2, 50.0) == pytest.approx(0.25)


def test_the_bound_of_a_hazard_by_hand() -> None:
    """c + c^2 / (2 - 2 c), a ten-thousandth more and 1e-15."""
    assert response.hazard_bound(0.0) == 1e-15
    assert response.hazard_bound(0.5) == pytest.approx(0.75 * 1.0001, rel=1e-13)
    assert response.hazard_bound(0.8) == pytest.approx(2.4 * 1.0001, rel=1e-13)
    assert response.hazard_bound(0.9) == response.hazard_bound(7.0) == pytest.approx(4.95 * 1.0001, rel=1e-13)


@given(st.floats(0.0, 2.0))
def test_the_bound_of_a_hazard_holds(chance: float) -> None:
    assert response.hazard_bound(chance) > response.hazard(chance)


def test_the_most_hazard_by_hand() -> None:
    """Reads weigh 1, 1.5, 0.5, 0.5: chances 0.2, 0.3, 0.1, 0.1, so 0.8 x 0.7 x 0.9 x 0.9 of the resistance remains."""
    law = LAW._replace(second_read=1.5, later_reads=0.5)
    assert response.most_hazard(law, 0.1, 2.0) == pytest.approx(-math.log(0.8 * 0.7 * 0.9 * 0.9), rel=1e-12)


def word_at(share: float) -> np.uint64:
    """The random word whose uniform is the first at or above SHARE."""
    return np.uint64(math.ceil(share * 2**52 - 0.5) << 12)


def test_words_turn_at_their_share() -> None:
    """Log-odds ln 3 are a chance of three quarters."""
    for logit, share in ((0.0, 0.5), (math.log(3.0), 0.75), (-math.log(3.0), 0.25)):
        assert response.has_words(logit, word_at(share - 1e-9))
        assert not response.has_words(logit, word_at(share + 1e-9))


def test_kinds_turn_at_their_shares() -> None:
    """Complaints first, then questions, then praise; the rest is neutral. Shares that are exact in binary."""
    for u, kind in ((0.0, 3), (0.124, 3), (0.126, 2), (0.374, 2), (0.376, 1), (0.874, 1), (0.876, 0), (0.9999, 0)):
        assert response.comment_kind(0.5, 0.25, 0.125, word_at(u)) == kind, u
