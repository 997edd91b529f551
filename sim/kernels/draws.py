"""Random draws by label: a draw is what it is for, never when it was asked.

A *key* names the purpose (seed, purpose, label); a draw is `bits(key, item)`.
No strategy, event counter or thread enters a key, so rival launches meet the
same luck and any number of threads gives the same bits.  The mixer is
SplitMix64 (Steele, Lea, Flood 2014, OOPSLA, doi 10.1145/2660193.2660195):
a key is a stream's start, the item its counter.

`ln` and `exp` are our own, because a platform's library may differ in the
last bit and a threshold would tell.
"""

import math

import numpy as np

from sim.kernels.compiled import brief, kernel

GOLDEN = np.uint64(0x9E3779B97F4A7C15)

# Purposes. A number is never used twice and never changes its meaning.
VISIT = np.uint64(1)  # (post, reader): seen or not, and when
REPOST = np.uint64(2)  # (story, reader): the hazard an account resists
COMMENT = np.uint64(3)  # (story, reader)
WORDS = np.uint64(4)  # (story, reader): does the repost carry a comment
ROUTE = np.uint64(5)  # (story, reader): click through to the original
KIND = np.uint64(6)  # (story, reader): praise, question, complaint
LIKE = np.uint64(7)
REACTION = np.uint64(8)
QUALITY = np.uint64(9)  # (story or post): message factors
TRAIT = np.uint64(10)  # (graph, account)
DEGREE = np.uint64(11)
LINK = np.uint64(12)
FRIEND = np.uint64(13)
AUDIENCE = np.uint64(14)
PLAN = np.uint64(15)  # (strategy's action, account): who takes part, and when
ASSUMPTION = np.uint64(16)  # parameters drawn from their doubt
SPREAD = np.uint64(17)
FOLLOW = np.uint64(18)
ORDER = np.uint64(19)
PANEL = np.uint64(20)
SERVICE = np.uint64(21)
# 64 to 71 belong to the evidence room (sim/fit and the kernels it runs).
LOST = np.uint64(64)  # (cascade, event): lost by the crawler
DIRECT = np.uint64(65)  # (try, direct reposter): who, when
ROOT_COMMENTS = np.uint64(66)  # (cascade): comments without a repost
UNKNOWN_FOLLOWERS = np.uint64(67)  # (root): followers where they are unknown
OWN_POST = np.uint64(68)  # (try): a planner's own post, simulated to be compared with the real one

_SHIFT_30 = np.uint64(30)
_SHIFT_27 = np.uint64(27)
_SHIFT_31 = np.uint64(31)
_SHIFT_12 = np.uint64(12)
_SHIFT_32 = np.uint64(32)
_MULTIPLY_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLY_2 = np.uint64(0x94D049BB133111EB)
_SHIFT_52 = np.uint64(52)
_LOW = np.uint64(0xFFFFFFFF)
_EXPONENT = np.uint64(0x7FF)
_MANTISSA = np.uint64(0xFFFFFFFFFFFFF)
_HALF = np.uint64(0x3FE0000000000000)
_TWO_54 = 2.0**54
_UNIT_52 = 2.0**-52
_UNIT_32 = 2.0**-32

_LN2 = 0.6931471805599453
_LN2_HIGH = 6.93147180369123816490e-01
_LN2_LOW = 1.90821492927058770002e-10
_SQRT_HALF = 0.7071067811865476
_MARGIN = 1e-12


@brief
def mix(x):
    """SplitMix64's finaliser, uint64 -> uint64: a bijection in which every input bit reaches every output bit."""
    x = (x ^ (x >> _SHIFT_30)) * _MULTIPLY_1
    x = (x ^ (x >> _SHIFT_27)) * _MULTIPLY_2
    return x ^ (x >> _SHIFT_31)


@kernel
def key(seed, purpose, label):
    """The stream of PURPOSE for LABEL (uint64 each) under SEED."""
    return mix(mix(mix(seed + GOLDEN) + purpose * GOLDEN) + label * GOLDEN)


@brief
def bits(stream, item):
    """64 random bits of ITEM (any integer >= 0) in STREAM (uint64 from `key`)."""
    return mix(stream + (np.uint64(item) + np.uint64(1)) * GOLDEN)


@kernel
def bits_into(stream, items, out):
    """`bits` of each of ITEMS (uint64[n]) in STREAM into out uint64[n]."""
    for i in range(out.size):
        out[i] = bits(stream, items[i])


@kernel
def bits_each_into(streams, items, out):
    """`bits` of each of ITEMS (uint64[n]) in its own of STREAMS (uint64[n]) into out uint64[n]."""
    for i in range(out.size):
        out[i] = bits(streams[i], items[i])


@kernel
def units_into(stream, highs, lows):
    """`high` and `low` of items 0, 1, ... of STREAM into highs, lows float64[n]."""
    for item in range(highs.size):
        random = bits(stream, item)
        highs[item] = high(random)
        lows[item] = low(random)


@brief
def uniform(random):
    """A float64 strictly inside (0, 1) from 64 bits (the upper 52: with 53 the half would round up to 1)."""
    return (np.float64(random >> _SHIFT_12) + 0.5) * _UNIT_52


@brief
def high(random):
    """A float64 strictly inside (0, 1) from the upper 32 of 64 bits."""
    return (np.float64(random >> _SHIFT_32) + 0.5) * _UNIT_32


@brief
def low(random):
    """A float64 strictly inside (0, 1) from the lower 32 of 64 bits; independent of `high`."""
    return (np.float64(random & _LOW) + 0.5) * _UNIT_32


@kernel
def below(chance):
    """How many values of 32 bits `high` turns into a number below CHANCE (uint64)."""
    most = chance * 4294967296.0
    limit = np.int64(max(most - 0.5, 0.0))
    while limit > 0 and limit - 0.5 >= most:
        limit -= 1
    while limit <= _LOW and limit + 0.5 < most:
        limit += 1
    return np.uint64(limit)


@kernel
def ln(x):
    """Natural logarithm of float64 x > 0, the same bits on every platform; relative error below 1e-15."""
    raw = np.float64(x).view(np.uint64)  # what math.frexp does, without a call
    exponent = np.int64((raw >> _SHIFT_52) & _EXPONENT)
    if exponent == 0:  # below 2^-1022
        raw = np.float64(x * _TWO_54).view(np.uint64)
        exponent = np.int64((raw >> _SHIFT_52) & _EXPONENT) - 54
    exponent -= 1022
    mantissa = np.uint64((raw & _MANTISSA) | _HALF).view(np.float64)
    if mantissa < _SQRT_HALF:
        mantissa *= 2.0
        exponent -= 1
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    series = 1.0 / 23.0
    series = series * z + 1.0 / 21.0
    series = series * z + 1.0 / 19.0
    series = series * z + 1.0 / 17.0
    series = series * z + 1.0 / 15.0
    series = series * z + 1.0 / 13.0
    series = series * z + 1.0 / 11.0
    series = series * z + 1.0 / 9.0
    series = series * z + 1.0 / 7.0
    series = series * z + 1.0 / 5.0
    series = series * z + 1.0 / 3.0
    return exponent * _LN2_HIGH + (2.0 * s + (2.0 * s * z * series + exponent * _LN2_LOW))


@kernel
def reached(hazard, u):
    """Whether HAZARD has reached the threshold -ln U.

    With x = 1 - U the threshold lies between x + x^2 / 2 and x + x^2 / (2 - 2 x), the bounds of its series; with a
    margin for rounding they spare nearly all logarithms.
    """
    x = 1.0 - u
    half = 0.5 * x * x
    if hazard < (x + half) * (1.0 - _MARGIN):
        return False
    if hazard * u > (x * u + half) * (1.0 + _MARGIN):
        return True
    return hazard >= -ln(u)


@kernel
def exp(x):
    """e to the float64 x, the same bits on every platform; 0 below -700, clipped at 700."""
    if x < -700.0:
        return 0.0
    if x > 700.0:
        x = 700.0
    k = math.floor(x / _LN2 + 0.5)
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    series = 1.6059043836821613e-10
    series = series * r + 2.08767569878681e-09
    series = series * r + 2.505210838544172e-08
    series = series * r + 2.755731922398589e-07
    series = series * r + 2.7557319223985893e-06
    series = series * r + 2.48015873015873e-05
    series = series * r + 0.0001984126984126984
    series = series * r + 0.001388888888888889
    series = series * r + 0.008333333333333333
    series = series * r + 0.041666666666666664
    series = series * r + 0.16666666666666666
    series = series * r + 0.5
    series = series * r + 1.0
    series = series * r + 1.0
    return series * np.uint64((np.int64(k) + 1023) << 52).view(np.float64)  # times 2^k, exact: |k| < 1022


@kernel
def power(base, exponent):
    """base to the exponent for base > 0, platform-independent."""
    return exp(exponent * ln(base))


@kernel
def normal(u):
    """Standard normal quantile of u in (0, 1); Acklam's rational approximation (2003), relative error below 1.2e-9."""
    if u < 0.02425:
        q = math.sqrt(-2.0 * ln(u))
        return _tail(q)
    if u > 1.0 - 0.02425:
        q = math.sqrt(-2.0 * ln(1.0 - u))
        return -_tail(q)
    q = u - 0.5
    r = q * q
    top = (
        (
            (((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.3577518672690) * r
            - 30.66479806614716
        )
        * r
        + 2.506628277459239
    ) * q
    bottom = (
        (((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r
        - 13.28068155288572
    ) * r + 1.0
    return top / bottom


@kernel
def _tail(q):
    top = (
        (((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q
        + 4.374664141464968
    ) * q + 2.938163982698783
    bottom = (
        ((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416
    ) * q + 1.0
    return top / bottom
