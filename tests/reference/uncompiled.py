"""The words of `sim.kernels.lanes` in plain Python, for kernels that run without the compiler (NUMBA_DISABLE_JIT=1).

With the compiler on nothing is changed, and the tests that use this run compiled.
"""

import numba
import numpy as np
import pytest

from sim.kernels import draws, lanes

BYTES = 64


def coins(stream: np.uint64, start: np.uint64) -> np.ndarray:
    """The 64 coins of a block: byte k % 8 of hash START + k // 8."""
    words = [int(draws.bits(stream, int(start) + eighth)) for eighth in range(BYTES // 8)]
    return np.frombuffer(b"".join(word.to_bytes(8, "little") for word in words), np.uint8)


def word_of(bits: np.ndarray) -> np.uint64:
    return np.uint64(sum(1 << place for place in np.flatnonzero(bits).tolist()))


def lowest(word: np.uint64) -> np.uint64:
    return np.uint64(64 if word == 0 else (int(word) & -int(word)).bit_length() - 1)


PLAIN = {
    "prefetch": lambda array, item: None,
    "ones": lambda word: np.uint64(int(word).bit_count()),
    "lowest": lowest,
    "leading": lambda word: np.uint64(64 - int(word).bit_length()),
    "passed": lambda ends, position: np.uint64((ends[:BYTES] <= position).sum()),
    "coins_within": lambda limits, start, stream: word_of(
        coins(stream, start) <= limits[int(start) : int(start) + BYTES]
    ),
    "coins_below": lambda limit, start, stream: word_of(coins(stream, start) <= limit),
}


def spell_out(patch: pytest.MonkeyPatch) -> None:
    """Without the compiler: give `lanes` words that Python can run."""
    if not numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return
    for name, plain in PLAIN.items():
        patch.setattr(lanes, name, plain)
