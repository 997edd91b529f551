"""Covering sets: which accounts are in most of the sets that nobody covers yet.

Arrays: set i is members[ends[i]:ends[i + 1]] (ends int64[sets + 1], members
uint32, numbers of candidates 0..c-1 after `narrow`); candidate v is in the
sets within[at[v]:at[v + 1]].  The gain of v is own[v] + weight * (sets of v
not covered yet), in accounts: own is what v adds by itself.
"""

import numpy as np

from sim.kernels.compiled import kernel

_1 = np.uint64(1)


@kernel
def count_members(members, accounts):
    """In how many sets each account is: int64[accounts]."""
    count = np.zeros(accounts, np.int64)
    for k in range(members.size):
        count[np.uint64(members[k])] += 1
    return count


@kernel
def narrow(ends, members, number):
    """Keep the members that are candidates and write their numbers: new ends and members.

    number int32[accounts]: the candidate's number, or -1.  Sets left without
    members are dropped: no candidate covers them.
    """
    kept = np.empty(members.size, np.uint32)
    new_ends = np.empty(ends.size, np.int64)
    new_ends[0] = 0
    sets = 0
    used = 0
    for i in range(ends.size - 1):
        before = used
        for k in range(ends[i], ends[i + 1]):
            own = number[np.uint64(members[np.uint64(k)])]
            kept[np.uint64(used)] = np.uint32(own)
            used += 1 if own >= 0 else 0
        if used > before:
            sets += 1
            new_ends[sets] = used
    return new_ends[: sets + 1].copy(), kept[:used].copy()


@kernel
def index(ends, members, candidates):
    """The sets of each candidate, ascending: at int64[candidates + 1], within uint32[members.size] (counting sort)."""
    at = np.zeros(candidates + 1, np.int64)
    for k in range(members.size):
        at[np.uint64(members[np.uint64(k)]) + _1] += 1
    for v in range(candidates):
        at[v + 1] += at[v]
    fill = at[:-1].copy()
    within = np.empty(members.size, np.uint32)
    for i in range(ends.size - 1):
        for k in range(ends[i], ends[i + 1]):
            v = np.uint64(members[np.uint64(k)])
            within[np.uint64(fill[v])] = i
            fill[v] += 1
    return at, within


@kernel
def greedy(ends, members, at, within, own, weight, cost, budget, picks, chosen, gains, count, covered):
    """Up to PICKS further candidates, each the best by gain per cost that BUDGET still allows.

    cost float64[c] > 0 (1 for all: the plain greedy of Nemhauser, Wolsey,
    Fisher 1978), equal gains go to the smaller number.  count int64[c] and
    covered uint8[sets] are the state and change in place; chosen int64[],
    gains float64[] receive the picks in order.  A chosen candidate's count
    becomes -1.  Returns how many were picked and the money left.
    """
    picked = 0
    while picked < picks:
        best = -1
        best_rate = -1.0
        for v in range(own.size):
            if count[v] >= 0 and cost[v] <= budget:
                rate = (own[v] + weight * count[v]) / cost[v]
                if rate > best_rate:
                    best_rate = rate
                    best = v
        if best < 0:
            break
        chosen[picked] = best
        gains[picked] = own[best] + weight * count[best]
        budget -= cost[best]
        picked += 1
        for k in range(at[best], at[best + 1]):
            i = np.uint64(within[np.uint64(k)])
            if covered[i] == 0:
                covered[i] = 1
                for m in range(ends[i], ends[i + _1]):
                    v = np.uint64(members[np.uint64(m)])
                    count[v] -= 1
        count[best] = -1
    return picked, budget
