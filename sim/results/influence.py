"""Which assumptions the verdict hangs on.

Every world is one draw of the doubtful parameters; we rank the parameters by
how strongly the contrast (winner minus runner-up) moves with them across
worlds.  Spearman's rank correlation: it needs no scale, no straight line and
no more worlds than parameters, and parameters are drawn independently, so it
splits the influence without a regression.  It is blind to a parameter that
helps in the middle of its range and hurts at both ends.

With dozens of parameters some always look influential.  The noise floor is the
95% point of the *largest* correlation that any of them reaches when the worlds
are shuffled; what stays below it is named but marked not clear.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

SEED = 20120918
SHUFFLES = 1000
FEWEST = 8


@dataclass(frozen=True)
class Influence:
    """One parameter's hold on the verdict.

    strength       rank correlation of the parameter with the contrast, -1 to 1; > 0: more of it helps the winner
    floor          what the strongest of as many idle parameters would reach (95% point)
    clear          |strength| above the floor
    when_low       share of worlds won in the lowest third of the parameter's draws (ties count half), and
    when_high      in the highest third
    """

    parameter: str
    strength: float
    floor: float
    clear: bool
    when_low: float
    when_high: float


def influential(parameters: pd.DataFrame, contrasts: ArrayLike, count: int = 3) -> list[Influence]:
    """The COUNT parameters that matter most, strongest first; [] with fewer than eight worlds.

    parameters  one row per world, one numeric column per parameter; constant columns are left out
    contrasts   float64[worlds], winner minus runner-up in the better direction (> 0: the winner won)
    """
    y = np.asarray(contrasts, dtype=np.float64)
    if len(parameters) != y.size:
        raise ValueError(f"{len(parameters)} worlds of parameters, {y.size} contrasts")
    table = parameters.apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    rows = np.isfinite(y)
    y, table = y[rows], table[rows]
    if y.size < FEWEST or y.min() == y.max():
        return []
    usable = np.isfinite(table).all(axis=0) & (table.max(axis=0) > table.min(axis=0))
    names = [str(name) for name, good in zip(parameters.columns, usable, strict=True) if good]
    if not names:
        return []
    table = table[:, usable]
    ranks = _standard(stats.rankdata(table, axis=0))
    outcome = _standard(stats.rankdata(y))
    strength = outcome @ ranks
    shuffled = np.random.default_rng([SEED, y.size]).permuted(np.tile(outcome, (SHUFFLES, 1)), axis=1)
    floor = float(np.quantile(np.abs(shuffled @ ranks).max(axis=1), 0.95))
    won = (y > 0) + 0.5 * (y == 0)
    found = []
    for k in np.argsort(-np.abs(strength), kind="stable")[:count]:
        third, two_thirds = np.quantile(table[:, k], [1 / 3, 2 / 3])
        found.append(
            Influence(
                parameter=names[k],
                strength=float(strength[k]),
                floor=floor,
                clear=bool(abs(strength[k]) > floor),
                when_low=float(won[table[:, k] <= third].mean()),
                when_high=float(won[table[:, k] >= two_thirds].mean()),
            )
        )
    return found


def _standard(ranks: np.ndarray) -> np.ndarray:
    """Columns centred and scaled to unit length, so that a dot product is a correlation."""
    centred = ranks - ranks.mean(axis=0)
    length: np.ndarray = np.sqrt((centred**2).sum(axis=0))
    return np.asarray(centred / length)
