"""The folder of results: what may be opened in the app, and what a sweep says."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import EnvironmentFailure, UserError
from sim.results import metrics, shelf
from sim.scenario import read

VARIABLE = "DANDELION_RESULTS"
MOST = 200
LARGEST = 5_000_000
"""Bytes of a validation's JSON."""


def root() -> Path:
    """The one folder that the app reads results from: DANDELION_RESULTS, by default ./results."""
    return Path(os.environ.get(VARIABLE) or "results").resolve()


def _inside(path: Path, top: Path) -> bool:
    """Whether PATH, every link followed, lies under TOP."""
    try:
        return path.resolve().is_relative_to(top)
    except OSError:
        return False


def folders() -> list[str]:
    """Names of the result folders under `root`, at most two levels deep, newest first."""
    top = root()
    found = []
    for pattern in (shelf.MANIFEST, f"*/{shelf.MANIFEST}", f"*/*/{shelf.MANIFEST}"):
        for path in top.glob(pattern):
            if _inside(path, top) and shelf.is_result(path.parent):
                found.append((path.stat().st_mtime, path.parent.relative_to(top).as_posix()))
            if len(found) >= MOST:
                break
    return [name for _, name in sorted(found, reverse=True)]


def place(name: str) -> Path:
    """The folder NAME of the list; a UserError for anything else, however it is written."""
    if name not in folders():
        raise UserError(f"{name[:80]!r} is not a result folder under {root().name}.")
    return root() / name


@dataclass(frozen=True, eq=False)
class Result:
    """A result folder as read.

    runs      one row per run: strategy, replicate, the knobs, the metrics
    knobs     names of the knobs, numbers first
    """

    name: str
    kind: str
    title: str
    sentence: str
    goal: str
    seed: int
    runs: pd.DataFrame
    knobs: tuple[str, ...]
    titles: dict[str, str]
    failures: int
    scenarios: dict[str, str]

    @property
    def strategies(self) -> list[str]:
        """Those that were run, in order of appearance."""
        return [str(name) for name in pd.unique(self.runs["strategy"])]

    @property
    def metrics(self) -> list[str]:
        """Those with a value somewhere."""
        return [name for name in metrics.METRICS if name in self.runs and self.runs[name].notna().any()]


def opened(name: str) -> Result:
    """The result folder NAME. Raises UserError."""
    folder = place(name)
    try:
        kept = shelf.Shelf.view(folder)
        runs = shelf.open(folder)
        failures = len(kept.failures())
        texts = kept.scenarios()
    except (OSError, ValueError, KeyError) as problem:
        raise UserError(f"{name} cannot be read: {type(problem).__name__}.") from None
    manifest = kept.manifest
    about: dict[str, Any] = manifest.get("sweep") or manifest.get("findings") or {}
    known = {*shelf.KEYS, *metrics.METRICS}
    knobs = [column for column in runs.columns if column not in known and runs[column].nunique() > 1]
    if "luck" in runs:
        knobs = [knob for knob in knobs if knob != "luck"]
    goal = about.get("goal")
    if manifest.get("kind") == "compare":
        runs = runs[runs["setting_id"].astype(str) == "shipped"]
    return Result(
        name=name,
        kind=str(manifest.get("kind", "")),
        title=str(about.get("title") or name),
        sentence=str((manifest.get("findings") or {}).get("sentence", "")),
        goal=goal if isinstance(goal, str) and goal in metrics.METRICS else "reach",
        seed=int(manifest.get("seed", 1)),
        runs=runs,
        knobs=tuple(sorted(knobs, key=lambda knob: not pd.api.types.is_numeric_dtype(runs[knob]))),
        titles={str(k): str(v) for k, v in (about.get("titles") or {}).items()},
        failures=failures,
        scenarios=texts,
    )


def means(result: Result, metric: str, by: Sequence[str]) -> pd.DataFrame:
    """Mean of METRIC by the knobs BY (rows) and strategy (columns)."""
    keys = [*by, "strategy"]
    frame = result.runs[[*keys, metric]].astype({"strategy": str})
    return frame.groupby(keys, observed=True)[metric].mean().unstack("strategy")


def lead(result: Result, metric: str, a: str, b: str, by: Sequence[str]) -> pd.Series:
    """Mean of A minus B by the knobs BY; positive is better for A whatever METRIC's direction."""
    table = means(result, metric, by)
    gap = table[a] - table[b]
    return gap if metrics.METRICS[metric].higher_is_better else -gap


def levels(result: Result, knob: str, most: int = 12) -> pd.Series:
    """The knob's value in each run; many different numbers are put into bins named by their middle."""
    values = result.runs[knob]
    if not pd.api.types.is_numeric_dtype(values) or values.nunique() <= most:
        return values
    bins = pd.qcut(values, min(most, 6), duplicates="drop")
    middles = np.array([float(f"{part.mid:.3g}") for part in bins.cat.categories])
    return pd.Series(middles[bins.cat.codes.to_numpy()], index=values.index)


def tornado(result: Result, metric: str, a: str, b: str) -> list[dict[str, Any]]:
    """For each numeric knob A's lead over B at its low and at its high end (lowest and highest level), widest first."""
    rows = []
    for knob in result.knobs:
        if not pd.api.types.is_numeric_dtype(result.runs[knob]):
            continue
        binned = levels(result, knob, 6)
        leads = lead(_with(result, {knob: binned}), metric, a, b, [knob]).dropna()
        if len(leads) > 1:
            rows.append(
                {
                    "name": knob,
                    "low": float(leads.iloc[0]),
                    "high": float(leads.iloc[-1]),
                    "low_at": float(leads.index[0]),
                    "high_at": float(leads.index[-1]),
                }
            )
    return sorted(rows, key=lambda row: -abs(row["high"] - row["low"]))


def binned(result: Result, knobs: Sequence[str]) -> Result:
    """RESULT with KNOBS put into few levels."""
    return _with(result, {knob: levels(result, knob) for knob in knobs})


def _with(result: Result, columns: dict[str, pd.Series]) -> Result:
    runs = result.runs.assign(**columns)
    return Result(**{**result.__dict__, "runs": runs})


def validation() -> dict[str, Any] | None:
    """What `dandelion validate -o` left under `root` (or one level below), None when there is nothing."""
    top = root()
    for pattern in ("validation.json", "*/validation.json"):
        for path in sorted(top.glob(pattern)):
            if _inside(path, top):
                try:
                    found = json.loads(read.text_of(path, LARGEST))
                except (UserError, EnvironmentFailure, ValueError):
                    continue
                if isinstance(found, dict) and isinstance(found.get("targets"), list):
                    return found
    return None
