"""What a sweep plays: scenarios x settings x strategies x replicates, each run with an id that says what it is.

A setting is a point in the space of knobs; a knob is any value of the
scenario file, by its dotted name (`response.repost_rate`,
`strategies.mixed.posts.2.participation`, `cast.kols.kol_1.fee`).  Replicate r
meets the same luck in every setting and strategy.
"""

import hashlib
import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import pydantic

from sim import errors
from sim.quantities import Doc, Range
from sim.results import metrics
from sim.scenario import complaints, read, tables
from sim.scenario.schema import Scenario
from sim.section import Section, Text, Title

Value = bool | int | float | str
Kind = Literal["grid", "latin_hypercube", "sobol", "morris", "csv"]
LIMIT = 5_000_000
"""Settings of one design; more belong on several folders."""
UNIT = "unit:"
"""Columns of the design table that hold a knob's place between 0 and 1, for the sensitivity indices."""


class Knob(Section):
    """One value of the scenario that the sweep changes."""

    name: str
    values: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None
    scale: Literal["linear", "log"] = "linear"
    steps: Annotated[
        Annotated[int, Range(2, 1_000, "values", whole=True)], Doc("values of a grid from low to high")
    ] = 5

    @pydantic.model_validator(mode="after")
    def _one_way(self) -> "Knob":
        span = self.low is not None and self.high is not None
        if bool(self.values) == span or (self.low is None) != (self.high is None):
            raise ValueError(f"the knob {self.name} needs either values = [...], or low and high")
        if span and not self.low < self.high:  # type: ignore[operator]
            raise ValueError(f"the knob {self.name}: low must lie below high")
        if span and self.scale == "log" and self.low <= 0:  # type: ignore[operator]
            raise ValueError(f"the knob {self.name}: a log scale needs low above 0")
        return self

    def at(self, place: float) -> Value:
        """The value at PLACE between 0 and 1."""
        if self.values:
            return self.values[min(int(place * len(self.values)), len(self.values) - 1)]
        low, high = float(self.low or 0.0), float(self.high or 0.0)
        if self.scale == "log":
            return float(low * (high / low) ** place)
        return low + (high - low) * place

    def grid(self) -> list[Value]:
        """Its values in a grid."""
        return list(self.values) or [self.at(place) for place in np.linspace(0.0, 1.0, self.steps)]


class Points(Section):
    """How the settings are chosen."""

    kind: Kind = "grid"
    points: Annotated[
        Annotated[int, Range(1, 1_000_000, "points", whole=True)],
        Doc("settings (latin_hypercube), base points (sobol: times knobs + 2), trajectories (morris)"),
    ] = 64
    levels: Annotated[Annotated[int, Range(2, 64, "levels", whole=True)], Doc("levels of morris")] = 4
    file: str | None = None

    @pydantic.model_validator(mode="after")
    def _file(self) -> "Points":
        if (self.kind == "csv") != (self.file is not None):
            raise ValueError('kind = "csv" and file = "..." belong together')
        if self.kind == "morris" and self.levels % 2:
            raise ValueError("morris needs an even number of levels")
        return self


class Sweep(Section):
    """A sweep file."""

    schema_version: Literal[1] = 1
    name: str = "sweep"
    title: Title = ""
    about: Text = ""
    scenarios: Annotated[tuple[str, ...], pydantic.Field(min_length=1)]
    strategies: tuple[str, ...] = ()
    replicates: Annotated[Annotated[int, Range(1, 1_000_000, "replicates", whole=True)], Doc("plays per setting")] = 8
    seed: Annotated[Annotated[int, Range(0, 2**62, "", whole=True)], Doc("of the luck and of the design")] = 1
    accounts: Annotated[Annotated[int, Range(2, 2**31, "accounts", whole=True)] | None, Doc("simulated accounts")] = (
        None
    )
    graph: str | None = None
    direction: Literal["follows", "influences"] | None = None
    goal: str | None = None
    curves: bool = False
    design: Points = Points()
    knobs: tuple[Knob, ...] = ()

    @pydantic.model_validator(mode="after")
    def _sound(self) -> "Sweep":
        names = [knob.name for knob in self.knobs]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the knob {name} stands there twice")
        if self.goal is not None and self.goal not in metrics.METRICS:
            raise ValueError(
                f"goal: {self.goal!r} is not a metric.{complaints.did_you_mean(self.goal, metrics.METRICS)}"
            )
        if self.design.kind == "csv" and self.knobs:
            raise ValueError("the columns of the CSV are the knobs; leave [[knobs]] out")
        if self.design.kind in ("latin_hypercube", "sobol", "morris") and not self.knobs:
            raise ValueError(f"a {self.design.kind} design needs [[knobs]]")
        return self


@dataclass(frozen=True)
class Setting:
    """A scenario with knobs set."""

    setting_id: str
    scenario_id: str
    knobs: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Run:
    """One play."""

    setting: Setting
    strategy: str
    replicate: int

    def run_id(self, seed: int) -> str:
        """A stable name of what it is, not of when or where it ran."""
        return digest([self.setting.setting_id, self.strategy, self.replicate, seed], 20)


@dataclass(frozen=True)
class Plan:
    """A design, drawn: what is to be played.

    settings    without repetition, in the order of the design
    strategies  by scenario_id
    table       the design as it was drawn, one row per point (a point may repeat a setting)
    """

    sweep: Sweep
    scenarios: dict[str, Scenario]
    settings: tuple[Setting, ...]
    strategies: dict[str, tuple[str, ...]]
    table: pd.DataFrame

    @property
    def goal(self) -> str | dict[str, float]:
        """What decides: the sweep's goal, or the first scenario's."""
        return self.sweep.goal or next(iter(self.scenarios.values())).goal

    def __len__(self) -> int:
        """Number of runs."""
        return self.sweep.replicates * sum(len(self.strategies[setting.scenario_id]) for setting in self.settings)

    def rounds(self) -> Iterator[range]:
        """Replicates 0, 1, 2-3, 4-7, ...: stopped anywhere, every setting has nearly the same number."""
        done = 0
        while done < self.sweep.replicates:
            size = max(1, done)
            yield range(done, min(done + size, self.sweep.replicates))
            done += size

    def runs(self) -> Iterator[Run]:
        """Every run, interleaved by replicate."""
        for block in self.rounds():
            for setting in self.settings:
                for replicate in block:
                    for strategy in self.strategies[setting.scenario_id]:
                        yield Run(setting, strategy, replicate)


def make(source: str | Path) -> Plan:
    """The plan of a sweep file or preset. Raises UserError naming file, table, key, found and allowed."""
    path = read.locate(source, "sweeps")
    sweep = read.read(path, Sweep)
    base = path.parent
    scenarios: dict[str, Scenario] = {}
    for name in sweep.scenarios:
        beside = base / name
        scenario = read.read(str(beside) if beside.is_file() else name, Scenario)
        if scenario.name in scenarios:
            raise errors.UserError(f"{path}: scenarios: two of them are named {scenario.name}.")
        scenarios[scenario.name] = scenario if sweep.accounts is None else scenario.with_accounts(sweep.accounts)
    if sweep.design.file is not None:
        given = base / sweep.design.file
        sweep = sweep.model_copy(update={"design": sweep.design.model_copy(update={"file": str(given)})})
    if sweep.graph is not None:
        beside = base / sweep.graph
        graph = str(beside if beside.exists() else Path(sweep.graph).absolute())
        sweep = sweep.model_copy(update={"graph": graph})
    return of(sweep, scenarios, str(path))


def of(sweep: Sweep, scenarios: Mapping[str, Scenario], where: str = "sweep") -> Plan:
    """The plan of SWEEP over SCENARIOS (by name)."""
    names, points, units = _points(sweep, where)
    rows: list[dict[str, Any]] = []
    settings: dict[str, Setting] = {}
    for scenario_id, scenario in scenarios.items():
        base = digest(scenario.model_dump(mode="json"), 16)
        kinds = {name: _check(scenario, name, where) for name in names}
        for number, point in enumerate(points):
            knobs = tuple(
                (name, _fitting(value, kinds[name], name, where)) for name, value in zip(names, point, strict=True)
            )
            setting_id = digest([base, knobs], 16)
            settings.setdefault(setting_id, Setting(setting_id, scenario_id, knobs))
            unit = {} if units is None else {UNIT + name: units[number, k] for k, name in enumerate(names)}
            rows.append({"scenario_id": scenario_id, "setting_id": setting_id, **dict(knobs), **unit})
    strategies = {name: _strategies(sweep, scenario, where) for name, scenario in scenarios.items()}
    return Plan(sweep, dict(scenarios), tuple(settings.values()), strategies, pd.DataFrame(rows))


def again(sweep: Sweep, scenarios: Mapping[str, Scenario], table: pd.DataFrame) -> Plan:
    """The plan whose drawn TABLE was kept; sampled designs need not be drawn twice."""
    knobs = [name for name in table.columns if name not in ("scenario_id", "setting_id") and not name.startswith(UNIT)]
    settings: dict[str, Setting] = {}
    for row in table.to_dict("records"):
        point = tuple((name, row[name]) for name in knobs if row[name] is not None and row[name] == row[name])
        settings.setdefault(row["setting_id"], Setting(row["setting_id"], str(row["scenario_id"]), point))
    strategies = {name: _strategies(sweep, scenario, "sweep") for name, scenario in scenarios.items()}
    return Plan(sweep, dict(scenarios), tuple(settings.values()), strategies, table)


def _points(sweep: Sweep, where: str) -> tuple[list[str], list[tuple[Value, ...]], Any]:
    """Names of the knobs, the points, and (for sampled designs) their places between 0 and 1."""
    design, knobs = sweep.design, sweep.knobs
    if design.file is not None:
        names, given = tables.settings(Path(design.file))
        return names, [tuple(row[name] for name in names) for row in given], None
    names = [knob.name for knob in knobs]
    if design.kind == "grid":
        size = math.prod(len(knob.grid()) for knob in knobs)
        _small_enough(size, where)
        return names, list(itertools.product(*(knob.grid() for knob in knobs))), None
    _small_enough(design.points * (len(knobs) + 2), where)
    unit = _sample(design, len(knobs), sweep.seed)
    return names, [tuple(knob.at(float(x)) for knob, x in zip(knobs, row, strict=True)) for row in unit], unit


def _small_enough(size: int, where: str) -> None:
    if size > LIMIT:
        raise errors.UserError(f"{where}: the design has {size:,} settings; at most {LIMIT:,} are allowed.")


def problem(knobs: Sequence[str]) -> dict[str, Any]:
    """The unit cube in SALib's words."""
    return {"num_vars": len(knobs), "names": list(knobs), "bounds": [[0.0, 1.0]] * len(knobs)}


def _sample(design: Points, knobs: int, seed: int) -> Any:
    """float64[points, knobs] between 0 and 1; the same for the same seed."""
    cube = problem([str(k) for k in range(knobs)])
    small = seed % 2**32
    if design.kind == "latin_hypercube":
        from scipy.stats import qmc

        return qmc.LatinHypercube(knobs, rng=np.random.default_rng(seed)).random(design.points)
    if design.kind == "sobol":
        from SALib.sample import sobol

        size = 2 ** math.ceil(math.log2(max(design.points, 2)))  # the sequence is balanced at powers of two
        return sobol.sample(cube, size, calc_second_order=False, seed=small)
    from SALib.sample import morris

    return morris.sample(cube, design.points, num_levels=design.levels, seed=small)


def _strategies(sweep: Sweep, scenario: Scenario, where: str) -> tuple[str, ...]:
    for name in sweep.strategies:
        if name not in scenario.strategies:
            near = complaints.did_you_mean(name, scenario.strategies)
            known = ", ".join(scenario.strategies)
            raise errors.UserError(f"{where}: strategies: {scenario.name} has no {name!r}.{near}\n  Known: {known}.")
    return tuple(dict.fromkeys(sweep.strategies)) or tuple(scenario.strategies)


def digest(value: Any, length: int) -> str:
    """A hexadecimal name of LENGTH digits for a JSON value; the same on every machine."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _steps(table: Any, name: str, where: str) -> Iterator[tuple[Any, Any, str]]:
    """(container, key, word) for each step of the dotted NAME down into TABLE."""
    for word in name.split("."):
        key: Any = word
        if isinstance(table, list | tuple):
            named = [n for n, entry in enumerate(table) if isinstance(entry, dict) and entry.get("name") == word]
            whole = word.isdecimal() and len(word) < 19  # no list is longer
            numbered = [int(word) - 1] if whole and 1 <= int(word) <= len(table) else []
            entries = named or numbered
            known = [str(entry.get("name", n)) for n, entry in enumerate(table, 1) if isinstance(entry, dict)]
            key = entries[0] if entries else None
        else:
            known = list(table) if isinstance(table, dict) else []
            key = word if word in known else None
        if key is None:
            near = complaints.did_you_mean(word, known)
            raise errors.UserError(
                f"{where}: the knob {name} is not in the scenario: {word!r} is not known there.{near}\n"
                f"  Known there: {', '.join(known) or 'nothing'}."
            )
        yield table, key, word
        table = table[key]


def _check(scenario: Scenario, name: str, where: str) -> Any:
    """The declared type of the knob NAME. Raises UserError when there is no such value."""
    place = tuple(key for _, key, _ in _steps(scenario.model_dump(), name, where))
    table = complaints.kind_at(type(scenario), place[:-1])
    kind = complaints.kind_at(type(scenario), place)
    if complaints.fields(kind):
        raise errors.UserError(f"{where}: the knob {name} is a table; name one value in it.")
    parameter = complaints.parameter_of(table, str(place[-1])) if complaints.fields(table) else None
    return kind, None if parameter is None else parameter.range


def _fitting(value: Value, kind: Any, name: str, where: str) -> Value:
    """VALUE as the declaration wants it: whole where whole is meant, inside its range."""
    declared, allowed = kind
    if isinstance(value, float) and not math.isfinite(value):
        raise errors.UserError(f"{where}: the knob {name} = {value} is no finite number.")
    if declared is int and isinstance(value, float):
        value = round(value)
    if declared is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if allowed is not None and (not number or not allowed.low <= float(value) <= allowed.high):
        raise errors.UserError(
            f"{where}: the knob {name} = {complaints.shown(value)} is outside "
            f"{allowed.low:g} to {allowed.high:g} ({allowed.unit})."
        )
    return value


def apply(scenario: Scenario, knobs: Sequence[tuple[str, Value]]) -> Scenario:
    """SCENARIO with KNOBS set, checked as a whole. Raises UserError."""
    if not knobs:
        return scenario
    table = _lists(scenario.model_dump())
    for name, value in knobs:
        for holder, key, _ in _steps(table, name, scenario.name):
            last = holder, key
        last[0][last[1]] = value
    try:
        return Scenario.model_validate(table)
    except pydantic.ValidationError as wrong:
        raise errors.UserError(complaints.invalid("", f"{scenario.name} with {dict(knobs)}", Scenario, wrong)) from None


def _lists(value: Any) -> Any:
    """Tuples as lists, so that an entry can be set."""
    if isinstance(value, dict):
        return {key: _lists(inner) for key, inner in value.items()}
    return [_lists(inner) for inner in value] if isinstance(value, list | tuple) else value
