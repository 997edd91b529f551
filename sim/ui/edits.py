"""Edits of a scenario: each takes a scenario and gives a checked one, or a UserError that says what is allowed."""

import re
from collections.abc import Mapping
from typing import Any

import pydantic

from sim.errors import UserError
from sim.model.launch import Action
from sim.scenario import complaints
from sim.scenario.schema import Scenario

MOST = 12
"""Strategies in one comparison; more cannot be told apart by colour."""

Table = dict[str, Any]


def checked(table: Mapping[str, Any]) -> Scenario:
    """TABLE as a Scenario; a UserError naming table and key when a value is not allowed."""
    try:
        return Scenario.model_validate(table)
    except pydantic.ValidationError as problem:
        raise UserError(complaints.invalid("", "This change", Scenario, problem)) from None


def changed(scenario: Scenario, path: tuple[str | int, ...], value: Any) -> Scenario:
    """SCENARIO with VALUE at PATH, such as ("strategies", "mixed", "posts", 1, "at"). None takes the key away.

    Raises UserError for a place that is not in a scenario, and for a value that is not allowed there.
    """
    table = scenario.model_dump()
    place: Any = table
    for step in path[:-1]:
        if isinstance(place, tuple):
            raise UserError(f"{path} is not a place in a scenario.")
        if isinstance(place, dict) and isinstance(place.get(step), tuple):
            place[step] = list(place[step])
        try:
            place = place[step]
        except (KeyError, IndexError, TypeError):
            raise UserError(f"{'.'.join(map(str, path))} is not in this scenario.") from None
    if value is None:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = value
    return checked(table)


def _with_strategies(scenario: Scenario, strategies: Mapping[str, Table]) -> Scenario:
    return checked({**scenario.model_dump(), "strategies": dict(strategies)})


def _tables(scenario: Scenario) -> dict[str, Table]:
    return dict(scenario.model_dump()["strategies"])


def free_name(wanted: str, taken: Mapping[str, Any]) -> str:
    """A key made of WANTED that TAKEN lacks: "Staff first!" -> staff_first, staff_first_2."""
    stem = re.sub(r"[^a-z0-9]+", "_", wanted.lower()).strip("_")[:56]
    stem = stem if re.match(r"[a-z]", stem) else "strategy"
    stem = re.sub(r"_\d+$", "", stem) if stem in taken else stem
    if stem not in taken:
        return stem
    return next(f"{stem}_{n}" for n in range(2, 10_000) if f"{stem}_{n}" not in taken)


def _title(name: str, strategy: Mapping[str, Any]) -> str:
    words = name.replace("_", " ")
    return str(strategy.get("title") or words[:1].upper() + words[1:])


def duplicate(scenario: Scenario, name: str) -> tuple[Scenario, str]:
    """A copy of strategy NAME right behind it, and the copy's name."""
    tables = _tables(scenario)
    _room(tables)
    title = _title(name, tables[name])
    titles = {_title(key, table) for key, table in tables.items()}
    copied = next(f"{title} ({n})" for n in range(2, 10_000) if f"{title} ({n})" not in titles)[:200]
    key = free_name(name, tables)
    grown: dict[str, Table] = {}
    for old, table in tables.items():
        grown[old] = table
        if old == name:
            grown[key] = {**table, "title": copied, "reference": False}
    return _with_strategies(scenario, grown), key


def add(scenario: Scenario, title: str) -> tuple[Scenario, str]:
    """A new strategy of one post by the brand, and its name."""
    tables = _tables(scenario)
    _room(tables)
    key = free_name("strategy", tables)
    content = next(iter(scenario.contents))
    tables[key] = {"title": title, "posts": [{"by": "brand", "at": 0.0, "content": content}]}
    return _with_strategies(scenario, tables), key


def add_strategy(scenario: Scenario, title: str, strategy: Mapping[str, Any]) -> Scenario:
    """SCENARIO with one more STRATEGY (a table), called TITLE."""
    tables = _tables(scenario)
    _room(tables)
    titles = {_title(key, table) for key, table in tables.items()}
    called = next(one for n in range(1, 10_000) if (one := title if n == 1 else f"{title} ({n})") not in titles)
    tables[free_name("roster", tables)] = {**strategy, "title": called, "reference": False}
    return _with_strategies(scenario, tables)


def _room(tables: Mapping[str, Any]) -> None:
    if len(tables) >= MOST:
        raise UserError(f"A comparison holds at most {MOST} strategies. Delete one first.")


def delete(scenario: Scenario, name: str) -> Scenario:
    """SCENARIO without strategy NAME. Raises UserError for the last one."""
    tables = _tables(scenario)
    if len(tables) == 1:
        raise UserError("The last strategy cannot be deleted: a comparison needs at least one.")
    tables.pop(name, None)
    return _with_strategies(scenario, tables)


def rename(scenario: Scenario, name: str, title: str) -> Scenario:
    """Strategy NAME under another TITLE; its key stays, so that results still find it."""
    return changed(scenario, ("strategies", name, "title"), title.strip()[:200])


def reset(scenario: Scenario, original: Scenario, name: str) -> Scenario:
    """Strategy NAME as it was read; one that was added since starts again."""
    if name in original.strategies:
        return checked(
            {
                **scenario.model_dump(),
                "strategies": {**_tables(scenario), name: original.strategies[name].model_dump()},
            }
        )
    return changed(scenario, ("strategies", name, "posts"), [{"by": "brand", "content": next(iter(scenario.contents))}])


def add_posts(scenario: Scenario, name: str, by: str) -> Scenario:
    """One more line in strategy NAME: posts by BY."""
    posts = [action.model_dump() for action in scenario.strategies[name].posts]
    new = Action(by=by, content=next(iter(scenario.contents))).model_dump()
    return changed(scenario, ("strategies", name, "posts"), [*posts, new])


def remove_posts(scenario: Scenario, name: str, place: int) -> Scenario:
    """Strategy NAME without its line PLACE. Raises UserError for a line that is not there."""
    posts = [action.model_dump() for action in scenario.strategies[name].posts]
    if not 0 <= place < len(posts):
        raise UserError(f"Strategy {name} has {len(posts)} lines; there is no line {place + 1}.")
    del posts[place]
    return changed(scenario, ("strategies", name, "posts"), posts)
