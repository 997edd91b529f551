"""The growth law once more, slow and plain: Python integers, lists, one account at a time, no kernels.

It reads only the tables and the recipe's scalars, and follows the text at the
head of sim/kernels/links.py.
"""

import math

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
DEGREE, LINK, FRIEND, AUDIENCE = 11, 12, 13, 14
REACH, GROUP = 8, 16


def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def stream_of(seed, purpose, label):
    first = mix((seed + GOLDEN) & MASK)
    second = mix((first + purpose * GOLDEN) & MASK)
    return mix((second + label * GOLDEN) & MASK)


def bits(stream, item):
    return mix((stream + (item + 1) * GOLDEN) & MASK)


def uniform(stream, item):
    return ((bits(stream, item) >> 11) + 0.5) * 2.0**-53


class Twin:
    """The rows of one recipe."""

    def __init__(self, rule):
        self.law = rule.law
        self.positions = rule.positions.tolist()
        self.traits = rule.traits.tolist()
        self.starts = rule.starts.tolist()
        self.seed = int(rule.law.seed)

    def community(self, u):
        return max(c for c in range(len(self.starts) - 1) if self.starts[c] <= u)

    def block(self, share):
        return max(k for k in range(len(self.positions) - 1) if self.positions[k] <= share)

    def place(self, x):
        """The share of a community's accounts below the share x / blocks of its weight."""
        k = min(int(x), len(self.positions) - 2)
        return self.positions[k] + (x - k) * (self.positions[k + 1] - self.positions[k])

    def friends(self, u):
        c = self.community(u)
        start, end = self.starts[c], self.starts[c + 1]
        found = []
        for v in range(max(start, u - REACH), min(end, u + REACH + 1)):
            lower, apart = min(u, v), abs(u - v)
            if apart == 0:
                continue
            group = max(lower - lower % GROUP, start)
            chance = int(self.traits[self.block((group - start) / (end - start))][2] * 65536)
            word = bits(stream_of(self.seed, FRIEND, 0), 2 * lower + (apart - 1) // 4)
            if (word >> (16 * ((apart - 1) % 4))) % 65536 < chance:
                found.append(v)
        return found

    def wanted(self, u):
        c = self.community(u)
        start, end = self.starts[c], self.starts[c + 1]
        smallest = self.traits[self.block((u - start + 0.5) / (end - start))][1]
        stream = stream_of(self.seed, DEGREE, u)
        largest, tail = self.law.largest, self.law.tail
        count = largest
        if smallest < largest:
            # solve CCDF(count) = 1 - U for the Pareto law that is bounded by the largest count
            remaining = 1.0 - uniform(stream, 0) * (1.0 - (smallest / largest) ** tail)
            count = min(smallest * remaining ** (-1.0 / tail), largest)
        return math.floor(count + uniform(stream, 1))

    def sample(self, stream, item, candidates, count):
        """COUNT of CANDIDATES (ascending ids), one per stratum of weight."""
        blocks, size = len(self.positions) - 1, len(candidates)
        limit = blocks
        whole = 0
        if count > (self.positions[limit] - self.positions[limit - 1]) * size * limit:
            while limit > 1:
                above = size * (1.0 - self.positions[limit])
                if (count - above) <= (self.positions[limit] - self.positions[limit - 1]) * size * limit:
                    break
                limit -= 1
            whole = min(size - math.ceil(size * self.positions[limit]), count)
        strata = count - whole
        picked = []
        for j in range(count):
            if j < strata:
                index = int(self.place_within((j + uniform(stream, item + j)) * (limit / strata), limit) * size)
                index = max(index, picked[-1] + 1 if picked else 0)
                picked.append(min(index, size - (count - j)))
            else:
                picked.append(size - (count - j))
        return [candidates[index] for index in picked]

    def place_within(self, x, limit):
        k = min(int(x), limit - 1)
        return self.positions[k] + (x - k) * (self.positions[k + 1] - self.positions[k])

    def row(self, u):
        c = self.community(u)
        start, end = self.starts[c], self.starts[c + 1]
        near = list(range(max(start, u - REACH), min(end, u + REACH + 1)))
        home = [v for v in range(start, end) if v not in near]
        wanted = self.wanted(u)
        others = [d for d in range(len(self.starts) - 1) if d != c]
        if not others:
            at_home, abroad = min(wanted, len(home)), 0
        else:
            coin = uniform(stream_of(self.seed, DEGREE, u), 2)
            room = min(int(self.law.home_ceiling * (end - start)), len(home))
            at_home = min(math.floor(wanted * self.law.homophily + coin), wanted, room)
            abroad = min(wanted - at_home, len(others) * (self.law.accounts // self.law.communities))
        stream = stream_of(self.seed, LINK, u)
        row = self.friends(u) + self.sample(stream, abroad, home, at_home)
        if abroad >= 8 * len(others):
            done = 0
            for i, d in enumerate(others):
                upto = abroad * (i + 1) // len(others)
                row += self.sample(stream, done, list(range(self.starts[d], self.starts[d + 1])), upto - done)
                done = upto
        elif abroad:
            foreign = [v for v in range(self.starts[-1]) if not start <= v < end]
            last = -1
            for j in range(abroad):
                where = (j + uniform(stream, j)) * (len(others) / abroad)
                d = others[min(int(where), len(others) - 1)]
                share = self.place(min(where - min(int(where), len(others) - 1), 1.0) * (len(self.positions) - 1))
                v = self.starts[d] + int(share * (self.starts[d + 1] - self.starts[d]))
                last = min(max(foreign.index(v), last + 1), len(foreign) - (abroad - j))
                row.append(foreign[last])
        return sorted(row)
