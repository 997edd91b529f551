"""KOLs: whom to hire, what for, and up to which price."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import solara
import solara.lab

from sim.errors import EnvironmentFailure, UserError
from sim.results import metrics
from sim.runs.compare import CancelledError
from sim.scenario.schema import Scenario
from sim.ui import edits, figures, i18n, roster, strategies
from sim.ui.i18n import Language
from sim.ui.roster import Worth
from sim.ui.state import Inputs
from sim.ui.widgets import views

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Asking:
    """The worth asked for."""

    inputs: Inputs
    strategy: str
    cancel: threading.Event = field(default_factory=threading.Event)


def table(scenario: Scenario, strategy: str, found: dict[str, Worth], language: Language) -> dict[str, Any]:
    """The shortlist for the template."""
    of = metrics.METRICS[roster.metric_of(scenario)]
    columns = [
        {"key": "fee", "label": i18n.say("fee", language), "unit": i18n.unit("RMB", language)},
        {"key": "heads", "label": i18n.say("audience", language), "unit": ""},
        {"key": "fit", "label": i18n.say("fit", language), "unit": ""},
        {"key": "per_thousand", "label": i18n.say("per_thousand", language), "unit": i18n.unit("RMB", language)},
        {"key": "worth", "label": i18n.say("marginal", language, metric=i18n.label(of, language).lower()), "unit": ""},
        {
            "key": "ceiling",
            "label": i18n.say("ceiling", language),
            "unit": i18n.unit("RMB", language),
            "meaning": i18n.say("ceiling_note", language, unit=of.unit.removesuffix("s")),
        },
    ]
    rows = []
    for one in roster.rows(scenario, strategy, found):
        value: Worth | None = one["worth"]
        width = value.high - value.low if value and value.low is not None and value.high is not None else None
        ends = ""
        if value is not None and width:
            ends = f"{figures.amount(value.low, of, width)} … {figures.amount(value.high, of, width)}"
        mean = value.mean if value is not None else None
        ceiling = value.ceiling if value is not None else None
        rows.append(
            {
                "key": one["name"],
                "title": strategies.role_title(one["name"], language),
                "posts": f"{one['posts']} {i18n.say('posts_in', language)}" if one["posts"] else "",
                "cells": {
                    "fee": {"sort": one["fee"], "text": f"{one['fee']:,.0f}", "ends": ""},
                    "heads": {"sort": one["heads"], "text": f"{one['heads']:,.0f}", "ends": f"{one['share']:.1%}"},
                    "fit": {"sort": one["fit"], "text": f"{one['fit']:.0%}", "ends": ""},
                    "per_thousand": {
                        "sort": one["per_thousand"],
                        "text": "–" if one["per_thousand"] is None else f"{one['per_thousand']:,.1f}",
                        "ends": "",
                    },
                    "worth": {"sort": mean, "text": figures.amount(mean, of, width, signed=True), "ends": ends},
                    "ceiling": {
                        "sort": ceiling,
                        "text": "–" if ceiling is None else f"{ceiling:,.0f}",
                        "ends": "",
                        "good": ceiling is not None and ceiling >= one["fee"],
                    },
                },
            }
        )
    return {"columns": columns, "rows": rows}


@solara.component
def Kols(
    inputs: Inputs,
    language: Language,
    on_scenario: Callable[[Scenario], None],
    on_problem: Callable[[str], None],
    problem: str,
) -> None:
    """The shortlist, what each adds, who shares an audience."""
    chosen, choose = solara.use_state("")
    asking, ask = solara.use_state(Asking(inputs, ""))
    progress = solara.use_reactive((0, 0))
    said, say = solara.use_state("")
    scenario = inputs.scenario
    names = {name: strategies.title_of(scenario, name) for name in scenario.strategies}
    roles = {"kols", *(kol.name for kol in scenario.cast.kols)}
    first = next((n for n, s in scenario.strategies.items() if roles & {a.by for a in s.posts}), next(iter(names)))
    strategy = chosen if chosen in names else first

    def work() -> tuple[Asking, dict[str, Worth]] | None:
        if not asking.strategy:
            return None
        try:
            return asking, roster.worth(
                asking.inputs, asking.strategy, asking.cancel, lambda _t, done, total: progress.set((done, total))
            )
        except CancelledError:
            return None
        except (UserError, EnvironmentFailure):
            raise
        except Exception:
            log.exception("the worth of the KOLs failed")
            raise

    task: solara.lab.Task[[], tuple[Asking, dict[str, Worth]] | None]
    task = solara.lab.use_task(work, dependencies=[asking], raise_error=False)
    solara.use_effect(lambda: asking.cancel.set, [asking])
    answer = task.latest
    fits = answer is not None and answer[0].inputs == inputs and answer[0].strategy == strategy
    found = answer[1] if answer is not None and fits else {}

    def add(kol: str) -> None:
        try:
            on_scenario(edits.add_posts(scenario, strategy, kol))
        except UserError as failure:
            on_problem(str(failure))
            return
        say(i18n.say("added", language, kol=strategies.role_title(kol, language), strategy=names[strategy]))

    with solara.Div(classes=["dl-page"], attributes={"id": "dl-main", "tabindex": "-1", "role": "main"}):
        views.Heading(text=i18n.say("kols_title", language), note=i18n.say("kols_lead", language), level=1)
        if problem:
            views.Notice(text=problem, kind="problem", title=i18n.say("failed", language))
        if not scenario.cast.kols:
            views.Notice(text=i18n.say("kols_none", language))
            return
        with solara.Div(classes=["dl-tools"]), solara.Div(classes=["dl-row"]):
            views.Choose(
                value=strategy,
                options=figures.options(list(names), names),
                label=i18n.say("in_strategy", language),
                event_choose=lambda name: choose(str(name)),
            )
            views.Link(
                text=i18n.say("leave_out", language),
                event_click=lambda _: ask(Asking(inputs, strategy)),
                strong=True,
            )
        if task.pending and asking.strategy:
            done, total = progress.value
            views.Notice(text=i18n.say("leaving", language, done=done, total=total))
        if task.error:
            views.Notice(text=str(task.exception), kind="problem", title=i18n.say("failed", language))
        if said:
            views.Notice(text=said)
        shown = table(scenario, strategy, found, language)
        views.Roster(
            columns=shown["columns"],
            rows=shown["rows"],
            words={
                "kol": i18n.say("kol", language),
                "short": i18n.say("add", language),
                "add": i18n.say("add_to", language) + " " + names[strategy],
            },
            event_add=lambda kol: add(str(kol)),
        )
        Overlap(scenario, language)


@solara.component
def Overlap(scenario: Scenario, language: Language) -> None:
    """Who shares an audience with whom."""
    key = (scenario.cast, scenario.market, scenario.topic, roster.smaller(scenario).graph)
    task = solara.lab.use_task(lambda: roster.overlap(scenario), dependencies=[key], raise_error=False)
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("overlap", language), note=i18n.say("overlap_note", language))
        if task.latest is not None:
            names, shared = task.latest
            titles = [strategies.role_title(name, language) for name in names]
            views.Matrix(
                titles=titles,
                cells=[
                    [{"value": float(v), "text": "" if i == j else f"{v:.0%}"} for j, v in enumerate(row)]
                    for i, row in enumerate(shared)
                ],
                caption=i18n.say("overlap", language),
            )
        elif task.error:
            views.Notice(text=str(task.exception), kind="problem")
