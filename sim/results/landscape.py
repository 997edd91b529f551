"""What a sweep shows: who wins where, what moves the lead, where the winner flips.

Works on sums that DuckDB makes from the rows, so ten million of them need no
more memory than their settings.  `lead` is always counted so that positive
means the first strategy is better on the goal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from sim.results import contrast, metrics, query, shelf

Floats = NDArray[np.float64]
SURE = contrast.SURE
BINS = 6
"""Classes of a knob that takes more values than that."""
DRAWS = 400
SEED = 20110422


@dataclass(frozen=True)
class Flip:
    """Where, along one knob, the lead passes zero (the other knobs averaged over the design).

    at, low, high  value of the knob and its 95% bootstrap interval over replicates (None: it does not flip in
                   enough of the resamples to say)
    below, above   who wins on either side
    """

    knob: str
    at: float
    low: float | None
    high: float | None
    below: str
    above: str


@dataclass(frozen=True)
class Box:
    """A part of the design in which the leader does not win (patient rule induction).

    limits    knob -> (low, high) of the values inside
    density   share of the settings inside that are lost;  coverage: share of the lost settings that lie inside
    """

    limits: Mapping[str, tuple[float, float]]
    density: float
    coverage: float
    inside: int


@dataclass(frozen=True)
class Landscape:
    """One scenario of a sweep, on its goal.

    settings  one row per setting: setting_id, knobs, `mean:<strategy>`, winner, lead, low, high, n; the intervals
              hold for all settings together (Sidak)
    a, b      the best over the whole design, and of the others the one that wins in most settings (None: fewer than
              two ranked strategies)
    lead      (mean, low, high) of a over b over the whole design; low and high None with one replicate
    moves     one row per knob: knob, when_low, when_high (lead in its lowest and highest class), change, low, high
    indices   one row per knob: knob, first, total, low, high (Sobol), or mu_star, sigma, low, high (Morris); or empty
    """

    scenario_id: str
    goal: metrics.Goal
    strategies: tuple[str, ...]
    ranked: tuple[str, ...]
    knobs: tuple[str, ...]
    kind: str
    settings: pd.DataFrame
    a: str | None
    b: str | None
    lead: tuple[float, float | None, float | None] | None
    wins: dict[str, int]
    clear: dict[str, int]
    replicates: int
    moves: pd.DataFrame
    indices: pd.DataFrame
    flips: tuple[Flip, ...]
    box: Box | None
    missing: int = 0


def landscapes(folder: str | Path) -> list[Landscape]:
    """One landscape per scenario of the sweep in FOLDER. Raises UserError when it is no sweep's folder."""
    held = shelf.Shelf.view(Path(folder))
    about = held.manifest.get("sweep") or {}
    design = held.design()
    if not held.parts():
        return []
    with query.connect(folder) as connection:
        names = list(about.get("strategies") or _strategies(connection))
        return [_one(connection, about, design, str(name)) for name in names]


def _strategies(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    rows = connection.execute("select distinct scenario_id from runs order by 1").fetchall()
    return {row[0]: [] for row in rows}


def _goal_sql(goal: metrics.Goal) -> str:
    if goal.single:
        return f'"{goal.single.name}"'
    signs = {name: 1 if metrics.METRICS[name].higher_is_better else -1 for name, _ in goal.weights}
    return " + ".join(f'({signs[name] * weight!r}) * "{name}"' for name, weight in goal.weights)


def _one(connection: duckdb.DuckDBPyConnection, about: Mapping[str, Any], design: pd.DataFrame, name: str) -> Landscape:
    goal = metrics.goal(about.get("goal", "reach"))
    connection.execute(
        "create or replace temp table played as select setting_id, strategy, replicate, "
        f"cast({_goal_sql(goal)} as double) as y from runs_files where scenario_id = ?",
        [name],
    )
    means = connection.execute(
        "select setting_id, strategy, avg(y) as mean, count(y) as n from played group by 1, 2"
    ).df()
    played = sorted(set(means["strategy"]))
    strategies = tuple(one for one in about.get("strategies", {}).get(name, played) if one in played)
    references = set(about.get("references", ()))
    ranked = tuple(one for one in strategies if one not in references) or strategies
    here = design[design["scenario_id"] == name]
    knobs = tuple(knob for knob in about.get("knobs", ()) if knob in here.columns and here[knob].nunique() > 1)
    wide = means.pivot(index="setting_id", columns="strategy", values="mean")
    settings = here.drop_duplicates("setting_id")[["setting_id", *knobs]].reset_index(drop=True)
    for one in strategies:
        settings[f"mean:{one}"] = settings["setting_id"].map(wide[one])
    sign = 1.0 if goal.higher_is_better else -1.0
    scores = settings[[f"mean:{one}" for one in ranked]].to_numpy(dtype=float) * sign
    full: NDArray[np.bool_] = np.asarray(np.isfinite(scores).all(axis=1))
    settings["winner"] = [ranked[int(np.argmax(row))] if ok else None for row, ok in zip(scores, full, strict=True)]
    replicates = int(connection.execute("select count(distinct replicate) from played").fetchall()[0][0])
    empty = pd.DataFrame()
    base = Landscape(
        name, goal, strategies, ranked, knobs, str(about.get("kind", "grid")), settings, None, None, None,
        {one: int((settings["winner"] == one).sum()) for one in ranked}, {}, replicates, empty, empty, (), None,
        int((~full).sum()),
    )  # fmt: skip
    if len(ranked) < 2 or not full.any():
        return base
    order = [ranked[int(k)] for k in np.argsort(-scores[full].mean(axis=0), kind="stable")]
    # The rival is who wins where the leader does not, rather than the second best on average.
    rival = max(order[1:], key=lambda one: (base.wins[one], -order.index(one)))
    return _with_lead(connection, base, order[0], rival, sign, here)


def _with_lead(
    connection: duckdb.DuckDBPyConnection, base: Landscape, a: str, b: str, sign: float, design: pd.DataFrame
) -> Landscape:
    connection.execute(
        "create or replace temp table paired as select setting_id, replicate, "
        "? * (max(y) filter (strategy = ?) - max(y) filter (strategy = ?)) as lead from played group by 1, 2",
        [sign, a, b],
    )
    gaps = connection.execute(
        "select setting_id, avg(lead) as lead, stddev_samp(lead) as sd, count(lead) as n from paired group by 1"
    ).df()
    settings = base.settings.merge(gaps, on="setting_id", how="left")
    count = max(1, int(settings["lead"].notna().sum()))
    n = settings["n"].fillna(0).to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        level = 1 - (1 - SURE) / 2 if count == 1 else 0.5 + 0.5 * SURE ** (1 / count)
        half = stats.t.ppf(level, np.maximum(n - 1, 1)) * settings["sd"].to_numpy(dtype=float) / np.sqrt(n)
    half = np.where(n > 1, half, np.nan)
    settings["low"], settings["high"] = settings["lead"] - half, settings["lead"] + half
    clear = {a: int((settings["low"] > 0).sum()), b: int((settings["high"] < 0).sum())}
    moves = _moves(connection, settings, base.knobs)
    return Landscape(
        base.scenario_id, base.goal, base.strategies, base.ranked, base.knobs, base.kind, settings, a, b,
        _overall(connection), base.wins, clear, base.replicates, moves, _indices(base, settings, design),
        _flips(connection, settings, base.knobs, (a, b)), _box(settings, base.knobs), base.missing,
    )  # fmt: skip


def _overall(connection: duckdb.DuckDBPyConnection) -> tuple[float, float | None, float | None]:
    """Mean lead over the design: replicates met the same luck everywhere, so they are the independent units."""
    rows = (
        connection.execute("select avg(lead) as lead from paired group by replicate").df()["lead"].dropna().to_numpy()
    )
    if rows.size < 2:
        return (float(rows.mean()) if rows.size else float("nan"), None, None)
    one = contrast.summary(rows)
    return (float(rows.mean()), one.low, one.high)


def classes(values: pd.Series, most: int = BINS) -> pd.Series:
    """The class of each value of a knob, by the mean of its class (numbers) or itself.

    Not by the middle of the class: pandas widens the lowest one by a thousandth,
    which is much for a knob that is a small share.
    """
    if values.nunique() <= most or not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return values
    cut = pd.qcut(values.astype(float), most, duplicates="drop")
    means = values.astype(float).groupby(cut, observed=True).mean()
    return cut.map({piece: float(f"{mean:.4g}") for piece, mean in means.items()}).astype(float)


def _by_class(connection: duckdb.DuckDBPyConnection, settings: pd.DataFrame, knob: str) -> pd.DataFrame:
    """Mean lead, float64[replicates, classes of KNOB]; columns in order."""
    table = pd.DataFrame({"setting_id": settings["setting_id"].astype(str), "class": classes(settings[knob])})
    connection.register("class_of", table)
    try:
        found = connection.execute(
            'select replicate, c."class" as class, avg(lead) as lead from paired '
            "join class_of c using (setting_id) group by 1, 2"
        ).df()
    finally:
        connection.unregister("class_of")
    wide = found.pivot(index="replicate", columns="class", values="lead").dropna()
    return wide.reindex(sorted(wide.columns, key=lambda value: (isinstance(value, str), value)), axis=1)


def _moves(connection: duckdb.DuckDBPyConnection, settings: pd.DataFrame, knobs: Sequence[str]) -> pd.DataFrame:
    rows = []
    for knob in knobs:
        wide = _by_class(connection, settings, knob)
        if wide.shape[1] < 2 or wide.empty:
            continue
        first, last = wide.iloc[:, 0].to_numpy(), wide.iloc[:, -1].to_numpy()
        one = contrast.summary(last - first)
        rows.append(
            {
                "knob": knob,
                "from": wide.columns[0],
                "to": wide.columns[-1],
                "when_low": float(first.mean()),
                "when_high": float(last.mean()),
                "change": float((last - first).mean()),
                "low": one.low,
                "high": one.high,
            }
        )
    columns = ["knob", "from", "to", "when_low", "when_high", "change", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.reindex(frame["change"].abs().sort_values(ascending=False, kind="stable").index).reset_index(drop=True)


def _flips(
    connection: duckdb.DuckDBPyConnection, settings: pd.DataFrame, knobs: Sequence[str], pair: tuple[str, str]
) -> tuple[Flip, ...]:
    found = []
    for knob in knobs:
        if not pd.api.types.is_numeric_dtype(settings[knob]) or pd.api.types.is_bool_dtype(settings[knob]):
            continue
        wide = _by_class(connection, settings, knob)
        if wide.shape[1] < 2 or wide.empty:
            continue
        at = wide.columns.to_numpy(dtype=float)
        values = wide.to_numpy(dtype=float)
        here = crossing(at, values.mean(axis=0))
        if here is None:
            continue
        draws = np.random.default_rng(SEED).integers(0, len(values), (DRAWS, len(values)))
        again = [crossing(at, values[rows].mean(axis=0)) for rows in draws]
        said = np.array([value for value in again if value is not None])
        low = high = None
        if said.size >= 0.95 * DRAWS:
            low, high = (float(value) for value in np.quantile(said, [0.025, 0.975]))
        below, above = pair if values.mean(axis=0)[0] > 0 else pair[::-1]
        found.append(Flip(knob, here, low, high, below, above))
    return tuple(found)


def crossing(at: Floats, lead: Floats) -> float | None:
    """Where the line through (AT, LEAD) passes zero, if it does exactly once."""
    signs = np.sign(lead)
    places = np.flatnonzero(signs[:-1] * signs[1:] < 0)
    if places.size != 1 or (signs == 0).any():
        return None
    k = int(places[0])
    return float(at[k] - lead[k] * (at[k + 1] - at[k]) / (lead[k + 1] - lead[k]))


def _indices(base: Landscape, settings: pd.DataFrame, design: pd.DataFrame) -> pd.DataFrame:
    """Sensitivity of the lead, from designs that were drawn for it; empty when runs are missing."""
    units = [f"unit:{knob}" for knob in base.knobs]
    if base.kind not in ("sobol", "morris") or not all(unit in design.columns for unit in units):
        return pd.DataFrame()
    lead = design["setting_id"].map(settings.set_index("setting_id")["lead"]).to_numpy(dtype=float)
    if not np.isfinite(lead).all() or np.ptp(lead) == 0:
        return pd.DataFrame()
    problem = {"num_vars": len(units), "names": list(base.knobs), "bounds": [[0.0, 1.0]] * len(units)}
    if base.kind == "sobol":
        from SALib.analyze import sobol

        found = sobol.analyze(problem, lead, calc_second_order=False, seed=SEED)
        table = {"first": found["S1"], "total": found["ST"], "half": found["ST_conf"]}
        main = "total"
    else:
        from SALib.analyze import morris

        found = morris.analyze(problem, design[units].to_numpy(dtype=float), lead, seed=SEED)
        table = {"mu_star": found["mu_star"], "sigma": found["sigma"], "half": found["mu_star_conf"]}
        main = "mu_star"
    frame = pd.DataFrame({"knob": base.knobs, **{key: np.asarray(value, float) for key, value in table.items()}})
    frame["low"], frame["high"] = frame[main] - frame["half"], frame[main] + frame["half"]
    return frame.drop(columns="half").sort_values(main, ascending=False, kind="stable").reset_index(drop=True)


def _box(settings: pd.DataFrame, knobs: Sequence[str], fewest: int = 40) -> Box | None:
    """Peel the design, one twentieth at a time, towards the settings that the leader loses."""
    numeric = [
        knob
        for knob in knobs
        if pd.api.types.is_numeric_dtype(settings[knob]) and not pd.api.types.is_bool_dtype(settings[knob])
    ]
    rows = settings.dropna(subset=["lead"])
    lost = (rows["lead"] < 0).to_numpy()
    if len(rows) < fewest or not numeric or not 0.02 <= lost.mean() <= 0.9:
        return None
    x = rows[numeric].to_numpy(dtype=float)
    inside: NDArray[np.bool_] = np.ones(len(rows), bool)
    enough = max(8, int(0.04 * len(rows)))
    while lost[inside].mean() < 0.9:
        cuts = [_peel(x[:, k], inside, high) for k in range(len(numeric)) for high in (False, True)]
        worth = [cut for cut in cuts if cut is not None and cut.sum() >= enough]
        if not worth:
            break
        best = max(worth, key=lambda cut: (lost[cut].mean(), cut.sum()))
        if lost[best].mean() <= lost[inside].mean():
            break
        inside = best
    inside, edges = _paste(x, inside, lost)
    if lost[inside].mean() < 0.6 or lost[inside].mean() < 1.5 * lost.mean():
        return None
    limits = {
        knob: (
            float(edges.get((k, 0), x[:, k].min())),
            float(edges.get((k, 1), x[:, k].max())),
        )
        for k, knob in enumerate(numeric)
        if (k, 0) in edges or (k, 1) in edges
    }
    coverage = float(lost[inside].sum() / lost.sum())
    return Box(limits, float(lost[inside].mean()), coverage, int(inside.sum()))


def _paste(
    x: Floats, inside: NDArray[np.bool_], lost: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], dict[tuple[int, int], float]]:
    """Let go of every limit that hardly matters: the fewer knobs a box names, the more it says.

    Returns what is inside and the limits kept: (column, 0 low or 1 high) -> value.
    """
    kept = {
        (k, high): float(x[inside, k].max() if high else x[inside, k].min())
        for k in range(x.shape[1])
        for high in (0, 1)
    }
    for edge in list(kept):
        fewer = {other: at for other, at in kept.items() if other != edge}
        wider: NDArray[np.bool_] = np.ones(len(x), bool)
        for (k, high), at in fewer.items():
            wider &= x[:, k] <= at if high else x[:, k] >= at
        if lost[wider].mean() >= lost[inside].mean() - 0.04:
            kept, inside = fewer, wider
    return inside, kept


def _peel(values: Floats, inside: NDArray[np.bool_], high: bool) -> NDArray[np.bool_] | None:
    here = values[inside]
    edge = np.quantile(here, 0.95 if high else 0.05)
    kept = inside & (values < edge if high else values > edge)
    if kept.sum() == inside.sum():
        kept = inside & (values < here.max() if high else values > here.min())
    return kept if 0 < kept.sum() < inside.sum() else None
