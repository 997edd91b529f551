"""Both sides' distributions as a few quantiles: small enough to ship, no row of the data among them."""

from typing import Any

import numpy as np
import numpy.typing as npt

from sim.fit.shape import Shapes

LEVELS = tuple(np.round(np.linspace(0.02, 0.98, 33), 2).tolist())
DIGITS = 3
SHARE = "share of a cascade's reposts"
# title, unit, column of Shapes.frame, scale, divided by, only roots that are time-clean, caption
DRAWN: tuple[tuple[str, str, str, str, float, bool, str], ...] = (
    ("Delay: half of the reposts after", "hours", "t50", "log", 3600.0, True, "Only posts whose hour can be trusted."),
    ("Delay: share within 1 h", SHARE, "F_1h", "linear", 1.0, True, "Only posts whose hour can be trusted."),
    ("Delay of an indirect repost from its parent", "seconds, median of a cascade", "pd50_ind", "log", 1.0, True,
     "Only posts whose hour can be trusted."),
    ("Maximal depth", "hops from the root", "max_depth", "linear", 1.0, False, "1: nobody but direct reposters."),
    ("Direct share", SHARE, "direct_share", "linear", 1.0, False, "Reposts made from the root itself."),
    ("Structural virality", "mean distance of two accounts in the tree", "sv", "log", 1.0, False,
     "2: a pure broadcast."),
    ("Largest hub's share", SHARE, "top_hub_share", "log", 1.0, False,
     "The most reposted account besides the root."),
    ("Size", "reposts listed", "n", "log", 1.0, False, "No target: the sample is cut at 100 and 999."),
)  # fmt: skip


def quantiles(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> list[float]:
    """The weighted quantiles of VALUES at LEVELS, to DIGITS significant digits; NaN is left out."""
    keep = ~np.isnan(values)
    order = np.argsort(values[keep], kind="stable")
    below = np.cumsum(weights[keep][order])
    if not below.size:
        return []
    place = np.searchsorted(below / below[-1], LEVELS).clip(0, below.size - 1)
    return [float(f"{value:.{DIGITS}g}") for value in values[keep][order][place]]


def curves(seen: Shapes, made: Shapes) -> list[dict[str, Any]]:
    """Per measure of a cascade: title, unit, scale, note, levels, and the quantiles of both sides at them."""
    found = []
    for title, unit, column, scale, per, clean, note in DRAWN:
        row: dict[str, Any] = {"title": title, "unit": unit, "scale": scale, "note": note, "levels": list(LEVELS)}
        for side, shapes in (("observed", seen), ("simulated", made)):
            part = shapes.only(shapes.frame["clean"].to_numpy(bool)) if clean else shapes
            values = part.frame[column].to_numpy(float) / per
            row[side] = quantiles(values, part.frame["weight"].to_numpy(float))
        found.append(row)
    return found
