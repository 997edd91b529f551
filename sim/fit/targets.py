"""The 21 targets: one statistic each of observed and of simulated cascades, a band, and whether it is met.

Bands and observed figures are aggregates of the Weibo cascades of Song, Tu,
Yang, Liu, Sun, "CED: Credible Early Detection of Social Media Rumors",
arXiv:1811.04175 (targets 1-19), and of the uncapped Weibo posts of Jin, Cao,
Guo, Zhang, Luo 2017, "Multimodal Fusion with Recurrent Neural Networks for
Rumor Detection on Microblogs", ACM Multimedia (20-21).
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.fit import statistic
from sim.fit.shape import Shapes

POPULATIONS = ("all", "rumour", "nonrumour")
KS_LIMIT = 0.10
FOLLOWER_BINS = (1e4, 1e5, 1e6, 1e7)
OBSERVED_SLOPE = 0.54  # target 20 where no uncapped posts are at hand
OBSERVED_TAIL = statistic.Tail(2.0, 1_955, 0.0214)  # target 21, likewise
Row = dict[str, Any]


@dataclass(frozen=True)
class Median:
    """A target on the median over cascades of one metric.

    observed, band   of the training sample, all roots; other populations get the band in proportion
    clean            over the time-clean roots only
    ks               the Kolmogorov-Smirnov distance counts too
    unit             what a value is divided by before it is reported
    """

    id: int
    name: str
    metric: str
    observed: float
    band: tuple[float, float]
    clean: bool = False
    ks: bool = True
    unit: float = 1.0


MEDIANS = (
    Median(1, "direct share", "direct_share", 0.638, (0.58, 0.70)),
    Median(2, "structural virality", "sv", 2.92, (2.65, 3.25)),
    Median(3, "mean depth", "mean_depth", 1.53, (1.40, 1.70)),
    Median(4, "maximal depth", "max_depth", 5.0, (4.0, 6.0)),
    Median(6, "leaf share", "leaf_share", 0.843, (0.80, 0.88), ks=False),
    Median(7, "largest hub's share", "top_hub_share", 0.042, (0.033, 0.052)),
    Median(9, "first repost, seconds", "first", 80.0, (50.0, 130.0), clean=True),
    Median(10, "half of the reposts after, hours", "t50", 3.1, (2.5, 4.0), clean=True, unit=3600.0),
    Median(11, "share within 1 h", "F_1h", 0.241, (0.20, 0.28), clean=True),
    Median(12, "share within 6 h", "F_6h", 0.647, (0.57, 0.70), clean=True),
    Median(13, "share within 24 h", "F_24h", 0.890, (0.85, 0.92), clean=True),
    Median(14, "delay of an indirect repost from its parent, s", "pd50_ind", 2702.0, (2200.0, 3300.0), clean=True),
    Median(15, "reposts with an own comment", "text_share", 0.597, (0.53, 0.65)),
    Median(16, "comments per repost of the root", "comments_per_repost", 0.259, (0.21, 0.31)),
)
COUNT = 21


def row(
    number: int,
    name: str,
    observed: Any,
    simulated: Any,
    band: Any,
    passed: bool,
    distance: float | None = None,
    **extra: Any,
) -> Row:
    """One line of the table; NaN becomes None."""
    values = {"observed": observed, "simulated": simulated, "band": band, "ks": distance}
    return {
        "id": number,
        "name": name,
        **{key: plain(value) for key, value in values.items()},
        "pass": bool(passed),
        **extra,
    }


def plain(value: Any) -> Any:
    """VALUE as JSON knows it: floats of six digits, lists, None for NaN."""
    if value is None:
        return None
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(part) for part in value]
    return None if np.isnan(value) else float(f"{float(value):.6g}")


def inside(value: float, band: tuple[float, float]) -> bool:
    """Whether VALUE (NaN never) lies in BAND, ends included."""
    return bool(band[0] <= value <= band[1])


def column(shapes: Shapes, metric: str, clean: bool) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The values and weights of METRIC, of the time-clean cascades when CLEAN."""
    frame = shapes.frame[shapes.frame["clean"]] if clean else shapes.frame
    return frame[metric].to_numpy(float), frame["weight"].to_numpy(float)


def middle(shapes: Shapes, metric: str, clean: bool) -> float:
    """The weighted median of METRIC over the cascades."""
    return statistic.median(*column(shapes, metric, clean))


def medians(observed: Shapes, simulated: Shapes, population: str) -> list[Row]:
    """Targets 1-4, 6, 7, 9-16."""
    rows = []
    for target in MEDIANS:
        seen = middle(observed, target.metric, target.clean) / target.unit
        made = middle(simulated, target.metric, target.clean) / target.unit
        band = target.band
        if population != "all":
            band = tuple(float(f"{end / target.observed * seen:.4g}") for end in target.band)  # type: ignore[assignment]
            if target.metric == "max_depth":
                band = (seen - 1, seen + 1)
        distance = statistic.ks(
            *column(observed, target.metric, target.clean), *column(simulated, target.metric, target.clean)
        )
        passed = inside(made, band) and (not target.ks or distance <= KS_LIMIT)
        rows.append(row(target.id, target.name, seen, made, list(band), passed, distance if target.ks else None))
    return rows


def levels(observed: Shapes, simulated: Shapes) -> Row:
    """Target 5: the shares of depth 2 (+-15%) and depth 3 (+-25%)."""
    seen, made, bands, distances = [], [], [], []
    for metric, tolerance in (("d2", 0.15), ("d3", 0.25)):
        seen.append(middle(observed, metric, False))
        made.append(middle(simulated, metric, False))
        bands.append((seen[-1] * (1 - tolerance), seen[-1] * (1 + tolerance)))
        distances.append(statistic.ks(*column(observed, metric, False), *column(simulated, metric, False)))
    distance = max(distances)
    passed = all(inside(value, band) for value, band in zip(made, bands, strict=True)) and distance <= KS_LIMIT
    return row(5, "depth-2 and depth-3 share", seen, made, bands, bool(passed), distance)


def hubs(observed: Shapes, simulated: Shapes, population: str) -> Row:
    """Target 8: the tail exponent of children per repost, and the share of all children that the top 1% have."""
    found = []
    for shapes in (observed, simulated):
        weights = shapes.frame["weight"].to_numpy(float)[shapes.owner]
        children = shapes.children.astype(float)
        found.append((statistic.tail(children, weights).exponent, statistic.top_share(children, weights, 0.01)))
    seen, made = found
    bands = [(2.0, 2.4), (0.38, 0.50)]
    if population != "all":
        bands = [(2.0 / 2.17 * seen[0], 2.4 / 2.17 * seen[0]), (0.38 / 0.445 * seen[1], 0.50 / 0.445 * seen[1])]
    passed = all(inside(value, band) for value, band in zip(made, bands, strict=True))
    return row(8, "children per repost: tail exponent; share of the top 1%", seen, made, bands, passed)


def followers(observed: Shapes, simulated: Shapes) -> Row:
    """Target 17: rank correlation of the root's followers with direct share, virality and share within 1 h."""
    found = []
    for shapes in (observed, simulated):
        frame = shapes.frame[shapes.frame["clean"]]
        found.append(
            [
                statistic.spearman(
                    frame["followers"].to_numpy(float), frame[metric].to_numpy(float), frame["weight"].to_numpy(float)
                )
                for metric in ("direct_share", "sv", "F_1h")
            ]
        )
    seen, made = found
    bands = [(value - 0.10, value + 0.10) for value in seen]
    passed = all(inside(value, band) for value, band in zip(made, bands, strict=True))
    name = "rank correlation of followers with direct share, virality, share within 1 h"
    return row(17, name, seen, made, bands, passed)


def speed(observed: Shapes, simulated: Shapes) -> Row:
    """Target 18: the share within 1 h by the root's followers; it has to rise, each value +-.06."""
    found = []
    for shapes in (observed, simulated):
        frame = shapes.frame[shapes.frame["clean"] & shapes.frame["followers"].notna()]
        bins = np.digitize(frame["followers"], FOLLOWER_BINS)
        shares, weights = frame["F_1h"].to_numpy(float), frame["weight"].to_numpy(float)
        found.append(
            [statistic.median(shares[bins == place], weights[bins == place]) for place in range(len(FOLLOWER_BINS) + 1)]
        )
    seen, made = found
    bands = [(value - 0.06, value + 0.06) for value in seen]
    rising = all(a <= b for a, b in itertools.pairwise(made))
    # A population without a root in some bin of followers is judged by the other bins.
    judged = [inside(value, band) for value, band in zip(made, bands, strict=True) if not np.isnan(band[0])]
    passed = (rising or len(judged) < len(seen)) and all(judged)
    return row(18, "share within 1 h by followers of the root", seen, made, bands, passed)


def hours(observed: Shapes, simulated: Shapes) -> Row:
    """Target 19: the hours of the day of late reposts, in per cent; the absolute differences sum to at most .15."""
    profiles = []
    for shapes in (observed, simulated):
        clean = shapes.frame["clean"].to_numpy(bool)
        counts = shapes.frame["weight"].to_numpy(float)[clean] @ shapes.late[clean]
        profiles.append(counts / counts.sum() if counts.sum() else np.full(24, np.nan))
    distance = float(np.abs(profiles[0] - profiles[1]).sum())
    passed = inside(distance, (0.0, 0.15))
    name = "hours of the day of reposts later than 24 h, %"
    return row(19, name, profiles[0] * 100, profiles[1] * 100, [0.0, 0.15], passed, l1=plain(distance))


def sizes(observed: pd.DataFrame | None, simulated: pd.DataFrame) -> list[Row]:
    """Targets 20 and 21, on posts whose size nobody selected (columns followers, reposts).

    OBSERVED None takes the figures shipped here. Both tails begin where the observed one does: which sizes count is
    the data's to say, and a start picked anew in every simulated sample jumps between several.
    """
    slope, tail = (OBSERVED_SLOPE, OBSERVED_TAIL) if observed is None else (growth(observed), tail_of(observed))
    made = growth(simulated)
    exponent = statistic.tail_from(simulated["reposts"].to_numpy(float), tail.start)
    name_20, name_21 = "log-log slope of reposts on followers, uncapped", "tail exponent of sizes, uncapped"
    return [
        row(20, name_20, slope, made, [0.40, 0.65], inside(made, (0.40, 0.65))),
        row(21, name_21, tail.exponent, exponent, [1.9, 2.2], inside(exponent, (1.9, 2.2)), tail_start=tail.start),
    ]


def growth(posts: pd.DataFrame) -> float:
    """The slope of ln(1 + reposts) on ln followers where these are known."""
    known = posts[posts["followers"] > 0]
    return statistic.slope(np.log(known["followers"].to_numpy(float)), np.log1p(known["reposts"].to_numpy(float)))


def tail_of(posts: pd.DataFrame) -> statistic.Tail:
    """The tail of all sizes, its start by the rule of `statistic.tail`."""
    return statistic.tail(posts["reposts"].to_numpy(float))


def compare(observed: Shapes, simulated: Shapes, population: str = "all") -> list[Row]:
    """Targets 1-19 of one population, in order of their ids.

    A row: id, name, observed, simulated, band (a number or a list of them), ks (None where it does not count), pass.
    """
    seen, made = observed.population(population), simulated.population(population)
    rows = medians(seen, made, population)
    rows += [levels(seen, made), hubs(seen, made, population), followers(seen, made), speed(seen, made)]
    rows.append(hours(seen, made))
    return sorted(rows, key=lambda found: found["id"])
