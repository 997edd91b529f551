"""The left side of the planner: which scenario, its market, and every table that declares parameters."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import solara

from sim import quantities
from sim.errors import UserError
from sim.results import metrics, verdict
from sim.scenario import complaints, read
from sim.scenario.schema import Graph, Scenario
from sim.section import Section
from sim.ui import controls, edits, forms, i18n, state, strategies
from sim.ui.i18n import Language
from sim.ui.state import Inputs
from sim.ui.widgets import views

WEIGHTED = "(weighted)"


@functools.cache
def shipped() -> list[dict[str, str]]:
    """The shipped scenarios by title; they do not change while the server runs."""
    rows = []
    for name, path in read.presets().items():
        try:
            rows.append({"value": name, "text": read.read(path, Scenario).title or name})
        except UserError:
            continue  # a preset of another version is not offered
    return rows


def presets(inputs: Inputs, language: Language) -> list[dict[str, str]]:
    """The shipped scenarios, and the opened file."""
    rows = [one | {"text": i18n.called(one["text"], language)} for one in shipped()]
    if inputs.name not in [row["value"] for row in rows]:
        rows.append({"value": inputs.name, "text": inputs.original.title or inputs.name})
    return rows


@solara.component
def SourcePicker(
    inputs: Inputs, language: Language, on_inputs: Callable[[Inputs], None], on_problem: Callable[[str], None]
) -> None:
    """A preset, or a file of one's own: checked by the reader that checks files."""
    options = solara.use_memo(lambda: presets(inputs, language), [inputs.name, language])

    def attempt(make: Callable[[], Inputs]) -> None:
        try:
            on_inputs(make())
        except UserError as problem:
            on_problem(f"{problem}\n{i18n.say('file_hint', language)}")

    def too_large(asked: dict[str, Any]) -> None:
        size = asked["size"] if isinstance(asked.get("size"), int) else 0
        name = str(asked.get("name"))[:80]
        on_problem(i18n.say("too_large", language, name=name, size=f"{size:,}", limit=f"{read.LIMIT:,}"))

    views.Source(
        value=inputs.name,
        options=options,
        about=i18n.called(inputs.scenario.about, language),
        limit=read.LIMIT,
        words=i18n.words(language, "choose_scenario", "upload"),
        event_choose=lambda name: attempt(lambda: state.first_inputs(str(name))),
        event_file=lambda file: attempt(lambda: state.uploaded(str(file["text"]), str(file["name"]))),
        event_too_large=too_large,
    )


def market_fields(inputs: Inputs, language: Language) -> list[controls.Field]:
    """Goal, budget, market, horizon, size, seed, time."""
    scenario = inputs.scenario
    goals = [
        {"value": name, "text": i18n.label(of, language)}
        for name, of in metrics.METRICS.items()
        if name in MODELLED or name == scenario.goal
    ]
    goal = scenario.goal if isinstance(scenario.goal, str) else WEIGHTED
    if goal == WEIGHTED:
        goals.insert(0, {"value": WEIGHTED, "text": i18n.say("weighted", language)})
    decided = controls.choice("goal", goal, goals, i18n.say("goal", language))
    if goal in metrics.METRICS:
        decided |= controls.hint(decided["label"], i18n.meaning(metrics.METRICS[goal].meaning, language), language)
    accounts = scenario.graph.accounts
    budget = controls.number(Scenario, "budget", scenario.budget, i18n.say("budget", language), language)
    if scenario.budget >= controls.NO_LIMIT:
        budget["value"] = ""
    seed: controls.Field = {
        "name": "seed", "label": i18n.say("seed", language), "kind": "number", "value": inputs.seed, "low": 0,
        "high": 2**53 - 1, "step": 1, "whole": True, "unit": "", "slider": False, "wide": False,
        "about": i18n.say("about_this", language, label=i18n.say("seed", language)),
        "meaning": i18n.say("seed_meaning", language),
        "not_allowed": i18n.say("not_allowed", language, low="0", high=f"{2**53 - 1:,}"),
    }  # fmt: skip
    minutes: controls.Field = seed | {
        "name": "minutes", "label": i18n.say("minutes", language), "value": inputs.minutes, "low": 0.1, "high": 60,
        "whole": False, "unit": i18n.unit("minutes", language), "meaning": i18n.say("minutes_meaning", language),
        "about": i18n.say("about_this", language, label=i18n.say("minutes", language)),
        "not_allowed": i18n.say("not_allowed", language, low="0.1", high="60"),
    }  # fmt: skip
    return [
        decided,
        budget,
        controls.number(Scenario, "market", scenario.market, i18n.say("market", language), language),
        controls.number(Scenario, "days", scenario.days, i18n.say("days", language), language),
        controls.number(Graph, "accounts", accounts, i18n.say("accounts", language), language),
        minutes,
        seed,
    ]


MODELLED = (
    "reach", "reads", "reposts", "comments", "messages", "likes", "praise", "complaints", "sentiment",
    "non_follower_reads", "amplification", "cost_per_thousand_reads", "cost_per_message",
)  # fmt: skip
"""Goals that every scenario has a mechanism for."""


@solara.component
def MarketForm(
    inputs: Inputs, language: Language, on_inputs: Callable[[Inputs], None], on_problem: Callable[[str], None]
) -> None:
    """The market and how the run is done."""

    def change(asked: dict[str, Any]) -> None:
        name, value = str(asked["name"]), asked["value"]
        try:
            on_inputs(_changed(inputs, name, value))
        except UserError as problem:
            on_problem(str(problem))

    views.Controls(fields=market_fields(inputs, language), event_change=change)


def _changed(inputs: Inputs, name: str, value: Any) -> Inputs:
    scenario = inputs.scenario
    if name == "seed":
        return replace(inputs, seed=max(0, int(value)))
    if name == "minutes":
        return replace(inputs, minutes=min(60.0, max(0.1, float(value))))
    if name == "goal":
        if value == WEIGHTED:
            return inputs
        return replace(inputs, scenario=edits.checked({**scenario.model_dump(), "goal": value}))
    if name == "accounts":
        return replace(inputs, scenario=edits.changed(scenario, ("graph", "accounts"), int(value)))
    return replace(inputs, scenario=edits.changed(scenario, (name,), controls.given(Scenario, name, value)))


def mechanisms(scenario: Scenario, language: Language) -> list[controls.Field]:
    """A tick for every table that a scenario may have or leave out: what else is at work in its market."""
    found = []
    for name, info in Scenario.model_fields.items():
        kind = complaints.kind_at(Scenario, (name,))
        if forms.is_table(kind) and info.default is None and name != "constraints":
            label = i18n.knob(name, language)
            hint = controls.hint(label, i18n.meaning(forms.described(kind, info), language), language)
            found.append(controls.check(name, getattr(scenario, name) is not None, label) | hint)
    return found


def switched(inputs: Inputs, name: str, on: bool) -> Scenario:
    """The scenario with the table NAME, as it was read or else at its defaults, or without it. Raises UserError."""
    if not on:
        return edits.changed(inputs.scenario, (name,), None)
    before = getattr(inputs.original, name)
    kind = complaints.kind_at(Scenario, (name,))
    table = before.model_dump() if before is not None else forms.begun(kind, forms.tables(inputs.scenario))
    return edits.changed(inputs.scenario, (name,), table)


@solara.component
def Mechanisms(
    inputs: Inputs, language: Language, on_inputs: Callable[[Inputs], None], on_problem: Callable[[str], None]
) -> None:
    """What else is at work: ticked, its table joins those that can be edited."""

    def change(asked: dict[str, Any]) -> None:
        try:
            on_inputs(replace(inputs, scenario=switched(inputs, str(asked["name"]), bool(asked["value"]))))
        except UserError as problem:
            on_problem(str(problem))

    views.Line(text=i18n.say("mechanisms_note", language))
    views.Controls(fields=mechanisms(inputs.scenario, language), event_change=change)


Place = tuple[str | int, ...]


def places(scenario: Scenario) -> dict[str, Place]:
    """Every table of the scenario that holds parameters, by a key for the select; whatever the schema declares."""
    found = dict(_places(scenario, ()))
    return {name: place for name, place in found.items() if place[0] not in ("strategies", "graph")}


def _places(value: Any, place: Place) -> Iterator[tuple[str, Place]]:
    if isinstance(value, Section):
        if place and quantities.parameters(type(value)):
            yield ".".join(map(str, place)), place
        for name in type(value).model_fields:
            yield from _places(getattr(value, name), (*place, name))
    elif isinstance(value, dict | list | tuple):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(inner, (*place, key))


def table_title(scenario: Scenario, place: Place, language: Language) -> str:
    """What a table is called."""
    if place[0] == "contents":
        return i18n.say("content_of", language, name=i18n.called(verdict.title(str(place[1])), language))
    if isinstance(place[-1], int):
        name = getattr(section_at(scenario, place), "name", None)
        return (
            strategies.role_title(str(name), language)
            if name
            else f"{i18n.knob(str(place[-2]), language)} {place[-1] + 1}"
        )
    known = {"topic", "prices", "attention", "brand", "employees", "leader"}
    word = {"response": "responses"}.get(str(place[-1]), str(place[-1]))
    if word in known or word == "responses":
        return i18n.say(word, language)
    return " · ".join(i18n.knob(str(step), language) for step in place)


def section_at(scenario: Scenario, place: Place) -> Section:
    """The table at PLACE."""
    found: Any = scenario
    for step in place:
        keyed: Any = found
        found = keyed[step] if isinstance(found, dict | tuple) else getattr(found, str(step))
    if not isinstance(found, Section):
        raise LookupError(f"{place} is no table")
    return found


@solara.component
def TableForm(
    scenario: Scenario,
    language: Language,
    on_scenario: Callable[[Scenario], None],
    on_problem: Callable[[str], None],
) -> None:
    """Any table of the scenario: its worth, its audiences, its prices, its assumptions."""
    wanted, want = solara.use_state("prices")
    known = places(scenario)
    key = wanted if wanted in known else "prices"
    place = known[key]
    section = section_at(scenario, place)

    def change(asked: dict[str, Any]) -> None:
        name, value = str(asked["name"]), asked["value"]
        try:
            path = (*place, *name.split("."))
            on_scenario(edits.changed(scenario, path, forms.given(type(section), name, value, forms.tables(scenario))))
        except UserError as problem:
            on_problem(str(problem))

    options = [{"value": one, "text": table_title(scenario, at, language)} for one, at in known.items()]
    views.Controls(
        fields=[controls.choice("table", key, options, i18n.say("which_table", language), wide=True)],
        event_change=lambda asked: want(str(asked["value"])),
    )
    fields = forms.fields(section, language, forms.tables(scenario, language), ("name",))
    views.Controls(fields=fields, event_change=change).key(key)
