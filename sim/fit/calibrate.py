"""The shipped defaults fitted again: simulated moments with a derivative-free search.

The moments are the targets' statistics; the loss sums how far each lies from
the middle of its band, and how far its distribution lies from the observed
one.  The search is CMA-ES (Hansen 2016, arXiv 1604.00772): a seed and the
losses so far decide what is tried next, so the journal of losses is enough to
resume, and two runs of one seed are the same run.
"""

import copy
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cma
import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.errors import UserError
from sim.fit import read, replay, shape, targets, validate
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import draws, response, timeline
from sim.results import disk

SEARCHED = "calibration.json"
FITTED = "fitted.toml"
CAMPAIGN_TARGETS = (1, 2, 10, 11, 12, 13)  # of the non-rumour roots: campaigns use these
CAMPAIGN_TOLERANCE = 0.17
SLACK = 0.3  # a statistic nearer to the middle of its band than this share of the half-width costs nothing
KS_FREE, KS_UNIT = 0.05, 0.05
MOST_PER_TARGET = 8.0
PARTS = 6  # a generation looks at every sixth root
SETTLED = 0.02  # the search ends when two rounds over all parts have not lowered the median loss by this share
FEWEST_GENERATIONS = 24


@dataclass(frozen=True)
class Knob:
    """One parameter of the search: where it stands, on which scale it moves, and by how much at first."""

    name: str
    scale: str  # "log", "logit" or "plain"
    step: float

    def inner(self, value: float) -> float:
        """VALUE on the search's scale."""
        if self.scale == "log":
            return float(np.log(value))
        if self.scale == "logit":
            return float(np.log(value / (1.0 - value)))
        return value

    def outer(self, inner: float) -> float:
        """The parameter's value, in four significant digits: what a person would write down."""
        value = inner
        if self.scale == "log":
            value = float(np.exp(np.clip(inner, -50.0, 50.0)))
        elif self.scale == "logit":
            value = float(1.0 / (1.0 + np.exp(-inner)))
        return float(f"{value:.4g}")


KNOBS = (
    Knob("repost_rate", "log", 0.40),
    Knob("quality_spread", "log", 0.12),
    Knob("tier", "plain", 0.03),
    Knob("peer_rate", "log", 0.15),
    Knob("share_spread", "log", 0.15),
    Knob("quality_peers", "log", 0.25),
    Knob("peer_bound", "log", 0.30),
    Knob("saturation", "log", 0.30),
    Knob("click_commented", "logit", 0.30),
    Knob("click_bare", "logit", 0.30),
    Knob("words", "plain", 0.15),
    Knob("words_spread", "log", 0.12),
    Knob("words_bare", "plain", 0.20),
    Knob("comment_ratio", "log", 0.10),
    Knob("comment_spread", "log", 0.10),
    Knob("delay_shape", "log", 0.08),
    Knob("delay_scale", "log", 0.15),
    Knob("clock_spread", "log", 0.12),
    Knob("reaction", "log", 0.15),
)


# Where a fit on one half begins: values set by hand before any search. The shipped ones have seen both halves.
BY_HAND = {
    "repost_rate": 0.001,
    "quality_spread": 2.8,
    "tier": 0.085,
    "peer_rate": 0.2,
    "share_spread": 0.7,
    "quality_peers": 0.2,
    "peer_bound": 5.0,
    "saturation": 400.0,
    "click_bare": 0.85,
    "delay_shape": 0.82,
    "delay_scale": 2300.0,
}


@dataclass(frozen=True)
class Calibration:
    """Where the search stands.

    values       parameter -> value at the centre of the search
    loss         at the centre, on all roots used
    passed       of the targets that a fit looks at
    generations  done
    journal      losses of every generation, candidate by candidate
    settled      whether the search ended because it no longer moved
    tested       of a fit on one half: targets met on the other half, which the search never saw; else None
    """

    values: dict[str, float]
    loss: float
    passed: int
    generations: int
    journal: list[list[float]]
    settled: bool = False
    tested: int | None = None

    def result(self) -> dict[str, Any]:
        """The JSON answer."""
        return {
            "values": self.values,
            "loss": None if np.isnan(self.loss) else self.loss,
            "passed": self.passed,
            "passed_on_other_half": self.tested,
            "generations": self.generations,
            "settled": self.settled,
        }


def laws_with(laws: replay.Laws, values: Mapping[str, float]) -> replay.Laws:
    """LAWS with some parameters replaced, by name. Raises UserError for an unknown name."""
    answer: dict[str, Any] = {name: value for name, value in values.items() if name in response.Response._fields}
    attention: dict[str, Any] = {name: value for name, value in values.items() if name in timeline.Attention._fields}
    unknown = set(values) - set(answer) - set(attention)
    if unknown:
        raise UserError(f"{', '.join(sorted(unknown))}: no parameter of response or attention has this name.")
    return replay.Laws(laws.attention._replace(**attention), laws.answer._replace(**answer))


def values_of(laws: replay.Laws, names: Sequence[str]) -> dict[str, float]:
    """The values of parameters by name."""
    everything = {**laws.attention._asdict(), **laws.answer._asdict()}
    return {name: float(everything[name]) for name in names}


def cost(row: Mapping[str, Any]) -> float:
    """What one target adds to the loss: 0 near the middle of the band, about 0.5 at its edge."""
    if row.get("l1") is not None:
        return 0.15 * min(row["l1"] / 0.075, 4.0) ** 2
    bands = np.atleast_2d(np.asarray(row["band"], float))
    made = np.atleast_1d(np.array([np.nan if v is None else v for v in np.atleast_1d(row["simulated"])], float))
    middle, half = bands.mean(axis=1), np.maximum((bands[:, 1] - bands[:, 0]) / 2, 1e-12)
    away = np.where(np.isnan(made), 9.0, np.abs(made - middle) / half)
    total = min(float((np.maximum(away - SLACK, 0.0) ** 2).sum()), MOST_PER_TARGET)
    if row["id"] == 18:  # five correlated numbers
        total /= 2
    if row["ks"] is not None:
        total += min((max(row["ks"] - KS_FREE, 0.0) / KS_UNIT) ** 2, MOST_PER_TARGET)
    return total


def loss_of(everyone: Sequence[Mapping[str, Any]], campaign: Sequence[Mapping[str, Any]], unplaced: float) -> float:
    """The loss of a comparison.

    everyone  rows of all roots
    campaign  rows of the non-rumour roots, of which CAMPAIGN_TARGETS count half
    unplaced  share of roots without a cascade
    """
    total = sum(cost(row) for row in everyone) + 30.0 * unplaced
    for row in campaign:
        if row["id"] in CAMPAIGN_TARGETS:
            seen = row["observed"]
            band = [seen * (1 - CAMPAIGN_TOLERANCE), seen * (1 + CAMPAIGN_TOLERANCE)]
            total += 0.5 * cost({**row, "band": band, "l1": None})
    return total


class Bench:
    """Observed roots, a graph, and the comparison of any laws on a part of the roots.

    half  None all roots; 0 or 1 every other root (for fitting on one half, testing on the other)
    """

    def __init__(self, folder: Path, graph: FollowerGraph, *, half: int | None = None):
        cascades = read.cascades(folder)
        if half is not None:
            cascades = cascades.only(np.arange(len(cascades)) % 2 == half)
        self.graph = graph
        self.roots = cascades.roots
        self.observed = shape.shapes(shape.cut(cascades, replay.HORIZON))
        self.uncapped = read.uncapped(folder)
        self.authors = validate.authors()

    def on(self, graph: FollowerGraph) -> "Bench":
        """The same roots on another graph."""
        other = copy.copy(self)
        other.graph = graph
        return other

    def compare(
        self,
        laws: replay.Laws,
        *,
        seed: int,
        part: int = 0,
        parts: int = 1,
        per_root: int = 1,
        uncapped_parts: int = 1,
        populations: Sequence[str] = ("all", "nonrumour"),
        threads: int = 1,
    ) -> tuple[dict[str, list[targets.Row]], float]:
        """Rows by population, and the share of unplaced roots; of every PARTS-th root from PART on."""
        stage = replay.Stage(self.graph, laws)
        roots = self.roots.iloc[part % parts :: parts].reset_index(drop=True)
        seen = self.observed.only(self.observed.frame["root"].isin(roots["root"]).to_numpy())
        found = replay.replay(stage, roots, seed=seed, per_root=per_root, threads=threads)
        if not len(found.cascades):
            return {}, 1.0
        made = replay.listed(found, seed=seed)
        rows = {name: targets.compare(seen, made, name) for name in populations}
        writers = self.authors[part % uncapped_parts :: uncapped_parts]
        written = replay.sizes(stage, writers, seed=seed, threads=threads)
        rows["all"] += targets.sizes(self.uncapped, pd.DataFrame({"followers": writers, "reposts": written}))
        return rows, len(found.unplaced) / max(len(roots), 1)

    def loss(self, laws: replay.Laws, **how: Any) -> tuple[float, int]:
        """(loss, targets met) of LAWS; see `compare`."""
        rows, unplaced = self.compare(laws, **how)
        if not rows:
            return 1_000.0, 0
        met = sum(bool(row["pass"]) for row in rows["all"])
        return loss_of(rows["all"], rows["nonrumour"], unplaced), met


def sane(values: Mapping[str, float]) -> bool:
    """Whether a candidate may be tried: outside, a replay would take for ever or mean nothing."""
    return (
        0.3 <= values.get("delay_shape", 1.0) <= 5.0
        and 0.2 <= values.get("quality_spread", 1.0) <= 4.8
        and 1e-6 <= values.get("repost_rate", 0.01) <= 0.2
        and 1e-4 <= values.get("peer_rate", 0.1) <= 0.8
        and values.get("tier", 0.0) > -0.2
    )


def settled(journal: Sequence[Sequence[float]], parts: int = PARTS) -> bool:
    """Whether the last two rounds over all PARTS of the roots brought no more than the two before.

    The median is over candidates and generations of the rounds: single losses are luck, and parts of the roots differ.
    """
    if len(journal) < max(FEWEST_GENERATIONS, 4 * parts):
        return False
    last, before = (float(np.median(np.concatenate(journal[end - 2 * parts : end or None]))) for end in (0, -2 * parts))
    return last > (1.0 - SETTLED) * before


def calibrate(
    bench: Bench,
    start: replay.Laws,
    *,
    knobs: Sequence[Knob] = KNOBS,
    generations: int = 40,
    candidates: int = 14,
    seed: int = 1,
    width: float = 0.6,
    parts: int = PARTS,
    uncapped_parts: int = 30,
    threads: int = 4,
    journal: Sequence[Sequence[float]] = (),
    keep: Callable[[Calibration], None] | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> Calibration:
    """Search from START; deterministic in (bench, start, seed, ...) for any number of THREADS.

    width     the first spread of the search in units of the knobs' steps
    parts     a generation looks at every PARTS-th root, the next one at the roots beside them, with new luck, the
              same for all its candidates
    journal   losses of generations already done (`Calibration.journal`): these are not simulated again
    keep      called with the standing after every generation
    progress  called with (generations done, in all, least loss of the last one)

    Ends after GENERATIONS, or when the search has `settled`.  Raises UserError
    for a journal that belongs to another search.
    """
    names = [knob.name for knob in knobs]
    origin = np.array([knob.inner(value) for knob, value in zip(knobs, values_of(start, names).values(), strict=True)])
    steps = np.array([knob.step for knob in knobs])
    search = cma.CMAEvolutionStrategy(
        np.zeros(len(knobs)), width, {"popsize": candidates, "seed": seed, "verbose": -9, "maxiter": generations}
    )

    def values_at(point: npt.NDArray[np.float64]) -> dict[str, float]:
        inner = origin + steps * point
        return {knob.name: knob.outer(float(place)) for knob, place in zip(knobs, inner, strict=True)}

    def tried(task: tuple[npt.NDArray[np.float64], int]) -> float:
        point, generation = task
        values = values_at(point)
        if not sane(values):
            return 1_000.0 + float(np.sum(point**2))
        laws = laws_with(start, values)
        luck = int(np.uint64(draws.bits(np.uint64(seed), generation)) >> np.uint64(16))
        return bench.loss(laws, seed=luck, part=generation, parts=parts, uncapped_parts=uncapped_parts)[0]

    done = [list(losses) for losses in journal]
    best = values_at(np.zeros(len(knobs)))
    pool = ThreadPoolExecutor(threads)
    try:
        for generation in range(generations):
            if settled(done[:generation], parts):
                break
            points = search.ask()
            if generation < len(done):
                losses = done[generation]
                if len(losses) != len(points):
                    raise UserError(
                        f"{SEARCHED}: generation {generation + 1} has {len(losses)} losses; this search has "
                        f"{len(points)} candidates.\nResume with the first run's settings, or take another folder."
                    )
            else:
                losses = [float(f"{loss:.6g}") for loss in pool.map(tried, [(point, generation) for point in points])]
                done.append(losses)
            search.tell(points, losses)
            best = values_at(np.asarray(search.mean))
            if keep is not None and generation + 1 >= len(journal):
                keep(Calibration(best, float("nan"), 0, generation + 1, done[: generation + 1]))
            if progress is not None:
                progress(generation + 1, generations, min(losses))
    finally:  # interrupted: what waits is dropped, what runs ends within seconds
        pool.shutdown(wait=True, cancel_futures=True)
    done = done[: int(search.countiter)]
    loss, passed = bench.loss(laws_with(start, best), seed=seed, threads=threads)
    return Calibration(best, loss, passed, len(done), done, settled(done, parts))


def defaults(
    folder: Path,
    out: Path,
    *,
    resume: bool = False,
    threads: int = 4,
    seed: int = 1,
    generations: int = 40,
    half: int | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> Calibration:
    """What `dandelion calibrate defaults FOLDER -o OUT` does: a search from the shipped defaults, kept in OUT.

    OUT/calibration.json holds the standing after every generation; RESUME goes on from there.
    half      fit on every other root (0 or 1), and test what was found on those between them
    progress  called with (generations done, in all, least loss of the last one)
    """
    folder, out = Path(folder), Path(out)
    disk.make_folder(out)
    with disk.locked(out):
        return _searched(folder, out, resume, threads, seed, generations, half, progress)


def _searched(
    folder: Path,
    out: Path,
    resume: bool,
    threads: int,
    seed: int,
    generations: int,
    half: int | None,
    progress: Callable[[int, int, float], None] | None,
) -> Calibration:
    """What `defaults` does in a folder that is ours."""
    path = out / SEARCHED
    settings = {"seed": seed, "generations": generations, "half": half, "folder": folder.name}
    journal: list[list[float]] = []
    if path.exists():
        if not resume:
            raise UserError(f"{path} is there already. Go on with --resume, or take another folder.")
        kept = read.calibration(path)
        if {**kept["settings"], "generations": generations} != settings:
            raise UserError(f"{path} was begun with {kept['settings']}; found {settings}. Take another folder.")
        journal = kept["journal"][:generations]
    bench = Bench(folder, validate.stage_graph(threads=threads), half=half)
    start = replay.Laws() if half is None else laws_with(replay.Laws(), BY_HAND)

    def keep(standing: Calibration) -> None:
        text = json.dumps({"settings": settings, **standing.result(), "journal": standing.journal}, indent=1)
        disk.write_whole(path, (text + "\n").encode())

    found = calibrate(
        bench, start, parts=PARTS if half is None else PARTS // 2, generations=generations, seed=seed, threads=threads,
        journal=journal, keep=keep, progress=progress,
    )  # fmt: skip
    if half is not None:
        other = Bench(folder, bench.graph, half=1 - half)
        found = replace(found, tested=other.loss(laws_with(start, found.values), seed=seed, threads=threads)[1])
    keep(found)
    disk.write_whole(out / FITTED, fragment(found).encode())
    return found


def fragment(found: Calibration) -> str:
    """The values as tables that a scenario file can hold."""
    lines = [f"# dandelion calibrate defaults: {found.passed} targets met after {found.generations} generations"]
    for table, fields in (("response", response.Response._fields), ("attention", timeline.Attention._fields)):
        lines += ["", f"[{table}]", *(f"{name} = {found.values[name]!r}" for name in fields if name in found.values)]
    return "\n".join(lines) + "\n"
