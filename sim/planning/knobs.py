"""Knobs a planner turns: short names declared once, and any value of the scenario by its dotted name.

knobs.find(scenario, "employee_participation")
knobs.find(scenario, "response.trust_kol=0.8:1.6")    a range of one's own after the equals sign
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sim import quantities
from sim.errors import UserError
from sim.model.launch import Action
from sim.runs import design
from sim.scenario import complaints
from sim.scenario.schema import Scenario

Turn = Callable[[Scenario, float], Scenario]


@dataclass(frozen=True)
class Knob:
    """One knob: its range, where it stands now (None: not one value), how to turn it."""

    name: str
    low: float
    high: float
    now: float | None
    meaning: str
    turn: Turn
    whole: bool = False

    def at(self, value: float) -> float:
        """VALUE as this knob can stand: whole where whole is meant."""
        return float(round(value)) if self.whole else float(value)


@dataclass(frozen=True)
class Short:
    """A declared short name: meaning, range, how it reads and how it turns."""

    meaning: str
    low: float
    high: float
    now: Callable[[Scenario], float | None]
    turn: Turn
    whole: bool = False


def _lines(scenario: Scenario, calls: Callable[[Action], bool], change: Callable[[Action], dict[str, Any]]) -> Scenario:
    """SCENARIO with a CHANGE to every line that CALLS picks."""
    strategies = {
        name: one.model_copy(
            update={"posts": tuple(line.model_copy(update=change(line)) if calls(line) else line for line in one.posts)}
        )
        for name, one in scenario.strategies.items()
    }
    return scenario.model_copy(update={"strategies": strategies})


def _staff(line: Action) -> bool:
    return line.by == "employees"


def _one_value(values: Sequence[float]) -> float | None:
    return values[0] if values and all(value == values[0] for value in values) else None


def _lines_of(scenario: Scenario, calls: Callable[[Action], bool]) -> list[Action]:
    return [line for one in scenario.strategies.values() for line in one.posts if calls(line)]


def _kol(scenario: Scenario) -> Callable[[Action], bool]:
    words = {"kols", *(kol.name for kol in scenario.cast.kols)}
    return lambda line: line.by in words


def _worth(calls: Callable[[Scenario], Callable[[Action], bool]]) -> Turn:
    """A factor on the quality of what these lines post."""

    def turn(scenario: Scenario, factor: float) -> Scenario:
        used = {line.content for line in _lines_of(scenario, calls(scenario))}
        contents = {
            name: one.model_copy(update={"quality": one.quality * factor}) if name in used else one
            for name, one in scenario.contents.items()
        }
        return scenario.model_copy(update={"contents": contents})

    return turn


def _fees(scenario: Scenario, factor: float) -> Scenario:
    prices = scenario.prices
    kols = tuple(
        kol if kol.fee is None else kol.model_copy(update={"fee": kol.fee * factor}) for kol in scenario.cast.kols
    )
    return scenario.model_copy(
        update={
            "prices": prices.model_copy(
                update={
                    "kol_fixed": prices.kol_fixed * factor,
                    "kol_per_follower": prices.kol_per_follower * factor,
                }
            ),
            "cast": scenario.cast.model_copy(update={"kols": kols}),
        }
    )


def _hour(scenario: Scenario, hour: float) -> Scenario:
    start = scenario.start
    begin = start.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(hours=hour)
    return scenario.model_copy(update={"start": begin})


def _employees(scenario: Scenario, count: float) -> Scenario:
    staff = scenario.cast.employees.model_copy(update={"count": round(count)})
    return scenario.model_copy(update={"cast": scenario.cast.model_copy(update={"employees": staff})})


def _audience(scenario: Scenario, followers: float) -> Scenario:
    staff = scenario.cast.employees.model_copy(update={"audience": None, "followers": round(followers)})
    return scenario.model_copy(update={"cast": scenario.cast.model_copy(update={"employees": staff})})


def _factor(_scenario: Scenario) -> float | None:
    return 1.0


SHORT: dict[str, Short] = {
    "employee_participation": Short(
        "share of the employees who take part",
        0.0,
        1.0,
        lambda scenario: _one_value([line.participation for line in _lines_of(scenario, _staff)]),
        lambda scenario, value: _lines(scenario, _staff, lambda _: {"participation": value}),
    ),
    "employee_posts": Short(
        "posts of each employee who takes part",
        1,
        20,
        lambda scenario: _one_value([float(line.times) for line in _lines_of(scenario, _staff)]),
        lambda scenario, value: _lines(scenario, _staff, lambda _: {"times": round(value)}),
        whole=True,
    ),
    "employees": Short(
        "employees with an account", 1, 20_000, lambda s: float(s.cast.employees.count), _employees, whole=True
    ),
    "employee_followers": Short(
        "followers of one employee",
        10,
        5_000,
        lambda scenario: scenario.cast.employees.heads(scenario.market),
        _audience,
        whole=True,
    ),
    "employee_quality": Short(
        "factor on the worth of what employees post", 0.25, 8.0, _factor, _worth(lambda _scenario: _staff)
    ),
    "kol_posts": Short(
        "posts of each KOL",
        1,
        10,
        lambda scenario: _one_value([float(line.times) for line in _lines_of(scenario, _kol(scenario))]),
        lambda scenario, value: _lines(scenario, _kol(scenario), lambda _: {"times": round(value)}),
        whole=True,
    ),
    "kol_fee_factor": Short("factor on every KOL's fee", 0.1, 10.0, _factor, _fees),
    "kol_quality": Short("factor on the worth of what KOLs post", 0.1, 4.0, _factor, _worth(_kol)),
    "quality": Short(
        "factor on the worth of every post", 0.1, 10.0, _factor, _worth(lambda _scenario: lambda _line: True)
    ),
    "hour": Short(
        "hour of the day at which the launch starts",
        0.0,
        24.0,
        lambda scenario: scenario.start.hour + scenario.start.minute / 60.0,
        _hour,
    ),
}


def find(scenario: Scenario, text: str) -> Knob:
    """The knob that TEXT names: NAME or NAME=LOW:HIGH. Raises UserError for an unknown one or a range that is none.

    A dotted name's range is its plausible doubt, else what its declaration allows, if that is short.
    """
    name, _, span = text.partition("=")
    name = name.strip()
    if name in SHORT:
        short = SHORT[name]
        low, high = _span(text, span, (short.low, short.high))
        if name.startswith("employee") and not _lines_of(scenario, _staff):
            raise UserError(f"{name}: no strategy of {scenario.name} calls employees.")
        if name.startswith("kol_") and not _lines_of(scenario, _kol(scenario)):
            raise UserError(f"{name}: no strategy of {scenario.name} calls KOLs.")
        return Knob(name, low, high, short.now(scenario), short.meaning, short.turn, short.whole)
    if "." not in name:
        near = complaints.did_you_mean(name, SHORT)
        raise UserError(
            f"{name!r} is not a knob.{near}\nKnown: {', '.join(SHORT)}; or a value of the scenario by its dotted name, "
            "such as response.trust_kol."
        )
    return _dotted(scenario, name, text, span)


def _dotted(scenario: Scenario, name: str, text: str, span: str) -> Knob:
    place, now = _value(scenario, name)
    if isinstance(now, bool) or not isinstance(now, int | float):
        raise UserError(f"{name} = {now!r} is no number that could be turned.")
    declared = complaints.declared(type(scenario), place)
    allowed = None if declared is None else _plausible(declared, float(now))
    if not span and allowed is None:
        raise UserError(f"{name} declares no short range; give one, as in {name}={0.5 * now:g}:{2 * now:g}.")
    low, high = _span(text, span, allowed)
    whole = declared is not None and declared.kind is int
    meaning = "" if declared is None else declared.doc.meaning
    return Knob(name, low, high, float(now), meaning, lambda one, value: design.apply(one, [(name, value)]), whole)


def _value(scenario: Scenario, name: str) -> tuple[tuple[str | int, ...], Any]:
    """Where the dotted NAME stands, and its value; entries of a list by their name or number (from 1)."""
    table: Any = scenario.model_dump()
    place: list[str | int] = []
    for word in name.split("."):
        key: str | int = word
        known = list(table) if isinstance(table, dict) else []
        if isinstance(table, list | tuple):
            known = [str(entry.get("name", n)) for n, entry in enumerate(table, 1) if isinstance(entry, dict)]
            if word in known:
                key = known.index(word)
            elif word.isdecimal() and len(word) < 19 and 1 <= int(word) <= len(table):
                key = int(word) - 1
        if not (isinstance(table, dict) and key in table) and not isinstance(key, int):
            near = complaints.did_you_mean(word, known)
            raise UserError(
                f"the knob {name} is not in {scenario.name}: {word!r} is not known there.{near}\n"
                f"  Known there: {', '.join(known) or 'nothing'}."
            )
        place.append(key)
        table = table[key]
    return tuple(place), table


def _plausible(declared: quantities.Parameter, now: float) -> tuple[float, float] | None:
    if declared.doc.doubt is not None:
        low, high = declared.doc.doubt
        if declared.default:
            low, high = low * now / declared.default, high * now / declared.default
        if declared.range is not None:
            low, high = max(low, declared.range.low), min(high, declared.range.high)
        return (low, high) if low < high else None
    if declared.range is not None and declared.range.high - declared.range.low <= 1.0:
        return declared.range.low, declared.range.high
    return None


def _span(text: str, span: str, default: tuple[float, float] | None) -> tuple[float, float]:
    if not span and default is not None:
        return float(default[0]), float(default[1])
    low, colon, high = span.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = 0.0, 0.0
    if not colon or not ends[0] < ends[1] or not all(abs(end) < 1e300 for end in ends):
        raise UserError(f"{text!r}: a range is LOW:HIGH with two numbers, the first the smaller, as in 0.2:0.8.")
    return ends
