"""Showing: posts that accounts meet outside their feed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.kernels import reading
from sim.model import kept

_ASCENDS: kept.Kept[bool] = kept.Kept(64)


def _ascends(accounts: np.ndarray) -> bool:
    """Whether ACCOUNTS ascend from the first to the last; looked at once, as a run that may be replayed keeps them."""
    return _ASCENDS.get(kept.Same(accounts), lambda: bool(reading.descends(accounts, np.array([0, accounts.size])) < 0))


@dataclass(frozen=True)
class Showing:
    """Posts shown outside the feed, one after the other (see `Cascade.show_each`).

    posts int64[n]; starts int64[n + 1]; accounts int32[starts[n]]; keys uint64[n]; second, chance, minutes and told_by
    (-1: as for the post) hold for all of them
    """

    posts: np.ndarray
    starts: np.ndarray
    accounts: np.ndarray
    second: int
    chance: float
    minutes: float
    keys: np.ndarray
    told_by: int

    def checked(self, published: int, stands: int) -> Showing:
        """This showing, its arrays contiguous, when there are PUBLISHED posts and the run stands at second STANDS.

        Raises ValueError for a post that is not there, a second that is past, accounts that do not ascend.
        """
        for post in self.posts[(self.posts < 0) | (self.posts >= published)].tolist():
            raise ValueError(f"post {post} of {published:,} published posts")
        if self.second < stands:
            raise ValueError(f"second {self.second:,} is past: the run stands at {stands:,}")
        ordered = np.ascontiguousarray(self.accounts, np.int32)
        starts = np.ascontiguousarray(self.starts, np.int64)
        if not _ascends(ordered) and reading.descends(ordered, starts) >= 0:
            raise ValueError("accounts must ascend, each once")
        return replace(
            self,
            posts=np.ascontiguousarray(self.posts, np.int64),
            starts=starts,
            accounts=ordered,
            second=int(self.second),
            chance=float(self.chance),
            minutes=float(self.minutes),
            keys=np.ascontiguousarray(self.keys, np.uint64),
        )
