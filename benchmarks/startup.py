"""Compile time: the first launch on an empty kernel cache, and the next one.

    python benchmarks/startup.py                (one core, about a minute)

Each run is a process of its own that imports, grows 2,000 accounts and plays
one launch.  Prints Markdown: seconds of wall clock (run it on a quiet machine)
and, in brackets, of the processor.
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np

LAUNCH = """
import json, time
marks = []
def mark(part):
    marks.append((part, time.perf_counter(), time.process_time()))
mark("")
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
print(json.dumps({"reach": reach, "parts": {part: [wall - before[1], cpu - before[2]]
                  for before, (part, wall, cpu) in zip(marks, marks[1:])}}))
"""
PARTS = ("import", "growth", "stage", "first launch", "next launch")


def once(cache: str) -> tuple[float, np.ndarray]:
    """The answer and float64[parts, 2] (wall clock and processor seconds) of a fresh process, kernels kept in CACHE."""
    environment = os.environ | {"DANDELION_CACHE": cache}
    done = subprocess.run([sys.executable, "-c", LAUNCH], env=environment, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return found["reach"], np.array([found["parts"][part] for part in PARTS])


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as cache:
        (answer, cold), *others = [once(cache) for _ in range(4)]
    if {reach for reach, _ in others} != {answer}:
        raise SystemExit("the cached kernels give another answer")
    cached = np.min([seconds for _, seconds in others], axis=0)
    print("| part | empty cache, s | cached, s |")
    print("|---|---:|---:|")
    for part, first, later in zip(
        (*PARTS, "all"), (*cold, cold.sum(axis=0)), (*cached, cached.sum(axis=0)), strict=True
    ):
        print(f"| {part} | {first[0]:.2f} ({first[1]:.2f}) | {later[0]:.3f} ({later[1]:.3f}) |")


if __name__ == "__main__":
    main()
