"""What the result views draw: a comparison as plain rows of text and numbers, in the reader's language."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sim.results import colours, contrast, metrics, verdict, worlds
from sim.results.metrics import Metric
from sim.results.outcome import CURVES
from sim.runs.compare import Comparison
from sim.runs.findings import ASSUMPTIONS, SHIPPED
from sim.scenario import evidence
from sim.ui import controls, i18n, strategies
from sim.ui.i18n import Language
from sim.ui.state import Found

Row = dict[str, Any]
CARDS = ("reach", "messages", "sentiment", "orders", "cost_per_order", "cost_per_thousand_reads", "cost")
MOST_CARDS = 5
BANDS = 3
STROKES: dict[str, list[int]] = {"solid": [], "dashed": [6, 4], "dotted": [2, 3], "dashdot": [7, 3, 2, 3]}


def titles(found: Found, language: Language = "en") -> dict[str, str]:
    """Title by strategy."""
    return {name: i18n.called(title, language) for name, title in found.findings["titles"].items()}


def strategy_colours(found: Found) -> dict[str, str]:
    """Colour by strategy; a colour too dark or too light for one theme is corrected in the style sheet."""
    return colours.of(found.comparison.strategies, found.findings["references"])


def amount(value: float | None, of: Metric, width: float | None = None, signed: bool = False) -> str:
    """VALUE rounded to what an interval of WIDTH deserves; an en dash when undefined."""
    if value is None:
        return "–"
    step = metrics.step_for(width, of) if width else None
    return metrics.write(value, of, signed=signed, step=step)


def measure_of(found: Found, metric: str) -> Metric:
    """The declared metric, or the goal written as a measure when METRIC is "goal"."""
    return found.comparison.goal.measure if metric == "goal" else metrics.METRICS[metric]


def goal_name(found: Found) -> str:
    """The goal's metric, or "goal" when it weighs several."""
    single = found.comparison.goal.single
    return single.name if single else "goal"


def unit_of(of: Metric, language: Language) -> str:
    """The unit behind a number of this metric."""
    return "" if of.form == "share" else i18n.unit("RMB" if of.form == "money" else of.unit, language)


def measured(of: Metric, language: Language) -> str:
    """A metric's label with its unit, where the label does not say it already."""
    label, unit = i18n.label(of, language), unit_of(of, language)
    return f"{label}, {unit}" if _other_than(unit, label) else label


def headline(found: Found, language: Language) -> Row:
    """The sentence, both certainties and what they rest on."""
    called = found.verdict
    of = found.findings
    told = (
        {row["name"]: row["meaning"] for row in evidence.rows(found.comparison.scenario)} if of["influential"] else {}
    )
    return {
        "sentence": i18n.sentence(called, found.comparison.goal.measure, titles(found, language), language),
        "status": called.status,
        "shipped": None if called.probability is None else verdict.percent(called.probability),
        "doubt": None
        if called.probability_under_assumptions is None
        else verdict.percent(called.probability_under_assumptions),
        "colour": strategy_colours(found).get(called.ahead or "", colours.REFERENCE),
        "basis": i18n.say(
            "basis",
            language,
            replicates=f"{of['replicates']:,}",
            accounts=f"{of['accounts']:,}",
            links=f"{of['links']:,}",
            market=f"{of['market']:,}",
            seed=of["seed"],
            seconds=f"{of['seconds']:.1f}",
        ),
        "clear": any(one["clear"] for one in of["influential"]),
        "hangs": [
            {
                "name": one["parameter"],
                "title": strategies.knob_title(one["parameter"], language),
                "meaning": i18n.meaning(told.get(one["parameter"], ""), language),
                "note": i18n.say("same_direction" if one["strength"] > 0 else "other_direction", language)
                + ("" if one["clear"] else f" ({i18n.say('not_clear', language)})"),
            }
            for one in of["influential"]
        ],
    }


def _told(found: Found, metric: str) -> bool:
    """Whether METRIC has something to say: a goal has, and whatever is not undefined or nought for every strategy."""
    means = [row[metric]["mean"] for row in found.findings["strategies"].values()]
    goals = [name for name, _ in found.comparison.goal.weights]
    return any(means) or (metric in goals and any(mean is not None for mean in means))


def card_metrics(found: Found) -> list[str]:
    """The metrics on the cards: the goal first, at most five, none that has nothing to say."""
    goals = [name for name, _ in found.comparison.goal.weights]
    wanted = dict.fromkeys([*goals, *CARDS])
    return [name for name in wanted if _told(found, name)][:MOST_CARDS]


def cards(found: Found, strategy: str, language: Language) -> list[Row]:
    """One card per metric: STRATEGY's mean with interval, and every strategy as a dot on one axis."""
    paint = strategy_colours(found)
    named = titles(found, language)
    rows = []
    for metric in card_metrics(found):
        of = metrics.METRICS[metric]
        one = found.findings["strategies"][strategy][metric]
        ends = one["ci95"]
        width = ends[1] - ends[0] if ends else None
        values = [
            (name, row[metric]["mean"], row[metric]["ci95"])
            for name, row in found.findings["strategies"].items()
            if row[metric]["mean"] is not None
        ]
        marks = [value for _, mean, span in values for value in (mean, *(span or ()))]
        low, high = min([*marks, 0.0]), max([*marks, 0.0])
        size = high - low or 1.0
        if one["mean"] is None:
            note = ""
        elif not width:
            note = i18n.say("exact", language)
        else:
            note = i18n.say("interval", language, low=amount(ends[0], of, width), high=amount(ends[1], of, width))
        rows.append(
            {
                "metric": metric,
                "label": i18n.label(of, language),
                "meaning": i18n.meaning(of.meaning, language),
                "value": amount(one["mean"], of, width),
                "unit": _other_than(unit_of(of, language), i18n.label(of, language)),
                "note": note,
                "dots": [
                    {
                        "title": named[name],
                        "colour": paint[name],
                        "at": 100 * (mean - low) / size,
                        "from": 100 * ((span[0] if span else mean) - low) / size,
                        "to": 100 * ((span[1] if span else mean) - low) / size,
                        "mine": name == strategy,
                        "text": amount(mean, of),
                    }
                    for name, mean, span in values
                ],
            }
        )
    return rows


def _other_than(unit: str, label: str) -> str:
    """UNIT unless the label says it already."""
    return "" if unit.lower() == label.lower() else unit


def curve_names(found: Found) -> list[str]:
    """The curves at hand, none that is nought all along for every strategy."""
    return [name for name in CURVES if any(_moves(found, name, strategy) for strategy in found.comparison.strategies)]


def _moves(found: Found, metric: str, strategy: str) -> bool:
    band = found.bands.get((metric, True, strategy))
    return band is not None and bool(np.any(band.high))


def curves(found: Found, metric: str, cumulative: bool, language: Language) -> Row:
    """Lines and bands of one metric on real dates, for the chart widget; the band holds 8 of 10 replicates."""
    of = metrics.METRICS[metric]
    paint, dash = strategy_colours(found), colours.dashes(found.comparison.strategies, found.findings["references"])
    named = titles(found, language)
    start = found.comparison.scenario.start
    offset = start.utcoffset()
    first = start.timestamp() + (offset.total_seconds() if offset else 0.0)
    hours = found.comparison.scenario.hours
    ranked = _by_goal(found)
    series = []
    for name in found.comparison.strategies:
        band = found.bands[metric, cumulative, name]
        series.append(
            {
                "key": name,
                "label": named[name],
                "colour": paint[name],
                "dash": STROKES[dash[name]],
                "mean": _short(band.mean),
                "low": _short(band.low),
                "high": _short(band.high),
                "band": name in ranked[:BANDS],
            }
        )
    return {
        "x": [first + 3600.0 * (hour + 1) for hour in range(hours)],
        "series": series,
        "label": measured(of, language),
        "title": i18n.called(found.findings["title"], language) or found.findings["scenario"],
        "locale": "zh-CN" if language == "zh" else "en-GB",
        "file": f"{found.findings['scenario']}-{metric}",
    }


def _short(values: np.ndarray) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def _by_goal(found: Found) -> list[str]:
    """Ranked strategies, the best on the goal first."""
    goal = found.comparison.goal
    means = np.nanmean(found.comparison.matrix("goal", SHIPPED, found.comparison.ranked), axis=0)
    order = np.argsort(-means if goal.higher_is_better else means, kind="stable")
    return [found.comparison.ranked[int(place)] for place in order]


def leader(found: Found) -> str:
    """The strategy whose figures are shown first."""
    return _by_goal(found)[0]


def rival(found: Found) -> str:
    """The strategy to measure the leader against: the next best, or the only other one."""
    order = _by_goal(found)
    return order[1] if len(order) > 1 else str(found.findings["baseline"])


def differences(found: Found, metric: str, baseline: str, language: Language) -> Row:
    """Every other strategy minus BASELINE on METRIC, matched replicate by replicate, with both certainties."""
    of: Comparison = found.comparison
    measure = measure_of(found, metric)
    higher = measure.higher_is_better
    paint, named = strategy_colours(found), titles(found, language)
    rows: list[Row] = []
    for name in of.strategies:
        if name == baseline:
            continue
        here = of.matrix(metric, SHIPPED, [name, baseline])
        gap = contrast.difference(here[:, 0], here[:, 1], higher)
        if gap.mean is None:
            continue
        under = None
        if not of.drawn.empty:
            share = worlds.shares(of.matrix(metric, ASSUMPTIONS, [name, baseline]), here, higher)
            under = None if share is None else float(share.probability[0])
        low, high = gap.low, gap.high
        width = high - low if low is not None and high is not None else None
        rows.append(
            {
                "key": name,
                "title": named[name],
                "colour": paint[name],
                "mean": gap.mean,
                "low": gap.mean if low is None else low,
                "high": gap.mean if high is None else high,
                "value": amount(gap.mean, measure, width, signed=True),
                "ends": "" if not width else f"{amount(low, measure, width)} … {amount(high, measure, width)}",
                "sure": None if gap.probability_a_better is None else verdict.percent(gap.probability_a_better),
                "doubt": None if under is None else verdict.percent(under),
                "better": (gap.mean > 0) == higher,
            }
        )
    ends = [value for row in rows for value in (row["low"], row["high"])]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    size = (high - low) or 1.0
    for row in rows:
        row["from"], row["to"] = 100 * (row["low"] - low) / size, 100 * (row["high"] - low) / size
        row["at"] = 100 * (row["mean"] - low) / size
    return {"rows": rows, "zero": 100 * (0.0 - low) / size, "unit": unit_of(measure, language)}


def chances(found: Found, language: Language = "en") -> list[Row]:
    """How likely each ranked strategy is best on the goal, by both certainties; best first."""
    paint, named = strategy_colours(found), titles(found, language)
    rows = []
    for place, name in enumerate(found.comparison.ranked):
        sure = float(found.shipped[place]) if np.isfinite(found.shipped[place]) else None
        under = None if found.doubtful is None else float(found.doubtful[place])
        rows.append(
            {
                "key": name,
                "title": named[name],
                "colour": paint[name],
                "shipped": None if sure is None else 100 * sure,
                "doubt": None if under is None else 100 * under,
                "shipped_text": "–" if sure is None else verdict.percent(sure),
                "doubt_text": "–" if under is None else verdict.percent(under),
            }
        )
    return sorted(rows, key=lambda row: -(row["doubt"] if row["doubt"] is not None else row["shipped"] or 0.0))


def table(found: Found, language: Language) -> Row:
    """Strategies by metrics: the mean, its interval, and the number to sort by."""
    shown = [name for name in metrics.METRICS if _told(found, name)]
    goals = [name for name, _ in found.comparison.goal.weights]
    shown = list(dict.fromkeys([*goals, *shown]))
    paint, named = strategy_colours(found), titles(found, language)
    columns = []
    for name in shown:
        of = metrics.METRICS[name]
        columns.append(
            {
                "key": name,
                "label": i18n.label(of, language),
                "unit": unit_of(of, language) if of.form != "count" else "",  # what is counted stands in its label
                "meaning": i18n.meaning(of.meaning, language),
                "goal": name in goals,
            }
        )
    rows = []
    for key, values in found.findings["strategies"].items():
        cells = {}
        for name in shown:
            of, one = metrics.METRICS[name], values[name]
            ends = one["ci95"]
            width = ends[1] - ends[0] if ends else None
            cells[name] = {
                "sort": one["mean"],
                "text": amount(one["mean"], of, width),
                "ends": f"{amount(ends[0], of, width)} … {amount(ends[1], of, width)}" if width else "",
                "spread": ""
                if not width or one["p10"] is None
                else f"p10 {amount(one['p10'], of)}, p90 {amount(one['p90'], of)}",
            }
        rows.append(
            {
                "key": key,
                "title": named[key],
                "colour": paint[key],
                "cells": cells,
                "reference": key in found.findings["references"],
            }
        )
    return {"columns": columns, "rows": rows}


def money(found: Found, language: Language) -> list[Row]:
    """What each strategy spends of the budget."""
    budget = float(found.findings["budget"])
    limited = budget < controls.NO_LIMIT
    most = (
        budget if limited else max((items["total"] for items in found.findings["spend"].values()), default=1.0) or 1.0
    )
    paint, named = strategy_colours(found), titles(found, language)
    return [
        {
            "title": named[name],
            "colour": paint[name],
            "share": 100 * items["total"] / most,
            "text": i18n.say("of_budget", language, total=f"{items['total']:,.0f}", budget=f"{budget:,.0f}")
            if limited
            else i18n.say("spends", language, total=f"{items['total']:,.0f}"),
        }
        for name, items in found.findings["spend"].items()
    ]


def short(value: float, signed: bool = False) -> str:
    """A number for a cell or an axis: 120k, 3.4M; SIGNED: +120k, −3.4M."""
    if signed:
        return f"{'+' if value > 0 else '−' if value < 0 else ''}{short(abs(value))}"
    for size, mark in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{mark}"
    return f"{value:.3g}"


def tint(colour: str) -> Callable[[float], str]:
    """COLOUR (#RRGGBB) as a function of its strength, 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return lambda strength: f"rgba({red}, {green}, {blue}, {strength:.3f})"


def options(names: Sequence[str], named: dict[str, str]) -> list[Row]:
    """Choices for a select: value and text."""
    return [{"value": name, "text": named.get(name, name)} for name in names]
