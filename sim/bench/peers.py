"""The peers: other programs that play independent cascades, each wrapped so that it can run in turn with ours.

None of them is a dependency: `available` says which are installed, `INSTALL`
how to get the others, `ELSEWHERE` what those that exist only as source code did
on another machine.
"""

import array
import contextlib
import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sim.bench import workloads
from sim.graph import follower_graph
from sim.planning import spread

Chance = float | str
WEIGHTED = "weighted_cascade"
CASCADE: spread.Model = "independent_cascade"
THRESHOLD: spread.Model = "linear_threshold"
RECORDED = "recorded, other machine"

INSTALL = {
    "CyNetDiff": 'pip install "cynetdiff>=0.1.18,<1" (in the extra "bench")',
    "EoN": 'pip install "EoN>=2,<3" (in the extra "bench")',
    "NDlib": 'pip install "ndlib>=6,<7" six (in the extra "bench")',
    "graph-tool": "Debian: apt install python3-graph-tool",
}
MODULES = {"CyNetDiff": "cynetdiff", "EoN": "EoN", "NDlib": "ndlib"}
SYSTEM_PYTHON = Path("/usr/bin/python3")

# Cascades per second on one thread of a 4-core Zen 4 machine, November 2026.
ELSEWHERE = {
    ("Ripples simulator", "W1", 0.01): 534.0,
    ("Ripples simulator", "EPI", 0.01): 590.0,
    ("Ripples simulator", "W1", WEIGHTED): 243.0,
    ("Ripples simulator", "EPI", WEIGHTED): 1370.0,
    ("graph-tool 2.45", "W1", 0.01): 19_035 / 960,
    ("EoN 2.0", "W1", 0.01): 19_035 / 5_000,
    ("NDlib 6.0.1", "W1", 0.01): 19_035 / 19_000,
}


class Played(NamedTuple):
    """Cascades of one round: sizes int64[cascades] (accounts reached, seeds included) and CPU seconds of one thread."""

    sizes: np.ndarray
    seconds: float


class Contest(NamedTuple):
    """A peer ready to run on a workload: play(n) plays n cascades."""

    peer: str
    workload: str
    chance: Chance
    model: spread.Model
    play: Callable[[int], Played]


def clocked(cascade: Callable[[], int]) -> Callable[[int], Played]:
    """n calls of CASCADE in CPU time of this thread."""

    def play(count: int) -> Played:
        began = time.thread_time()
        sizes = [cascade() for _ in range(count)]
        return Played(np.array(sizes, np.int64), time.thread_time() - began)

    return play


def available() -> dict[str, bool]:
    """Which peers can be imported here; graph-tool under the system's Python."""
    found = {peer: importlib.util.find_spec(module) is not None for peer, module in MODULES.items()}
    return found | {"graph-tool": _graph_tool_answers()}


def cynetdiff(load: workloads.Workload, chance: Chance, model: spread.Model) -> Contest:
    """CyNetDiff (C++ through Cython), its own loop from Python as its documentation shows."""
    from cynetdiff import models

    starts, edges = array.array("I"), array.array("I")
    starts.frombytes(load.indptr[:-1].astype(np.uint32).tobytes())
    edges.frombytes(load.followers.astype(np.uint32).tobytes())
    peer: Any
    if model == THRESHOLD:
        peer = models.LinearThresholdModel(starts, edges)
    elif isinstance(chance, str):
        weights = array.array("f")
        weights.frombytes((1.0 / load.followees[load.followers]).astype(np.float32).tobytes())
        peer = models.IndependentCascadeModel(starts, edges, activation_probs=weights)
    else:
        peer = models.IndependentCascadeModel(starts, edges, activation_prob=chance)
    peer.set_rng(np.random.default_rng(1))
    peer.set_seeds(load.seeds.tolist())

    def cascade() -> int:
        peer.reset_model()
        peer.advance_until_completion()
        return int(peer.get_num_activated_nodes())

    return Contest(f"CyNetDiff {_version('cynetdiff')}", load.name, chance, model, clocked(cascade))


def as_networkx(load: workloads.Workload) -> Any:
    """A networkx.DiGraph of plain dictionaries, as its users have."""
    whole = np.array([0, load.accounts], np.int64)
    return follower_graph.FollowerGraph(load.indptr, load.followers, whole).view().copy()


def eon(load: workloads.Workload, chance: float, graph: Any) -> Contest:
    """EoN's discrete SIR, which is the independent cascade when everybody recovers after one step."""
    import EoN

    rng = np.random.default_rng(1)
    seeds = load.seeds.tolist()

    def cascade() -> int:
        return int(EoN.basic_discrete_SIR(graph, chance, initial_infecteds=seeds, rng=rng)[3][-1])

    return Contest(f"EoN {_version('EoN')}", load.name, chance, CASCADE, clocked(cascade))


def ndlib(load: workloads.Workload, chance: float, graph: Any) -> Contest:
    """NDlib's independent cascades, iterated until nobody is newly infected."""
    from ndlib.models import ModelConfig, epidemics

    config = ModelConfig.Configuration()
    for edge in graph.edges():
        config.add_edge_configuration("threshold", edge, chance)
    config.add_model_initial_configuration("Infected", load.seeds.tolist())
    peer = epidemics.IndependentCascadesModel(graph)
    peer.set_initial_status(config)

    def cascade() -> int:
        peer.reset(infected_nodes=load.seeds.tolist())
        counts = peer.iteration(node_status=False)["node_count"]
        while counts[1]:
            counts = peer.iteration(node_status=False)["node_count"]
        return int(counts[2])

    return Contest(f"NDlib {_version('ndlib')}", load.name, chance, CASCADE, clocked(cascade))


GRAPH_TOOL = """
import json, sys, time
import numpy as np
import graph_tool, graph_tool.dynamics as dynamics
graph_tool.openmp_set_num_threads(1)
load = np.load(sys.argv[1])
sources = np.repeat(np.arange(load["indptr"].size - 1), np.diff(load["indptr"]))
graph = graph_tool.Graph(directed=True)
graph.add_vertex(load["indptr"].size - 1)
graph.add_edge_list(np.column_stack([sources, load["indices"]]))
print(json.dumps({"version": graph_tool.__version__.split()[0]}), flush=True)
for line in sys.stdin:
    sizes, began = [], time.process_time()
    for _ in range(int(line)):
        start = graph.new_vertex_property("int32_t", val=0)
        start.a[load["seeds"]] = 1
        state = dynamics.SIRState(graph, beta=float(sys.argv[2]), gamma=1.0, s=start)
        while (state.get_state().a == 1).any():
            state.iterate_sync()
        sizes.append(int((state.get_state().a == 2).sum()))
    print(json.dumps({"seconds": time.process_time() - began, "sizes": sizes}), flush=True)
"""


@contextlib.contextmanager
def graph_tool(load: workloads.Workload, chance: float) -> Iterator[Contest]:
    """graph-tool's SIR under the system's Python, a process that waits while we run."""
    path = workloads.kept(load.name)
    workloads.load(load.name)
    command = [str(SYSTEM_PYTHON), "-c", GRAPH_TOOL, str(path), str(chance)]
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=one_thread) as process:
        if process.stdin is None or process.stdout is None:
            raise OSError("a process without pipes")
        asked, answers = process.stdin, process.stdout

        def play(count: int) -> Played:
            asked.write(f"{count}\n")
            asked.flush()
            answer = json.loads(answers.readline())
            return Played(np.array(answer["sizes"], np.int64), float(answer["seconds"]))

        try:
            version = json.loads(answers.readline())["version"]
            yield Contest(f"graph-tool {version}", load.name, chance, CASCADE, play)
        finally:
            process.kill()


def _graph_tool_answers() -> bool:
    if sys.platform == "win32" or not SYSTEM_PYTHON.is_file():
        return False
    try:
        command = [str(SYSTEM_PYTHON), "-c", "import graph_tool"]
        return subprocess.run(command, capture_output=True, timeout=120, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _version(package: str) -> str:
    return importlib.metadata.version(package)
