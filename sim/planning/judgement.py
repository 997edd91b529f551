"""Judgement: how good the proxy is, against full simulation of what it counts.

What a candidate brings is a matched difference (the launch with it alone minus
the launch with nobody, same luck), so most of the luck cancels.  What is left
still hides the true order of candidates that are alike: the rank correlation
that noise alone allows is known from the halves of the replicates, and the one
beside it is corrected for it (Spearman 1904, Am. J. Psychology 15:72-101).
"""

from typing import Any

import numpy as np

from sim.planning import baselines, solver, trials, weights
from sim.planning.baselines import Roster
from sim.planning.candidates import Table
from sim.planning.proxy import Proxy
from sim.results import contrast

RANKED = 40  # candidates whose single gains are simulated to judge the proxy
RESAMPLES = 1_000
SPLITS = 200  # halvings of the replicates behind the reliability
FEWEST = 3  # candidates that have an order
SEED = 20100817


def agreement(thought: np.ndarray, brought: np.ndarray) -> dict[str, Any]:
    """How well THOUGHT float64[candidates] ranks and measures what was BROUGHT float64[replicates, candidates].

    rank_correlation  of thought and the means brought, with its 95% interval (replicates drawn again; drawing again
                      only adds noise to a nearly perfect order, so the interval is made to hold the figure itself)
    reliability       rank correlation that the simulation would have with itself, played anew as often: the mean over
                      halvings of the replicates, stepped up to all of them (Spearman-Brown); None below 4 replicates
    rank_correlation_corrected  for that noise: rank_correlation over the root of the reliability, at most 1
    error             mean of |thought / mean brought - 1| over candidates that bring anything, with its interval;
                      noise of the simulation is in it, so it is a bound from above
    """
    brought = brought[np.isfinite(brought).all(axis=1)]
    if not brought.shape[0]:
        nothing = ("rank_correlation", "reliability", "rank_correlation_corrected", "error")
        return dict.fromkeys((*nothing, "rank_correlation_ci95", "error_ci95"))
    mean = brought.mean(axis=0)
    generator = np.random.default_rng([SEED, brought.shape[0]])
    picks = generator.integers(0, brought.shape[0], (RESAMPLES, brought.shape[0]))
    again = brought[picks].mean(axis=1) if brought.shape[0] > 1 else mean[None]
    rank = baselines.spearman(thought, mean)
    ranks = _correlations(np.broadcast_to(thought, again.shape), again)
    trust = reliability(brought)
    corrected = None
    if rank is not None and trust is not None and trust > 0.0:
        corrected = float(np.clip(rank / np.sqrt(trust), -1.0, 1.0))
    errors = [one for one in (_error(thought, row) for row in again) if one is not None]
    return {
        "rank_correlation": rank,
        "rank_correlation_ci95": _ends(ranks, rank),
        "reliability": trust,
        "rank_correlation_corrected": corrected,
        "error": _error(thought, mean),
        "error_ci95": _ends(errors),
    }


def reliability(brought: np.ndarray) -> float | None:
    """Rank correlation of the means of BROUGHT float64[replicates, candidates] with those of as many other replicates.

    None with fewer than four replicates or three candidates.
    """
    replicates = brought.shape[0]
    if replicates < 4:
        return None
    generator = np.random.default_rng([SEED, replicates, 2])
    half = replicates // 2
    orders = [generator.permutation(replicates) for _ in range(SPLITS)]
    one = np.array([brought[order[:half]].mean(axis=0) for order in orders])
    other = np.array([brought[order[half : 2 * half]].mean(axis=0) for order in orders])
    found = _correlations(one, other)
    if not found:
        return None
    half_way = float(np.mean(found))
    return 2.0 * half_way / (1.0 + half_way) if half_way > -1.0 else None


def _correlations(a: np.ndarray, b: np.ndarray) -> list[float]:
    """Rank correlation of each row of A with that of B, float64[rows, candidates]; rows where all tie are left out."""
    from scipy import stats

    if a.shape[1] < FEWEST:
        return []
    a, b = (stats.rankdata(of, axis=1) - 0.5 * (of.shape[1] + 1) for of in (a, b))
    size = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    able = size > 0.0
    return list(((a * b).sum(axis=1)[able] / size[able]).tolist())


def _error(thought: np.ndarray, mean: np.ndarray) -> float | None:
    able = mean > 0.0
    return float(np.abs(thought[able] / mean[able] - 1.0).mean()) if able.any() else None


def _ends(values: list[float], held: float | None = None) -> list[float] | None:
    """The 95% interval of VALUES, widened to hold HELD."""
    if len(values) < 2:
        return None
    low, high = (float(end) for end in np.quantile(values, [0.025, 0.975]))
    return [low, high] if held is None else [min(low, held), max(high, held)]


def of_proxy(
    table: Table, plays: trials.Trials, carry: Proxy, by_proxy: Roster, bound: float, luck: range
) -> dict[str, Any]:
    """The proxy against full simulation of what it counts, for single candidates and for its own roster BY_PROXY.

    For a goal other than reach one weighted account stands for `scale` units of it, so that all singles together
    agree; ratios and ranks do not depend on that.
    """
    step = max(1, len(table.given) // RANKED)
    singles = list(range(0, len(table.given), step))
    asked = [table.strategy(()), *(table.strategy((i,)) for i in singles), table.strategy(by_proxy)]
    found = trials.steady(plays.outcomes(asked, luck, "judging the proxy"))
    played = np.sum([weight * found[name] for name, weight in carry.counted.items()], axis=0)
    brought = played[:, 1:-1] - played[:, :1]
    thought = np.array([carry.reach((i,)) for i in singles]) - carry.reach(())
    value, scale = carry.reach(by_proxy), 1.0
    if list(carry.counted) != ["reach"] and thought.sum() > 0.0:
        scale = float(brought.mean(axis=0).sum() / thought.sum())
        thought = scale * thought
        rest = float(played[:, 0].mean())
        value, bound = (rest + scale * (one - carry.reach(())) for one in (value, bound))
    whole = contrast.summary(played[:, -1])
    found_error = agreement(thought, brought)
    return {
        "roster": [table.names[i] for i in by_proxy],
        "counts": {name: weights.KINDS[name] for name in carry.counted},
        "not_seen": weights.left_out(plays.goal),
        "scale": scale,
        "reach": value,
        "bound": bound,
        "share_of_bound": value / bound if bound > 0.0 else None,
        "guarantee": float(solver.BUDGET_SHARE) if table.free else None,
        "guarantee_holds_for": "what the proxy counts, up to the sampling error of its sets; not for the simulation",
        "sets": carry.sets,
        "reach_simulated": whole.mean,
        "error": _off(value, whole.mean),
        "error_ci95": None if whole.low is None else [_off(value, whole.high), _off(value, whole.low)],
        "error_of_singles": found_error.pop("error"),
        "error_of_singles_ci95": found_error.pop("error_ci95"),
        **found_error,
        "singles": len(singles),
    }


def _off(value: float, simulated: float | None) -> float | None:
    return None if simulated is None or simulated <= 0.0 else value / simulated - 1.0
