"""Readership: which watched accounts have read something since somebody asked last."""

from collections.abc import Sequence

import numpy as np

from sim.kernels import ledger, watching


class Readership:
    """New reads of one run, for several who ask each at its own times."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[np.ndarray]] = {}
        self.begin()

    def begin(self) -> None:
        """The run begins anew: everybody who reads is new once more."""
        self._reads = 0  # when somebody looked last
        self._ever = np.empty(0, np.uint64)  # marks of all who have read by then

    def _look(self, tally: ledger.Tally) -> None:
        """Take the marks that were set since somebody looked last; several look at the same hour."""
        reads = int(tally.reads.sum())
        if reads == self._reads:
            return
        self._reads = reads
        self._ever = tally.fresh | self._ever if self._ever.size else tally.fresh.copy()
        new = np.empty(watching.marked(tally.fresh), np.int64)
        watching.take_marked(tally.fresh, new)
        for waiting in self._waiting.values():
            waiting.append(new)

    def fresh(self, tally: ledger.Tally, asker: str) -> np.ndarray:
        """Rows of TALLY.watch with a read since ASKER asked last, ascending int64[]; some others may be there."""
        own = self._waiting.setdefault(asker, [])
        self._look(tally)
        if not own:
            return np.empty(0, np.int64)
        found = own[0] if len(own) == 1 else merged(own)
        own.clear()
        return found

    def everybody(self, tally: ledger.Tally) -> np.ndarray:
        """Rows of TALLY.watch with a read, ascending int64[]."""
        self._look(tally)
        found = np.empty(watching.marked(self._ever), np.int64)
        watching.take_marked(self._ever.copy(), found)
        return found


def merged(parts: Sequence[np.ndarray]) -> np.ndarray:
    """What stands in any of PARTS (int[] >= 0): int[], ascending, once each (np.unique hashes: slower)."""
    joined = np.concatenate(parts)
    joined.sort(kind="stable")
    first = np.ones(joined.size, bool)
    np.not_equal(joined[1:], joined[:-1], out=first[1:])
    return joined[first]
