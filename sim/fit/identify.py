"""How well real cascades pin the parameters down: intervals, and what trades off against what.

    python -m sim.fit.identify FOLDER [HALF]        (HALF 0 or 1: every other root only)

Simulated moments (McFadden 1989, Econometrica 57:995-1026): with J the
derivative of the targets' statistics in the parameters, W the inverse of their
sampling variances and S their sampling covariance over roots, the estimates
scatter with (J'WJ)^-1 J'WSWJ (J'WJ)^-1 (1 + 1/cascades per root).
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from sim.fit import calibrate, replay, targets, validate
from sim.fit.shape import Shapes

BOOTSTRAPS = 100
DIFFERENCE = 0.5  # of a knob's step, to either side
BLIND = 100.0  # steps of a knob that must move the moments by a standard error, or the knob is not seen
SKIPPED = (4, 19, 20, 21)  # a median of whole numbers, a profile, and what other roots say


class Interval(NamedTuple):
    """A parameter, its value, its 95% interval, and how much wider it is than if the others were known."""

    name: str
    value: float
    low: float
    high: float
    inflation: float


@dataclass(frozen=True)
class Identification:
    """Intervals; and the direction least pinned down, as the knobs' parts in it (largest first)."""

    intervals: list[Interval]
    weakest: list[tuple[str, float]]


def moments(rows: Sequence[dict[str, Any]], side: str) -> npt.NDArray[np.float64]:
    """The statistics of SIDE ("observed" or "simulated") in one vector."""
    found: list[float] = []
    for row in rows:
        if row["id"] not in SKIPPED:
            value = row[side]
            several = value if isinstance(value, list) else [value]
            found += [np.nan if part is None else float(part) for part in several]
    return np.array(found)


def sampling_covariance(observed: Shapes, seed: int) -> npt.NDArray[np.float64]:
    """Covariance of the moments over roots: every bootstrap gives each root a Poisson(1) weight."""
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(BOOTSTRAPS):
        frame = observed.frame.assign(weight=rng.poisson(1.0, len(observed.frame)).astype(float))
        again = replace(observed, frame=frame)
        drawn.append(moments(targets.compare(again, again), "observed"))
    return np.cov(np.array(drawn), rowvar=False)


def identification(
    derivative: npt.NDArray[np.float64],
    covariance: npt.NDArray[np.float64],
    knobs: Sequence[calibrate.Knob],
    values: Sequence[float],
    per_root: int,
) -> Identification:
    """Intervals from the DERIVATIVE float64[moments, knobs] and the COVARIANCE of the moments.

    A parameter that hardly moves a moment comes last, without an interval.
    """
    weight = np.diag(1.0 / np.maximum(np.diag(covariance), 1e-12))
    seen = np.sqrt(np.diag(derivative.T @ weight @ derivative)) > 1.0 / BLIND
    if not seen.all():
        blind = [knob for knob, moves in zip(knobs, seen, strict=True) if not moves]
        rest = [knob for knob, moves in zip(knobs, seen, strict=True) if moves]
        worth = dict(zip((knob.name for knob in knobs), values, strict=True))
        part = identification(derivative[:, seen], covariance, rest, [worth[knob.name] for knob in rest], per_root)
        unknown = [Interval(knob.name, worth[knob.name], float("nan"), float("nan"), float("nan")) for knob in blind]
        return Identification(part.intervals + unknown, part.weakest)
    information = derivative.T @ weight @ derivative
    inverse = np.linalg.pinv(information)
    middle = derivative.T @ weight @ covariance @ weight @ derivative
    spread = np.sqrt(np.diag(inverse @ middle @ inverse) * (1.0 + 1.0 / per_root))
    alone = np.sqrt(np.diag(middle) / np.diag(information) ** 2 * (1.0 + 1.0 / per_root))
    intervals = []
    for place, (knob, value) in enumerate(zip(knobs, values, strict=True)):
        inner, reach = knob.inner(value), 1.96 * float(spread[place]) * knob.step
        inflation = float(spread[place] / alone[place]) if alone[place] > 0 else float("inf")
        intervals.append(Interval(knob.name, value, knob.outer(inner - reach), knob.outer(inner + reach), inflation))
    _, directions = np.linalg.eigh(information)
    parts = [(knob.name, float(part)) for knob, part in zip(knobs, directions[:, 0], strict=True)]
    return Identification(intervals, sorted(parts, key=lambda part: -abs(part[1])))


def identify(
    bench: calibrate.Bench,
    laws: replay.Laws,
    *,
    knobs: Sequence[calibrate.Knob] = calibrate.KNOBS,
    seed: int = 1,
    per_root: int = 1,
    threads: int = 2,
    progress: Callable[[str], None] | None = None,
) -> Identification:
    """Intervals of the KNOBS at LAWS: central differences under the same luck."""
    names = [knob.name for knob in knobs]
    values = list(calibrate.values_of(laws, names).values())

    def at(knob: calibrate.Knob, value: float, side: int) -> npt.NDArray[np.float64]:
        moved = knob.outer(knob.inner(value) + side * DIFFERENCE * knob.step)
        rows, _ = bench.compare(
            calibrate.laws_with(laws, {knob.name: moved}),
            seed=seed,
            per_root=per_root,
            uncapped_parts=400,
            populations=("all",),
            threads=threads,
        )
        return moments(rows["all"], "simulated")

    columns = []
    for knob, value in zip(knobs, values, strict=True):
        columns.append((at(knob, value, 1) - at(knob, value, -1)) / (2 * DIFFERENCE))
        if progress is not None:
            progress(knob.name)
    covariance = sampling_covariance(bench.observed, seed)
    return identification(np.array(columns).T, covariance, knobs, values, per_root)


def markdown(found: Identification) -> str:
    """The table as docs/validation.md shows it."""
    lines = ["| parameter | value | 95% interval | wider than alone |", "|---|---|---|---|"]
    for part in found.intervals:
        reach = f"{part.low:.3g} to {part.high:.3g} | x{part.inflation:.1f}"
        if np.isnan(part.low):
            reach = "not seen by these statistics | "
        lines.append(f"| `{part.name}` | {part.value:.4g} | {reach} |")
    weakest = ", ".join(f"{name} {part:+.2f}" for name, part in found.weakest[:5])
    return "\n".join([*lines, "", f"Least pinned down: {weakest}."])


def main(folder: Path, half: int | None) -> None:
    """Print the intervals of the shipped defaults on FOLDER."""
    bench = calibrate.Bench(folder, validate.stage_graph(), half=half)
    found = identify(bench, replay.Laws(), progress=lambda name: print(name, file=sys.stderr, flush=True))
    print(markdown(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else None)
