"""What a follower graph is like: the figures by which a grown one is held against real ones."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse

from sim.graph import files, folder
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import adjacency

SAMPLE = 20_000  # links, and pairs of followers, that are looked at
EXACT_LINKS = 5_000_000  # up to here reciprocity and transitivity are computed from all links
QUANTILES = (0.1, 0.5, 0.9, 0.99, 0.999)


def info(path: str | Path, direction: str | None = None, progress: folder.Progress | None = None) -> dict[str, Any]:
    """`describe` of the graph at PATH (any format that `files.open_graph` reads), with what was left out of a file.

    Every byte of a graph folder is compared with its checksum first, whatever its size. Raises UserError where one
    differs.
    """
    if folder.is_graph(path):
        folder.verify(path, progress=progress)
    graph, report = files.open_graph(path, direction)
    found = {"path": str(path), **describe(graph), "read": None if report is None else report.as_dict()}
    if folder.is_graph(path):
        found["versions"] = folder.manifest(path).get("versions", {})
    return found


def describe(graph: FollowerGraph, *, sample: int = SAMPLE, seed: int = 1) -> dict[str, Any]:
    """Figures of GRAPH as a dictionary for JSON; what cannot be said is None.

    accounts, links, communities, added, stored, bytes (of the arrays)
    followers, followees    mean, max and the quantiles .1 .5 .9 .99 .999; follower_gini
    follower_exponent       density exponent of the follower counts' tail, with its beginning (see `tail_exponent`)
    largest_share           followers of the largest account / accounts
    reciprocity             share of links that are returned (exact up to 5 million links, else of SAMPLE links)
    same_community          share of links inside one community (of the same links)
    assortativity           correlation of the logarithms of 1 + followers at the two ends (of the same links)
    closure                 chance that two followers of one account are linked, over SAMPLE accounts with at least two
    transitivity            closed share of the connected triples without direction; exact, None above 5 million links

    SEED names the sample; the figures of the same graph are the same.
    """
    followers = graph.follower_counts()
    followees = graph.followee_counts()
    total = int(followers.sum())
    rng = np.random.default_rng(seed)
    exponent, begin = tail_exponent(followers)
    return {
        "accounts": graph.accounts,
        "links": total,
        "added": graph.added,
        "communities": graph.communities,
        "stored": graph.stored,
        "bytes": int(graph.indptr.nbytes + graph.followers.nbytes + graph.added_followers.nbytes),
        "growth": None if graph.growth is None else graph.growth._asdict(),
        "followers": _spread(followers),
        "followees": _spread(followees),
        "follower_gini": gini(followers),
        "follower_exponent": exponent,
        "follower_exponent_from": begin,
        "largest_share": float(followers.max(initial=0)) / max(graph.accounts, 1),
        **_links(graph, followers, sample, rng),
        "closure": _closure(graph, followers, sample, rng),
        "transitivity": _transitivity(graph, total),
    }


def tail_exponent(counts: np.ndarray, smallest_tail: int = 50) -> tuple[float | None, int | None]:
    """The density exponent of the tail of COUNTS (int[n], >= 0) and where the tail begins; (None, None) for short ones.

    Clauset, Shalizi and Newman 2009 (doi 10.1137/070710111): for every
    possible beginning (at most 100, evenly spaced on a logarithmic scale, at
    least SMALLEST_TAIL counts from there on) the maximum likelihood exponent
    1 + n / sum ln(x / (xmin - 1/2)); the beginning whose law comes closest to
    the data (Kolmogorov-Smirnov) is taken.
    """
    values, times = np.unique(counts[counts > 0], return_counts=True)
    if values.size < 2:
        return None, None
    behind = np.cumsum(times[::-1])[::-1]
    last = int(np.searchsorted(-behind, -smallest_tail, side="right")) - 1
    if last < 0:
        return None, None
    marks = np.geomspace(values[0], values[last], 100) if last else values[:1]
    best: tuple[float, float, int] | None = None
    for k in np.unique(np.clip(np.searchsorted(values, marks), 0, last)):
        tail, weight = values[k:].astype(float), times[k:]
        number = float(behind[k])
        edge = tail[0] - 0.5
        mean = float((weight * np.log(tail / edge)).sum()) / number
        if mean <= 0.0:
            continue
        law = 1.0 - ((tail + 0.5) / edge) ** (-1.0 / mean)
        distance = float(np.abs(law - np.cumsum(weight) / number).max())
        if best is None or distance < best[0]:
            best = distance, 1.0 + 1.0 / mean, int(values[k])
    return (None, None) if best is None else (best[1], best[2])


def gini(counts: np.ndarray) -> float | None:
    """Gini's coefficient of COUNTS (int[n], >= 0): 0 all equal, towards 1 one has all; None where there are none."""
    values, times = np.unique(counts, return_counts=True)
    total = float((values * times).sum())
    if total == 0.0:
        return None
    share = np.concatenate([[0.0], np.cumsum(values * times) / total])
    return float(1.0 - (times / times.sum() * (share[1:] + share[:-1])).sum())


def _spread(counts: np.ndarray) -> dict[str, Any]:
    if counts.size == 0:
        return {"mean": None, "max": None, "quantiles": None, "none": None}
    return {
        "mean": float(counts.mean()),
        "max": int(counts.max()),
        "quantiles": {str(q): float(v) for q, v in zip(QUANTILES, np.quantile(counts, QUANTILES), strict=True)},
        "none": float((counts == 0).mean()),
    }


def _links(graph: FollowerGraph, followers: np.ndarray, sample: int, rng: np.random.Generator) -> dict[str, Any]:
    """Figures over links: all of them, or a sample of which each is looked up in the follower's own row."""
    indptr = np.concatenate([np.zeros(1, np.int64), np.cumsum(followers, dtype=np.int64)])
    total = int(indptr[-1])
    if total == 0:
        return {"reciprocity": None, "same_community": None, "assortativity": None}
    if total <= EXACT_LINKS:
        kept = graph.kept()
        source = np.repeat(np.arange(graph.accounts), followers)
        target = np.concatenate([kept.followers, kept.added_followers]).astype(np.int64)
        returned = np.isin(source * graph.accounts + target, target * graph.accounts + source, assume_unique=True)
    else:
        picked = np.sort(rng.integers(0, total, sample))
        source = np.searchsorted(indptr, picked, side="right") - 1
        places = picked - indptr[source]
        heads, first = np.unique(source, return_index=True)  # a hub's row is read once
        rows = zip(heads, np.split(places, first[1:]), strict=True)
        target = np.concatenate([graph.row(int(u))[chosen] for u, chosen in rows]).astype(np.int64)
        returned = np.array([_holds(graph.row(int(v)), int(u)) for u, v in zip(source, target, strict=True)])
    inside = (source < graph.base) & (target < graph.base)
    community = [np.searchsorted(graph.community_start, end[inside], side="right") for end in (source, target)]
    x, y = np.log1p(followers[source]), np.log1p(followers[target])
    varied = x.std() > 0 and y.std() > 0
    return {
        "reciprocity": float(returned.mean()),
        "same_community": float((community[0] == community[1]).mean()) if inside.any() else None,
        "assortativity": float(np.corrcoef(x, y)[0, 1]) if varied else None,
    }


def _closure(graph: FollowerGraph, followers: np.ndarray, sample: int, rng: np.random.Generator) -> float | None:
    """One pair of followers of each sampled account: are they linked?"""
    able = np.flatnonzero(followers >= 2)
    if able.size == 0:
        return None
    closed = 0
    for u in rng.choice(able, sample):
        row = graph.row(int(u))
        i, j = rng.choice(row.size, 2, replace=False) if row.size < 50 else rng.integers(0, row.size, 2)
        a, b = int(row[i]), int(row[j])
        closed += a != b and (_holds(graph.row(a), b) or _holds(graph.row(b), a))
    return closed / sample


def _transitivity(graph: FollowerGraph, total: int) -> float | None:
    if total == 0 or total > EXACT_LINKS:
        return None
    kept = graph.kept()
    indptr = np.concatenate([kept.indptr, kept.indptr[-1] + kept.added_indptr[1:]])
    indices = np.concatenate([kept.followers, kept.added_followers])
    arrows = scipy.sparse.csr_array((np.ones(indices.size, np.int8), indices, indptr), shape=(graph.accounts,) * 2)
    ties = (arrows + arrows.T).tocsr()
    ties.sort_indices()
    degrees = np.diff(ties.indptr).astype(np.int64)
    triples = int((degrees * (degrees - 1)).sum()) // 2
    found = adjacency.triangles(ties.indptr.astype(np.int64), ties.indices.astype(np.int32))
    return 3.0 * found / triples if triples else None


def _holds(row: np.ndarray, account: int) -> bool:
    place = int(np.searchsorted(row, account))
    return place < row.size and int(row[place]) == account


def words(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures of `describe` as (label, text) for a table."""

    def number(value: float | None, digits: int = 3) -> str:
        return "not defined" if value is None or math.isnan(value) else f"{value:.{digits}f}"

    rows = [
        ("accounts", f"{found['accounts']:,}"),
        ("links", f"{found['links']:,}"),
        ("communities", f"{found['communities']:,}"),
        ("rows", "stored" if found["stored"] else "computed on demand"),
    ]
    for name in ("followers", "followees"):
        figures = found[name]
        quantiles = ", ".join(f"{float(q):.1%} {v:,.0f}" for q, v in (figures["quantiles"] or {}).items())
        rows.append((name, f"mean {number(figures['mean'], 1)}, largest {figures['max'] or 0:,}; {quantiles}"))
    begin = found["follower_exponent_from"]
    rows += [
        (
            "follower exponent",
            number(found["follower_exponent"], 2) + ("" if begin is None else f" (from {begin:,} on)"),
        ),
        ("Gini of followers", number(found["follower_gini"], 2)),
        ("largest account", f"{found['largest_share']:.1%} of all accounts follow it"),
        ("reciprocity", number(found["reciprocity"])),
        ("same community", number(found["same_community"])),
        ("assortativity", number(found["assortativity"])),
        ("closure", number(found["closure"])),
        ("transitivity", number(found["transitivity"])),
    ]
    return rows
