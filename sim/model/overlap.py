"""Overlapping audiences: KOLs of whom it is known how many followers they share."""

from collections.abc import Sequence

import numpy as np

from sim.kernels import draws


def row(
    followers: int, own: np.ndarray, others: Sequence[tuple[np.ndarray, int]], accounts: int, key: int
) -> np.ndarray:
    """Followers of an account, int32, ascending: of each of OTHERS the number declared, the rest from OWN alone.

    followers  how many there are
    own        int32[], accounts this one would draw its audience from: more than FOLLOWERS, so that enough are left
    others     (int32[] row of another account, how many of its followers follow this one too)
    accounts   of the public
    key        label of the account: its row does not depend on anything else

    Who follows one of the others alone comes first; who follows two counts for both.  Where OWN is too small the
    audience is filled up with followers of the others, so what was declared cannot quite be met.
    """
    order, spare = np.empty(accounts), np.empty(accounts)
    draws.units_into(np.uint64(draws.key(np.uint64(0), draws.AUDIENCE, np.uint64(key))), order, spare)

    def first(of: np.ndarray, number: int) -> np.ndarray:
        return of[np.argsort(order[of], kind="stable")[: max(number, 0)]]

    chosen = np.empty(0, np.int32)
    for n, (theirs, wanted) in enumerate(others):
        alone = theirs
        for other, _wanted in (*others[:n], *others[n + 1 :]):
            alone = np.setdiff1d(alone, other)
        for pool in (alone, theirs):
            missing = wanted - np.intersect1d(chosen, theirs).size
            room = min(missing, followers - chosen.size)
            chosen = np.union1d(chosen, first(np.setdiff1d(pool, chosen), room))
    strangers = own
    for theirs, _wanted in others:
        strangers = np.setdiff1d(strangers, theirs)
    chosen = np.union1d(chosen, first(np.setdiff1d(strangers, chosen), followers - chosen.size))
    return np.union1d(chosen, first(np.setdiff1d(own, chosen), followers - chosen.size)).astype(np.int32)
