"""Segments: which accounts are customers, employees, media people, and how much keener these are.

A segment is a trait of the account: the same in every replicate and strategy.
"""

import numpy as np

from sim.kernels import draws, readers
from sim.kernels.compiled import kernel


@kernel
def assign(stream, starts, inside, traits, odds, out):
    """The segment of every account into out uint8[base]: 0 none, s + 1 the s-th.

    stream  uint64
    starts  int64[communities + 1]; inside bool[communities]: those that care for the topic
    traits  uint8[base]  for whether it follows the brand
    odds    float64[2, 2, segments]  cumulative chances: outside or inside, not following or following
    """
    community = 0
    for account in range(out.size):
        while account >= starts[community + 1]:
            community += 1
        row = odds[1 if inside[community] else 0, 1 if traits[account] & readers.FOLLOWS_BRAND else 0]
        u = draws.uniform(draws.bits(stream, account))
        out[account] = 0
        for s in range(row.size):
            if u < row[s]:
                out[account] = s + 1
                break


@kernel
def _lifted(values, now, wanted, u):
    """The class of ascending VALUES that stands for WANTED, at or above NOW: one of the two nearest, so that the mean
    is WANTED."""
    while now < values.size - 1 and values[now + 1] <= wanted:
        now += 1
    if now < values.size - 1 and wanted > values[now] and u < (wanted - values[now]) / (values[now + 1] - values[now]):
        now += 1
    return now


@kernel
def enliven(stream, segment, awake, sessions, sharing, chance, propensity, mix, traits):
    """Change the packed TRAITS uint8[] of accounts in keen segments, in place.

    segment            uint8[base]
    awake              float64[segments + 1]  chance that a dormant account of it reads after all
    sessions, sharing  float64[segments + 1]  what its rate of sessions and its propensity to share are multiplied by
    chance             float64[8]  chance to see a post, by attention class; propensity float64[8], by its class
    mix                float64[8]  cumulative shares of the attention classes of those who read
    """
    for account in range(segment.size):
        s = segment[account]
        if awake[s] <= 0.0 and sessions[s] <= 1.0 and sharing[s] <= 1.0:
            continue
        trait = traits[account]
        attentive = np.int64(trait & 7)
        willing = np.int64((trait >> 3) & 7)
        random = draws.bits(stream, account)
        other = draws.mix(random)
        if attentive == 0 and draws.high(random) < awake[s]:
            attentive = 1
            u = draws.low(random)
            while attentive < 7 and u >= mix[attentive]:
                attentive += 1
        if attentive > 0 and sessions[s] > 1.0:
            q = chance[attentive]
            attentive = _lifted(chance, attentive, sessions[s] * q / (sessions[s] * q + 1.0 - q), draws.high(other))
        if sharing[s] > 1.0:
            willing = _lifted(propensity, willing, sharing[s] * propensity[willing], draws.low(other))
        traits[account] = (trait & np.uint8(192)) | np.uint8(attentive + 8 * willing)
