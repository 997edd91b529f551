"""What an observer sees of cascades: the crawler's losses, the cut at the horizon, and the metrics per cascade."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.fit import read
from sim.kernels import measure

MISSING = 0.044  # reposts the crawler did not find: reported minus listed, Song et al. 2018 (arXiv 1811.04175)
SMALLEST, LARGEST = 100, 999  # the sample's window of reposts
LATE = 24 * measure.HOUR  # target 19: the hours of the day of reposts later than this


@dataclass(frozen=True)
class Shapes:
    """The metrics of cascades, and what the statistics over all of them need.

    frame     one row per cascade: the roots' columns (see `read.Cascades`), measure.COLUMNS, comments_per_repost,
              clean (the root belongs to the time-clean set)
    children  int32[events]          reposts of each repost
    owner     int64[events]          its cascade's row in FRAME
    late      int32[cascades, 24]    reposts later than a day by the hour of the day
    """

    frame: pd.DataFrame
    children: npt.NDArray[np.int32]
    owner: npt.NDArray[np.int64]
    late: npt.NDArray[np.int32]

    def only(self, chosen: npt.NDArray[np.bool_]) -> "Shapes":
        """The cascades in CHOSEN (bool[cascades])."""
        events = chosen[self.owner]
        place = np.cumsum(chosen) - 1
        return Shapes(
            self.frame[chosen].reset_index(drop=True),
            self.children[events],
            place[self.owner[events]],
            self.late[chosen],
        )

    def population(self, name: str) -> "Shapes":
        """Of NAME "all", "rumour" or "nonrumour" roots."""
        if name == "all":
            return self
        rumour = self.frame["rumour"].to_numpy(bool)
        return self.only(rumour if name == "rumour" else ~rumour)


def without(cascades: read.Cascades, keep: npt.NDArray[np.bool_]) -> read.Cascades:
    """CASCADES without the events that are not in KEEP; orphans hang on the root, empty cascades stay as rows."""
    offsets, parent, depth, source = measure.thin(cascades.offsets, cascades.parent, keep)
    return replace(
        cascades,
        offsets=offsets,
        parent=parent,
        depth=depth,
        delay=cascades.delay[source],
        commented=cascades.commented[source],
    )


def cut(cascades: read.Cascades, horizon: float) -> read.Cascades:
    """CASCADES as seen HORIZON seconds after their roots; events of unknown delay stay, emptied cascades go."""
    seen = without(cascades, ~(cascades.delay > horizon))
    return seen.only(np.diff(seen.offsets) > 0)


def within_window(cascades: read.Cascades) -> npt.NDArray[np.bool_]:
    """Which cascades have as many reposts as the sample's window asks for: bool[cascades]."""
    reposts = cascades.roots["reposts"].to_numpy()
    inside: npt.NDArray[np.bool_] = (reposts >= SMALLEST) & (reposts <= LARGEST)
    return inside


def crawled(cascades: read.Cascades, seed: int, missing: float = MISSING) -> read.Cascades:
    """CASCADES as the crawler would list them: MISSING of the reposts lost at random, orphans on the root.

    The loss is drawn by (seed, row of the cascade, event).
    """
    names = np.arange(len(cascades), dtype=np.uint64)
    seen = without(cascades, measure.kept(cascades.offsets, names, missing, np.uint64(seed)))
    return seen.only(np.diff(seen.offsets) > 0)


def time_clean(roots: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Roots whose timing can be trusted: half of the non-rumours are said to be posted at 23h, which is an artefact."""
    clean: npt.NDArray[np.bool_] = (roots["rumour"] | (roots["hour"] != 23)).to_numpy(bool)
    return clean


def shapes(cascades: read.Cascades) -> Shapes:
    """The metrics of all cascades."""
    values = measure.shapes(cascades.offsets, cascades.parent, cascades.depth, cascades.delay, cascades.commented)
    frame = pd.concat(
        [cascades.roots.reset_index(drop=True), pd.DataFrame(values, columns=list(measure.COLUMNS))], axis=1
    )
    frame["comments_per_repost"] = frame["comments"] / frame["reposts"].clip(lower=1)
    frame["clean"] = time_clean(frame)
    minute = (frame["hour"] * 60 + frame["minute"]).to_numpy(np.int64)
    return Shapes(
        frame,
        measure.children(cascades.offsets, cascades.parent),
        np.repeat(np.arange(len(cascades)), np.diff(cascades.offsets)),
        measure.late_hours(cascades.offsets, cascades.delay, minute, LATE),
    )
