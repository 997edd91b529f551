"""A form for any table of a scenario, made from what it declares: numbers, choices, ticks, texts, tables inside it.

A key that is added to a table appears here by itself; a control's name is the
key's dotted path below the table, such as "desk.opens".
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from sim import quantities
from sim.results import verdict
from sim.scenario import complaints
from sim.scenario.schema import Scenario
from sim.section import Section
from sim.ui import controls, i18n
from sim.ui.controls import Field
from sim.ui.i18n import Language

Options = Sequence[Mapping[str, str]]


def tables(scenario: Scenario, language: Language = "en") -> dict[str, list[dict[str, str]]]:
    """What a key that names a table of SCENARIO may be: "content" any of `contents`, "group" any of `groups`, ..."""
    values = {name: getattr(scenario, name) for name in type(scenario).model_fields}
    values["topics"] = scenario.hot.topics if scenario.hot is not None else {}
    found = {}
    for name, value in values.items():
        names = list(value) if isinstance(value, dict) else [getattr(one, "name", None) for one in _several(value)]
        if isinstance(value, dict) or (names and all(isinstance(one, str) for one in names)):
            found[name.removesuffix("s")] = [
                {"value": str(one), "text": i18n.called(verdict.title(str(one)), language)} for one in names
            ]
    return found


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def fields(
    section: Section,
    language: Language,
    choices: Mapping[str, Options] | None = None,
    skip: Collection[str] = (),
    head: str = "",
) -> list[Field]:
    """A control for every key of SECTION but those of SKIP; CHOICES: what keys that name something may be.

    Lists of tables are left out: they have cards or lines of their own.
    """
    found: list[Field] = []
    declared = quantities.parameters(type(section))
    for name, info in type(section).model_fields.items():
        path = head + name
        if path in skip:
            continue
        kind = complaints.bare(info.rebuild_annotation())
        value = getattr(section, name)
        label = i18n.knob(name, language)
        optional = not info.is_required() and info.default is None
        parameter = declared.get(name)
        about: Field = (
            controls.hint(label, i18n.meaning(described(kind, info), language), language)
            if parameter is None
            else controls.told(parameter, label, language)
        )
        if parameter is not None and parameter.range is not None:
            one = controls.number(type(section), name, value, label, language)
            found.append(one | {"name": path, "wide": one["slider"], "optional": optional})
        elif is_table(kind):
            if optional:
                found.append(controls.check(path, value is not None, label) | about)
            if value is not None:
                found += fields(value, language, choices, skip, path + ".")
        elif choices and name in choices:
            if not choices[name] and not value:
                continue  # nothing of that kind is declared, so there is nothing to choose
            options = _with_none(choices[name], optional, language)
            found.append(controls.choice(path, value or "", options, label) | about)
        elif kind is bool:
            found.append(controls.check(path, bool(value), label) | about)
        elif get_origin(kind) is Literal:
            named = [{"value": str(one), "text": i18n.knob(str(one), language)} for one in get_args(kind)]
            shown = "" if value is None else str(value)
            found.append(controls.choice(path, shown, _with_none(named, optional, language), label) | about)
        elif kind is str:
            found.append(controls.text(path, str(value or ""), label) | about)
        elif _is_row(kind):
            found.append(controls.text(path, ", ".join(map(str, value or ())), label) | about)
    return found


def described(kind: Any, info: FieldInfo) -> str:
    """What a key means that is no parameter: what its field says, or the first line about its table KIND."""
    return info.description or ((kind.__doc__ or "").partition("\n")[0] if is_table(kind) else "")


def given(kind: type[Section], name: str, value: Any, choices: Mapping[str, Options] | None = None) -> Any:
    """What the control NAME of a form for KIND gave, as the table wants it; None takes the key away."""
    place = tuple(name.split("."))
    table, inner = complaints.kind_at(kind, place[:-1]), complaints.kind_at(kind, place)
    if is_table(inner):
        return begun(inner, choices or {}) if value else None
    if value is None or (value == "" and complaints.fields(table) and table.model_fields[place[-1]].default is None):
        return None
    if _is_row(inner):
        return [_plain(part) for part in str(value).replace(";", ",").split(",") if part.strip()]
    return controls.given(table, place[-1], value) if isinstance(table, type) else value


def begun(kind: type[Section], choices: Mapping[str, Options]) -> dict[str, Any]:
    """A table of KIND to start from: its defaults, and something allowed for every key that has none."""
    table: dict[str, Any] = {}
    declared = quantities.parameters(kind)
    for name, info in kind.model_fields.items():
        if not info.is_required():
            continue
        inner = complaints.bare(info.rebuild_annotation())
        parameter = declared.get(name)
        if parameter is not None and parameter.range is not None:
            table[name] = parameter.kind(min(max(1, parameter.range.low), parameter.range.high))
        elif choices.get(name):
            table[name] = choices[name][0]["value"]
        elif get_origin(inner) is Literal:
            table[name] = get_args(inner)[0]
        elif is_table(inner):
            table[name] = begun(inner, choices)
        else:
            table[name] = () if get_origin(inner) is tuple else ""
    return table


def is_table(kind: Any) -> bool:
    """Whether KIND declares a table."""
    return isinstance(kind, type) and issubclass(kind, Section)


def _is_row(kind: Any) -> bool:
    """Whether KIND is a list of plain numbers or words."""
    inner = [complaints.bare(one) for one in get_args(kind) if one is not Ellipsis]
    return get_origin(kind) in (tuple, list) and bool(inner) and all(one in (int, float, str) for one in inner)


def _plain(text: str) -> float | int | str:
    text = text.strip()
    try:
        return controls.plain(float(text))
    except ValueError:
        return text


def _with_none(options: Options, optional: bool, language: Language) -> Options:
    none = {"value": "", "text": i18n.say("no_choice", language)}
    return [none, *options] if optional else options
