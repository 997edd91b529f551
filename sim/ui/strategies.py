"""The strategy cards: who posts what, when, how often; edited in place, duplicated, deleted, reset."""

from collections.abc import Callable
from typing import Any

import solara

from sim.errors import UserError
from sim.model.costs import bill
from sim.model.launch import Action, Strategy
from sim.results import colours, verdict
from sim.scenario import complaints
from sim.scenario.schema import Scenario
from sim.section import Section
from sim.ui import controls, edits, forms, i18n
from sim.ui.i18n import Language
from sim.ui.widgets import views

NEEDS = {"channel": "circle", "approval": "headquarters"}
"""What a line may say only where the scenario has a table for it."""
ROLES = ("brand", "employees", "leader")
"""Roles that are tables of the cast."""


def role_title(role: str, language: Language) -> str:
    """How a role is called: the brand, all KOLs, KOL 3."""
    if role in (*ROLES, "kols"):
        return i18n.say("all_kols" if role == "kols" else role, language)
    return role.replace("_", " ").replace("kol", "KOL")


def knob_title(knob: str, language: Language) -> str:
    """What a parameter with a dotted name is called: "cast.employees.count" as "Employees · Head count"."""
    steps = [step for step in knob.split(".") if step != "cast"]
    return " · ".join(role_title(step, language) if step in ROLES else i18n.knob(step, language) for step in steps)


def title_of(scenario: Scenario, name: str, language: Language = "en") -> str:
    """A strategy's title, or its key as words."""
    return i18n.called(scenario.strategies[name].title or verdict.title(name), language)


def summary(strategy: Strategy, language: Language) -> str:
    """Who posts how often and what else is done, in one line."""
    lines = [f"{role_title(action.by, language)} ×{action.times}" for action in strategy.posts]
    if strategy.calendar is not None:
        lines.insert(0, f"{i18n.knob('calendar', language)}: {strategy.calendar}")
    lines += [i18n.knob(name, language) for name in extras() if getattr(strategy, name) is not None]
    return " · ".join(lines) or i18n.say("nobody", language)


def cards(scenario: Scenario, run: Scenario | None, language: Language) -> list[dict[str, Any]]:
    """One row per strategy; RUN is the scenario of the results shown, to mark what changed since."""
    names = list(scenario.strategies)
    paint = colours.of(names, [name for name in names if scenario.strategies[name].reference])
    rows = []
    for name, strategy in scenario.strategies.items():
        total = bill(scenario, name)["total"]
        over = total > scenario.budget
        title = title_of(scenario, name, language)
        rows.append(
            {
                "key": name,
                "title": title,
                "edit": i18n.say("edit", language, title=title),
                "colour": paint[name],
                "spend": i18n.say("spends", language, total=f"{total:,.0f}")
                + (f" · {i18n.say('over_budget', language)}" if over else ""),
                "over": over,
                "summary": summary(strategy, language),
                "changed": run is not None and run.strategies.get(name) != strategy,
            }
        )
    return rows


def choices(scenario: Scenario, language: Language) -> dict[str, list[dict[str, str]]]:
    """What a key that names something may be: who posts, which content, group, ..."""
    roles = [{"value": role, "text": role_title(role, language)} for role in scenario.roles()]
    return forms.tables(scenario, language) | {"by": roles}


def action_fields(scenario: Scenario, action: Action, language: Language) -> list[controls.Field]:
    """The controls of one line of a strategy."""
    skip = [
        key
        for key, table in NEEDS.items()
        if getattr(scenario, table) is None and getattr(action, key) == Action.model_fields[key].default
    ]
    if len(scenario.contents) == 1:
        skip.append("content")
    return forms.fields(action, language, choices(scenario, language), skip)


def extras() -> dict[str, type[Section]]:
    """The optional tables of a strategy (a service desk, a prize, ...) by name, whatever it declares."""
    found = {}
    for name, field in Strategy.model_fields.items():
        kind = complaints.bare(field.rebuild_annotation())
        if isinstance(kind, type) and issubclass(kind, Section):
            found[name] = kind
    return found


def head_fields(scenario: Scenario, name: str, language: Language) -> list[controls.Field]:
    """Title, reference and whatever else a strategy declares beside its posts and its optional tables."""
    strategy = scenario.strategies[name]
    fields = forms.fields(strategy, language, choices(scenario, language), ("posts", "title", *extras()))
    return [controls.text("title", title_of(scenario, name, language), i18n.say("title", language)), *fields]


@solara.component
def Extra(
    scenario: Scenario,
    strategy: str,
    name: str,
    language: Language,
    attempt: Callable[[Callable[[], Scenario]], None],
) -> None:
    """One optional table of a strategy: a tick, and its controls when it is there."""
    known = choices(scenario, language)
    others = [one for one in Strategy.model_fields if one != name]

    def change(asked: dict[str, Any]) -> None:
        key, value = str(asked["name"]), asked["value"]
        path = ("strategies", strategy, *key.split("."))
        attempt(lambda: edits.changed(scenario, path, forms.given(Strategy, key, value, known)))

    views.Controls(fields=forms.fields(scenario.strategies[strategy], language, known, others), event_change=change)


@solara.component
def StrategyCards(
    scenario: Scenario,
    original: Scenario,
    run: Scenario | None,
    language: Language,
    on_scenario: Callable[[Scenario], None],
    on_problem: Callable[[str], None],
) -> None:
    """All strategies; one open at a time."""
    opened, set_opened = solara.use_state("")
    shown = opened if opened in scenario.strategies else ""

    def attempt(edit: Callable[[], Scenario]) -> None:
        try:
            on_scenario(edit())
        except UserError as problem:
            on_problem(str(problem))

    def act(asked: dict[str, str]) -> None:
        name = str(asked.get("key"))
        if name not in scenario.strategies:
            return
        try:
            if asked.get("act") == "duplicate":
                copied, key = edits.duplicate(scenario, name)
                on_scenario(copied)
                set_opened(key)
            elif asked.get("act") == "delete":
                on_scenario(edits.delete(scenario, name))
            elif asked.get("act") == "reset":
                on_scenario(edits.reset(scenario, original, name))
        except UserError as problem:
            on_problem(str(problem))

    def add() -> None:
        try:
            grown, key = edits.add(scenario, i18n.say("new_strategy", language))
        except UserError as problem:
            on_problem(str(problem))
            return
        on_scenario(grown)
        set_opened(key)

    def change(place: int, asked: dict[str, Any]) -> None:
        name, value = str(asked["name"]), asked["value"]
        path = ("strategies", shown, "posts", place, *name.split("."))
        attempt(lambda: edits.changed(scenario, path, forms.given(Action, name, value, choices(scenario, language))))

    def describe(asked: dict[str, Any]) -> None:
        name, value = str(asked["name"]), asked["value"]
        if name == "title":
            attempt(lambda: edits.rename(scenario, shown, str(value)))
        else:
            path = ("strategies", shown, *name.split("."))
            known = choices(scenario, language)
            attempt(lambda: edits.changed(scenario, path, forms.given(Strategy, name, value, known)))

    children = []
    if shown:
        strategy = scenario.strategies[shown]
        children.append(
            views.Controls(
                fields=head_fields(scenario, shown, language),
                event_change=describe,
            ).key(f"{shown}-title")
        )
        for place, action in enumerate(strategy.posts):
            children.append(
                views.Controls(
                    fields=action_fields(scenario, action, language),
                    event_change=lambda asked, place=place: change(place, asked),
                    legend=role_title(action.by, language),
                    remove=i18n.say("remove_posts", language),
                    event_remove=lambda _asked, place=place: attempt(
                        lambda: edits.remove_posts(scenario, shown, place)
                    ),
                ).key(f"{shown}-{place}-{len(strategy.posts)}")
            )
        children.append(
            views.Choice(
                text=i18n.say("add_posts", language),
                options=[{"value": role, "text": role_title(role, language)} for role in scenario.roles()],
                event_choose=lambda role: attempt(lambda: edits.add_posts(scenario, shown, str(role))),
            ).key(f"{shown}-add")
        )
        children.append(views.Line(text=i18n.say("extras", language)).key(f"{shown}-extras"))
        children += [Extra(scenario, shown, name, language, attempt).key(f"{shown}-{name}") for name in extras()]
    views.Strategies(
        cards=cards(scenario, run, language),
        opened=shown,
        words=i18n.words(language, "duplicate", "reset", "delete", "edited"),
        event_open=lambda name: set_opened(str(name)),
        event_act=act,
        children=children,
    )
    views.Link(text="+ " + i18n.say("add_strategy", language), event_click=lambda _: add())
