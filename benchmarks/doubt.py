"""Section 5 of `certainty.py`: does the share of plausible worlds come out right?"""

import numpy as np

from sim.results import worlds

SEED = 1
SPREAD = 0.1  # of a log mean over worlds


def shares(comparisons: int = 200) -> None:
    """Share of worlds in which a strategy is best: truth known, luck of several sizes."""
    print(
        f"\n## 5. Under assumptions: share of worlds in which the first strategy is best ({comparisons} sets per row)\n"
    )
    print(
        "Log means over worlds are normal (or skewed), so the true share is known. `luck` is the standard deviation of"
    )
    print("luck's part in a difference against that of the worlds' part. As many shipped replicates as worlds.\n")
    print(
        "| strategies | shapes | luck | lucks per world | worlds | true | mean stated | rms error |",
        end="",
    )
    print(" raw share won | 95% interval covers |\n|" + "---|" * 10)
    cases = [
        (2, kind, luck, 1, count, 1.0)
        for kind in ("normal", "skewed luck", "luck varies", "skewed worlds")
        for luck in (0.3, 1.0, 3.0)
        for count in (60, 400)
    ]
    cases += [(2, "normal", luck, 1, 400, 0.25) for luck in (0.3, 1.0, 3.0)]
    cases += [(2, kind, 3.0, 16, 60, 1.0) for kind in ("normal", "luck varies", "skewed worlds")]
    cases += [(5, "normal", luck, 1, count, 1.0) for luck in (0.3, 1.0) for count in (60, 400)]
    for row, (strategies, kind, luck, lucks, count, lead) in enumerate(cases):
        g = np.random.default_rng([SEED, 5, row])
        many = _log_means(g, 1_000_000, strategies, kind, lead)
        truth = float(np.mean(many[:, 0] > many[:, 1:].max(axis=1)))
        stated, raw, held = [], [], 0
        for _ in range(comparisons):
            size = luck * SPREAD * (np.exp(g.normal(0, 0.5, count)) if kind == "luck varies" else np.ones(count))
            ours = np.exp(SPREAD * _log_means(g, count, strategies, kind, lead))
            market = np.exp(g.normal(0, 0.5, (count, 1)))
            there = ours * market * np.mean([_luck(g, size, strategies, kind) for _ in range(lucks)], axis=0)
            centre = np.exp(SPREAD * lead * (np.arange(strategies) == 0))
            here = centre * _luck(g, np.full(count, luck * SPREAD), strategies, kind)
            answer = worlds.shares(there, here, lucks=lucks)
            assert answer is not None
            stated.append(answer.probability[0])
            raw.append(answer.won[0])
            held += bool(answer.low[0] <= truth <= answer.high[0])
        error = float(np.sqrt(np.mean((np.array(stated) - truth) ** 2)))
        print(
            f"| {strategies} | {kind} | {luck:g} | {lucks} | {count} | {truth:.3f} | {np.mean(stated):.3f} "
            f"| {error:.3f} | {np.mean(raw):.3f} | {100 * held / comparisons:.0f}% |",
            flush=True,
        )


def _log_means(g: np.random.Generator, count: int, strategies: int, kind: str, lead: float) -> np.ndarray:
    """Log means [worlds, strategies] in units of SPREAD; a difference of two has standard deviation 1."""
    if kind == "skewed worlds":
        own = np.zeros((count, strategies))
        own[:, 0] = (g.standard_gamma(4.0, count) - 4) / 2  # skewness 1
    else:
        own = g.standard_normal((count, strategies)) / np.sqrt(2)
    return own + lead * (np.arange(strategies) == 0)


def _luck(g: np.random.Generator, size: np.ndarray, strategies: int, kind: str) -> np.ndarray:
    """Factors [worlds, strategies] with mean 1: 30% shared by all, own luck of SIZE[worlds] in a difference."""
    shape = (size.size, strategies)
    own = g.standard_exponential(shape) - 1 if kind == "skewed luck" else g.standard_normal(shape)
    return np.exp(g.normal(-0.045, 0.3, (size.size, 1))) * np.maximum(1 + own * size[:, None] / np.sqrt(2), 0.01)
