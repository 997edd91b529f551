"""Subjects: the stories that the posts of a plan are about, and who cares for them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Subjects:
    """What the posts of a plan are about, where that is not one launch.

    story int32[posts]; label uint64[stories]; interest float64[moods, communities];
    damp float64[stories]: what every chance is multiplied by at the start (at most 1);
    mood int32[stories]: the row of `interest` that holds for each (None: each has its own);
    home int32[stories]: the community whose interest is 1 all the same (`ledger.NOBODY`, or None: none)
    """

    story: np.ndarray
    label: np.ndarray
    interest: np.ndarray
    damp: np.ndarray
    mood: np.ndarray | None = None
    home: np.ndarray | None = None


def alike(
    story: np.ndarray, label: np.ndarray, interest: np.ndarray, home: np.ndarray | None = None, damp: float = 1.0
) -> Subjects:
    """Stories LABEL (uint64[n]) that find the same INTEREST (float64[communities]), except each at HOME (int32[n])."""
    home = None if home is None else home.astype(np.int32)
    n = label.size
    return Subjects(story, label, interest.reshape(1, -1), np.full(n, damp), np.zeros(n, np.int32), home)
