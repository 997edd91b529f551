"""Luck and time, the slow way: hashes as Python integers, the clock of a campaign hour by hour."""

import itertools
import math

from sim.kernels import draws, timeline

WORD = 2**64
GOLDEN = 0x9E3779B97F4A7C15
CELLS = 1024


def mix(x: int) -> int:
    x %= WORD
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % WORD
    return x ^ (x >> 31)


def stream(seed: int, purpose: int, label: int) -> int:
    return mix(mix(mix(seed + GOLDEN) + purpose * GOLDEN) + label * GOLDEN)


def bits(start: int, item: int) -> int:
    return mix(start + (item + 1) * GOLDEN)


def unit(random: int) -> float:
    return ((random >> 12) + 0.5) / 2**52


def upper(random: int) -> float:
    return ((random >> 32) + 0.5) / 2**32


def lower(random: int) -> float:
    return (random % 2**32 + 0.5) / 2**32


def normal(random: int) -> float:
    return draws.normal(unit(random))


class Clock:
    """Activity time of a campaign: the hours' shares of the late reposts, the weekend's factor, weekdays fill up."""

    def __init__(self, attention, hours: int, start_hour: int):
        self.attention = attention
        self.start_hour = start_hour
        total = sum(timeline.HOURS_OF_DAY)
        weekday = (7.0 - 2.0 * attention.weekend) / 5.0
        self.week = [
            1.0
            if attention.flat
            else timeline.HOURS_OF_DAY[h % 24] * 24.0 / total * (attention.weekend if h >= 120 else weekday)
            for h in range(168)
        ]
        seconds = [self.week[(start_hour + h) % 168] * 3600.0 for h in range(hours)]
        self.elapsed = [0.0, *itertools.accumulate(seconds)]

    def activity(self, second: float) -> float:
        hour = int(second // 3600)
        share = second / 3600.0 - hour
        return self.elapsed[hour] + (self.elapsed[hour + 1] - self.elapsed[hour]) * share

    def second(self, activity: float) -> float:
        """When ACTIVITY is reached; inf beyond the horizon."""
        for hour, (before, after) in enumerate(itertools.pairwise(self.elapsed)):
            if activity < after:
                return 3600.0 * (hour + (activity - before) / (after - before))
        return math.inf

    def sees(self, chance: float, second: int) -> float:
        """Chance that a post of SECOND is seen by one who sees CHANCE of the average hour's: the odds fall with what is
        published per unit of reading over the next two days, weighted by a half-life of three hours."""
        if chance == 0.0:
            return 0.0
        posted = (self.start_hour + second // 3600) % 168
        flatness = self.attention.publishing_flatness
        weights = [0.5 ** (h / 3.0) for h in range(48)]
        active = [self.week[(posted + h) % 168] for h in range(48)]
        reading = sum(w * a for w, a in zip(weights, active, strict=True))
        published = sum(w * (flatness + (1.0 - flatness) * a) for w, a in zip(weights, active, strict=True))
        return chance / (chance + (1.0 - chance) * published / reading)

    def delay(self, random: int) -> float:
        """Lomax quantile of the lower 32 bits, linear between the 1,024 cells, exact in the last eight."""
        u = lower(random)
        shape, scale = self.attention.delay_shape, self.attention.delay_scale

        def quantile(p: float) -> float:
            return scale * (draws.power(1.0 - p, -1.0 / shape) - 1.0)

        cell = int(u * CELLS)
        if cell >= CELLS - 8:
            return quantile(u)
        low, high = quantile(cell / CELLS), quantile((cell + 1) / CELLS)
        return low + (high - low) * (u * CELLS - cell)
