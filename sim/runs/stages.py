"""Plays runs of a sweep in any process: builds what a run needs once, keeps it while it is wanted."""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.graph.follower_graph import FollowerGraph
from sim.kernels import links
from sim.model import kept
from sim.model.stage import Stage, set_stage, under
from sim.runs import compare, design
from sim.runs.play import play
from sim.scenario.schema import Scenario

KEPT = 64
"""Stages kept per process at most."""
KEPT_BYTES = 1.5e9
STAGE_BYTES = 4.0
"""Of a stage, per account: traits and the rows of the cast; the graph is shared."""


@dataclass(frozen=True)
class Recipe:
    """All that a process needs to play any run of a sweep, the same in every process.

    scenarios  by scenario_id, as checked tables
    graph      path of a graph folder to open memory-mapped; a graph that was read into memory, which threads share and
               every Dask worker is sent once; or None: each process grows it from the scenario's recipe
    """

    scenarios: Mapping[str, Mapping[str, Any]]
    seed: int
    graph: str | FollowerGraph | None = None
    curves: bool = False


@dataclass(frozen=True)
class Task:
    """Runs of one setting, played one after another in one place."""

    setting: design.Setting
    runs: tuple[tuple[str, str, int], ...]
    """(run_id, strategy, replicate)"""


@dataclass(frozen=True)
class Result:
    """What became of a task: rows for the shelf (keys and metrics), curves, failures (keys, error, trace), seconds."""

    runs: list[dict[str, Any]]
    curves: list[pd.DataFrame]
    failures: list[dict[str, Any]]
    seconds: float


class Player:
    """Plays the runs of a recipe; safe to share between threads."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.scenarios = {name: Scenario.model_validate(table) for name, table in recipe.scenarios.items()}
        self._graphs: kept.Kept[FollowerGraph] = kept.Kept(2)
        largest = max(int(scenario.graph.accounts) for scenario in self.scenarios.values())
        self._stages: kept.Kept[Stage] = kept.Kept(int(min(KEPT, max(4, KEPT_BYTES / (STAGE_BYTES * largest)))))

    def __call__(self, task: Task) -> Result:
        """Every run of TASK; one that fails is a row in the failures."""
        return play_task(task, self.recipe.seed, self._play_setting)

    def _play_setting(self, setting: design.Setting) -> "Play":
        scenario = design.apply(self.scenarios[setting.scenario_id], setting.knobs)
        stage = self._stage(scenario)

        def one(strategy: str, replicate: int, seed: int) -> tuple[dict[str, float | None], pd.DataFrame | None]:
            compare.check_budget(scenario, [strategy])
            outcome = play(scenario, stage, strategy, seed)
            curves = compare.curve_table([(strategy, replicate, outcome)]) if self.recipe.curves else None
            return outcome.metrics, curves

        return one

    def graph(self, scenario: Scenario) -> FollowerGraph:
        """The graph that SCENARIO plays on."""
        given = self.recipe.graph
        if isinstance(given, FollowerGraph):
            return given
        if given is not None:
            return self._graphs.get(given, lambda: FollowerGraph.open(given))
        growth = links.Growth(**scenario.graph.model_dump())
        return self._graphs.get(growth, lambda: compare.grow_graph(scenario, 1))

    def _stage(self, scenario: Scenario) -> Stage:
        """The stage of SCENARIO. Settings that differ only in response or attention share graph and cast."""
        told = scenario.model_dump(mode="json")
        place = {name: told[name] for name in ("graph", "market", "cast", "topic", "start", "days")}
        common = design.digest(place, 32)
        whole = design.digest([place, told["response"], told["attention"]], 32)

        def make() -> Stage:
            first = self._stages.get(common, lambda: set_stage(scenario, self.graph(scenario)))
            answer = type(first.answer)(**scenario.response.model_dump())
            attention = type(first.attention)(**scenario.attention.model_dump())
            return under(first, answer, attention)

        return self._stages.get(whole, make)


Play = Callable[[str, int, int], tuple[Mapping[str, float | None], pd.DataFrame | None]]
"""(strategy, replicate, seed of its luck) -> metrics, and curves when they are wanted"""


def play_task(task: Task, seed: int, play_setting: Callable[[design.Setting], Play]) -> Result:
    """Every run of TASK by the play that PLAY_SETTING returns for its setting."""
    try:
        one = play_setting(task.setting)
    except Exception as problem:  # a setting that cannot be played fails all its runs
        return lost(task, problem, seed)
    began = time.perf_counter()
    runs, curves, failures = [], [], []
    for run_id, strategy, replicate in task.runs:
        keys = keys_of(task.setting, run_id, strategy, replicate, seed)
        try:
            metrics, hourly = one(strategy, replicate, keys["seed"])
            runs.append(keys | dict(metrics))
            if hourly is not None:
                curves.append(hourly.assign(run_id=run_id))
        except Exception as problem:
            failures.append(keys | told(problem))
    return Result(runs, curves, failures, time.perf_counter() - began)


def lost(task: Task, problem: BaseException, seed: int) -> Result:
    """The result of a task of which every run failed by PROBLEM."""
    words = told(problem)
    failures = [keys_of(task.setting, *run, seed) | words for run in task.runs]
    return Result([], [], failures, 0.0)


def keys_of(setting: design.Setting, run_id: str, strategy: str, replicate: int, seed: int) -> dict[str, Any]:
    """The columns that name a run on the shelf."""
    return {
        "run_id": run_id,
        "scenario_id": setting.scenario_id,
        "setting_id": setting.setting_id,
        "strategy": strategy,
        "replicate": replicate,
        "seed": compare.replicate_seed(seed, replicate),
    }


def told(problem: BaseException) -> dict[str, str]:
    """A failure in words: `error` for people, `trace` for whoever mends it."""
    trace = "".join(traceback.format_exception(problem))
    return {"error": f"{type(problem).__name__}: {problem}"[:2_000], "trace": trace[-4_000:]}
