"""Showing: posts that accounts meet outside their feed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.kernels import reading
from sim.kernels.run import Run

AS_THE_POST = -1  # the messenger under which reads are counted


def _there(posts: np.ndarray, second: int, published: int, stands: int) -> None:
    """Raises ValueError for a post that is not there (PUBLISHED are) and for a SECOND before where the run STANDS."""
    for post in posts[(posts < 0) | (posts >= published)].tolist():
        raise ValueError(f"post {post} of {published:,} published posts")
    if second < stands:
        raise ValueError(f"second {second:,} is past: the run stands at {stands:,}")


@dataclass(frozen=True)
class Showing:
    """Posts shown outside the feed, one after the other (see `Cascade.show_each`).

    posts int64[n]; starts int64[n + 1]; accounts int32[starts[n]]; keys uint64[n]; second, chance, minutes and told_by
    (or AS_THE_POST) hold for all of them
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
        _there(self.posts, self.second, published, stands)
        ordered = np.ascontiguousarray(self.accounts, np.int32)
        starts = np.ascontiguousarray(self.starts, np.int64)
        if reading.descends(ordered, starts) >= 0:
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

    @property
    def parts(self) -> int:
        """How many posts."""
        return int(self.posts.size)

    def go_on(self, run: Run, which: int, done: int) -> tuple[int, int, int]:
        """`reading.show` from the post WHICH and the account DONE on."""
        found: tuple[int, int, int] = reading.show(
            run,
            self.posts,
            self.starts,
            self.accounts,
            which,
            done,
            self.second,
            self.chance,
            self.minutes,
            self.keys,
            self.told_by,
        )
        return found


@dataclass(frozen=True)
class Listing:
    """A post shown to everybody who ever reads (see `Cascade.show_everybody`).

    accounts int32[n], those of community c from STARTS[c] to STARTS[c + 1]; chance float64[communities]
    """

    post: int
    starts: np.ndarray
    accounts: np.ndarray
    second: int
    chance: np.ndarray
    minutes: float
    key: np.uint64

    def checked(self, published: int, stands: int) -> Listing:
        """As `Showing.checked`."""
        _there(np.array([self.post]), self.second, published, stands)
        return replace(
            self, second=int(self.second), chance=np.array(self.chance, np.float64), minutes=float(self.minutes)
        )

    @property
    def parts(self) -> int:
        """How many communities."""
        return int(self.chance.size)

    def go_on(self, run: Run, which: int, done: int) -> tuple[int, int, int]:
        """`reading.show_everybody` from the community WHICH and the account DONE on."""
        found: tuple[int, int, int] = reading.show_everybody(
            run,
            self.post,
            self.starts,
            self.accounts,
            which,
            done,
            self.second,
            self.chance,
            self.minutes,
            self.key,
            AS_THE_POST,
        )
        return found
