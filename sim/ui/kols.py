"""KOLs: whom to hire, what for, and up to which price."""

import threading
from collections.abc import Callable
from typing import Any

import solara

from sim.errors import UserError
from sim.results import charts, metrics, verdict
from sim.results.metrics import Metric
from sim.scenario.schema import Scenario
from sim.ui import controls, desk, edits, figures, i18n, presence, roster, strategies
from sim.ui.i18n import Language
from sim.ui.roster import Answer, Asking
from sim.ui.save import SavePicture
from sim.ui.state import Inputs
from sim.ui.widgets import views

RULES = {
    "proxy_greedy", "brute_force", "most_followers", "most_followers_per_rmb", "best_engagement", "pagerank", "random",
}  # fmt: skip
STOPPED = "stopped"
Cell = dict[str, Any]


def measure(scenario: Scenario) -> Metric:
    """What a roster is judged by."""
    return metrics.goal(scenario.goal).measure


def with_ends(mean: float | None, ends: list[float | None] | None, of: Metric, signed: bool = False) -> Cell:
    """A table's cell: a mean with its interval, rounded to what the interval deserves."""
    low, high = ends or (None, None)
    width = None if low is None or high is None else high - low
    between = "" if width is None else f"{figures.amount(low, of, width)} … {figures.amount(high, of, width)}"
    return {"sort": mean, "text": figures.amount(mean, of, width, signed=signed), "ends": between}


def table(scenario: Scenario, strategy: str, found: dict[str, Any] | None, language: Language) -> dict[str, Any]:
    """The shortlist for the template."""
    of = measure(scenario)
    name = i18n.label(of, language)
    rmb = i18n.unit("RMB", language)
    columns: list[Cell] = [
        {"key": "fee", "label": i18n.say("fee", language), "unit": rmb},
        {"key": "heads", "label": i18n.say("audience", language)},
        {"key": "fit", "label": i18n.say("fit", language)},
        {"key": "per_thousand", "label": i18n.say("per_thousand", language), "unit": rmb},
    ]
    if found is not None:
        columns += [
            {
                "key": "worth",
                "label": i18n.say("marginal", language, metric=name.lower()),
                "meaning": i18n.say("marginal_note", language),
            },
            {
                "key": "ceiling",
                "label": i18n.say("ceiling", language),
                "unit": rmb,
                "meaning": i18n.say("ceiling_note", language),
            },
        ]
    rows = []
    for one in roster.rows(scenario, strategy, found):
        hired = one["hired"]
        note = i18n.say("hired", language) if hired else i18n.say("posts_in", language, n=one["posts"])
        per_thousand = one["per_thousand"]
        cells: dict[str, Cell] = {
            "fee": {"sort": one["fee"], "text": f"{one['fee']:,.0f}"},
            "heads": {"sort": one["heads"], "text": f"{one['heads']:,.0f}", "ends": f"{one['share']:.1%}"},
            "fit": {"sort": one["fit"], "text": f"{one['fit']:.0%}"},
            "per_thousand": {"sort": per_thousand, "text": "–" if per_thousand is None else f"{per_thousand:,.1f}"},
        }
        if found is not None:
            cells["worth"] = {"sort": None, "text": "–"}
            cells["ceiling"] = {"sort": None, "text": "–"}
        if hired:
            cells["worth"] = with_ends(hired["marginal"], hired["marginal_ci95"], of, signed=True)
            ceiling = hired["price_ceiling"]
            cells["ceiling"] = _rmb(ceiling, hired["price_ceiling_ci95"]) | {
                "good": ceiling is not None and ceiling >= one["fee"],
                "spread": i18n.say("instead", language, names=_names(hired["instead"], language)),
            }
        title = strategies.role_title(one["name"], language)
        rows.append({"key": one["name"], "title": title, "note": note if hired or one["posts"] else "", "cells": cells})
    return {"columns": columns, "rows": rows}


def _rmb(mean: float | None, ends: list[float | None] | None) -> Cell:
    if mean is None:
        return {"sort": None, "text": "–"}
    text = ["∞" if end is None else f"{end:,.0f}" for end in ends or ()]
    return {"sort": mean, "text": f"{mean:,.0f}", "ends": " … ".join(text)}


def _names(names: list[str], language: Language) -> str:
    return ("、" if language == "zh" else ", ").join(strategies.role_title(name, language) for name in names) or "–"


def sentences(scenario: Scenario, found: dict[str, Any], language: Language) -> tuple[str, str]:
    """Whom to hire and what that gives; how far the best rule of thumb stays behind."""
    of = measure(scenario)
    whole = with_ends(found["result"]["mean"], found["result"]["ci95"], of)
    spend = {name: f"{value:,.0f}" for name, value in found["spend"].items()}
    hire = i18n.say(
        "hire",
        language,
        names=_names([one["name"] for one in found["roster"]], language),
        metric=i18n.label(of, language),
        value=whole["text"],
        ends=whole["ends"].replace(" … ", "–"),
        **spend,
    )
    gap = found["gap"]
    if everybody(scenario, found):
        return hire, i18n.say("hire_all", language)
    if gap is None or gap["mean"] is None:
        return hire, ""
    higher = of.higher_is_better
    ahead = (gap["mean"] > 0) == higher
    mean, ends = gap["mean"], gap["ci95"]
    if not ahead:  # the rule's lead over the roster
        mean, ends = -mean, None if ends is None else [-ends[1], -ends[0]]
    lead = with_ends(mean, ends, of, signed=True)
    sure = "–" if gap["probability_better"] is None else verdict.percent(gap["probability_better"])
    key = "rival_rule" if ahead else "rival_ahead"
    between = lead["ends"].replace(" … ", " – ")
    return hire, i18n.say(
        key, language, rule=rule_title(gap["to"], language), value=lead["text"], ends=between, sure=sure
    )


def everybody(scenario: Scenario, found: dict[str, Any]) -> bool:
    """Whether the money buys every candidate, so that there is nothing to choose."""
    return len(found["roster"]) == len(scenario.cast.kols)


def rule_title(rule: str, language: Language) -> str:
    """What a way of filling a roster is called."""
    return i18n.say(f"rule_{rule}", language) if rule in RULES else verdict.title(rule)


def rules(scenario: Scenario, found: dict[str, Any], language: Language) -> list[list[str]]:
    """One line per rule of thumb: whom it hires, for how much, and the lead of the roster over it."""
    of = measure(scenario)
    lines = []
    for name, one in found["baselines"].items():
        lead = with_ends(one["lead"]["mean"], one["lead"]["ci95"], of, signed=True)
        same = i18n.say("same_roster", language)
        lines.append(
            [
                rule_title(name, language),
                "…" if one["roster"] is None else _names(one["roster"], language),
                f"{one['fees']:,.0f}",
                with_ends(one["goal"]["mean"], one["goal"]["ci95"], of)["text"],
                same if one["same_roster"] else f"{lead['text']} [{lead['ends'].replace(' … ', ', ')}]",
            ]
        )
    return lines


def waiting(text: str, done: int, total: int, language: Language) -> str:
    """Where the search for a roster stands."""
    if text == "waiting":
        return i18n.say("waiting", language, ahead=total)
    return i18n.say("choosing", language, done=done, total=total) if total else i18n.say("measuring", language)


@solara.component
def Kols(
    inputs: Inputs,
    language: Language,
    on_scenario: Callable[[Scenario], None],
    on_problem: Callable[[str], None],
    problem: str,
) -> None:
    """The shortlist, the roster that buys most, who shares an audience."""
    picked, choose = solara.use_state("")
    paid, pay = solara.use_state({"strategy": "", "budget": 0.0})
    asking, ask = solara.use_state(Asking(inputs))
    progress = solara.use_reactive(("", 0, 0))
    said, say = solara.use_state("")
    scenario = inputs.scenario
    names = {name: strategies.title_of(scenario, name, language) for name in scenario.strategies}
    roles = {"kols", *(kol.name for kol in scenario.cast.kols)}
    first = next((n for n, s in scenario.strategies.items() if roles & {a.by for a in s.posts}), next(iter(names)))
    strategy = picked if picked in names else first
    budget = float(paid["budget"]) if paid["strategy"] == strategy else roster.money(scenario, strategy)

    def tell(said: tuple[str, int, int]) -> None:
        with desk.DRAWING:
            if not asking.cancel.is_set():
                progress.set(said)

    def stop() -> None:
        asking.cancel.set()
        progress.set((STOPPED, 0, 0))

    def start() -> None:
        progress.set(("", 0, 0))
        ask(Asking(inputs, strategy, budget))

    def work() -> Answer | None:
        return roster.chosen(asking, tell) if asking.strategy else None

    task = presence.use_work(work, [asking], asking.cancel)
    answer = task.latest
    found = answer.found if answer is not None and answer.fits(inputs, strategy, budget) else None

    def add(kol: str) -> None:
        try:
            on_scenario(edits.add_posts(scenario, strategy, kol))
        except UserError as failure:
            on_problem(str(failure))
            return
        say(i18n.say("added", language, kol=strategies.role_title(kol, language), strategy=names[strategy]))

    def take(plan: dict[str, Any]) -> None:
        title = i18n.say("roster", language)
        try:
            on_scenario(edits.add_strategy(scenario, title, plan["strategy"]))
        except UserError as failure:
            on_problem(str(failure))
            return
        say(i18n.say("roster_taken", language, title=title))

    with solara.Div(classes=["dl-page"], attributes={"id": "dl-main", "tabindex": "-1", "role": "main"}):
        views.Heading(text=i18n.say("kols_title", language), note=i18n.say("kols_lead", language), level=1)
        if problem:
            views.Notice(text=problem, kind="problem", title=i18n.say("failed", language))
        if not scenario.cast.kols:
            views.Notice(text=i18n.say("kols_none", language))
            return
        with solara.Div(classes=["dl-tools"]), solara.Div(classes=["dl-row is-low"]):
            views.Choose(
                value=strategy,
                options=figures.options(list(names), names),
                label=i18n.say("in_strategy", language),
                event_choose=lambda name: choose(str(name)),
            )
            money = controls.number(Scenario, "budget", budget, i18n.say("budget", language), language)
            views.Controls(
                fields=[money | {"unit": i18n.unit("RMB", language)}],
                columns=1,
                event_change=lambda asked: pay({"strategy": strategy, "budget": float(asked["value"])}),
            )
            running = bool(task.pending and asking.strategy and progress.value[0] != STOPPED)
            if running:
                views.Link(text=i18n.say("stop", language), event_click=lambda _: stop(), strong=True)
            else:
                views.Link(text=i18n.say("find_roster", language), event_click=lambda _: start(), strong=True)
        if running:
            what, done, total = progress.value
            views.Notice(text=waiting(what, done, total, language))
        if task.error:
            views.Notice(text=str(task.exception), kind="problem", title=i18n.say("failed", language))
        if said:
            views.Notice(text=said)
        if found is not None:
            Advice(scenario, found, language, take)
        shown = table(scenario, strategy, found, language)
        views.Table(
            columns=shown["columns"],
            rows=shown["rows"],
            caption=i18n.say("kols", language),
            words={
                "head": i18n.say("kol", language),
                "short": i18n.say("add", language),
                "add": i18n.say("add_to", language) + " " + names[strategy],
            },
            event_add=lambda kol: add(str(kol)),
        )
        if found is not None:
            views.Line(text=i18n.say("ceiling_line", language))
        if found is not None and not everybody(scenario, found):
            Rules(scenario, found, language)
        Overlap(scenario, language)


@solara.component
def Advice(
    scenario: Scenario, found: dict[str, Any], language: Language, on_take: Callable[[dict[str, Any]], None]
) -> None:
    """The roster in two sentences, and one click to make it a strategy."""
    hire, rival = sentences(scenario, found, language)
    with solara.Div(classes=["dl-panel dl-advice"]):
        views.Heading(text=hire, note=rival)
        views.Line(
            text=i18n.say(
                "roster_basis",
                language,
                replicates=found["replicates"],
                accounts=f"{found['accounts']:,}",
                seed=found["seed"],
            )
        )
        for warning in found["warnings"]:
            views.Line(text=warning)
        views.Link(text=i18n.say("take_roster", language), event_click=lambda _: on_take(found["plan"]), strong=True)


@solara.component
def Rules(scenario: Scenario, found: dict[str, Any], language: Language) -> None:
    """What rules of thumb would have hired."""
    of = measure(scenario)
    rule, hires, fees, lead = (i18n.say(key, language) for key in ("rule", "roster", "fees", "roster_lead"))
    heads = [rule, hires, f"{fees}, {i18n.unit('RMB', language)}", figures.measured(of, language), lead]
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("rules", language), note=i18n.say("rules_note", language))
        views.Listing(
            columns=heads,
            rows=rules(scenario, found, language),
            caption=i18n.say("rules", language),
            text=True,
        )


@solara.component
def Overlap(scenario: Scenario, language: Language) -> None:
    """Who shares an audience with whom."""
    key = roster.cast(scenario)
    cancel = solara.use_memo(threading.Event, [key])
    task = presence.use_work(lambda: roster.overlap(scenario, cancel), [key], cancel)
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
            SavePicture(
                lambda: charts.matrix(titles, shared, i18n.say("overlap", language)),
                f"{scenario.name}-overlap.png",
                language,
            )
        elif task.error:
            views.Notice(text=str(task.exception), kind="problem")
        else:
            views.Line(text=i18n.say("measuring", language))
