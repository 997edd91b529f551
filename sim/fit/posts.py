"""A planner's own posts from a spreadsheet: one row per post, or full repost trees.

One row per post: time, reposts and followers (at the time) are needed; reads,
comments and content where they are known.  Trees: id, parent (empty for the
post itself) and time of every post and repost; followers, and what else is
known, on the rows of the posts themselves.  Chinese headers are understood.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import UserError
from sim.scenario import complaints, tables

CHINA = timezone(timedelta(hours=8))
COLUMNS = ("time", "reads", "reposts", "comments", "followers", "content")
TREE_COLUMNS = ("id", "parent", "time", "followers", "reads", "comments", "content")
IN_CHINESE = {
    "time": ("时间", "发布时间", "发博时间"),
    "reads": ("阅读", "阅读数", "阅读量"),
    "reposts": ("转发", "转发数", "转发量"),
    "comments": ("评论", "评论数", "评论量"),
    "followers": ("粉丝", "粉丝数", "粉丝量"),
    "content": ("内容", "内容类型", "类型"),
    "id": ("编号", "微博id"),
    "parent": ("上级", "父级", "转发自"),
}
ALIASES = {alias: name for name, several in IN_CHINESE.items() for alias in several}
WRITTEN = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M", "%Y.%m.%d %H:%M", "%Y年%m月%d日 %H:%M")
MOST = 5_000
ROWS = 300_000  # posts and reposts of trees
LARGEST = 2**40


@dataclass(frozen=True)
class Posts:
    """Observed posts, in order of time.

    frame   one row per post: when (China time), second (since Monday 0h), followers, reposts, comments and reads
            (NaN: not known), content ("" : not said), direct (reposts of the post itself; NaN without trees)
    delays  of trees: seconds from each post to its direct reposts, ascending; else empty
    source  the file's name
    """

    frame: pd.DataFrame
    delays: list[npt.NDArray[np.float64]] = field(default_factory=list)
    source: str = ""

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def trees(self) -> bool:
        """Whether it is known who reposted whom."""
        return bool(self.delays)


def read(path: Path) -> Posts:
    """The posts in the CSV file PATH; UserError names file, line, column, what was found and what is allowed."""
    path = Path(path)
    rows = [(line, _named(path, record)) for line, record in tables.records(path, ROWS)]
    if not rows:
        raise UserError(f"{path} has a header and no rows; one row per post is needed.")
    return _trees(path, rows) if "parent" in rows[0][1] else _counts(path, rows)


def _named(path: Path, record: Mapping[str, str]) -> dict[str, str]:
    """RECORD under the names used here; unknown columns are refused."""
    given = {ALIASES.get(column.strip(), column.strip().lower()): cell for column, cell in record.items()}
    known = TREE_COLUMNS if "parent" in given else COLUMNS
    for column in given:
        if column not in known:
            near = complaints.did_you_mean(column, known)
            raise UserError(f"{path}: line 1: the column {column!r} is not known.{near}\n  Known: {', '.join(known)}.")
    needed = ("id", "time", "followers") if "parent" in given else ("time", "reposts", "followers")
    for column in needed:
        if column not in given:
            raise UserError(
                f"{path}: line 1: the column {column!r} is missing; found {', '.join(given)}.\n"
                f"  Needed: {', '.join(needed)}. For repost trees: id, parent, time, followers."
            )
    return given


def _wrong(path: Path, line: int, column: str, found: str, allowed: str) -> NoReturn:
    raise UserError(f"{path}: line {line}, column {column}: found {found!r}; allowed is {allowed}.")


def _whole(path: Path, line: int, row: Mapping[str, str], column: str, least: int = 0, empty: bool = True) -> float:
    """A count; NaN for an empty cell where EMPTY is allowed. 12,345 and 1.2万 are understood."""
    cell = row.get(column, "")
    allowed = f"a whole number of at least {least:,}" + (", or nothing" if empty else "")
    if not cell:
        return float("nan") if empty else _wrong(path, line, column, cell, allowed)
    text, unit = cell.replace(",", "").replace("，", ""), 1
    if text.endswith(("万", "w", "W")):
        text, unit = text[:-1], 10_000
    try:
        value = float(text) * unit
    except ValueError:
        _wrong(path, line, column, cell, allowed)
    if not (least <= value <= LARGEST and abs(value - round(value)) < 1e-6):
        _wrong(path, line, column, cell, allowed)
    return float(round(value))


def _moment(path: Path, line: int, row: Mapping[str, str]) -> datetime:
    """A date and time, in China's zone where none is given."""
    cell = row["time"]
    found: datetime | None = None
    readers: list[Callable[[str], datetime]] = [datetime.fromisoformat]
    readers += [lambda text, form=form: datetime.strptime(text, form) for form in WRITTEN]  # type: ignore[misc]
    for reader in readers:
        try:
            found = reader(cell)
            break
        except ValueError:
            continue
    if found is None or (":" not in cell and "T" not in cell):
        _wrong(path, line, "time", cell, "a date and a time of day, as in 2012-05-03 20:15 (China time)")
    return found.replace(tzinfo=CHINA) if found.tzinfo is None else found.astimezone(CHINA)


def _second(when: datetime) -> int:
    return when.weekday() * 86_400 + when.hour * 3_600 + when.minute * 60 + when.second


def _row(path: Path, line: int, row: Mapping[str, str], when: datetime) -> dict[str, object]:
    return {
        "when": when,
        "second": _second(when),
        "followers": _whole(path, line, row, "followers", least=1, empty=False),
        "comments": _whole(path, line, row, "comments"),
        "reads": _whole(path, line, row, "reads"),
        "content": row.get("content", ""),
    }


def _few_enough(path: Path, count: int) -> None:
    if count > MOST:
        raise UserError(f"{path} holds {count:,} posts; at most {MOST:,} are allowed. Take the latest ones.")


def _counts(path: Path, rows: list[tuple[int, dict[str, str]]]) -> Posts:
    _few_enough(path, len(rows))
    found = []
    for line, row in rows:
        when = _moment(path, line, row)
        reposts = _whole(path, line, row, "reposts", empty=False)
        found.append({**_row(path, line, row, when), "reposts": reposts, "direct": float("nan")})
    frame = pd.DataFrame(found).sort_values("when", kind="stable").reset_index(drop=True)
    return Posts(frame, [], path.name)


def _trees(path: Path, rows: list[tuple[int, dict[str, str]]]) -> Posts:
    """Every row is a post or a repost; a repost names its parent, which may stand on any line."""
    place: dict[str, int] = {}
    for number, (line, row) in enumerate(rows):
        if not row["id"]:
            _wrong(path, line, "id", "", "a name for every post and repost")
        if row["id"] in place:
            _wrong(path, line, "id", row["id"], f"a name used once (it stands on line {rows[place[row['id']]][0]} too)")
        place[row["id"]] = number
    parent = np.full(len(rows), -1)
    for number, (line, row) in enumerate(rows):
        if row["parent"]:
            if row["parent"] not in place:
                _wrong(path, line, "parent", row["parent"], "the id of another row, or nothing for a post itself")
            parent[number] = place[row["parent"]]
    root = np.where(parent < 0, np.arange(len(rows)), parent)
    for _ in range(len(rows).bit_length() + 1):  # every step doubles the distance looked up
        root = root[root]
    if (parent[root] >= 0).any():
        line, row = rows[int(np.argmax(parent[root] >= 0))]
        _wrong(path, line, "parent", row["parent"], "a repost of a post: this one goes round in a circle")
    times = [_moment(path, line, row) for line, row in rows]
    roots = np.flatnonzero(parent < 0)
    _few_enough(path, len(roots))
    reposts = np.bincount(root, minlength=len(rows)) - 1
    late: dict[int, list[float]] = {number: [] for number in roots.tolist()}
    for number, (line, row) in enumerate(rows):
        if parent[number] >= 0:
            wait = (times[number] - times[int(parent[number])]).total_seconds()
            if wait < 0:
                _wrong(path, line, "time", row["time"], f"no time before its parent's, {times[int(parent[number])]}")
            if int(parent[number]) in late:
                late[int(parent[number])].append(wait)
    found = []
    for number in roots.tolist():
        line, row = rows[number]
        counted = {"reposts": float(reposts[number]), "direct": float(len(late[number])), "row": number}
        found.append({**_row(path, line, row, times[number]), **counted})
    frame = pd.DataFrame(found).sort_values("when", kind="stable").reset_index(drop=True)
    delays = [np.sort(np.array(late[int(number)], float)) for number in frame.pop("row")]
    return Posts(frame, delays, path.name)
