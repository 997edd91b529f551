"""Sweeps: a result folder as heat map, break-even line, tornado and table."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import solara

from sim.errors import EnvironmentFailure, UserError
from sim.results import charts, colours, metrics, verdict
from sim.ui import archive, figures, i18n, presence, state, strategies
from sim.ui.archive import Result
from sim.ui.i18n import Language
from sim.ui.save import SavePicture
from sim.ui.state import Inputs
from sim.ui.widgets import views

ROWS = 100


def title(result: Result, name: str, language: Language = "en") -> str:
    """A strategy's title."""
    return i18n.called(result.titles.get(name) or verdict.title(name), language)


def leads(played: pd.DataFrame, metric: str, a: str, b: str, x: str, y: str) -> pd.DataFrame:
    """A's lead over B, the levels of Y down and those of X across."""
    return archive.lead(archive.binned(played, [x, y]), metric, a, b, [y, x]).unstack(x)


def lead_map(
    result: Result, played: pd.DataFrame, metric: str, a: str, b: str, x: str, y: str, language: Language = "en"
) -> dict[str, Any]:
    """A's lead over B by two knobs, in two colours; cells know their side, so that the flip is drawn between them."""
    of = metrics.METRICS[metric]
    table = leads(played, metric, a, b, x, y)
    most = float(np.nanmax(np.abs(table.to_numpy()))) if table.notna().to_numpy().any() else 1.0
    paint = {"a": figures.tint(colours.OKABE_ITO[0]), "b": figures.tint(colours.OKABE_ITO[1])}
    cells = []
    for _, row in table.iterrows():
        line = []
        for value in row:
            if pd.isna(value):
                line.append({"text": "–", "paint": "transparent", "side": "", "note": ""})
                continue
            side, size = ("a" if value > 0 else "b"), abs(float(value))
            ahead = title(result, a if side == "a" else b, language)
            line.append(
                {
                    "text": figures.short(size),
                    "paint": paint[side](0.12 + 0.6 * size / (most or 1.0)),
                    "side": side,
                    "note": f"{ahead}: {figures.amount(size, of)}",
                }
            )
        cells.append(line)
    return {
        "evens": [even(list(table.columns), list(row)) for _, row in table.iterrows()],
        "columns": [charts.level(value) for value in table.columns],
        "rows": [charts.level(value) for value in table.index],
        "cells": cells,
        "labels": [strategies.knob_title(y, language), strategies.knob_title(x, language)],
    }


def even(levels: Sequence[Any], gaps: Sequence[float]) -> str:
    """Where the lead GAPS over LEVELS passes zero, on a line between its neighbours; "" where it never does.

    Between levels that are spaced by factors the line is drawn over their logarithm, as their axis would be.
    """
    if not all(isinstance(one, int | float | np.number) for one in levels):
        return ""
    at = np.array(levels, float)
    by_factor = bool((at > 0).all()) and len(at) > 2 and np.ptp(np.diff(np.log(at))) < np.ptp(np.diff(at)) / at.max()
    place = np.log(at) if by_factor else at
    found = []
    for k in range(len(at) - 1):
        here, there = gaps[k], gaps[k + 1]
        if np.isfinite(here) and np.isfinite(there) and (here > 0) != (there > 0):
            between = place[k] + (place[k + 1] - place[k]) * here / (here - there)
            found.append(f"≈ {charts.level(float(f'{np.exp(between) if by_factor else between:.3g}'))}")
    return ", ".join(found)


def tornado_rows(found: list[dict[str, Any]], language: Language = "en") -> list[dict[str, Any]]:
    """The rows of `archive.tornado` in per cent of one axis."""
    ends = [value for row in found for value in (row["low"], row["high"])] or [0.0]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    size = (high - low) or 1.0
    return [
        {
            "name": strategies.knob_title(row["name"], language),
            "zero": 100 * (0 - low) / size,
            "low": 100 * (row["low"] - low) / size,
            "high": 100 * (row["high"] - low) / size,
            "low_text": f"{charts.level(row['low_at'])}: {figures.short(row['low'], signed=True)}",
            "high_text": f"{charts.level(row['high_at'])}: {figures.short(row['high'], signed=True)}",
        }
        for row in found
    ]


def tornado_picture(found: list[dict[str, Any]], label: str, language: Language = "en") -> str:
    """The tornado as an SVG, for a slide: how much the lead changes from a knob's low to its high end."""
    ends = [" → ".join(charts.level(row[end]) for end in ("low_at", "high_at")) for row in found]
    rows = [
        {
            "label": f"{strategies.knob_title(row['name'], language)}: {between}",
            "mean": row["high"] - row["low"],
            "low": None,
            "high": None,
            "colour": colours.OKABE_ITO[0 if row["high"] >= row["low"] else 1],
        }
        for row, between in zip(found, ends, strict=True)
    ]
    return charts.bars(rows, label)


@solara.component
def Sweeps(language: Language, name: str, on_inputs: Callable[[Inputs], None]) -> None:
    """Pick a folder, see where the answer flips. NAME: a preset for the example command."""
    wanted, want = solara.use_state("")
    names = solara.use_memo(archive.folders, [wanted])
    chosen = wanted if wanted in names else (names[0] if names else "")

    def load() -> Result | str:
        try:
            return archive.opened(chosen) if chosen else ""
        except (UserError, EnvironmentFailure) as problem:
            return str(problem)

    task = presence.use_work(load, [chosen])
    result = task.latest
    with solara.Div(classes=["dl-page"], attributes={"id": "dl-main", "tabindex": "-1", "role": "main"}):
        views.Heading(text=i18n.say("sweeps_title", language), note=i18n.say("sweeps_lead", language), level=1)
        if not names:
            views.Notice(text=i18n.say("sweeps_none", language, folder=archive.root().name, name=name))
            return
        with solara.Div(classes=["dl-tools"]):
            views.Choose(
                value=chosen,
                options=[{"value": one, "text": one} for one in names],
                label=i18n.say("folder", language),
                event_choose=lambda one: want(str(one)),
            )
        if task.error:
            views.Notice(text=str(task.exception), kind="problem", title=i18n.say("failed", language))
        elif isinstance(result, str):
            views.Notice(text=result, kind="problem", title=i18n.say("failed", language))
        elif result is None or result.name != chosen:
            views.Line(text=i18n.say("opening", language))
        else:
            Opened(result, language, on_inputs).key(result.name)


@solara.component
def Opened(result: Result, language: Language, on_inputs: Callable[[Inputs], None]) -> None:
    """One folder."""
    metric, set_metric = solara.use_state(result.goal)
    names = list(result.strategies)
    a, set_a = solara.use_state(names[0] if names else "")
    b, set_b = solara.use_state(names[1] if len(names) > 1 else a)
    problem, set_problem = solara.use_state("")
    options = [{"value": one, "text": title(result, one, language)} for one in names]
    facts = [i18n.called(result.title, language), i18n.say("runs_count", language, n=f"{result.runs:,}")]
    if result.knobs:
        facts.append(i18n.say("settings_count", language, n=f"{len(result.settings):,}"))
    if result.failures:
        facts.append(f"{i18n.say('failures', language)}: {result.failures}")

    def open_scenario(name: str) -> None:
        try:
            inputs = state.uploaded(result.scenarios[name], name)
            on_inputs(replace(inputs, seed=result.seed))
        except (UserError, KeyError) as failure:
            set_problem(str(failure))

    with solara.Div(classes=["dl-row"]):
        views.Heading(text=" · ".join(facts), note=result.sentence)
        for one in list(result.scenarios)[:6]:
            views.Link(
                text=i18n.say("open_in_planner", language, name=one), event_click=lambda _, one=one: open_scenario(one)
            )
    if problem:
        views.Notice(text=problem, kind="problem", title=i18n.say("failed", language))
    with solara.Div(classes=["dl-tools"]), solara.Div(classes=["dl-row"]):
        views.Choose(
            value=metric,
            options=[{"value": one, "text": i18n.label(metrics.METRICS[one], language)} for one in result.metrics],
            label=i18n.say("metric", language),
            event_choose=lambda one: set_metric(str(one)),
        )
        if result.numeric:  # without a knob there is no map to compare them on
            views.Choose(value=a, options=options, label="A", event_choose=lambda one: set_a(str(one)))
            views.Choose(value=b, options=options, label="B", event_choose=lambda one: set_b(str(one)))
    task = presence.use_work(lambda: (metric, archive.sums(result, metric)), [metric])
    if task.error:
        views.Notice(text=str(task.exception), kind="problem", title=i18n.say("failed", language))
    elif task.latest is None or task.latest[0] != metric:
        views.Line(text=i18n.say("opening", language))
    else:
        played = task.latest[1]
        if a != b and result.numeric:
            Maps(result, played, metric, a, b, language)
        Means(result, played, metric, language)
        RunsTable(result, language)


@solara.component
def Maps(result: Result, played: pd.DataFrame, metric: str, a: str, b: str, language: Language) -> None:
    """The lead by two knobs, and what moves it."""
    numeric = result.numeric
    x, set_x = solara.use_state(numeric[0])
    y, set_y = solara.use_state(numeric[1] if len(numeric) > 1 else numeric[0])
    of = metrics.METRICS[metric]
    lead = i18n.say("lead_map", language, a=title(result, a, language), b=title(result, b, language))
    if x != y:
        with solara.Div(classes=["dl-section"]):
            views.Heading(text=lead, note=i18n.say("lead_note", language))
            knobs = [{"value": knob, "text": strategies.knob_title(knob, language)} for knob in numeric]
            if len(numeric) > 2:
                with solara.Div(classes=["dl-tools"]), solara.Div(classes=["dl-row"]):
                    views.Choose(value=x, options=knobs, label="→", event_choose=lambda knob: set_x(str(knob)))
                    views.Choose(value=y, options=knobs, label="↑", event_choose=lambda knob: set_y(str(knob)))
            shown = lead_map(result, played, metric, a, b, x, y, language)
            views.Heat(
                caption=figures.measured(of, language),
                even=i18n.say("break_even", language, knob=strategies.knob_title(x, language)),
                **shown,
            )
            SavePicture(
                lambda: charts.heat(
                    leads(played, metric, a, b, x, y),
                    (strategies.knob_title(y, language), strategies.knob_title(x, language)),
                    lead,
                    0.0,
                ),
                f"{result.title}-lead.png",
                language,
            )
    found = archive.tornado(played, numeric, metric, a, b)[:10]
    with solara.Div(classes=["dl-section"]):
        views.Heading(
            text=f"{i18n.say('tornado', language)}: {figures.measured(of, language)}",
            note=i18n.say("tornado_note", language),
        )
        with solara.Div(classes=["dl-panel"]):
            views.Tornado(rows=tornado_rows(found, language))
            SavePicture(
                lambda: tornado_picture(found, f"{figures.measured(of, language)}: {lead}", language),
                f"{result.title}-tornado.png",
                language,
            )


@solara.component
def Means(result: Result, played: pd.DataFrame, metric: str, language: Language) -> None:
    """Every setting's mean by strategy."""
    of = metrics.METRICS[metric]
    by = list(result.knobs[:3])
    rows = []
    if by:
        table = archive.means(archive.binned(played, by), by)
        for place, row in table.head(ROWS).iterrows():
            keys = place if isinstance(place, tuple) else (place,)
            rows.append([*map(charts.level, keys), *(figures.amount(_number(v), of) for v in row)])
        note = i18n.say("first_settings", language, n=len(rows), all=f"{len(table):,}") if len(table) > ROWS else ""
    else:
        table = archive.means(played.assign(all=0), ["all"])
        rows = [[i18n.say("all_runs", language), *(figures.amount(_number(value), of) for value in table.iloc[0])]]
        note = ""
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=f"{i18n.say('heat', language)}: {figures.measured(of, language)}", note=note)
        views.Listing(
            columns=[
                *([strategies.knob_title(knob, language) for knob in by] or [i18n.say("setting", language)]),
                *(title(result, str(name), language) for name in table),
            ],
            rows=rows,
            caption=i18n.say("heat", language),
            tall=True,
        )


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


@solara.component
def RunsTable(result: Result, language: Language) -> None:
    """The first runs as they stand."""
    shown = dict.fromkeys(name for name in (result.goal, "reach", "messages", "cost") if name in result.metrics)
    columns = ["run_id", "strategy", "replicate", *result.knobs, *shown]
    heads = [
        *(i18n.say(name, language) for name in columns[:3]),
        *(strategies.knob_title(knob, language) for knob in result.knobs),
        *(figures.measured(metrics.METRICS[name], language) for name in shown),
    ]
    head = solara.use_memo(lambda: archive.first_runs(result, columns, ROWS), [result])

    def cell(column: str, value: Any) -> str:
        return figures.amount(_number(value), metrics.METRICS[column]) if column in shown else charts.level(value)

    rows = [
        [run, title(result, strategy, language), *map(cell, columns[2:], rest)]
        for run, strategy, *rest in head.itertuples(index=False)
    ]
    with solara.Div(classes=["dl-section"]):
        views.Heading(
            text=i18n.say("runs", language),
            note=i18n.say("first_rows", language, n=len(rows), all=f"{result.runs:,}"),
        )
        views.Listing(columns=heads, rows=rows, caption=i18n.say("runs", language), tall=True)
