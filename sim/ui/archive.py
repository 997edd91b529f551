"""The folder of results: what may be opened in the app, and what a sweep says."""

import json
import os
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import EnvironmentFailure, UserError
from sim.results import landscape, metrics, query, shelf
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
    """A result folder as it is looked at: only sums are taken from the rows, so ten million of them fit.

    settings   one row per setting: setting_id and the knobs
    knobs      names of the knobs that differ, numbers first
    counts     runs with a value, by metric
    """

    name: str
    kind: str
    title: str
    sentence: str
    goal: str
    seed: int
    runs: int
    settings: pd.DataFrame
    knobs: tuple[str, ...]
    strategies: tuple[str, ...]
    counts: dict[str, int]
    titles: dict[str, str]
    failures: int
    scenarios: dict[str, str]

    @property
    def metrics(self) -> list[str]:
        """Those with a value somewhere."""
        return [name for name in metrics.METRICS if self.counts.get(name)]

    @property
    def numeric(self) -> list[str]:
        """The knobs that are numbers."""
        return [knob for knob in self.knobs if pd.api.types.is_numeric_dtype(self.settings[knob])]


def opened(name: str) -> Result:
    """The result folder NAME. Raises UserError."""
    folder = place(name)
    try:
        kept = shelf.Shelf.view(folder)
        design = kept.design().drop_duplicates("setting_id")
        failures = len(kept.failures())
        texts = kept.scenarios()
        played = query.query(folder, "describe runs")["column_name"].tolist()
        known = [metric for metric in metrics.METRICS if metric in played]
        asked = ", ".join(f'count("{metric}") as "{metric}"' for metric in known)
        counted = query.query(folder, f"select count(*) as n{',' if asked else ''} {asked} from runs").iloc[0]
        ran = query.query(folder, "select distinct strategy from runs order by 1")["strategy"].astype(str).tolist()
    except (OSError, ValueError, KeyError) as problem:
        raise UserError(f"{name} cannot be read: {type(problem).__name__}.") from None
    manifest = kept.manifest
    about: dict[str, Any] = manifest.get("sweep") or manifest.get("findings") or {}
    compared = manifest.get("kind") == "compare"
    skipped = {"scenario_id", "setting_id", "luck"}
    knobs = (
        []
        if compared
        else [k for k in map(str, design) if k not in skipped and ":" not in k and design[k].nunique() > 1]
    )
    goal = about.get("goal")
    told = about.get("strategies") or {}
    order = [name for names in told.values() if isinstance(names, list) for name in names]
    return Result(
        name=name,
        kind=str(manifest.get("kind", "")),
        title=str(about.get("title") or name),
        sentence=str((manifest.get("findings") or {}).get("sentence", "")),
        goal=goal if isinstance(goal, str) and goal in metrics.METRICS else "reach",
        seed=int(manifest.get("seed", 1)),
        runs=int(counted["n"]),
        settings=design[design["setting_id"] == "shipped"] if compared else design,
        knobs=tuple(sorted(knobs, key=lambda knob: not pd.api.types.is_numeric_dtype(design[knob]))),
        strategies=tuple(sorted(ran, key=lambda one: order.index(one) if one in order else len(order))),
        counts={metric: int(counted[metric]) for metric in known},
        titles={str(k): str(v) for k, v in (about.get("titles") or {}).items()},
        failures=failures,
        scenarios=texts,
    )


def first_runs(result: Result, columns: Sequence[str], most: int) -> pd.DataFrame:
    """The first MOST runs, COLUMNS of them: by replicate, setting and strategy."""
    named = ", ".join(f'"{column}"' for column in columns)
    order = ", ".join(f'"{column}"' for column in ("replicate", *result.knobs, "strategy"))
    return query.query(place(result.name), f"select {named} from runs order by {order} limit {int(most)}")


def sums(result: Result, metric: str) -> pd.DataFrame:
    """One row per setting and strategy: setting_id, strategy, mean and number n of METRIC, and the knobs.

    Raises UserError for an unknown metric.
    """
    if metric not in metrics.METRICS:
        raise UserError(f"{metric[:80]!r} is not a metric.")
    asked = f'select setting_id, strategy, avg("{metric}") as mean, count("{metric}") as n from runs group by 1, 2'
    found = query.query(place(result.name), asked).astype({"strategy": str, "setting_id": str})
    return found.merge(result.settings.astype({"setting_id": str}), on="setting_id")


def means(played: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Mean by the knobs BY (rows) and strategy (columns), of `sums` PLAYED."""
    whole = played.assign(total=played["mean"] * played["n"])
    found = whole.groupby([*by, "strategy"], observed=True)[["total", "n"]].sum(min_count=1)
    return (found["total"] / found["n"]).unstack("strategy")


def lead(played: pd.DataFrame, metric: str, a: str, b: str, by: Sequence[str]) -> pd.Series:
    """Mean of A minus B by the knobs BY; positive is better for A whatever METRIC's direction."""
    table = means(played, by)
    gap = table[a] - table[b]
    return gap if metrics.METRICS[metric].higher_is_better else -gap


def levels(values: pd.Series, most: int = 12) -> pd.Series:
    """A knob's values; more than MOST different numbers are put into six classes named by their means."""
    return values if values.nunique() <= most else landscape.classes(values, min(most, landscape.BINS))


def binned(played: pd.DataFrame, knobs: Sequence[str], most: int = 12) -> pd.DataFrame:
    """PLAYED with KNOBS put into few levels."""
    return played.assign(**{knob: levels(played[knob], most) for knob in knobs})


def tornado(played: pd.DataFrame, knobs: Sequence[str], metric: str, a: str, b: str) -> list[dict[str, Any]]:
    """For each of KNOBS A's lead over B at its low and at its high end (lowest and highest level), widest first."""
    rows = []
    for knob in knobs:
        leads = lead(binned(played, [knob], 6), metric, a, b, [knob]).dropna()
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


def validation() -> dict[str, Any] | None:
    """What `dandelion validate -o` left under `root` (or one level below), else what was measured for this version."""
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
    try:
        shipped = pkgutil.get_data("sim.ui", "validation.json")
    except OSError:
        return None
    return None if shipped is None else dict(json.loads(shipped))
