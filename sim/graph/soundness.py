"""Whether the files of a stored follower graph fit together: compiled code believes the numbers in them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sim import errors
from sim.graph import rule

PIECE = 2**22
"""Numbers looked at together, so that a graph larger than the memory can be checked."""


def check(folder: Path, parts: Mapping[str, Any]) -> None:
    """A UserError where the PARTS of FOLDER do not belong together: what is cheap to see without reading all links."""
    starts, added, growth = parts["community_start"], parts["added_indptr"], parts["growth"]
    if starts[0] != 0 or _falls(starts) or starts[-1] >= 2**31:
        raise _unfit(folder, "community_start.npy", "does not ascend from 0")
    base = int(starts[-1])
    accounts = base + added.size - 1
    indptr = parts["indptr"]
    if growth is not None and (growth.accounts != base or not np.array_equal(rule.rule_of(growth).starts, starts)):
        raise _unfit(folder, "community_start.npy", "is not that of the growth recipe")
    if indptr.size != base + 1 and (growth is None or indptr.size > 1 or parts["followers"].size):
        raise _unfit(folder, "indptr.npy", f"has {indptr.size - 1:,} rows for {base:,} accounts")
    for name, ends, followers in (("", indptr, parts["followers"]), ("added_", added, parts["added_followers"])):
        if ends[0] != 0 or ends[-1] != followers.size:
            raise _unfit(folder, f"{name}indptr.npy", f"does not lead from 0 to {followers.size:,}")
    rows(folder, "added_", added, parts["added_followers"], accounts)
    if parts["labels"] is not None and len(parts["labels"]) != accounts:
        raise _unfit(folder, "labels.json", f"has {len(parts['labels']):,} names for {accounts:,} accounts")
    for name, values in parts["attributes"].items():
        if max(values, default=0) >= accounts:
            raise _unfit(folder, "manifest.json", f"attributes: {name} belongs to an account that is not there")


def rows(folder: Path, name: str, ends: np.ndarray, followers: np.ndarray, accounts: int) -> None:
    """A UserError where ENDS (int64[n]) fall or FOLLOWERS (int32[links]) are no accounts; a piece at a time."""
    for first in range(0, ends.size, PIECE):
        if _falls(ends[first : first + PIECE + 1]):
            raise _unfit(folder, f"{name}indptr.npy", "does not ascend")
    for first in range(0, followers.size, PIECE):
        piece = followers[first : first + PIECE]
        if piece.min() < 0 or piece.max() >= accounts:
            raise _unfit(folder, f"{name}followers.npy", f"names an account that is none of the {accounts:,}")


def _falls(numbers: np.ndarray) -> bool:
    """Whether one of NUMBERS (int64[n]) is smaller than the one before; differences could overflow."""
    return bool((numbers[1:] < numbers[:-1]).any())


def _unfit(folder: Path, name: str, what: str) -> errors.UserError:
    return errors.UserError(f"{folder / name}: {what}.\nThe folder is damaged: copy it again, or grow the graph again.")
