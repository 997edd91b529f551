"""The report for the client: one HTML file, two printed pages, nothing fetched from anywhere."""

import functools
import math
import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import markupsafe
import pandas as pd

from sim.results import charts, colours, disk, metrics, verdict, words

CURVE_COLUMNS = ("strategy", "hour", "metric", "mean", "low", "high")
_WORTH = ("cost_per_thousand_reads", "cost_per_message", "cost_per_new_follower", "cost_per_order")
_ROWS = 7
"""Assumptions shown; more would not fit the second page. All of them stand in the result folder."""


@functools.cache
def pages() -> jinja2.Environment:
    """The templates; every value is escaped unless it is a chart of ours."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined)


def write(folder: Path, page: str) -> Path:
    """PAGE as report.html in FOLDER. Raises EnvironmentFailure."""
    path = folder / "report.html"
    disk.write_whole(path, page.encode("utf-8", "replace"))
    return path


def totals(curves: pd.DataFrame) -> pd.DataFrame:
    """CURVE_COLUMNS from runs hour by hour, added up since the start.

    curves  strategy, replicate (or run_id), hour, and one column per metric with what was new in that hour
    """
    run = "replicate" if "replicate" in curves else "run_id"
    names = [name for name in curves.columns if name in metrics.METRICS]
    frame = curves.sort_values(["strategy", run, "hour"], kind="stable")
    summed = frame.groupby(["strategy", run], observed=True, sort=False)[names].cumsum()
    by_hour = summed.groupby([frame["strategy"], frame["hour"]], observed=True)
    parts = []
    for name in names:
        column = by_hour[name]
        table = {"mean": column.mean(), "low": column.quantile(0.1), "high": column.quantile(0.9)}
        parts.append(pd.DataFrame(table).reset_index().assign(metric=name))
    if not parts:
        return pd.DataFrame(columns=list(CURVE_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(CURVE_COLUMNS)]


def comparison(
    found: Mapping[str, Any],
    curves: pd.DataFrame | None = None,
    assumptions: Sequence[Mapping[str, Any]] = (),
    manifest: Mapping[str, Any] | None = None,
    language: words.Language = "en",
) -> str:
    """The page of one comparison.

    found        what `compare --json` prints
    curves       strategy, hour, metric, mean, low, high: totals since the start, per metric;
                 low and high hold eight of ten replicates
    assumptions  rows of `scenario.evidence.rows`
    manifest     what manifest.json holds, for "how to repeat it"
    """
    say = functools.partial(words.say, language=language)
    start = datetime.fromisoformat(str(found["start"]))
    names = list(found["strategies"])
    references = list(found.get("references", ()))
    titles = {name: charts.printable(found.get("titles", {}).get(name, name)) for name in names}
    ink = colours.of(names, references)
    goal = found["goal"]
    measure = metrics.goal(goal).measure
    of_goal = goal if isinstance(goal, str) else "goal"
    values = {name: _goal_of(found["strategies"][name], goal) for name in names}
    order = sorted(names, key=lambda name: (name in references, *_rank(values[name]["mean"], measure)))
    return (
        pages()
        .get_template("comparison.html")
        .render(
            say=say,
            language="en" if language == "en" else "zh-CN",
            title=charts.printable(found.get("title") or found["scenario"]),
            day=start.strftime("%Y-%m-%d"),
            sentence=charts.printable(found.get("sentence", "")),
            goal=words.label(measure, language),
            market=_market(found, say),
            replicates=say("replicates", n=f"{found['replicates']:,}"),
            ranking=_ranking(found, order, references, titles, ink, values, measure),
            over_time=_over_time(curves, start, ink, names, references, titles, of_goal, language),
            differences=_differences(found, of_goal, measure, titles, ink, references, language),
            money=_money(found, order, titles),
            worth=_worth(found, order, references, titles, ink, language),
            assumed=_assumed(assumptions, found.get("influential", ()), say),
            command=command(manifest),
            made=made({"seed": found["seed"], **(manifest or {})}),
        )
    )


def _goal_of(row: Mapping[str, Any], goal: Any) -> Mapping[str, Any]:
    """The estimate of the goal; of a weighted goal only its mean follows from the means."""
    if isinstance(goal, str):
        return row[goal]
    means = {name: row[name]["mean"] for name in goal}
    if any(value is None for value in means.values()):
        return {"mean": None, "ci95": None, "p10": None, "p90": None}
    return {"mean": float(metrics.goal(goal).score(means)), "ci95": None, "p10": None, "p90": None}


def _rank(mean: float | None, measure: metrics.Metric) -> tuple[bool, float]:
    return (mean is None, 0.0 if mean is None else (-mean if measure.higher_is_better else mean))


def estimate(value: Mapping[str, Any], of: metrics.Metric) -> str:
    """Mean with its interval, rounded to what the interval deserves."""
    ends = value.get("ci95")
    if value["mean"] is None or not ends or ends[0] == ends[1]:
        return metrics.write(value["mean"], of)
    step = metrics.step_for(ends[1] - ends[0], of)
    low, high = (metrics.write(end, of, step=step) for end in ends)
    return f"{metrics.write(value['mean'], of, step=step)} [{low}, {high}]"


def _market(found: Mapping[str, Any], say: Any) -> str:
    numbers = {name: f"{found[name]:,}" for name in ("accounts", "links")}
    return str(say("market", market=f"{found.get('market', found['accounts']):,}", **numbers))


def _ranking(
    found: Mapping[str, Any],
    order: Sequence[str],
    references: Sequence[str],
    titles: Mapping[str, str],
    ink: Mapping[str, str],
    values: Mapping[str, Mapping[str, Any]],
    measure: metrics.Metric,
) -> list[dict[str, Any]]:
    chance = found.get("best", {}).get(found["goal"] if isinstance(found["goal"], str) else "goal") or {}
    rows = []
    for name in order:
        value = values[name]
        spread = ""
        if value["p10"] is not None and value["p90"] is not None and value["p10"] != value["p90"]:
            step = metrics.step_for(value["p90"] - value["p10"], measure)
            spread = " – ".join(metrics.write(value[end], measure, step=step) for end in ("p10", "p90"))
        certain = chance.get("probability") if chance.get("strategy") == name else None
        cost = found["strategies"][name].get("cost", {}).get("mean")
        rows.append(
            {
                "title": titles[name],
                "reference": name in references,
                "colour": ink[name],
                "estimate": estimate(value, measure),
                "spread": spread,
                "best": verdict.percent(certain) if certain is not None else "",
                "cost": metrics.write(cost, metrics.METRICS["cost"], step=1.0),
            }
        )
    return rows


def _over_time(
    curves: pd.DataFrame | None,
    start: datetime,
    ink: Mapping[str, str],
    names: Sequence[str],
    references: Sequence[str],
    titles: Mapping[str, str],
    goal: str,
    language: words.Language,
) -> list[dict[str, Any]]:
    if curves is None or curves.empty:
        return []
    held = list(dict.fromkeys(curves["metric"]))
    wanted = [goal] if goal in held else []
    wanted += [name for name in ("reach", "messages") if name in held and name not in wanted]
    drawn = []
    for number, name in enumerate(wanted[:2]):
        rows = curves[(curves["metric"] == name) & curves["strategy"].isin(names)]
        label = words.label(metrics.METRICS[name], language)
        title = words.say("over_time", language, metric=label)
        svg = charts.curves(rows, start, ink, colours.dashes(names, references), titles, f"curve{number}")
        drawn.append({"title": title[:1].upper() + title[1:], "svg": markupsafe.Markup(svg)})
    return drawn


def _differences(
    found: Mapping[str, Any],
    goal: str,
    measure: metrics.Metric,
    titles: Mapping[str, str],
    ink: Mapping[str, str],
    references: Sequence[str],
    language: words.Language,
) -> dict[str, Any]:
    """Each pair once, the better one first; against references only the best."""
    ahead = found.get("verdict", {}).get("ahead")
    rows = []
    for row in found.get("differences", ()):
        pair = {row["a"], row["b"]}
        if row["metric"] != goal or row["mean"] is None or (pair & set(references) and ahead not in pair):
            continue
        a, b, mean, ends = row["a"], row["b"], row["mean"], row["ci95"] or [None, None]
        sure, doubt = row["probability_a_better"], row["probability_under_assumptions"]
        if (mean < 0) == measure.higher_is_better and mean != 0:
            a, b, mean = b, a, -mean
            ends = [None if end is None else -end for end in reversed(ends)]
            sure, doubt = (None if chance is None else 1 - chance for chance in (sure, doubt))
        chances = [verdict.percent(chance) for chance in (sure, doubt) if chance is not None]
        rows.append(
            {
                "label": f"{titles[a]} − {titles[b]}",
                "mean": mean,
                "low": ends[0],
                "high": ends[1],
                "note": " / ".join(chances),
                "colour": ink[a],
                "order": (bool(pair & set(references)), ahead not in pair, abs(mean)),
            }
        )
    rows.sort(key=lambda row: row["order"])
    head = words.say("chances", language)
    title = words.say("differences", language, metric=words.label(measure, language))
    return {"title": title, "svg": markupsafe.Markup(charts.forest(rows[:12], head)) if rows else ""}


def _money(found: Mapping[str, Any], order: Sequence[str], titles: Mapping[str, str]) -> markupsafe.Markup | None:
    spend = found.get("spend") or {}
    items = {
        name: {
            item.replace("_", " "): value
            for item, value in spend[name].items()
            if item not in ("total", "remainder") and any(spend[other].get(item) for other in spend)
        }
        for name in order
        if name in spend
    }
    if not any(any(row.values()) for row in items.values()):
        return None
    most = max(sum(row.values()) for row in items.values())
    budget = float(found.get("budget") or math.inf)
    return markupsafe.Markup(charts.stacks(items, titles, budget if budget <= 4 * most else math.inf))


def _worth(
    found: Mapping[str, Any],
    order: Sequence[str],
    references: Sequence[str],
    titles: Mapping[str, str],
    ink: Mapping[str, str],
    language: words.Language,
) -> dict[str, Any]:
    rows = found["strategies"]
    shown = [name for name in _WORTH if any(rows[strategy].get(name, {}).get("mean") is not None for strategy in order)]
    return {
        "head": [f"{words.label(metrics.METRICS[name], language)}, RMB" for name in shown],
        "rows": [
            {
                "title": titles[strategy],
                "colour": ink[strategy],
                "reference": strategy in references,
                "cells": [estimate(rows[strategy][name], metrics.METRICS[name]) for name in shown],
            }
            for strategy in order
        ]
        if shown
        else [],
    }


def _assumed(
    assumptions: Sequence[Mapping[str, Any]], influential: Sequence[Mapping[str, Any]], say: Any
) -> dict[str, Any]:
    hanging = [str(one["parameter"]) for one in influential]
    first = sorted((row for row in assumptions if row["name"] in hanging), key=lambda row: hanging.index(row["name"]))
    shown = first + [row for row in assumptions if row.get("set") and row["name"] not in hanging]
    count = {kind: sum(row["evidence"] == kind for row in assumptions) for kind in ("seen", "calibrated", "assumed")}
    kinds = {"seen": say("seen"), "calibrated": say("calibrated"), "assumed": say("is_assumed")}
    return {
        "note": say("assumed_note", all=len(assumptions), **count),
        "rows": [
            {
                "name": row["name"],
                "meaning": row["meaning"],
                "hangs": row["name"] in hanging,
                "value": f"{_number(row['value'])} {'' if row['unit'] in ('share', 'count') else row['unit']}".strip(),
                "doubt": "" if row["low"] is None else f"{_number(row['low'])} – {_number(row['high'])}",
                "evidence": kinds[row["evidence"]],
                "source": row["source"],
            }
            for row in shown[:_ROWS]
        ],
        "references": sorted({full for row in shown[:_ROWS] for full in row.get("references", ())}),
    }


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return charts.printable(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def command(manifest: Mapping[str, Any] | None) -> str:
    """The command line that made it."""
    return charts.printable(shlex.join(map(str, (manifest or {}).get("command", ()))))


def made(manifest: Mapping[str, Any] | None) -> str:
    """Versions, commit and seed in one line."""
    manifest = manifest or {}
    versions = manifest.get("versions") or {}
    parts = [f"{name} {versions[name]}" for name in ("dandelion", "python", "numpy", "numba") if versions.get(name)]
    if manifest.get("git"):
        parts.append(
            f"commit {str(manifest['git']['commit'])[:10]}{' with changes' if manifest['git']['changed'] else ''}"
        )
    if manifest.get("seed") is not None:
        parts.insert(0, f"seed {manifest['seed']}")
    return " · ".join(parts)
