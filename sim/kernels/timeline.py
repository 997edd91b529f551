"""Attention: who sees a post, and when.

A reader opens sessions; between two sessions the feed fills and the post
sinks.  So the chance of being seen falls with the number of followees, as
sessions / (sessions + loss) (Hodas & Lerman 2012, arXiv 1205.2736; Gomez-
Rodriguez et al. 2014, arXiv 1403.6838), and with the hour of posting, because
at night posts pile up faster than readers return.

The delay of those who do see it is heavy-tailed and runs in *activity time*: a
clock that ticks with the day's and the week's rhythm (fitted to Weibo
cascades: Song et al. 2018, arXiv 1811.04175).

A reader's attention is one of eight classes (0 = dormant), packed with the
propensity to share (`response`) into one byte per account.
"""

from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import draws, octets
from sim.kernels.compiled import brief, kernel
from sim.quantities import Doc, Multiplier, Range, Seconds, Share, Spread

_WEIBO = "2,076 Weibo cascades (arXiv 1811.04175): dandelion calibrate defaults"

CLASSES = 8
DELAY_CELLS = 1024
CELLS, TAIL = float(DELAY_CELLS), 8.0  # in the last so many cells delays are not tabulated
GUIDED = 900.0  # activity seconds between two places of `Rhythm.inverse`
GUESS = (1.0 - 1e-12) / GUIDED  # times an activity is a place of `inverse`, or the one before
_1 = np.uint64(1)

# Share of late reposts by hour of the day, %, 0h..23h China time: reposts more than
# 24 h after their root in the cascades of arXiv 1811.04175, so free of the root's own hour.
HOURS_OF_DAY = np.array(
    [
        4.3,
        2.8,
        2.1,
        1.6,
        1.4,
        1.3,
        1.8,
        3.6,
        5.0,
        6.1,
        6.2,
        5.6,
        5.6,
        5.8,
        5.0,
        4.3,
        4.7,
        4.4,
        4.1,
        4.2,
        4.7,
        4.9,
        5.6,
        5.1,
    ]
)
# Attention class edges: chance of seeing a post published at an average hour.
_EDGES = np.array([0.0, 0.03, 0.08, 0.16, 0.28, 0.45, 0.70, 1.0])


class Attention(NamedTuple):
    """How a follower comes to see a post."""

    dormant: Annotated[
        Share, Doc("accounts that never read", "seen", "Fu & Chau 2013, PLoS ONE 8(3) e58356: 57.4%", (0.45, 0.65))
    ] = 0.574
    sessions: Annotated[
        Annotated[float, Range(0.01, 200, "per day")],
        Doc(
            "mean sessions of an active account (exponential over accounts)",
            "assumed",
            "user survey: 11.4 h a week",
            (3.0, 8.0),
        ),
    ] = 5.0
    followees: Annotated[
        Annotated[float, Range(1, 2000, "accounts")],
        Doc(
            "mean number of accounts followed, which fill the feed",
            "seen",
            "Han et al. 2013: 27e9 links over 222e6 accounts",
            (75.0, 150.0),
        ),
    ] = 122.0
    posts_per_followee: Annotated[
        Annotated[float, Range(0, 200, "per day")],
        Doc("posts a followee adds to the feed", "assumed", doubt=(1.0, 3.0)),
    ] = 2.0
    items_read: Annotated[
        Annotated[float, Range(1, 2000, "posts")],
        Doc(
            "posts a reader scrolls through in a session",
            "calibrated",
            "so that 10-15% of followers see a post (practitioner, 2017)",
            (40.0, 120.0),
        ),
    ] = 80.0
    publishing_flatness: Annotated[
        Share, Doc("share of posts published evenly over the day", "assumed", doubt=(0.2, 0.8))
    ] = 0.5
    weekend: Annotated[
        Multiplier,
        Doc(
            "activity on Saturday and Sunday against the average day",
            "seen",
            "WeiboReach: Tuesday +12% against the weekend",
        ),
    ] = 0.93
    delay_shape: Annotated[
        Annotated[float, Range(0.05, 20, "Lomax shape")],
        Doc("tail of the delay until a follower sees the post", "calibrated", _WEIBO),
    ] = 0.735
    delay_scale: Annotated[
        Seconds, Doc("scale of that delay, in activity time", "calibrated", _WEIBO, (1600.0, 2000.0))
    ] = 1750.0
    clock_spread: Annotated[
        Spread,
        Doc("how much faster or slower one message travels than another", "calibrated", _WEIBO, (0.85, 1.0)),
    ] = 0.95
    reaction: Annotated[Seconds, Doc("median time from seeing to acting", "calibrated", _WEIBO)] = 59.0
    reaction_spread: Annotated[Spread, Doc("spread of that time", "assumed")] = 0.8
    flat: Annotated[
        Annotated[int, Range(0, 1, "switch", whole=True)],
        Doc("1: no rhythm of day and week (for theory tests)", "assumed"),
    ] = 0


class Rhythm(NamedTuple):
    """Tables made once per campaign from `Attention`; arrays only.

    clock    float64[hours + 1]  activity seconds elapsed at each full hour
    inverse  int32[...]          hour to start looking at, per GUIDED activity seconds
    delay    float64[DELAY_CELLS + 1]  delay quantiles in activity seconds
    seen     uint32[168, CLASSES]  chance x 2^32, by hour of the week and attention class
    """

    clock: np.ndarray
    inverse: np.ndarray
    delay: np.ndarray
    seen: np.ndarray


@kernel
def fill_activity(hours, first_hour, weekend, flat, out):
    """Relative activity (mean about 1) of HOURS hours into out float64[hours]; FIRST_HOUR counts from Monday 0h."""
    total = 0.0
    for h in range(24):
        total += HOURS_OF_DAY[h]
    weekday = (7.0 - 2.0 * weekend) / 5.0
    for i in range(hours):
        hour = (first_hour + i) % 168
        day = weekend if hour >= 120 else weekday
        out[i] = 1.0 if flat else HOURS_OF_DAY[hour % 24] * 24.0 / total * day


@kernel
def fill_seen(mean_chance, flatness, weekend, flat, out):
    """Chance x 2^32 that a post of each hour of the week is seen, into out uint32[168, CLASSES].

    MEAN_CHANCE float64[CLASSES]: at an average hour (`class_chances`).

    The average hour's odds are divided by what is published per unit of
    reading over the following hours, weighted by half-lives of three hours.
    """
    week = np.empty(168 * 2)
    fill_activity(168 * 2, 0, weekend, flat, week)
    for hour in range(168):
        reading = 0.0
        publishing = 0.0
        weight = 1.0
        for ahead in range(48):
            active = week[hour + ahead]
            reading += weight * active
            publishing += weight * (flatness + (1.0 - flatness) * active)
            weight *= 0.7937005259840998
        crowding = publishing / reading
        for c in range(CLASSES):
            q = mean_chance[c]
            chance = q / (q + (1.0 - q) * crowding) if q > 0.0 else 0.0
            out[hour, c] = np.uint32(min(chance, 1.0) * 4294967295.0)


@kernel
def fill_delays(shape, scale, out):
    """Lomax quantiles at i / DELAY_CELLS, into out float64[DELAY_CELLS + 1]; the last cell is computed when drawn."""
    for i in range(DELAY_CELLS):
        rest = 1.0 - i / DELAY_CELLS
        out[i] = scale * (draws.power(rest, -1.0 / shape) - 1.0)
    out[DELAY_CELLS] = np.inf


@kernel
def fill_inverse(clock, out):
    """The hour of CLOCK (float64[hours + 1]) at every GUIDED activity seconds, into out int32[n] (`second_at`)."""
    hour = 0
    last = clock.size - 2
    for i in range(out.size):
        while hour < last and clock[hour + 1] <= i * GUIDED:
            hour += 1
        out[i] = hour


def class_chances() -> np.ndarray:
    """float64[CLASSES]: the chance that stands for each attention class at an average hour."""
    middle = np.zeros(CLASSES)
    middle[1:] = 0.5 * (_EDGES[1:] + _EDGES[:-1])
    return middle


def rhythm(attention: Attention, hours: int, first_hour: int) -> Rhythm:
    """Tables for a campaign of HOURS that starts FIRST_HOUR hours after Monday 0h (China time)."""
    activity = np.empty(hours)
    fill_activity(hours, first_hour, attention.weekend, attention.flat, activity)
    clock = np.zeros(hours + 1)
    clock[1:] = np.cumsum(activity * 3600.0)
    inverse = np.empty(int(clock[-1] // GUIDED) + 2, np.int32)
    fill_inverse(clock, inverse)
    delay = np.empty(DELAY_CELLS + 1)
    fill_delays(attention.delay_shape, attention.delay_scale, delay)
    seen = np.empty((168, CLASSES), np.uint32)
    fill_seen(class_chances(), attention.publishing_flatness, attention.weekend, attention.flat, seen)
    return Rhythm(clock, inverse, delay, seen)


@kernel
def activity_at(clock, second):
    """Activity seconds elapsed at SECOND (float64) since the campaign's start."""
    hour = np.int64(second / 3600.0)
    if hour * 3600.0 > second:  # the quotient was rounded up
        hour -= 1
    if hour >= clock.size - 1:
        return clock[clock.size - 1] + (second - (clock.size - 1) * 3600.0)
    return clock[hour] + (clock[hour + 1] - clock[hour]) * (second / 3600.0 - hour)


@kernel
def second_at(clock, inverse, activity):
    """The second at which ACTIVITY is reached; inf beyond the horizon."""
    if activity >= clock[clock.size - 1]:
        return np.inf
    hour = np.int64(inverse[int(activity / GUIDED)])
    hour += clock[hour + 1] <= activity  # a step that nobody can foresee is cheaper without a branch
    while clock[hour + 1] <= activity:
        hour += 1
    return 3600.0 * (hour + (activity - clock[hour]) / (clock[hour + 1] - clock[hour]))


@kernel
def delay_of(delay, shape, scale, random):
    """Activity seconds until a post is seen, from 32 random bits (the lower half of RANDOM).

    Linear between tabulated Lomax quantiles; exact in the tail.
    """
    u = draws.low(random)
    cell = int(u * DELAY_CELLS)
    if cell >= CELLS - TAIL:
        return scale * (draws.power(1.0 - u, -1.0 / shape) - 1.0)
    return delay[cell] + (delay[cell + 1] - delay[cell]) * (u * DELAY_CELLS - cell)


@brief
def delays_of(delay, random):
    """`delay_of` of eight (octets.Words), but not in the tail: the bits of those who are there come with it."""
    place = octets.low(random) * CELLS
    cell = octets.whole(place)
    start = octets.gather(delay, cell)
    step = octets.gather(delay, cell + _1) - start
    return start + step * (place - octets.reals(cell)), place >= CELLS - TAIL


@brief
def seconds_at(clock, inverse, activity):
    """`second_at` of eight (octets.Reals)."""
    gone = activity >= clock[clock.size - 1]
    near = octets.select(gone, 0.0, activity)
    hour = octets.gather(inverse, octets.whole(near * GUESS))
    end = octets.gather(clock, hour + _1)
    later = end <= near
    while later != np.uint64(0):
        hour = octets.select(later, hour + _1, hour)
        end = octets.gather(clock, hour + _1)
        later = end <= near
    start = octets.gather(clock, hour)
    second = (octets.reals(hour) + (near - start) / (end - start)) * 3600.0
    return octets.select(gone, np.inf, second)


@kernel
def attention_class(random, dormant, sessions, loss):
    """Attention class 0..7 from 64 random bits.

    dormant   share of accounts that never read
    sessions  mean sessions per day; exponential over accounts
    loss      how often per day the visible part of this reader's feed is replaced
    """
    if draws.high(random) < dormant:
        return 0
    rate = -draws.ln(draws.low(random)) * sessions
    chance = rate / (rate + loss)
    found = 1
    while found < CLASSES - 1 and chance >= _EDGES[found]:
        found += 1
    return found
