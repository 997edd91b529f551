"""The question behind `dandelion seeds`: whom to seed on a graph of one's own, and how sure that is.

found = seeding.seeds(graph, 50, "weighted_cascade", seed=1)
found["seeds"], found["spread"], found["certain_share"]
"""

import threading
from typing import Any

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.planning import reverse_graph, solver
from sim.runs import compare as comparing

JUDGED = 1_024  # blocks of 64 sets that measure the choice and the accounts with most followers


def seeds(
    graph: FollowerGraph,
    number: int,
    probability: Any,
    *,
    epsilon: float = 0.1,
    failure: float = 0.01,
    support: int = 128,
    seed: int = 1,
    threads: int = 1,
    progress: comparing.Progress | None = None,
    cancel: threading.Event | None = None,
) -> dict[str, Any]:
    """`solver.select` on GRAPH, with the accounts' names, and the most followed beside them; JSON-plain.

    Raises UserError and CancelledError.
    """
    prepared = reverse_graph.ReverseGraph(graph, probability)
    plan = solver.select(
        prepared, number, epsilon=epsilon, failure=failure, seed=seed, support=support, threads=threads,
        progress=progress, cancel=cancel,
    )  # fmt: skip
    counts = graph.follower_counts()
    top = np.argsort(-counts, kind="stable")[:number]

    def reached(chosen: np.ndarray) -> tuple[float, float]:
        """Accounts that CHOSEN reach and the standard error, on sets that chose nobody: the same for everybody."""
        sample = prepared.sets(seed, 2 * solver.JUDGES, JUDGED, chosen, keep=False, threads=threads)
        share = sample.covered / sample.drawn
        error = prepared.weight * np.sqrt(share * (1.0 - share) / sample.drawn)
        return float(prepared.alone[chosen].sum() + prepared.weight * share), float(error)

    spread, error = reached(plan.seeds)
    return {
        "accounts": prepared.accounts,
        "links": int(prepared.sources.size),
        "probability": probability if isinstance(probability, str) else float(probability),
        "seeds": [
            {"account": _name(graph, int(one)), "followers": int(counts[one]), "adds": float(gain)}
            for one, gain in zip(plan.seeds, plan.gains, strict=True)
        ],
        "spread": spread,
        "standard_error": error,
        "certain_share": plan.ratio,
        "promised_share": float(solver.GREEDY_SHARE - epsilon),
        "certified": plan.certified,
        "epsilon": epsilon,
        "failure": failure,
        "most_followed": {
            "accounts": [_name(graph, int(one)) for one in top],
            "spread": reached(top)[0],
        },
        "sets": plan.sets,
        "seed": seed,
    }


def _name(graph: FollowerGraph, account: int) -> Any:
    name = account if graph.labels is None else graph.labels[account]
    return name.item() if isinstance(name, np.generic) else name
