"""Compile time: the first launch on an empty kernel cache, and the next one.

    python benchmarks/startup.py                (one core, about a minute)

Each run is a process of its own that imports, grows 2,000 accounts and plays
one launch.  Prints Markdown; seconds of wall clock, so run it on a quiet
machine.
"""

import json
import os
import subprocess
import sys
import tempfile

LAUNCH = """
import json, time
began = time.perf_counter()
from sim.runs import compare, play
from sim.model import stage
from sim.scenario import read
from sim.scenario.schema import Scenario
imported = time.perf_counter()
scenario = read.read("nokia_n8", Scenario).with_accounts(2_000)
graph = compare.grow_graph(scenario, 1)
grown = time.perf_counter()
ready = stage.set_stage(scenario, graph)
staged = time.perf_counter()
reach = play.play(scenario, ready, "celebrity_seeding", 1).metrics["reach"]
played = time.perf_counter()
play.play(scenario, ready, "celebrity_seeding", 1)
print(json.dumps({"import": imported - began, "growth": grown - imported, "stage": staged - grown,
                  "first launch": played - staged, "next launch": time.perf_counter() - played, "reach": reach}))
"""


def once(cache: str) -> dict[str, float]:
    """Seconds by part of one fresh process that keeps its kernels in CACHE."""
    environment = os.environ | {"DANDELION_CACHE": cache}
    done = subprocess.run([sys.executable, "-c", LAUNCH], env=environment, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as cache:
        cold, *cached = [once(cache) for _ in range(4)]
    if {run["reach"] for run in cached} != {cold["reach"]}:
        raise SystemExit("the cached kernels give another answer")
    print("| part | empty cache, s | cached, s |")
    print("|---|---:|---:|")
    total = [0.0, 0.0]
    for part in ("import", "growth", "stage", "first launch", "next launch"):
        best = min(run[part] for run in cached)
        total = [total[0] + cold[part], total[1] + best]
        print(f"| {part} | {cold[part]:.2f} | {best:.3f} |")
    print(f"| all | {total[0]:.2f} | {total[1]:.3f} |")


if __name__ == "__main__":
    main()
