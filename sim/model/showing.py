"""Showing: posts that accounts meet outside their feed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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

    @classmethod
    def checked(
        cls,
        posts: np.ndarray,
        starts: np.ndarray,
        accounts: np.ndarray,
        second: int,
        chance: float,
        minutes: float,
        keys: np.ndarray,
        told_by: int | None,
        published: int,
        stands: int,
    ) -> Showing:
        """The showing (posts int64[n] ...) when there are PUBLISHED posts and the run stands at second STANDS.

        Raises ValueError for a post that is not there, a second that is past, accounts that do not ascend.
        """
        for post in posts[(posts < 0) | (posts >= published)].tolist():
            raise ValueError(f"post {post} of {published:,} published posts")
        if second < stands:
            raise ValueError(f"second {second:,} is past: the run stands at {stands:,}")
        ordered = np.ascontiguousarray(accounts, np.int32)
        down = np.flatnonzero(np.diff(ordered) <= 0) + 1
        if down.size and not np.isin(down, starts).all():
            raise ValueError("accounts must ascend, each once")
        return cls(
            np.ascontiguousarray(posts, np.int64),
            np.ascontiguousarray(starts, np.int64),
            ordered,
            int(second),
            float(chance),
            float(minutes),
            np.ascontiguousarray(keys, np.uint64),
            -1 if told_by is None else told_by,
        )
