"""Composition: an audience of which it is known how many are customers, fans, media people."""

from collections.abc import Mapping, Sequence

import numpy as np

from sim.kernels import draws


def row(
    own: np.ndarray,
    segment: np.ndarray,
    wanted: Mapping[int, float],
    cares: np.ndarray,
    others: Sequence[np.ndarray],
    key: int,
) -> np.ndarray:
    """The followers OWN with as many of each segment as WANTED, int32, ascending; as many as before.

    own      int32[followers], as they would follow without anything known of segments
    segment  uint8[accounts of the public]: 0 none, s + 1 for segment s (`membership.of_public`)
    wanted   segment + 1 -> share of the followers; the other segments are left to chance
    cares    bool[accounts of the public]: lives in a community that cares for the topic
    others   int32[] rows of accounts whose overlap with this one is declared
    key      label of the account: its row does not depend on anything else

    Followers are exchanged one for one.  Whoever leaves makes room for somebody alike in all else (cares or not,
    follows the same others), as long as there is anybody; then for somebody who follows the same others.  So fit and
    overlaps stay as they are unless the segments themselves forbid it, and what the public cannot give stays missing.
    """
    order, spare = np.empty(segment.size), np.empty(segment.size)
    draws.units_into(np.uint64(draws.key(np.uint64(0), draws.AUDIENCE, np.uint64(key))), order, spare)
    inside = np.zeros(segment.size, bool)
    inside[own] = True
    known = np.array(sorted(wanted), np.uint8)
    follows = np.zeros(segment.size, np.int64)  # a bit for each of the others
    for n, theirs in enumerate(others):
        follows[theirs[theirs < segment.size]] |= np.int64(1) << np.int64(n % 60)
    alike = 2 * follows + cares
    target = {s: round(wanted[s] * own.size) for s in wanted}
    for s in sorted(target, key=lambda s: (target[s] - np.count_nonzero(segment[own] == s), s)):  # surplus first
        missing = target[s] - int(np.count_nonzero(inside & (segment == s)))
        # Nobody of another declared segment takes part: theirs is counted by itself.
        free = ~np.isin(segment, known)
        come, leave = (segment == s, free) if missing > 0 else (free, segment == s)
        for kind in (alike, follows):
            done = _exchange(inside, np.flatnonzero(come & ~inside), np.flatnonzero(leave & inside), kind, order,
                             abs(missing))  # fmt: skip
            missing -= done if missing > 0 else -done
            if missing == 0:
                break
    return np.flatnonzero(inside).astype(np.int32)


def _exchange(
    inside: np.ndarray, come: np.ndarray, leave: np.ndarray, kind: np.ndarray, order: np.ndarray, most: int
) -> int:
    """Let up to MOST of COME in for as many of LEAVE of the same KIND, in place of INSIDE; how many there were.

    Kinds give in proportion to how many exchanges each could make; within a kind the lowest ORDER goes first.
    """
    kinds, homes = np.unique(np.concatenate([kind[come], kind[leave]]), return_inverse=True)
    able = np.minimum(
        np.bincount(homes[: come.size], minlength=kinds.size), np.bincount(homes[come.size :], minlength=kinds.size)
    )
    total = int(able.sum())
    if total == 0 or most == 0:
        return 0
    steps = np.floor(np.cumsum(able) * (min(most, total) / total) + 1e-9).astype(np.int64)
    allowed = np.diff(steps, prepend=0)
    for accounts, home, enters in ((come, homes[: come.size], True), (leave, homes[come.size :], False)):
        ranked = np.lexsort((order[accounts], home))
        first = np.searchsorted(home[ranked], np.arange(kinds.size))
        place = np.arange(ranked.size) - first[home[ranked]]
        inside[accounts[ranked[place < allowed[home[ranked]]]]] = enters
    return int(allowed.sum())


def shares(of: np.ndarray, segment: np.ndarray, segments: int) -> np.ndarray:
    """Share of the followers OF int32[n] in each segment, float64[segments]; zeros where there is nobody."""
    counts = np.bincount(segment[of[of < segment.size]], minlength=segments + 1)[1 : segments + 1]
    return counts / max(of.size, 1)
