"""Start-up: compile time on an empty kernel cache, and a start with the kernels cached.

    python -m benchmarks.startup            (one core, about two minutes)

Each run is a process of its own.  The first table is one launch: import, grow
2,000 accounts, play.  The second is every kernel that a command can reach: all
presets with all strategies, spread with every sampler, the choice of seeds,
graphs stored and on demand, the bound's reads.  Prints Markdown: seconds of wall
clock (run it on a quiet machine) and, in brackets, of the processor.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np

MARKS = """
import json, time
marks = []
def mark(part):
    marks.append((part, time.perf_counter(), time.process_time()))
def told(answer):
    from sim.kernels import compiled
    print(json.dumps({"answer": answer, "compiled": compiled.compiled_functions(), "parts": {
        part: [wall - before[1], cpu - before[2]] for before, (part, wall, cpu) in zip(marks, marks[1:])}}))
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


def once(script: str, cache: str) -> tuple[object, int, dict[str, list[float]]]:
    """Answer, functions compiled, and [wall clock, processor] seconds by part of a fresh process; kernels in CACHE."""
    environment = os.environ | {"DANDELION_CACHE": cache}
    command = [sys.executable, "-c", MARKS + script]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)
    return found["answer"], found["compiled"], found["parts"]


def table(script: str, starts: int) -> None:
    """The Markdown of SCRIPT: the first start against the fastest of STARTS later ones."""
    with tempfile.TemporaryDirectory() as cache:
        (answer, compiled, cold), *others = [once(script, cache) for _ in range(1 + starts)]
    if any(found != answer or count for found, count, _ in others):
        raise SystemExit("the cached kernels give another answer, or something was compiled again")
    first = np.array(list(cold.values()))
    later = np.min([list(parts.values()) for _, _, parts in others], axis=0)
    print(f"| part ({compiled} functions compiled) | empty cache, s | cached, s |\n|---|---:|---:|")
    rows = zip((*cold, "all"), (*first, first.sum(axis=0)), (*later, later.sum(axis=0)), strict=True)
    for part, one, other in rows:
        print(f"| {part} | {one[0]:.2f} ({one[1]:.2f}) | {other[0]:.3f} ({other[1]:.3f}) |")
    print(flush=True)


def main() -> None:
    """Print both tables."""
    table(LAUNCH, 3)
    table(EVERYTHING, 1)


if __name__ == "__main__":
    main()
