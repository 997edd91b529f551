"""Luck: draws by label (`sim.kernels.draws`), many at a time."""

import numpy as np

from sim.kernels import draws


def bits(stream: np.uint64, items: np.ndarray) -> np.ndarray:
    """64 random bits of every one of ITEMS (integers >= 0) in STREAM, uint64[items.size]."""
    out = np.empty(items.size, np.uint64)
    draws.bits_into(stream, items.astype(np.uint64), out)
    return out


def bits_each(streams: np.ndarray, items: np.ndarray) -> np.ndarray:
    """64 random bits of every one of ITEMS (integers >= 0), each in its own of STREAMS (uint64[n]), uint64[n]."""
    out = np.empty(items.size, np.uint64)
    draws.bits_each_into(streams, items.astype(np.uint64), out)
    return out


def chances(stream: np.uint64, items: np.ndarray) -> np.ndarray:
    """A uniform of every one of ITEMS, float64[items.size]."""
    return uniform(bits(stream, items))


def uniform(random: np.ndarray) -> np.ndarray:
    """A float64 strictly inside (0, 1) from each of RANDOM (uint64[]), as `draws.uniform`."""
    return ((random >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def high(random: np.ndarray) -> np.ndarray:
    """A float64 strictly inside (0, 1) from the upper half of each of RANDOM (uint64[]), as `draws.high`."""
    return ((random >> np.uint64(32)).astype(np.float64) + 0.5) * 2.0**-32
