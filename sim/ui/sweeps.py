"""Sweeps: a result folder as heat map, break-even line, tornado and table."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import solara

from sim.errors import EnvironmentFailure, UserError
from sim.results import colours, metrics, verdict
from sim.ui import archive, figures, i18n, state
from sim.ui.archive import Result
from sim.ui.i18n import Language
from sim.ui.state import Inputs
from sim.ui.widgets import views

ROWS = 60


def level(value: Any) -> str:
    """A knob's value as people write it."""
    if not isinstance(value, int | float | np.number):
        return str(value)
    number = float(value)
    return f"{number:,.0f}" if abs(number) >= 1000 or number.is_integer() else f"{number:.4g}"


def title(result: Result, name: str) -> str:
    """A strategy's title."""
    return result.titles.get(name) or verdict.title(name)


def lead_map(result: Result, metric: str, a: str, b: str, x: str, y: str) -> dict[str, Any]:
    """A's lead over B by two knobs, in two colours; cells know their side, so that the flip is drawn between them."""
    of = metrics.METRICS[metric]
    table = archive.lead(archive.binned(result, [x, y]), metric, a, b, [y, x]).unstack(x)
    most = float(np.nanmax(np.abs(table.to_numpy()))) if table.notna().to_numpy().any() else 1.0
    paint = {"a": figures.tint(colours.OKABE_ITO[0]), "b": figures.tint(colours.OKABE_ITO[1])}
    cells = []
    for _, row in table.iterrows():
        line = []
        for value in row:
            if pd.isna(value):
                line.append({"text": "–", "paint": "transparent", "side": "", "note": ""})
                continue
            side = "a" if value > 0 else "b"
            line.append(
                {
                    "text": figures.short(abs(float(value))),
                    "paint": paint[side](0.12 + 0.6 * abs(float(value)) / (most or 1.0)),
                    "side": side,
                    "note": f"{title(result, a if side == 'a' else b)}: {figures.amount(abs(float(value)), of)}",
                }
            )
        cells.append(line)
    return {
        "columns": [level(value) for value in table.columns],
        "rows": [level(value) for value in table.index],
        "cells": cells,
        "labels": [y, x],
    }


def tornado_rows(result: Result, metric: str, a: str, b: str) -> list[dict[str, Any]]:
    """Tornado rows in per cent of one axis."""
    found = archive.tornado(result, metric, a, b)[:10]
    ends = [value for row in found for value in (row["low"], row["high"])] or [0.0]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    size = (high - low) or 1.0
    return [
        {
            "name": row["name"],
            "zero": 100 * (0 - low) / size,
            "low": 100 * (row["low"] - low) / size,
            "high": 100 * (row["high"] - low) / size,
            "low_text": f"{level(row['low_at'])} → {figures.short(row['low'])}",
            "high_text": f"{level(row['high_at'])} → {figures.short(row['high'])}",
        }
        for row in found
    ]


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

    result = solara.use_memo(load, [chosen])
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
        if isinstance(result, str):
            views.Notice(text=result, kind="problem", title=i18n.say("failed", language))
        else:
            Opened(result, language, on_inputs).key(result.name)


@solara.component
def Opened(result: Result, language: Language, on_inputs: Callable[[Inputs], None]) -> None:
    """One folder."""
    metric, set_metric = solara.use_state(result.goal)
    names = result.strategies
    a, set_a = solara.use_state(names[0] if names else "")
    b, set_b = solara.use_state(names[1] if len(names) > 1 else a)
    problem, set_problem = solara.use_state("")
    of = metrics.METRICS[metric]
    options = [{"value": one, "text": title(result, one)} for one in names]
    facts = [result.title, f"{len(result.runs):,} {i18n.say('runs', language).lower()}"]
    if result.knobs:
        count = result.runs[list(result.knobs)].drop_duplicates().shape[0]
        facts.append(i18n.say("settings_count", language, n=f"{count:,}"))
    if result.failures:
        facts.append(f"{i18n.say('failures', language)}: {result.failures}")

    def open_scenario(name: str) -> None:
        try:
            inputs = state.uploaded(result.scenarios[name], name)
            on_inputs(replace(inputs, seed=result.seed))
        except (UserError, KeyError) as failure:
            set_problem(str(failure))

    views.Heading(text=" · ".join(facts), note=result.sentence)
    with solara.Div(classes=["dl-row"], style={"justify-content": "flex-start"}):
        for one in list(result.scenarios)[:6]:
            views.Link(
                text=i18n.say("open_in_planner", language, name=one), event_click=lambda _, one=one: open_scenario(one)
            )
    if problem:
        views.Notice(text=problem, kind="problem", title=i18n.say("failed", language))
    with solara.Div(classes=["dl-tools dl-section"]), solara.Div(classes=["dl-row"]):
        views.Choose(
            value=metric,
            options=[{"value": one, "text": i18n.label(metrics.METRICS[one], language)} for one in result.metrics],
            label=i18n.say("metric", language),
            event_choose=lambda one: set_metric(str(one)),
        )
        views.Choose(value=a, options=options, label="A", event_choose=lambda one: set_a(str(one)))
        views.Choose(value=b, options=options, label="B", event_choose=lambda one: set_b(str(one)))
    numeric = [knob for knob in result.knobs if pd.api.types.is_numeric_dtype(result.runs[knob])]
    if a != b and numeric:
        Maps(result, metric, a, b, numeric, language)
    Means(result, metric, language)
    RunsTable(result, language, i18n.label(of, language))


@solara.component
def Maps(result: Result, metric: str, a: str, b: str, numeric: list[str], language: Language) -> None:
    """The lead by two knobs, and what moves it."""
    x, set_x = solara.use_state(numeric[0])
    y, set_y = solara.use_state(numeric[1] if len(numeric) > 1 else numeric[0])
    if x != y:
        views.Heading(
            text=i18n.say("lead_map", language, a=title(result, a), b=title(result, b)),
            note=i18n.say("lead_note", language),
        )
        knobs = [{"value": knob, "text": knob} for knob in numeric]
        if len(numeric) > 2:
            with solara.Div(classes=["dl-tools"]), solara.Div(classes=["dl-row"]):
                views.Choose(value=x, options=knobs, label="→", event_choose=lambda knob: set_x(str(knob)))
                views.Choose(value=y, options=knobs, label="↑", event_choose=lambda knob: set_y(str(knob)))
        shown = lead_map(result, metric, a, b, x, y)
        caption = f"{i18n.label(metrics.METRICS[metric], language)} · {metrics.METRICS[metric].unit}"
        views.Heat(caption=caption, **shown)
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("tornado", language), note=i18n.say("tornado_note", language))
        with solara.Div(classes=["dl-panel"]):
            views.Tornado(rows=tornado_rows(result, metric, a, b))


@solara.component
def Means(result: Result, metric: str, language: Language) -> None:
    """Every setting's mean by strategy."""
    of = metrics.METRICS[metric]
    by = list(result.knobs[:3])
    if by:
        table = archive.means(archive.binned(result, by), metric, by).head(ROWS)
        rows = []
        for place, row in table.iterrows():
            keys = place if isinstance(place, tuple) else (place,)
            rows.append([", ".join(level(key) for key in keys), *(figures.amount(_number(v), of) for v in row)])
        head = ", ".join(by)
    else:
        mean = result.runs.astype({"strategy": str}).groupby("strategy")[metric].mean()
        rows = [["", *(figures.amount(_number(mean[name]), of) for name in mean.index)]]
        table = mean.to_frame().T
        head = i18n.say("setting", language)
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("heat", language))
        views.Listing(
            columns=[head, *(title(result, str(name)) for name in table.columns)],
            rows=rows,
            caption=i18n.say("heat", language),
        )


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


@solara.component
def RunsTable(result: Result, language: Language, label: str) -> None:
    """The first runs as they stand."""
    shown = [name for name in (result.goal, "reach", "messages", "cost") if name in result.metrics]
    columns = ["run_id", "strategy", "replicate", *result.knobs, *dict.fromkeys(shown)]
    head = result.runs[columns].head(ROWS)
    rows = [[level(cell) for cell in row] for row in head.itertuples(index=False)]
    with solara.Div(classes=["dl-section"]):
        views.Heading(
            text=i18n.say("runs", language),
            note=i18n.say("first_rows", language, n=len(rows), all=f"{len(result.runs):,}"),
        )
        views.Listing(columns=columns, rows=rows, caption=f"{i18n.say('runs', language)}, {label}")
