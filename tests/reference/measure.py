"""Slow plain twin of sim/kernels/measure.py: pandas, one cascade at a time, distances by walking the tree."""

import itertools

import numpy as np
import pandas as pd

from sim.kernels import measure


def path_to_root(parents: list[int], event: int) -> list[int]:
    path = [event]
    while path[-1] != -1:
        path.append(parents[path[-1]])
    return path


def distance(parents: list[int], a: int, b: int) -> int:
    """Links between two nodes of the tree; -1 is the root."""
    up_a, up_b = path_to_root(parents, a), path_to_root(parents, b)
    common = next(node for node in up_a if node in set(up_b))
    return up_a.index(common) + up_b.index(common)


def shape(events: pd.DataFrame) -> dict[str, float]:
    """The metrics of one cascade (columns parent, delay, commented; row i is event i)."""
    parents = events["parent"].tolist()
    count = len(parents)
    depth = pd.Series([len(path_to_root(parents, event)) - 1 for event in range(count)])
    offspring = pd.Series(parents).value_counts()
    offspring = offspring[offspring.index >= 0]
    below = pd.Series(0, index=range(count))
    for event in range(count):
        for above in path_to_root(parents, event)[:-1]:
            below[above] += 1
    nodes = [-1, *range(count)]
    pairs = [distance(parents, a, b) for a, b in itertools.combinations(nodes, 2)]
    seen = events["delay"].dropna().clip(lower=0)
    waits = pd.Series(
        [events["delay"][event] - events["delay"][above] for event, above in enumerate(parents) if above >= 0],
        dtype=float,
    )
    found = {
        "n": count,
        "max_depth": depth.max(),
        "mean_depth": depth.mean(),
        "sv": np.mean(pairs),
        "direct_share": (depth == 1).mean(),
        "d2": (depth == 2).mean(),
        "d3": (depth == 3).mean(),
        "leaf_share": 1 - len(offspring) / count,
        "top_hub_share": (offspring.max() if len(offspring) else 0) / count,
        "top_hub_subtree_share": (below.max() - 1) / count,
        "first": seen.min(),
        "t10": seen.quantile(0.1),
        "t50": seen.quantile(0.5),
        "t90": seen.quantile(0.9),
        "pd50_ind": waits.dropna().clip(lower=0).median(),
        "text_share": events["commented"].mean(),
    }
    for name, limit in measure.WINDOWS.items():
        found[f"F_{name}"] = (seen <= limit).mean() if len(seen) else np.nan
    return found


def without(parents: list[int], keep: list[bool]) -> tuple[list[int], list[int]]:
    """Parents and depths after the loss of events, the lost ones' children moved to the root."""
    place = {old: new for new, old in enumerate(event for event in range(len(parents)) if keep[event])}
    moved = [place.get(parents[event], -1) for event in range(len(parents)) if keep[event]]
    return moved, [len(path_to_root(moved, event)) - 1 for event in range(len(moved))]
