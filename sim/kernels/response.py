"""Response: what a follower does with a post that was seen.

Each account resists a story until its accumulated hazard reaches -ln U (the
Sellke construction: Sellke 1983, J. Appl. Prob. 20:390-394), U labelled by
(seed, purpose, account, story), so rival launches meet the same luck.  A read
adds -ln(1 - p), where p is

    original:  rate x quality x trust x tier(followers) x interest x reinforcement x propensity
    repost:    peer rate x f / (1 + f / bound) x interest x reinforcement x propensity, where
               f = shareability x quality^g; falling as the message saturates

The ingredients are those that real Weibo cascades ask for: two message
factors, a reader who clicks through to the original (so that the repost counts
as direct), a bounded peer rate, saturation; docs/validation.md has the
ablation.
"""

from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import draws
from sim.kernels.compiled import kernel
from sim.quantities import Doc, Exponent, Level, Multiplier, Range, Share, Spread

PROPENSITIES = 8
READS_COUNTED = 4
LISTED = 30.0  # followers listed per account in the graphs on which the peer rate was calibrated
_WEIBO = "2,076 Weibo cascades (arXiv 1811.04175): dandelion calibrate defaults"

# Messengers
BRAND, KOL, EMPLOYEE, LEADER, PEER, MEDIA, SERVICE = 0, 1, 2, 3, 4, 5, 6
MESSENGERS = ("brand", "kol", "employee", "leader", "peer", "media", "service")
# Kinds of comment
NEUTRAL, PRAISE, QUESTION, COMPLAINT = 0, 1, 2, 3
COMMENT_KINDS = ("neutral", "praise", "question", "complaint")


class Response(NamedTuple):
    """How one follower answers one post."""

    repost_rate: Annotated[
        Share,
        Doc(
            "chance to repost a median original at first sight, sender of 1,000 followers",
            "calibrated",
            _WEIBO,
            (0.0008, 0.002),
        ),
    ] = 0.0013
    peer_rate: Annotated[
        Share,
        Doc(
            "chance to repost a median message seen in a peer's repost (30 followers listed per account)",
            "calibrated",
            _WEIBO,
            (0.20, 0.26),
        ),
    ] = 0.23
    quality_spread: Annotated[Spread, Doc("spread of quality between ordinary messages", "calibrated", _WEIBO)] = 2.36
    share_spread: Annotated[
        Spread, Doc("spread of shareability (peers only) between messages", "calibrated", _WEIBO, (0.8, 1.2))
    ] = 1.05
    quality_peers: Annotated[
        Exponent, Doc("how far quality lifts the peer rate", "calibrated", _WEIBO, (0.08, 0.25))
    ] = 0.18
    tier: Annotated[
        Exponent, Doc("response falls as followers to the power of minus this", "calibrated", _WEIBO, (0.04, 0.10))
    ] = 0.06
    peer_bound: Annotated[
        Multiplier,
        Doc("most that a message's own factors can multiply the peer rate by", "calibrated", _WEIBO, (5.0, 20.0)),
    ] = 8.0
    saturation: Annotated[
        Annotated[float, Range(0, 1e12, "reposts")],
        Doc(
            "reposts of a message after which a repost causes 1/e as many (0: off)",
            "calibrated",
            _WEIBO,
            (350.0, 600.0),
        ),
    ] = 450.0
    click_commented: Annotated[
        Share, Doc("readers of a commented repost who repost the original instead", "calibrated", _WEIBO)
    ] = 0.03
    click_bare: Annotated[
        Share, Doc("readers of a bare repost who repost the original instead", "calibrated", _WEIBO, (0.78, 0.90))
    ] = 0.84
    words: Annotated[Level, Doc("log-odds that a repost carries a comment", "calibrated", _WEIBO)] = 0.4
    words_spread: Annotated[Spread, Doc("spread of these log-odds between messages", "calibrated", _WEIBO)] = 1.0
    words_bare: Annotated[Level, Doc("added to the log-odds after a bare repost", "calibrated", _WEIBO)] = -1.2
    second_read: Annotated[
        Multiplier,
        Doc(
            "effect of the second read of a story against the first",
            "seen",
            "Bao et al. 2013: two exposures help, more do not",
            (1.0, 2.0),
        ),
    ] = 1.6
    later_reads: Annotated[
        Multiplier,
        Doc(
            "effect of the third and fourth read; later ones count nothing",
            "assumed",
            "direction: Bao et al. 2013",
            (0.5, 1.4),
        ),
    ] = 1.0
    interest_off: Annotated[
        Share,
        Doc(
            "response of people outside the topic's communities against inside",
            "calibrated",
            "2,076 Weibo cascades (arXiv 1811.04175), by hand",
            (0.1, 0.5),
        ),
    ] = 0.25
    propensity_shape: Annotated[
        Annotated[float, Range(0.2, 10, "Weibull shape")],
        Doc(
            "inequality of the propensity to share (small: few do it all)",
            "assumed",
            "4.8% of accounts wrote over 80% of posts (Fu & Chau 2013)",
            (0.5, 0.9),
        ),
    ] = 0.6
    comment_ratio: Annotated[
        Multiplier, Doc("comments without a repost, per repost", "calibrated", _WEIBO, (0.2, 0.36))
    ] = 0.265
    comment_spread: Annotated[Spread, Doc("spread of comments per repost between messages", "calibrated", _WEIBO)] = (
        0.75
    )
    comments_each: Annotated[Multiplier, Doc("comments written by one who comments", "assumed", doubt=(1.0, 2.0))] = 1.2
    like_ratio: Annotated[Multiplier, Doc("likes per repost chance", "assumed", doubt=(1.0, 5.0))] = 3.0
    praise: Annotated[
        Share, Doc("comments that praise", "seen", "Jansen et al. 2009 and Gao et al. 2012, combined")
    ] = 0.175
    question: Annotated[Share, Doc("comments that ask", "seen", "Jansen et al. 2009")] = 0.11
    complaint: Annotated[
        Share, Doc("comments that complain", "seen", "Jansen et al. 2009 and Gao et al. 2012, combined")
    ] = 0.047
    trust_brand: Annotated[
        Multiplier,
        Doc(
            "response to the brand's own account",
            "seen",
            "reference: trust in corporate communication 32% (Edelman 2010)",
        ),
    ] = 1.0
    trust_kol: Annotated[Multiplier, Doc("response to a celebrity against the brand", "assumed", doubt=(0.8, 1.6))] = (
        1.2
    )
    trust_employee: Annotated[
        Multiplier,
        Doc("response to an employee against the brand", "seen", "LinkedIn 2016: twice the click-through", (1.2, 2.4)),
    ] = 2.0
    trust_leader: Annotated[
        Multiplier,
        Doc("response to the firm's leader against the brand", "seen", "Edelman 2012: CEO 38 against 32", (0.9, 1.6)),
    ] = 1.2


@kernel
def propensities(shape, out):
    """Mean of a Weibull(SHAPE) with mean 1 within each of eight classes, into out float64[PROPENSITIES].

    Class c holds the accounts between the upper tails 2^-c and 2^-(c+1), the
    last one all above: half the accounts, then a quarter, and so on, so that
    the few who share most are told apart.
    """
    total = 0.0
    weight_left = 1.0
    for c in range(PROPENSITIES):
        weight = weight_left * 0.5 if c < PROPENSITIES - 1 else weight_left
        mean = 0.0
        for i in range(64):
            tail = weight_left - weight * (i + 0.5) / 64.0
            mean += draws.power(-draws.ln(tail), 1.0 / shape) / 64.0
        out[c] = mean
        total += mean * weight
        weight_left -= weight
    for c in range(PROPENSITIES):
        out[c] /= total


@kernel
def propensity_class(random):
    """Class 0..7 from 64 random bits: class c has chance 2^-(c+1)."""
    found = 0
    while found < PROPENSITIES - 1 and (random & np.uint64(1)) == np.uint64(1):
        random >>= np.uint64(1)
        found += 1
    return found


@kernel
def trust(response, messenger):
    """Response to a MESSENGER relative to the brand."""
    if messenger == KOL:
        return response.trust_kol
    if messenger == EMPLOYEE:
        return response.trust_employee
    if messenger == LEADER:
        return response.trust_leader
    return response.trust_brand


@kernel
def message_factors(response, clock_spread, quality_spread, quality, seed, story, label):
    """Draw one message's factors: (quality, shareability, clock, words, comments).

    quality         float64  what the content is worth against a median message
    quality_spread  float64  doubt about that, sigma of the logarithm
    story, label    uint64   shareability, words and comments are the story's, quality and clock the post's
    """
    own = draws.key(seed, draws.QUALITY, label)
    common = draws.key(seed, draws.QUALITY, story)
    quality = quality * draws.exp(quality_spread * draws.normal(draws.uniform(draws.bits(own, 0))))
    clock = draws.exp(clock_spread * draws.normal(draws.uniform(draws.bits(own, 1))))
    shareability = draws.exp(response.share_spread * draws.normal(draws.uniform(draws.bits(common, 2))))
    words = response.words + response.words_spread * draws.normal(draws.uniform(draws.bits(common, 3)))
    comments = draws.exp(response.comment_spread * draws.normal(draws.uniform(draws.bits(common, 4))))
    return quality, shareability, clock, words, comments


@kernel
def original_chance(response, quality, messenger, followers):
    """Chance scale of an original, before interest, reinforcement and propensity.

    followers  float64  of the sender, at the size of the real market
    """
    size = max(followers, 150.0) / 1000.0
    return response.repost_rate * quality * trust(response, messenger) * draws.power(size, -response.tier)


@kernel
def peer_chance(response, quality, shareability, density, own, others, factor):
    """Chance scale of a repost, before interest, reinforcement and propensity.

    density      float64  LISTED over the followers listed per account: a graph that lists fewer links than people
                          have must make more of each
    own, others  int64    reposts of this message so far on the same branch (one direct repost and what came of it,
                          this repost included) and on all others
    factor       float64  real accounts behind one simulated: each simulated branch stands for so many

    The message's own factors lift the rate by at most `peer_bound`.  Saturation
    is e^(-n / saturation) in the n reposts of the real market; a sample holds one
    in FACTOR of the other branches, and (1 - factor / saturation) each has the
    same mean over which of them it holds (docs/decisions/0007).
    """
    lift = shareability
    if response.quality_peers > 0.0:
        lift *= draws.power(max(quality, 1e-9), response.quality_peers)
    chance = response.peer_rate * density * lift / (1.0 + lift / response.peer_bound)
    if response.saturation > 0.0:
        chance *= draws.exp(-own / response.saturation)
        if others > 0:
            left = 1.0 - factor / response.saturation
            chance *= draws.power(left, float(others)) if left > 0.0 else 0.0
    return chance


@kernel
def reinforcement(response, reads):
    """Effect of the READS-th read of a story (1, 2, ...)."""
    if reads == 1:
        return 1.0
    if reads == 2:
        return response.second_read
    if reads <= READS_COUNTED:
        return response.later_reads
    return 0.0


@kernel
def hazard(chance):
    """-ln(1 - chance), the chance cut at 0.9."""
    return -draws.ln(1.0 - min(chance, 0.9))


@kernel
def hazard_bound(chance):
    """At least `hazard`: c + c^2 / 2 + c^3 / 3 + ... <= c + c^2 / (2 - 2 c).

    A ten-thousandth more makes up for all rounding, here, in `hazard` and where a few hundred are added in float32.
    """
    chance = min(chance, 0.9)
    return (chance + chance * chance / (2.0 - 2.0 * chance)) * 1.0001 + 1e-15


@kernel
def most_hazard(response, chance, propensity):
    """The most that all counted reads together can add, each at most CHANCE before propensity."""
    total = 0.0
    for reads in range(1, READS_COUNTED + 1):
        total += hazard(chance * propensity * reinforcement(response, reads))
    return total


@kernel
def has_words(logit, random):
    """Whether a repost carries a comment: a coin with log-odds LOGIT."""
    return draws.uniform(random) < 1.0 / (1.0 + draws.exp(-logit))


@kernel
def comment_kind(praise, question, complaint, random):
    """Kind of a comment from the shares of the mix and 64 random bits."""
    u = draws.uniform(random)
    if u < complaint:
        return COMPLAINT
    if u < complaint + question:
        return QUESTION
    if u < complaint + question + praise:
        return PRAISE
    return NEUTRAL
