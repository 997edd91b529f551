"""Batches that survive anything: plays a plan, keeps what is finished, goes on where it was stopped."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim import errors
from sim.graph import files
from sim.graph import folder as storage
from sim.graph.follower_graph import FollowerGraph
from sim.results import metrics, shelf
from sim.runs import design, provenance, stages, workers
from sim.runs.compare import Progress
from sim.scenario import read
from sim.scenario.schema import Scenario

TASK_SECONDS = 0.7
"""Wanted length of a task: long enough that handing it out costs nothing, short enough to stop quickly."""
LARGEST = 2_000
RUN_BYTES = 230
CURVE_BYTES = 22
ACCOUNT_BYTES = 30
"""Of a graph and a stage, per account, beside 4 for each link."""
FEW_PARTS = 64
"""More parts than this are joined at the end."""


@dataclass(frozen=True)
class Estimate:
    """What a sweep will take.

    runs     in the plan;  left: still to be played
    seconds  expected time for what is left, all workers together; None where nothing has been played yet
    memory   bytes: what a process needs for its graph before the first run, what this one has held at most after it
             (with Dask each worker holds about as much)
    disk     bytes the folder will take in the end;  free: bytes there are
    """

    runs: int
    left: int
    seconds: float | None
    memory: int
    disk: int
    free: int

    @property
    def sentence(self) -> str:
        """What is to come, in one line."""
        head = (
            f"{self.left:,} runs to play" if self.left == self.runs else f"{self.left:,} of {self.runs:,} runs to play"
        )
        time_left = "" if self.seconds is None else f", about {_duration(self.seconds)}"
        disk = f"{max(1.0, self.disk / 1e6):,.0f} MB of disk ({self.free / 1e9:,.1f} GB free)"
        told = f"{head}{time_left}, {self.memory / 1e9:.1f} GB of memory, {disk}."
        return told if self.seconds is not None or not self.left else f"{told} The first runs will show the time."


@dataclass(frozen=True)
class Summary:
    """How a sweep ended."""

    folder: Path
    runs: int
    played: int
    failed: int
    seconds: float

    @property
    def sentence(self) -> str:
        """What was done, in one line."""
        failed = f" {self.failed:,} failed: their causes stand in failures.parquet." if self.failed else ""
        return f"{self.played:,} runs played in {_duration(self.seconds)}, {self.runs:,} in {self.folder}.{failed}"


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6_000 else f"{seconds / 3_600:.1f} h"


def recipe(plan: design.Plan) -> stages.Recipe:
    """What a process needs to play the runs of PLAN.

    A graph folder travels as its path; an edge list or another file is read
    here, once, and travels whole.  Raises UserError when it cannot be read.
    """
    tables = {name: scenario.model_dump(mode="json") for name, scenario in plan.scenarios.items()}
    graph: str | FollowerGraph | None = None
    if plan.sweep.graph is not None:
        found, _ = files.open_graph(
            plan.sweep.graph, plan.sweep.direction
        )  # a folder's manifest is checked here, early
        graph = plan.sweep.graph if Path(plan.sweep.graph).is_dir() else found
    return stages.Recipe(tables, plan.sweep.seed, graph, plan.sweep.curves)


def manifest(plan: design.Plan) -> tuple[dict[str, Any], dict[str, str]]:
    """(manifest, scenario texts) of PLAN's folder. Replicates may become more, so they are no part of the identity."""
    texts = {name: read.write(scenario) for name, scenario in plan.scenarios.items()}
    inputs: dict[str, str | Path] = {f"scenarios/{name}.toml": text for name, text in texts.items()}
    inputs["design"] = read.write(plan.sweep.model_copy(update={"replicates": 1}))
    if plan.sweep.graph is not None:
        graph = Path(plan.sweep.graph)
        inputs["graph"] = graph / storage.MANIFEST if storage.is_graph(graph) else graph
    found = provenance.manifest("sweep", plan.sweep.seed, inputs, {"settings": len(plan.settings)})
    found["sweep"] = {
        **read.plain(plan.sweep),
        "kind": plan.sweep.design.kind,
        "goal": plan.goal,
        "runs": len(plan),
        "knobs": [column for column in plan.table.columns if column not in _IDS and not column.startswith(design.UNIT)],
        "scales": {knob.name: knob.scale for knob in plan.sweep.knobs},
        "strategies": {name: list(names) for name, names in plan.strategies.items()},
        "references": sorted(
            {name for scenario in plan.scenarios.values() for name, one in scenario.strategies.items() if one.reference}
        ),
        "titles": {
            name: one.title or name.replace("_", " ").capitalize()
            for scenario in plan.scenarios.values()
            for name, one in scenario.strategies.items()
        },
        "design_toml": read.write(plan.sweep),
    }
    return found, texts


_IDS = ("scenario_id", "setting_id")


def run(
    plan: design.Plan,
    folder: Path,
    *,
    engine: workers.Engine,
    resume: bool = False,
    progress: Progress | None = None,
    announce: Callable[[Estimate], None] | None = None,
    make: Callable[[stages.Recipe], Callable[[stages.Task], stages.Result]] = stages.Player,
) -> Summary:
    """Play PLAN and keep it in FOLDER; with RESUME only what is not there yet, be it cut short or more replicates.

    announce  told before the first run, by what a trial took, and again once the first runs have shown what one costs

    Whatever interrupts it (the exception passes through), the finished runs
    are in the folder. A run that fails is a row in its failures.
    Raises UserError (folder of something else), EnvironmentFailure (disk).
    """
    began = time.monotonic()
    needed = recipe(plan)  # before the folder is made: a graph that cannot be read leaves nothing behind
    about, texts = manifest(plan)
    with shelf.Shelf.hold(folder, about, texts, plan.table, resume) as held:
        _add_replicates(held, about["sweep"])
        done = held.done()
        keeper = _Keeper(held, len(plan), len(done), engine.jobs, progress)
        told = announce or (lambda _estimate: None)
        expected = keeper.estimate(plan)
        if expected.disk > expected.free:
            raise errors.EnvironmentFailure(
                f"{folder}: about {expected.disk / 1e6:,.1f} MB will be needed, {expected.free / 1e6:,.1f} MB are free."
            )
        if announce is not None and keeper.done < keeper.total:
            keeper.tried = _trial(plan, make(needed), progress)
        told(keeper.estimate(plan))
        shown = False
        try:
            for task, result in engine.play(make, needed, _tasks(plan, done, keeper)):
                keeper.add(task, result)
                if not shown and keeper.tasks >= 2 * engine.jobs:
                    shown = True
                    told(keeper.estimate(plan))
        finally:
            keeper.flush()
        if len(held.parts()) > FEW_PARTS:
            held.merge()
        return Summary(folder, len(plan), keeper.played, len(keeper.failures), time.monotonic() - began)


def _trial(plan: design.Plan, work: Callable[[stages.Task], stages.Result], progress: Progress | None) -> float | None:
    """Seconds that a run of PLAN takes here, with its part of a setting's set-up; None where all fail.

    Of each scenario the first setting is played, which compiles and grows the graph, and then the last one under the
    clock.  These plays are thrown away: nothing has begun yet.
    """
    settings: dict[str, list[design.Setting]] = {}
    for setting in plan.settings:
        settings.setdefault(setting.scenario_id, []).append(setting)
    seconds = runs = 0.0
    for number, (name, here) in enumerate(settings.items()):
        if progress is not None:
            progress("trying a setting", number, len(settings))
        trials = tuple(("trial", strategy, 1) for strategy in plan.strategies[name])
        work(stages.Task(here[0], trials))
        began = time.monotonic()
        if work(stages.Task(here[-1], trials)).runs:
            runs += len(here) * len(trials)
            seconds += len(here) * (time.monotonic() - began)
    return seconds / runs if runs else None


def _add_replicates(held: shelf.Shelf, asked: dict[str, Any]) -> None:
    """What is ASKED may be more replicates than the folder was begun with. Raises UserError when it is fewer."""
    about = held.manifest.get("sweep")
    before = about.get("replicates") if isinstance(about, dict) else None
    if isinstance(before, int) and asked["replicates"] < before:
        raise errors.UserError(
            f"{held.folder} is a sweep of {before} replicates and the design asks for {asked['replicates']}: "
            "they can only become more. Name another folder with -o."
        )
    if asked["replicates"] != before:
        held.write_manifest({**held.manifest, "sweep": asked})


def _tasks(plan: design.Plan, done: set[str], keeper: "_Keeper") -> Iterator[stages.Task]:
    """What is still to be played, in tasks that grow to TASK_SECONDS as the runs show what they cost."""
    seed = plan.sweep.seed
    here: list[tuple[str, str, int]] = []
    setting: design.Setting | None = None
    for one in plan.runs():
        run_id = one.run_id(seed)
        if run_id in done:
            continue
        if setting is not None and (one.setting is not setting or len(here) >= keeper.size()):
            yield stages.Task(setting, tuple(here))
            here = []
        setting = one.setting
        here.append((run_id, one.strategy, one.replicate))
    if setting is not None and here:
        yield stages.Task(setting, tuple(here))


class _Keeper:
    """Takes results in, puts them on the shelf every now and then, counts."""

    def __init__(self, held: shelf.Shelf, total: int, done: int, jobs: int, progress: Progress | None) -> None:
        self.held = held
        self.total = total
        self.done = done
        self.jobs = jobs
        self.progress = progress
        self.played = 0
        self.tasks = 0
        self.began = self.flushed = time.monotonic()
        self.tried: float | None = None  # seconds that a run took before the first one
        self.warm: tuple[float, int] | None = None  # when every worker had compiled and grown its graph; runs till then
        self.pending = stages.Result([], [], [], 0.0)
        self.cost: float | None = None
        old = held.failures()
        self.failures: dict[str, dict[str, Any]] = {
            str(row["run_id"]): {str(key): value for key, value in row.items()} for row in old.to_dict("records")
        }
        self._told = set(self.failures)

    def size(self) -> int:
        """Runs in the next task."""
        if self.cost is None:
            return 8
        return min(LARGEST, max(1, int(TASK_SECONDS / max(self.cost, 1e-6))))

    def add(self, task: stages.Task, result: stages.Result | BaseException) -> None:
        """One finished task."""
        if isinstance(result, BaseException):  # no worker survived it
            result = stages.lost(task, result, self.seed)
        self.tasks += 1
        self.played += len(task.runs)
        self.done += len(task.runs)
        if self.warm is None and self.tasks >= self.jobs:
            self.warm = time.monotonic(), self.played
        if result.runs:
            here = result.seconds / len(task.runs)
            # The first task compiles and grows the graph, so the smaller of two figures says more than their mean.
            self.cost = here if self.cost is None else min(here, 0.8 * self.cost + 0.2 * here)
        self.pending.runs.extend(result.runs)
        self.pending.curves.extend(result.curves)
        for row in result.runs:
            self.failures.pop(row["run_id"], None)
        self.failures |= {row["run_id"]: row for row in result.failures}
        waited = time.monotonic() - self.flushed
        if waited > min(30.0, max(1.0, 0.02 * (self.flushed - self.began))) or len(self.pending.runs) >= 10_000:
            self.flush()
        if self.progress is not None:
            self.progress("playing the runs", self.done, self.total)

    def flush(self) -> None:
        """What is finished goes to disk."""
        self.held.add(self.pending.runs, self.pending.curves)
        self.pending = stages.Result([], [], [], 0.0)
        if set(self.failures) != self._told:
            self.held.write_failures(list(self.failures.values()))
            self._told = set(self.failures)
        self.flushed = time.monotonic()

    @property
    def seed(self) -> int:
        """The sweep's seed."""
        return int(self.held.manifest["seed"])

    def estimate(self, plan: design.Plan) -> Estimate:
        """What is known so far about what is to come."""
        left = self.total - self.done
        disk = self.total * RUN_BYTES
        if plan.sweep.curves:
            longest = max(scenario.hours for scenario in plan.scenarios.values())
            disk += self.total * longest * CURVE_BYTES
        seconds = None if self.tried is None else left * self.tried / self.jobs
        if self.warm is not None and self.played > self.warm[1]:
            seconds = left * (time.monotonic() - self.warm[0]) / (self.played - self.warm[1])
        memory = _memory() if self.played else _memory() + _graph_bytes(plan)
        return Estimate(self.total, left, seconds, memory, disk, shutil.disk_usage(self.held.folder).free)


def _graph_bytes(plan: design.Plan) -> int:
    """What the largest graph and its cast will take, when they are grown here."""
    if plan.sweep.graph is not None:
        return 0
    sizes = [scenario.graph for scenario in plan.scenarios.values()]
    return max(int(one.accounts * (4 * one.mean_followers + ACCOUNT_BYTES)) for one in sizes)


def _memory() -> int:
    """Bytes this process holds at most so far; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


@dataclass(frozen=True)
class Again:
    """One run, played again.

    before, now  metrics; different: names whose bits differ (empty: the same numbers)
    versions     what differs between then and now, in words
    """

    run_id: str
    before: dict[str, float | None]
    now: dict[str, float | None]
    different: tuple[str, ...]
    versions: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """Whether it gave the same numbers, and if not, what has changed since."""
        if not self.different:
            return f"Run {self.run_id} gave the same numbers to the last bit."
        changed = "; ".join(self.versions) or "no version differs: this is a bug worth reporting"
        return f"Run {self.run_id} differs in {', '.join(self.different)}. {changed[:1].upper()}{changed[1:]}."


def reopen(folder: Path) -> design.Plan:
    """The plan that FOLDER was made from. Raises UserError."""
    held = shelf.Shelf.view(folder)
    about = held.manifest.get("sweep")
    if not isinstance(about, dict) or not isinstance(about.get("design_toml"), str):
        raise errors.UserError(f"{folder} is not the folder of a sweep.")
    sweep = read.parse(about["design_toml"], design.Sweep, f"{folder}/{shelf.MANIFEST}")
    scenarios = {
        name: read.parse(text, Scenario, f"{folder}/scenarios/{name}.toml") for name, text in held.scenarios().items()
    }
    return design.again(sweep, scenarios, held.design())


def rerun(folder: Path, run_id: str) -> Again:
    """Play one run of FOLDER again. Raises UserError when there is no such run."""
    held = shelf.Shelf.view(folder)
    plan = reopen(folder)
    rows = held.table("runs")
    row = rows[rows["run_id"] == run_id]
    failed = held.failures()
    if row.empty and run_id not in set(failed["run_id"]):
        raise errors.UserError(f"{folder} has no run {run_id!r}. Ids stand in the column run_id of runs/*.parquet.")
    keys = (failed[failed["run_id"] == run_id] if row.empty else row).iloc[0]
    setting = next(one for one in plan.settings if one.setting_id == keys["setting_id"])
    task = stages.Task(setting, ((run_id, str(keys["strategy"]), int(keys["replicate"])),))
    versions: tuple[str, ...] = tuple(provenance.differences(held.manifest))
    result = stages.Player(recipe(plan))(task)
    if result.failures:
        return Again(run_id, {}, {}, () if row.empty else ("error",), (*versions, result.failures[0]["error"]))
    now = {name: result.runs[0].get(name) for name in metrics.METRICS}
    if row.empty:
        return Again(run_id, {}, now, ("error",), versions)
    before = {name: None if keys[name] != keys[name] else float(keys[name]) for name in metrics.METRICS}
    different = tuple(name for name in metrics.METRICS if not _same(before[name], now[name]))
    return Again(run_id, before, now, different, versions)


def _same(before: float | None, now: float | None) -> bool:
    """Equal to the last bit; undefined equals undefined."""
    if before is None or now is None or now != now:
        return before is None and (now is None or now != now)
    return before == now
