"""The tables of a growth recipe: the lognormal law of followees, cut into blocks of equal weight."""

import numpy as np

from sim.kernels import draws, links
from sim.kernels.compiled import kernel


@kernel
def _bounded_mean(smallest, largest, tail):
    """Mean of the Pareto law between SMALLEST and LARGEST with CCDF exponent TAIL."""
    if smallest >= largest:
        return largest
    if abs(tail - 1.0) < 1e-9:
        tail = 1.0 + 1e-9
    ratio = smallest / largest
    return tail / (tail - 1.0) * smallest * (1.0 - draws.power(ratio, tail - 1.0)) / (1.0 - draws.power(ratio, tail))


@kernel
def tabulate(sigma, weight_cap, mean, reciprocity, coupling, largest, tail, positions, guide, traits):
    """Fill positions, guide, traits float64[BLOCKS, TRAITS] (head of `kernels.links`) from the recipe's scalars.

    Followee weight is lognormal with spread SIGMA, at most WEIGHT_CAP times its
    mean.  The smallest follower count and the chance of a friendship are
    solved by bisection, so that MEAN links per account are expected and a share
    RECIPROCITY of them are friendships.
    """
    blocks = positions.size - 1
    steps = 16 * blocks
    mass = np.empty(steps + 1)
    weight = np.empty(steps + 1)
    mass[0] = 0.0
    weight[0] = 0.0
    cap = weight_cap * draws.exp(0.5 * sigma * sigma)
    for i in range(steps):  # the normal density over -8..8 standard deviations, cumulated
        z = -8.0 + 16.0 * (i + 0.5) / steps
        density = draws.exp(-0.5 * z * z)
        mass[i + 1] = mass[i] + density
        weight[i + 1] = weight[i] + density * min(draws.exp(sigma * z), cap)
    i = 0
    for k in range(1, blocks):
        goal = weight[steps] * k / blocks
        while weight[i + 1] <= goal:
            i += 1
        part = (goal - weight[i]) / (weight[i + 1] - weight[i])
        positions[k] = (mass[i] + (mass[i + 1] - mass[i]) * part) / mass[steps]
    positions[0] = 0.0
    positions[blocks] = 1.0
    block = 0
    for g in range(guide.size):
        while block < blocks - 1 and positions[block + 1] <= g / (guide.size - 1):
            block += 1
        guide[g] = block
    for k in range(blocks):
        traits[k, links.WEIGHT] = 1.0 / (blocks * (positions[k + 1] - positions[k]))

    low = 0.0
    high = 1.0
    for _ in range(60):
        rate = 0.5 * (low + high)
        friends = 0.0
        for k in range(blocks):
            chance = min(rate * traits[k, links.WEIGHT], links.FRIEND_CEILING)
            friends += (positions[k + 1] - positions[k]) * 2 * links.FRIEND_REACH * chance
        if friends < mean * reciprocity:
            low = rate
        else:
            high = rate
    rest = mean - friends
    for k in range(blocks):
        traits[k, links.FRIENDLY] = min(rate * traits[k, links.WEIGHT], links.FRIEND_CEILING)
        traits[k, links.FOLLOWEES] = rest * traits[k, links.WEIGHT] + 2 * links.FRIEND_REACH * traits[k, links.FRIENDLY]

    low = 0.0
    high = largest
    for _ in range(60):
        smallest = 0.5 * (low + high)
        total = 0.0
        for k in range(blocks):
            scaled = smallest * draws.power(traits[k, links.WEIGHT], coupling)
            total += (positions[k + 1] - positions[k]) * _bounded_mean(scaled, largest, tail)
        if total < rest:
            low = smallest
        else:
            high = smallest
    for k in range(blocks):
        traits[k, links.SMALLEST] = smallest * draws.power(traits[k, links.WEIGHT], coupling)
        ratio = min(traits[k, links.SMALLEST] / largest, 1.0)
        traits[k, links.REACHED] = 1.0 - draws.power(ratio, tail) if smallest > 0.0 else 1.0
