"""Start-up: compile time on an empty kernel cache, and a start with the kernels cached.

    python -m benchmarks.startup            (on a quiet machine, about four minutes)

Each run is a process of its own, on one core, on two, and on four if there are
as many (that many compilers work side by side: `sim.kernels.compilers`).  The
first table is one launch: import, grow 2,000 accounts, play.  The second is
every kernel that a command can reach: all presets with all strategies, spread
with every sampler, the choice of seeds, graphs stored and on demand, the bound's
reads.  Prints Markdown: seconds of wall clock, and of the processor, compilers
included.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile

MARKS = """
import json, time
marks = []
def mark(part):
    marks.append((part, time.perf_counter()))
def told(answer):
    from sim.kernels import compiled
    print(json.dumps({"answer": answer, "compiled": compiled.compiled_functions(), "parts": {
        part: wall - before[1] for before, (part, wall) in zip(marks, marks[1:])}}))
mark("")
"""
LAUNCH = """
from sim.runs import compare, play
from sim.model import stage
from sim.scenario import read
from sim.scenario.schema import Scenario
mark("import")
scenario = read.read("nokia_n8", Scenario).with_accounts(2_000)
graph = compare.grow_graph(scenario, 1)
mark("growth")
ready = stage.set_stage(scenario, graph)
mark("stage")
reach = play.play(scenario, ready, "celebrity_seeding", 1).metrics["reach"]
mark("first launch")
play.play(scenario, ready, "celebrity_seeding", 1)
mark("next launch")
told(reach)
"""
EVERYTHING = """
import pathlib, tempfile
import numpy as np
from sim.bench import bound, workloads
from sim.graph import describe, grow
from sim.kernels import links, memory
from sim.model import stage
from sim.planning import reverse_graph, solver, spread
from sim.runs import compare, play
from sim.scenario import read
from sim.scenario.schema import Scenario
mark("import")
reach = []
for name in read.presets():
    scenario = read.read(name, Scenario).with_accounts(3_000)
    ready = stage.set_stage(scenario, compare.grow_graph(scenario, 1))
    reach += [play.play(scenario, ready, strategy, 1).metrics["reach"] for strategy in scenario.strategies]
mark("every preset, every strategy")
load = workloads.from_keys("small", 2_000, workloads.chung_lu(2_000, 10_000, 1))
by_link = np.full(load.followers.size, 0.1)
for chance, same, model in (
    (0.1, False, "independent_cascade"), (0.1, True, "independent_cascade"), (by_link, False, "independent_cascade"),
    ("weighted_cascade", False, "independent_cascade"), ("weighted_cascade", False, "linear_threshold"),
):
    reach.append(spread.spread(load.graph, load.seeds, chance, 10, 1, same, model).mean)
mark("spread, every sampler")
for chance in (0.1, "weighted_cascade"):
    reach.append(solver.select(reverse_graph.ReverseGraph(load.graph, chance), 3, support=8).spread)
mark("choice of seeds")
with tempfile.TemporaryDirectory() as place:
    for on_demand in (False, True):
        grow.make(pathlib.Path(place) / str(on_demand), links.Growth(accounts=3_000), threads=1, on_demand=on_demand)
    describe.info(pathlib.Path(place) / "False", None)
mark("graph make and info")
there = bound.Memory(1 << 16)
memory.read_at_places(there.halves, there.halves[:4], 2)
mark("the bound's reads")
told(reach)
"""


def once(script: str, cache: str, cores: int) -> tuple[object, int, dict[str, float], float]:
    """Answer, functions compiled, wall clock by part, processor seconds: a fresh process on CORES, kernels in CACHE."""
    environment = os.environ | {"DANDELION_CACHE": cache, "DANDELION_COMPILERS": str(cores)}
    command = [sys.executable, "-c", MARKS + script]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command, env=environment, check=True, stdout=subprocess.PIPE, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores]),
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = json.loads(done.stdout)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return found["answer"], found["compiled"], found["parts"], spent


def table(script: str, starts: int) -> None:
    """The Markdown of SCRIPT: first starts by cores against the fastest of STARTS later ones."""
    numbers = [cores for cores in (1, 2, 4) if cores <= len(os.sched_getaffinity(0))]
    columns = []
    for cores in numbers:
        with tempfile.TemporaryDirectory() as cache:
            columns.append(once(script, cache, cores))
            others = [once(script, cache, cores) for _ in range(starts)] if cores == numbers[-1] else []
    if any(found != columns[0][0] for found, *_ in (*columns, *others)) or any(count for _, count, *_ in others):
        raise SystemExit("another answer, or something was compiled again")
    later = min(others, key=lambda one: sum(one[2].values()))
    heads = [f"empty cache, {cores} core{'s' if cores > 1 else ''}" for cores in numbers]
    print(f"| part | {' | '.join(heads)} | cached |\n|---|{'---:|' * (len(numbers) + 1)}")
    for part in columns[0][2]:
        print(f"| {part} | {' | '.join(f'{parts[part]:.2f}' for _, _, parts, _ in (*columns, later))} |")
    walls = [f"{sum(parts.values()):.2f}" for _, _, parts, _ in (*columns, later)]
    print(f"| all, s | {' | '.join(walls)} |")
    print(f"| processor, s | {' | '.join(f'{spent:.2f}' for *_, spent in (*columns, later))} |")
    print(f"| functions compiled | {' | '.join(str(count) for _, count, *_ in (*columns, later))} |\n", flush=True)


def main() -> None:
    """Print both tables."""
    table(LAUNCH, 3)
    table(EVERYTHING, 1)


if __name__ == "__main__":
    main()
