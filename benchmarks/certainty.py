"""Do the intervals hold, does `auto` err, does doubt stay?  Synthetic comparisons with known truth.

    python benchmarks/certainty.py > certainty.md          (one core, about two minutes; add 1 .. 5 for single parts)

Prints Markdown; docs/certainty.md holds the run of record.  No simulation is
involved: outcomes are drawn from families whose means are known exactly, with
luck shared between strategies (matched), and judged by the functions that
`dandelion compare` uses.
"""

import itertools
import sys
import time
from collections.abc import Callable

import doubt
import numpy as np
from scipy import special

from sim.results import contrast, sequential

COMPARISONS = 10_000
SEED = 1
Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


# ---------------------------------------------------------------- families, all with mean 1 (or the mean stated)


def lognormal(sigma: float) -> Draw:
    return lambda g, shape: np.exp(g.normal(-sigma * sigma / 2, sigma, shape))


def coupled(g: np.random.Generator, shape: tuple[int, ...], sigmas: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Lognormal outcomes with mean 1; SHAPE ends in strategies, RHO broadcasts against shape[:-1]."""
    rho = np.asarray(rho)[..., None]
    z = np.sqrt(rho) * g.standard_normal((*shape[:-1], 1)) + np.sqrt(1 - rho) * g.standard_normal(shape)
    return np.exp(sigmas * z - sigmas**2 / 2)


def pair(a: float, b: float, rho: float, ratio: float) -> Draw:
    """Matched difference ratio * A - B of two lognormals; its mean is ratio - 1."""
    return lambda g, shape: coupled(g, (*shape, 2), np.array([a, b]), np.full(1, rho)) @ np.array([ratio, -1.0])


ONE: dict[str, tuple[Draw, float, bool]] = {
    # name: draw, true mean, realistic (counts for the requirement)
    "normal": (lambda g, s: g.standard_normal(s), 0.0, True),
    "Poisson, mean 3": (lambda g, s: g.poisson(3.0, s).astype(float), 3.0, True),
    "exponential": (lambda g, s: g.standard_exponential(s), 1.0, True),
    "lognormal, sigma 0.3": (lognormal(0.3), 1.0, True),
    "lognormal, sigma 0.5": (lognormal(0.5), 1.0, True),
    "difference, sigma 0.5 / 0.5, rho 0.9, +20%": (pair(0.5, 0.5, 0.9, 1.2), 0.2, True),
    "difference, sigma 0.5 / 0.3, rho 0.9, +20%": (pair(0.5, 0.3, 0.9, 1.2), 0.2, True),
    "difference, sigma 0.7 / 0.7, rho 0.97, +50%": (pair(0.7, 0.7, 0.97, 1.5), 0.5, True),
    "Student t, 3 degrees": (lambda g, s: g.standard_t(3, s), 0.0, True),
    "lognormal, sigma 1": (lognormal(1.0), 1.0, False),
    "lognormal, sigma 1.5": (lognormal(1.5), 1.0, False),
    "difference, sigma 1 / 1, rho 0.9, +20%": (pair(1.0, 1.0, 0.9, 1.2), 0.2, False),
    "difference, sigma 1 / 0.3, rho 0.5, +10%": (pair(1.0, 0.3, 0.5, 1.1), 0.1, False),
    "difference, sigma 1.5 / 1.5, rho 0.9, +10%": (pair(1.5, 1.5, 0.9, 1.1), 0.1, False),
}


def hall(of: contrast.Means) -> tuple[np.ndarray, np.ndarray]:
    """Hall's interval alone: the transform 3/g ((1 + g (q / sqrt(n) - g / 6n))^(1/3) - 1), written out again."""
    quantile = special.stdtrit(of.n - 1, 0.975)
    ends = []
    g = np.where(np.abs(of.skew) < 1e-6, 1e-6, of.skew)
    for q in (quantile, -quantile):
        root = np.cbrt(1 + g * (q / np.sqrt(of.n) - g / (6 * of.n)))
        ends.append(of.mean - of.error * np.sqrt(of.n) * 3 / g * (root - 1))
    return ends[0], ends[1]


def coverage() -> None:
    """Fixed numbers of replicates: the interval of a mean, of a matched difference."""
    sizes = (8, 16, 36, 81, 183, 400)
    print(f"\n## 1. Intervals at a fixed number of replicates ({COMPARISONS:,} comparisons per cell)\n")
    print("Coverage in percent of the 95% interval: ours (Student's, Hall's alone). Standard error of a cell: 0.2.\n")
    print("| outcome | " + " | ".join(f"n = {n}" for n in sizes) + " | width at 16, 81 against Student |")
    print("|---|" + "---|" * (len(sizes) + 1))
    rows: list[tuple[bool, int, float]] = []
    for name, (draw, truth, realistic) in ONE.items():
        cells, wider = [], []
        for n in sizes:
            g = np.random.default_rng([SEED, n, len(name)])
            of = contrast.means(draw(g, (n, COMPARISONS)))
            low, high = contrast.bounds(of)
            half = special.stdtrit(n - 1, 0.975) * of.error
            ours = 100 * np.mean((low <= truth) & (truth <= high))
            student = 100 * np.mean(np.abs(of.mean - truth) <= half)
            hall_low, hall_high = hall(of)
            halls = 100 * np.mean((hall_low <= truth) & (truth <= hall_high))
            cells.append(f"{ours:.1f} ({student:.1f}, {halls:.1f})")
            rows.append((realistic, n, ours))
            if n in (16, 81):
                wider.append(f"{np.median((high - low) / (2 * half)):.2f}")
        print(f"| {name}{'' if realistic else ' *'} | " + " | ".join(cells) + f" | {', '.join(wider)} |")
    for least in (16, 36):
        kept = [ours for realistic, n, ours in rows if realistic and n >= least]
        print(
            f"\nRows without a star, n >= {least}: mean {np.mean(kept):.1f}, from {min(kept):.1f} to {max(kept):.1f}."
        )


# ---------------------------------------------------------------- the sequential rule

Family = Callable[[np.random.Generator, int, int, int], np.ndarray]


def _rho(g: np.random.Generator, comparisons: int) -> np.ndarray:
    return g.uniform(0.3, 0.97, comparisons)[None, :]


def _lognormals(*sigmas: float) -> Family:
    """All strategies sigma[0]; with two values the best strategy has the first, the others the second."""

    def draw(g: np.random.Generator, n: int, comparisons: int, strategies: int) -> np.ndarray:
        each = np.full(strategies, sigmas[-1])
        each[0] = sigmas[0]
        return coupled(g, (n, comparisons, strategies), each, _rho(g, comparisons))

    return draw


def _normals(g: np.random.Generator, n: int, comparisons: int, strategies: int) -> np.ndarray:
    rho = _rho(g, comparisons)[..., None]
    own = g.standard_normal((n, comparisons, strategies))
    return 1 + 0.3 * (np.sqrt(rho) * g.standard_normal((n, comparisons, 1)) + np.sqrt(1 - rho) * own)


def _heavy(g: np.random.Generator, n: int, comparisons: int, strategies: int) -> np.ndarray:
    return 1 + (_normals(g, n, comparisons, strategies) - 1) / np.sqrt(g.chisquare(3, (n, comparisons, 1)) / 3)


def _hits(shared: bool) -> Family:
    """A lucky hit (5%) multiplies by five: for all strategies at once, or each for itself."""

    def draw(g: np.random.Generator, n: int, comparisons: int, strategies: int) -> np.ndarray:
        hit = g.random((n, comparisons, 1 if shared else strategies)) < 0.05
        return _lognormals(0.3)(g, n, comparisons, strategies) * np.where(hit, 5.0, 1.0) / 1.2

    return draw


def _opposed(g: np.random.Generator, n: int, comparisons: int, strategies: int) -> np.ndarray:
    """The least favourable kind: the best is steady and the rivals' luck adds up to nothing, so one is always up."""
    z = g.standard_normal((n, comparisons, strategies))
    z -= z[..., 1:].mean(axis=-1, keepdims=True)
    z[..., 0] = 0.0
    return 1 + 0.3 * z


FAMILIES: dict[str, Family] = {
    "normal, 30%": _normals,
    "Student t (3), 30%": _heavy,
    "lognormal 0.5": _lognormals(0.5),
    "lognormal 1": _lognormals(1.0),
    "lognormal 1.5": _lognormals(1.5),
    "hits for all": _hits(True),
    "hits for each": _hits(False),
    "best lognormal 0.7, rest 0.3": _lognormals(0.7, 0.3),
    "best lognormal 1, rest 0.3": _lognormals(1.0, 0.3),
    "best lognormal 1.5, rest 0.3": _lognormals(1.5, 0.3),
    "best lognormal 0.3, rest 1": _lognormals(0.3, 1.0),
    "opposed luck": _opposed,
}

BLOCK = 500


def all_pairs(x: np.ndarray) -> contrast.Means:
    """The `contrast.means` of every strategy minus every other: [comparisons, strategies, strategies]."""
    first, second = np.triu_indices(x.shape[-1], 1)
    half = contrast.means(x[..., first] - x[..., second])
    full = []
    for value, sign in ((half.mean, -1.0), (half.error, 1.0), (half.skew, -1.0)):
        whole = np.zeros((x.shape[1], x.shape[2], x.shape[2]))
        whole[:, first, second], whole[:, second, first] = value, sign * value
        full.append(whole)
    return contrast.Means(full[0], full[1], full[2], half.n)


def rule(
    outcomes: np.ndarray, plan: sequential.Plan, caution: float = sequential.CAUTION
) -> tuple[np.ndarray, np.ndarray]:
    """`sequential.look` for many comparisons at once: leader (-1: none) and replicates used.

    OUTCOMES[replicates, comparisons, strategies].  Without the width rule, which never calls anyone.
    """
    strategies = outcomes.shape[-1]
    called = np.full(outcomes.shape[1], -1)
    used = np.full(outcomes.shape[1], plan.looks[-1])
    waiting = np.arange(outcomes.shape[1])
    same = np.eye(strategies, dtype=bool)
    for n in plan.looks:
        x = outcomes[:n, waiting]
        pairs = all_pairs(x)
        limit = special.stdtrit(n - 1, 1 - plan.level(n))
        beats_all = ((contrast.support(pairs, caution) > limit) | same).all(axis=-1)
        done = beats_all.any(axis=-1)
        called[waiting[done]] = beats_all[done].argmax(axis=-1)
        used[waiting[done]] = n
        waiting = waiting[~done]
        if waiting.size == 0:
            break
    return called, used


def judge(family: Family, means: tuple[float, ...], comparisons: int, key: int) -> tuple[float, float, float]:
    """Percent of comparisons with a wrong call, with the right call, and the mean number of replicates.

    The best strategy is column 0; any other call is wrong (and every call in a tie).
    """
    plan = sequential.plan()
    g = np.random.default_rng([SEED, key, len(means)])
    level = np.array(means)
    right_one = int(np.argmax(level)) if np.sum(level == level.max()) == 1 else -2
    wrong, right, used = 0, 0, 0.0
    for _ in range(comparisons // BLOCK):
        called, replicates = rule(family(g, plan.looks[-1], BLOCK, level.size) * level, plan)
        wrong += int(np.sum((called >= 0) & (called != right_one)))
        right += int(np.sum(called == right_one))
        used += float(replicates.sum())
    total = comparisons // BLOCK * BLOCK
    return 100 * wrong / total, 100 * right / total, used / total


CASES: dict[str, tuple[float, ...]] = {
    "2, exact tie": (1.0, 1.0),
    "2, +0.5%": (1.005, 1.0),
    "2, +10%": (1.1, 1.0),
    "3, +0.5%": (1.005, 1.0, 1.0),
    "5, exact tie": (1.0, 1.0, 1.0, 1.0, 1.0),
    "5, +0.5%, three 20% behind": (1.005, 1.0, 0.8, 0.8, 0.8),
    "5, +10%": (1.1, 1.0, 1.0, 1.0, 1.0),
}


def sequential_errors(comparisons: int = 2000) -> None:
    print(f"\n## 2. `auto`: wrong calls, power, replicates ({comparisons:,} comparisons per cell, limit 400)\n")
    print(
        "Percent wrong / percent right / mean replicates. In an exact tie every call is wrong. rho uniform, 0.3-0.97. "
        "Two strategies: five times as many comparisons.\n"
    )
    print("| outcomes | " + " | ".join(CASES) + " |\n|---|" + "---|" * len(CASES))
    worst: tuple[float, str] = (0.0, "")
    for key, (name, family) in enumerate(FAMILIES.items()):
        cells = []
        for case, means in CASES.items():
            if family is _opposed and len(means) == 2:
                cells.append("-")
                continue
            # A tie of two is the hardest case for the error, and cheap.
            wrong, right, used = judge(family, means, comparisons * (5 if len(means) == 2 else 1), key)
            worst = max(worst, (wrong, f"{name}; {case}"))
            cells.append(f"{wrong:.1f} / {right:.0f} / {used:.0f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    print(
        f"\nWorst cell: {worst[0]:.1f}% wrong ({worst[1]}). "
        f"Standard error at 5%: {100 * (0.05 * 0.95 / comparisons) ** 0.5:.1f}, "
        f"two strategies {100 * (0.01 * 0.95 / comparisons) ** 0.5:.1f}."
    )


def mixed_bag(comparisons: int = 4000) -> None:
    """What a planner's questions may look like: the real `look`, with its width rule, on a bag of comparisons."""
    g = np.random.default_rng([SEED, 77])
    plan = sequential.plan()
    families = [f for name, f in FAMILIES.items() if name != "opposed luck"]
    stops = {"leader": 0, "width": 0, "limit": 0}
    wrong, used = 0, []
    hits: dict[str, list[tuple[bool, bool]]] = {"leader": [], "all": []}
    certainty: list[tuple[float, bool]] = []
    for k in range(comparisons):
        strategies = int(g.integers(2, 6))
        level = np.exp(g.normal(0, 0.1, strategies))
        if k % 4 == 0:  # a quarter are near ties at the top
            level[1] = level.max() * (1 + g.normal(0, 0.005))
        x = families[k % len(families)](g, 400, 1, strategies)[:, 0] * level
        order = g.permutation(strategies)
        x, level = x[:, order], level[order]
        n = plan.looks[0]
        answer = sequential.look(x[:n], plan)
        while answer.next is not None:
            n = answer.next
            answer = sequential.look(x[:n], plan)
        assert answer.stop is not None
        assert answer.ahead is not None
        stops[answer.stop] += 1
        used.append(n)
        a = answer.ahead
        b = int(np.argsort(-x[:n].mean(axis=0))[1])
        true = level[a] - level[b]
        plain = contrast.difference(x[:n, a], x[:n, b])
        repeated = contrast.difference(x[:n, a], x[:n, b], sure=plan.sure(n))
        held = plain.low <= true <= plain.high, repeated.low <= true <= repeated.high
        hits["all"].append(held)
        right = a == int(np.argmax(level))
        if answer.stop == "leader":
            wrong += not right
            hits["leader"].append(held)
        certainty.append((plain.probability_a_better or 0.0, bool(true > 0)))
    print(f"\n## 3. A bag of {comparisons:,} comparisons through `sequential.look`\n")
    print(
        "Two to five strategies, means spread by 10%, a quarter near ties (0.5%), the families of section 2 in turn.\n"
    )
    print("| stopped by | share |\n|---|---|")
    for stop, count in stops.items():
        print(f"| {stop} | {100 * count / comparisons:.1f}% |")
    print(f"\nOf {stops['leader']:,} leaders called, {wrong} were wrong: **{100 * wrong / stops['leader']:.1f}%**.")
    print(f"Replicates: mean {np.mean(used):.0f}, median {np.median(used):.0f}.\n")
    print("| interval of leader minus runner-up when `auto` stopped | coverage, all stops | when a leader was called |")
    print("|---|---|---|")
    for k, kind in enumerate(("95% interval as for a fixed number", "repeated interval, `plan.sure(n)`")):
        cells = [f"{100 * np.mean([held[k] for held in hits[which]]):.1f}%" for which in ("all", "leader")]
        print(f"| {kind} | {cells[0]} | {cells[1]} |")
    p, truth = np.array([c for c, _ in certainty]), np.array([t for _, t in certainty])
    print("\n| stated certainty, one ahead over runner-up | cases | mean stated | truly better |\n|---|---|---|---|")
    edges = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0001)
    for low, high in itertools.pairwise(edges):
        inside = (p >= low) & (p < high)
        if inside.any():
            print(
                f"| {low:g} to {min(high, 1):g} | {inside.sum()} "
                f"| {p[inside].mean():.3f} | {truth[inside].mean():.3f} |"
            )


# ---------------------------------------------------------------- why this rule


def alternatives(comparisons: int = 2000) -> None:
    """The rules that were tried: error where it hurts, replicates where it counts."""
    looks = sequential.schedule()
    error = sequential.ERROR

    def shaped(shape: float, alpha: float) -> sequential.Plan:
        relative = (np.array(looks) / looks[-1]) ** -shape
        low, high = 0.1, 9.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if sequential.crossing(looks, middle * relative) > alpha else (low, middle)
        return sequential.Plan(looks, error, sequential.WIDTH, tuple(float(z) for z in low * relative))

    # An asymptotic confidence sequence: one-sided normal mixture (Howard et al. 2021, Ann. Statist. 49:1055-1080),
    # tightest near a hundred replicates.
    tuned = 12.0
    z = [np.sqrt((1 + tuned / n) * 2 * np.log(np.sqrt((n + tuned) / tuned) / (error / 2) / 2 + 1)) for n in looks]
    rules = {
        "t test at 5% at every look": (sequential.Plan(looks, error, 0.05, tuple([1.959964] * len(looks))), 0.0),
        "equal limits (shape 0)": (shaped(0.0, error / 2), sequential.CAUTION),
        "shape 0.1": (shaped(0.1, error / 2), sequential.CAUTION),
        "**ours: shape 0.15, caution 2.2**": (sequential.plan(), sequential.CAUTION),
        "shape 0.15, Student only": (sequential.plan(), 0.0),
        "shape 0.15, caution 1": (sequential.plan(), 1.0),
        "shape 0.15, caution 1.5": (sequential.plan(), 1.5),
        "shape 0.15, caution 3": (sequential.plan(), 3.0),
        "shape 0.25": (shaped(0.25, error / 2), sequential.CAUTION),
        "shape 0.15, Bonferroni over rivals": (shaped(0.15, error / 4), sequential.CAUTION),
        "confidence sequence (normal mixture)": (
            sequential.Plan(looks, error, 0.05, tuple(float(v) for v in z)),
            sequential.CAUTION,
        ),
    }
    cases = {
        "normal, tie": (_normals, (1.0, 1.0)),
        "best lognormal 1, rest 0.3, tie": (_lognormals(1.0, 0.3), (1.0, 1.0)),
        "best lognormal 1.5, rest 0.3, tie": (_lognormals(1.5, 0.3), (1.0, 1.0)),
        "opposed luck, five tied": (_opposed, (1.0, 1.0, 1.0, 1.0, 1.0)),
        "normal +10%, five": (_normals, (1.1, 1.0, 1.0, 1.0, 1.0)),
        "lognormal 0.5 +10%": (_lognormals(0.5), (1.1, 1.0)),
        "best 0.7, rest 0.3, +10%": (_lognormals(0.7, 0.3), (1.1, 1.0)),
        "best 0.3, rest 0.7, +10%": (_lognormals(0.3, 0.7), (1.1, 1.0)),
    }
    print(f"\n## 4. Rules compared ({comparisons:,} comparisons per cell)\n")
    print("Ties: percent called (all wrong). Otherwise percent right / mean replicates.\n")
    print("| rule | " + " | ".join(cases) + " |\n|---|" + "---|" * len(cases))
    table: dict[str, list[str]] = {name: [] for name in rules}
    for key, (family, means) in enumerate(cases.values()):
        tally = {name: np.zeros(3) for name in rules}
        g = np.random.default_rng([SEED, 900 + key])
        for _ in range(comparisons // BLOCK):
            x = family(g, looks[-1], BLOCK, len(means)) * np.array(means)
            for name, (plan, caution) in rules.items():
                called, used = _student(x, plan) if caution == 0 else rule(x, plan, caution)
                tally[name] += [np.sum(called >= 0), np.sum(called == 0), used.sum()]
        total = comparisons // BLOCK * BLOCK
        for name, (any_call, right, used) in tally.items():
            tie = len(set(means)) == 1
            table[name].append(
                f"{100 * any_call / total:.1f}" if tie else f"{100 * right / total:.0f} / {used / total:.0f}"
            )
    for name, cells in table.items():
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def _student(outcomes: np.ndarray, plan: sequential.Plan) -> tuple[np.ndarray, np.ndarray]:
    """`rule` with the plain t statistic."""
    called = np.full(outcomes.shape[1], -1)
    used = np.full(outcomes.shape[1], plan.looks[-1])
    same = np.eye(outcomes.shape[-1], dtype=bool)
    for n in plan.looks:
        pairs = all_pairs(outcomes[:n])
        t = pairs.mean / np.where(pairs.error > 0, pairs.error, np.inf)
        beats_all = ((t > special.stdtrit(n - 1, 1 - plan.level(n))) | same).all(axis=-1)
        new = beats_all.any(axis=-1) & (called < 0)
        called[new] = beats_all[new].argmax(axis=-1)
        used[new] = n
    return called, used


def main() -> None:
    began = time.perf_counter()
    print(
        "## Output\n\nCommand: `python benchmarks/certainty.py`. "
        "Seeds are fixed: the same code prints the same numbers."
    )
    parts = {"1": coverage, "2": sequential_errors, "3": mixed_bag, "4": alternatives, "5": doubt.shares}
    for name in sys.argv[1:] or parts:
        parts[name]()
        print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
