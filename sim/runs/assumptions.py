"""The second certainty: parameters drawn from their declared doubt, one matched draw per replicate.

A declared `doubt` is a range around the default.  Where a scenario sets
another value, the range moves with it in proportion; where its table [doubt]
names the parameter (as `dandelion calibrate` writes it), that range holds and
a range of one point is no doubt.  The draw is labelled by (seed, parameter), so
all strategies of a replicate meet the same one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim import quantities
from sim.kernels import draws
from sim.model import editorial, schedule
from sim.model import stage as stage_room
from sim.model.casting import interested_communities, label
from sim.model.stage import Stage
from sim.scenario.schema import Known, Scenario

# Tables that a scenario may leave out.
PRACTICES = (
    "staff", "service", "growth", "orders", "mishaps", "headquarters", "segments", "reviews",
    "press", "hot", "search", "mentions", "circle", "rivals",
)  # fmt: skip
DRAWN = ("response", "attention", "topic", "contents", *PRACTICES)


@dataclass(frozen=True)
class Doubt:
    """One parameter in doubt: where it stands, what it is set to, and its plausible range."""

    path: tuple[str, ...]
    value: float
    low: float
    high: float

    @property
    def name(self) -> str:
        """The parameter as a planner finds it: response.repost_rate."""
        return ".".join(self.path)


def doubts(scenario: Scenario) -> list[Doubt]:
    """Every parameter of SCENARIO that declares a doubt, and on which something in it depends."""
    found = []
    for table in ("response", "attention", "topic", *PRACTICES):
        section = getattr(scenario, table)
        found += [] if section is None else _of(section, (table,), scenario.doubt)
    posted = _posted(scenario)
    for name, content in scenario.contents.items():
        found += _of(content, ("contents", name), scenario.doubt) if name in posted else []
    asked = editorial.used(scenario)
    if asked:
        found += [one for one in _of(scenario.editorial, ("editorial",), scenario.doubt) if one.path[1] in asked]
    cast = scenario.cast
    idle = {"trust_kol": not cast.kols, "trust_employee": not cast.employees.count, "trust_leader": cast.leader is None}
    return [one for one in found if not (one.path[0] == "response" and idle.get(one.path[1], False))]


def _posted(scenario: Scenario) -> set[str]:
    """The contents that any strategy posts."""
    plans = [schedule.followed(scenario, strategy) for strategy in scenario.strategies.values()]
    return {action.content for plan in plans for action in plan.posts}


def _of(section: Any, path: tuple[str, ...], known: Mapping[str, Known]) -> list[Doubt]:
    found = []
    for name, parameter in quantities.parameters(type(section)).items():
        told = known.get(".".join((*path, name)))
        if told is not None:
            if told.low < told.high:
                found.append(Doubt((*path, name), float(getattr(section, name)), told.low, told.high))
            continue
        if parameter.doc.doubt is None or parameter.default is None:
            continue
        value = float(getattr(section, name))
        low, high = parameter.doc.doubt
        if parameter.default != 0:
            low, high = low * value / parameter.default, high * value / parameter.default
        if parameter.range is not None:
            low, high = max(low, parameter.range.low), min(high, parameter.range.high)
        found.append(Doubt((*path, name), value, low, high))
    return found


def draw(doubtful: list[Doubt], seed: int) -> dict[str, float]:
    """One value per doubt: log-uniform where the range is positive, else uniform."""
    drawn = {}
    for doubt in doubtful:
        stream = np.uint64(draws.key(np.uint64(seed), draws.ASSUMPTION, np.uint64(label(doubt.name))))
        u = draws.uniform(np.uint64(draws.bits(stream, 0)))
        if doubt.low > 0:
            drawn[doubt.name] = float(doubt.low * (doubt.high / doubt.low) ** u)
        else:
            drawn[doubt.name] = float(doubt.low + (doubt.high - doubt.low) * u)
    return drawn


def assume(scenario: Scenario, stage: Stage, drawn: dict[str, float]) -> tuple[Scenario, Stage]:
    """SCENARIO and STAGE with the DRAWN values; the graph and the cast stay."""
    changes: dict[str, dict[str, Any]] = {}
    contents = {name: dict[str, float]() for name in scenario.contents}
    for name, value in drawn.items():
        table, *rest = name.split(".")
        if table == "contents":
            contents[rest[0]][rest[1]] = value
        else:
            changes.setdefault(table, {})[rest[0]] = value
    answer = stage.answer._replace(**changes.get("response", {}))
    attention = stage.attention._replace(**changes.get("attention", {}))
    changed = stage_room.under(stage, answer, attention)
    if "topic" in changes:
        interested = interested_communities(stage.interest.size, changes["topic"]["interested"])
        changed = stage_room.with_interest(changed, interested)
    described = {name: scenario.contents[name].model_copy(update=new) for name, new in contents.items()}
    practices = {
        table: getattr(scenario, table).model_copy(update=changes[table])
        for table in (*PRACTICES, "editorial")
        if table in changes
    }
    return scenario.model_copy(update={"contents": described, **practices}), changed
