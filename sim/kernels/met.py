"""Who met a story and could act on it: an open-addressing table."""

import numpy as np

from sim.kernels import draws, lanes
from sim.kernels.compiled import borrower

AHEAD = 32  # entries whose new place is asked for before it is filled

ENTRY = np.dtype(
    [
        ("key", np.int64),
        ("hazard", np.float64),
        ("comment_hazard", np.float64),
        ("reads", np.uint8),
        ("flags", np.uint8),
        ("willing", np.uint8),
        ("community", np.int32),
    ],
    align=True,
)


def empty_met(size: int) -> np.ndarray:
    """An open-addressing table ENTRY[SIZE] (SIZE a power of two) of the accounts that met a story; key 0: free."""
    return np.zeros(size, ENTRY)


@borrower
def home(key, met):
    """Where the search for KEY (int64 > 0) in the table MET (ENTRY[2^k]) begins (uint64)."""
    return draws.mix(np.uint64(key)) & np.uint64(met.size - 1)


@borrower
def slot(key, met):
    """Index of KEY (int64 > 0) in the table MET (ENTRY[2^k]), or of the free place where it belongs."""
    last = np.uint64(met.size - 1)
    at = home(key, met)
    while met[at].key != 0 and met[at].key != key:
        at = (at + np.uint64(1)) & last
    return at


@borrower
def move_met(old, new):
    """Copy every entry of the table OLD into the larger, empty table NEW (ENTRY[2^k] each)."""
    for i in range(old.size):
        if i + AHEAD < old.size and old[i + AHEAD].key != 0:
            lanes.prefetch(new, home(old[i + AHEAD].key, new))
        if old[i].key != 0:
            new[slot(old[i].key, new)] = old[i]
