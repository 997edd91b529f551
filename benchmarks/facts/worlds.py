"""Worlds on which facts are measured: presets and small scenarios, played once per process."""

import functools
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from sim.errors import UserError
from sim.model import stage as stage_room
from sim.model.course import Course
from sim.model.course import play as play_course
from sim.results import contrast
from sim.results.outcome import Outcome
from sim.runs import compare, play
from sim.scenario import read
from sim.scenario.schema import Scenario

THREADS = 2
T = TypeVar("T")


class Lacking(UserError):
    """A fact that this machine cannot look at."""


def data() -> Path:
    """The folder of real cascades."""
    named = os.environ.get("DANDELION_DATA")
    if not named or not Path(named).is_dir():
        raise Lacking("needs the real cascades: DANDELION_DATA is not set")
    return Path(named) / "weibo"


def every(count: int, work: Callable[[int], T]) -> list[T]:
    """WORK(0), WORK(1), ... by two threads."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(count)))


@functools.cache
def preset(name: str, accounts: int | None = None, **changes: Any) -> Scenario:
    """A preset, perhaps smaller."""
    try:
        scenario = read.read(name, Scenario)
    except UserError as lack:
        raise Lacking(f"preset {name} is not here yet") from lack
    return scenario if accounts is None else scenario.with_accounts(accounts)


_stages: dict[str, stage_room.Stage] = {}


def stage(scenario: Scenario) -> stage_room.Stage:
    """The stage of SCENARIO, set once."""
    key = scenario.model_dump_json(exclude={"strategies", "title", "about", "service", "growth", "orders", "prices"})
    if key not in _stages:
        _stages[key] = stage_room.set_stage(scenario, compare.grow_graph(scenario, THREADS))
    return _stages[key]


def small(strategies: dict[str, Any], **tables: Any) -> Scenario:
    """A brand in a market of a million, simulated by 50,000 accounts, watched for four days."""
    plain: dict[str, Any] = {
        "name": "fact",
        "start": "2012-05-07T00:00:00+08:00",
        "days": 4,
        "market": 1_000_000,
        "graph": {"accounts": 50_000, "community_size": 1_000},
        "cast": {"brand": {"audience": 0.1, "fit": 0.6}},
        "contents": {"launch": {"quality": 3.0, "quality_doubt": 0.0}},
        "strategies": strategies,
    }
    return Scenario.model_validate(plain | tables)


def outcomes(scenario: Scenario, strategy: str, count: int) -> list[Outcome]:
    """COUNT matched outcomes of STRATEGY."""
    ready = stage(scenario)
    return every(count, lambda i: play.play(scenario, ready, strategy, compare.replicate_seed(1, i)))


def courses(scenario: Scenario, strategy: str, count: int, look: Callable[[Course], T]) -> list[T]:
    """What LOOK sees in COUNT courses of STRATEGY."""
    ready = stage(scenario)

    def one(i: int) -> T:
        course = play_course(scenario, ready, strategy, compare.replicate_seed(1, i))
        found = look(course)
        course.close()
        return found

    return every(count, one)


def number(outcome: Outcome, name: str) -> float:
    """A metric or a part, NaN where undefined."""
    value = outcome.metrics[name] if name in outcome.metrics else outcome.parts[name]
    return float("nan") if value is None else float(value)


def numbers(found: Sequence[Outcome], name: str) -> np.ndarray:
    """A metric or a part of every outcome."""
    return np.array([number(one, name) for one in found])


def interval(values: np.ndarray, digits: int = 2) -> str:
    """Mean and 95% interval."""
    found = contrast.summary(np.asarray(values, np.float64))
    if found.low is None:
        return f"{found.mean:.{digits}f}"
    return f"{found.mean:,.{digits}f} [{found.low:,.{digits}f}, {found.high:,.{digits}f}]"


def ratio(top: np.ndarray, bottom: np.ndarray, draws: int = 2_000) -> tuple[float, float, float]:
    """Ratio of the means of matched samples with a bootstrap interval of 95%."""
    rng = np.random.default_rng(1)
    pick = rng.integers(0, top.size, (draws, top.size))
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = top[pick].mean(axis=1) / bottom[pick].mean(axis=1)
        middle = top.mean() / bottom.mean()
    low, high = np.nanquantile(spread, [0.025, 0.975])
    return float(middle), float(low), float(high)


def shown(found: tuple[float, float, float], digits: int = 2) -> str:
    """A ratio as text."""
    middle, low, high = found
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"
