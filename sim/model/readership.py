"""Readership: which watched accounts have read something since somebody asked last."""

from collections.abc import Sequence

import numpy as np

from sim.kernels import ledger, watching


class Readership:
    """New reads of one run, for several who ask each at its own times."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[np.ndarray]] = {}
        self._reads = 0  # when somebody looked last

    def begin(self) -> None:
        """The run begins anew: everybody who reads is new once more."""
        self._reads = 0

    def fresh(self, tally: ledger.Tally, asker: str) -> np.ndarray:
        """Rows of TALLY.watch with a read since ASKER asked last, ascending int64[]; some others may be there."""
        reads = int(tally.reads.sum())
        own = self._waiting.setdefault(asker, [])
        if reads != self._reads:  # several ask at the same hour
            self._reads = reads
            new = np.empty(watching.marked(tally.fresh), np.int64)
            watching.take_marked(tally.fresh, new)
            for waiting in self._waiting.values():
                waiting.append(new)
        if not own:
            return np.empty(0, np.int64)
        found = own[0] if len(own) == 1 else merged(own)
        own.clear()
        return found


def merged(parts: Sequence[np.ndarray]) -> np.ndarray:
    """What stands in any of PARTS (int[] >= 0): int[], ascending, once each (np.unique hashes: slower)."""
    joined = np.sort(np.concatenate(parts), kind="stable")
    return joined[np.diff(joined, prepend=-1) > 0]
