"""Observed repost cascades from a folder: the gate of the evidence room.

A folder holds `cascades.parquet` (one row per root post) and `events.parquet`
(one row per repost).  Everything behind the gate works on `Cascades`, be they
observed or simulated.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from sim.errors import UserError

ROOT_COLUMNS = (
    "cascade_id",
    "rumor",
    "root_hour",
    "root_minute",
    "root_weekday",
    "followers",
    "verified_type",
    "reported_reposts",
    "reported_comments",
)
EVENT_COLUMNS = ("cascade_id", "event_idx", "parent_idx", "depth", "delay_s", "has_text")
UNCAPPED_COLUMNS = ("retweets", "fans")


@dataclass(frozen=True)
class Cascades:
    """Repost cascades in flat arrays, and what is known of their roots.

    roots      one row per cascade: root (the post's id), rumour, hour, minute, weekday (0 = Monday), followers
               (NaN = unknown), verified_type (-1 none, 0 person, 2 enterprise, 3 media, ...; NaN = unknown),
               reposts and comments (as counted on the root), weight (how much the cascade counts)
    offsets    int64[cascades + 1]   the events of cascade c are offsets[c] .. offsets[c + 1] - 1
    parent     int32[events]         inside the cascade, -1 = the root
    depth      int32[events]         1 = direct
    delay      float64[events]       seconds since the root, NaN = unknown
    commented  bool[events]          the repost carries words of its own
    """

    roots: pd.DataFrame
    offsets: npt.NDArray[np.int64]
    parent: npt.NDArray[np.int32]
    depth: npt.NDArray[np.int32]
    delay: npt.NDArray[np.float64]
    commented: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.roots)

    def only(self, chosen: npt.NDArray[np.bool_]) -> "Cascades":
        """The cascades in CHOSEN (bool[cascades])."""
        sizes = np.diff(self.offsets)
        events = np.repeat(chosen, sizes)
        return replace(
            self,
            roots=self.roots[chosen].reset_index(drop=True),
            offsets=np.concatenate([[0], np.cumsum(sizes[chosen])]).astype(np.int64),
            parent=self.parent[events],
            depth=self.depth[events],
            delay=self.delay[events],
            commented=self.commented[events],
        )


def joined(parts: Sequence[Cascades]) -> Cascades:
    """The cascades of all PARTS, in order."""
    sizes = np.concatenate([np.diff(part.offsets) for part in parts])
    return Cascades(
        roots=pd.concat([part.roots for part in parts], ignore_index=True),
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        parent=np.concatenate([part.parent for part in parts]),
        depth=np.concatenate([part.depth for part in parts]),
        delay=np.concatenate([part.delay for part in parts]),
        commented=np.concatenate([part.commented for part in parts]),
    )


def table(path: Path, columns: Sequence[str]) -> pd.DataFrame:
    """The COLUMNS of a Parquet file; UserError when the file or one of them is missing or not a number."""
    if not path.is_file():
        raise UserError(
            f"{path}: no such file.\nA folder of observed cascades holds cascades.parquet (one row per root post) and "
            "events.parquet (one row per repost)."
        )
    try:
        schema = parquet.read_schema(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UserError(f"{path}: not a Parquet file ({error}).") from error
    for column in columns:
        if schema.names.count(column) > 1:
            raise UserError(f"{path}: column {column} stands there twice.")
        if column not in schema.names:
            raise UserError(
                f"{path}: column {column} is missing; found {', '.join(schema.names)}.\n"
                f"Needed are {', '.join(columns)}."
            )
        kind = schema.field(column).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
            raise UserError(f"{path}: column {column} has type {kind}; allowed are integers, floats and booleans.")
    try:
        file = parquet.ParquetFile(path)
        found: pd.DataFrame = file.read(columns=list(columns)).select(list(columns)).to_pandas(ignore_metadata=True)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UserError(f"{path}: damaged: its rows cannot be read ({str(error).splitlines()[0][:200]}).") from error
    return found


def whole(path: Path, found: pd.DataFrame, column: str, low: int, high: int) -> npt.NDArray[np.int64]:
    """A column of whole numbers within LOW..HIGH; UserError names the first row that is not."""
    values = found[column].to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = ~((values >= low) & (values <= high) & (values == np.floor(values)))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise UserError(
            f"{path}: column {column}, row {row + 1}: {values[row]:g}; allowed are whole numbers from {low} to {high}."
        )
    return values.astype(np.int64)


def cascades(folder: Path) -> Cascades:
    """The observed cascades of FOLDER; UserError names the file and column that is wrong.

    Roots without events are left out.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; it should hold cascades.parquet and events.parquet.")
    posts_file, events_file = folder / "cascades.parquet", folder / "events.parquet"
    posts = table(posts_file, ROOT_COLUMNS)
    events = table(events_file, EVENT_COLUMNS)
    for file, found, what in ((posts_file, posts, "root post"), (events_file, events, "repost")):
        if found.empty:
            raise UserError(f"{file} has no rows: at least one {what} is needed, one row each.")
    identity = whole(posts_file, posts, "cascade_id", 0, 2**62)
    if len(np.unique(identity)) != len(identity):
        twice = posts["cascade_id"][posts["cascade_id"].duplicated()].iloc[0]
        raise UserError(f"{posts_file}: column cascade_id: {twice} stands twice; one row per root post is allowed.")
    owner = whole(events_file, events, "cascade_id", 0, 2**62)
    unknown = np.setdiff1d(owner, identity)
    if unknown.size:
        raise UserError(f"{events_file}: column cascade_id: {unknown[0]} is not in {posts_file.name}.")
    index = whole(events_file, events, "event_idx", 0, 2**31 - 1)
    order = np.lexsort((index, owner))
    by_identity = np.argsort(identity, kind="stable")
    counts = np.bincount(np.searchsorted(identity[by_identity], owner), minlength=len(identity))
    rows, sizes = by_identity[counts > 0], counts[counts > 0]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    place = np.arange(len(order)) - np.repeat(offsets[:-1], sizes)
    if (index[order] != place).any():
        wrong = int(owner[order][np.argmax(index[order] != place)])
        raise UserError(f"{events_file}: column event_idx: cascade {wrong} is not numbered 0, 1, 2, ... without gaps.")
    parent = whole(events_file, events, "parent_idx", -1, 2**31 - 1)[order]
    depth = whole(events_file, events, "depth", 1, 2**31 - 1)[order]
    outside = parent >= np.repeat(sizes, sizes)
    if outside.any():
        raise UserError(
            f"{events_file}: column parent_idx: {parent[np.argmax(outside)]} in cascade "
            f"{owner[order][np.argmax(outside)]} is no event of it."
        )
    above = np.where(parent < 0, 0, depth[np.repeat(offsets[:-1], sizes) + np.maximum(parent, 0)])
    if (depth != above + 1).any():
        wrong = int(np.argmax(depth != above + 1))
        raise UserError(
            f"{events_file}: column depth: {depth[wrong]} in cascade {owner[order][wrong]}, event {place[wrong]}; its "
            f"parent's depth is {above[wrong]}, so {above[wrong] + 1} is allowed (1 = a direct repost)."
        )
    return Cascades(
        roots=roots(posts_file, posts).iloc[rows].reset_index(drop=True),
        offsets=offsets,
        parent=parent.astype(np.int32),
        depth=depth.astype(np.int32),
        delay=events["delay_s"].to_numpy(dtype=np.float64, na_value=np.nan)[order],
        commented=events["has_text"].to_numpy(dtype=np.bool_)[order],
    )


def roots(path: Path, posts: pd.DataFrame) -> pd.DataFrame:
    """The root posts under the names used here (see `Cascades.roots`), weight 1 each."""
    return pd.DataFrame(
        {
            "root": whole(path, posts, "cascade_id", 0, 2**62),
            "rumour": whole(path, posts, "rumor", 0, 1).astype(bool),
            "hour": whole(path, posts, "root_hour", 0, 23),
            "minute": whole(path, posts, "root_minute", 0, 59),
            "weekday": whole(path, posts, "root_weekday", 0, 6),
            "followers": posts["followers"].to_numpy(dtype=np.float64, na_value=np.nan),
            "verified_type": posts["verified_type"].to_numpy(dtype=np.float64, na_value=np.nan),
            "reposts": whole(path, posts, "reported_reposts", 0, 2**40),
            "comments": whole(path, posts, "reported_comments", 0, 2**40),
            "weight": 1.0,
        }
    )


def uncapped(folder: Path) -> pd.DataFrame | None:
    """Posts whose counts are not cut at 999: reposts, followers (NaN = unknown); None when FOLDER has none."""
    path = Path(folder) / "uncapped_posts.parquet"
    if not path.exists():
        return None
    posts = table(path, UNCAPPED_COLUMNS)
    return pd.DataFrame(
        {
            "reposts": whole(path, posts, "retweets", 0, 2**40),
            "followers": posts["fans"].to_numpy(dtype=np.float64, na_value=np.nan),
        }
    )


def calibration(path: Path) -> dict[str, Any]:
    """The standing of a calibration (see `sim.fit.calibrate`); UserError when it is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(found, dict) or not isinstance(found.get("settings"), dict):
            raise ValueError("its settings are missing")
        journal = found.get("journal")
        if not isinstance(journal, list) or not all(_numbers(step) for step in journal):
            raise ValueError("its journal is missing, or a step of it is no list of numbers")
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: no standing of a calibration ({error}). Take another folder.") from error
    return found


def _numbers(step: Any) -> bool:
    """Whether STEP is a list of finite numbers."""
    return isinstance(step, list) and all(
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300 for value in step
    )
