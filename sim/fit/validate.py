"""Is the simulator like the real Weibo?  The function behind `dandelion validate FOLDER`."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.fit import distributions, page, read, replay, shape, targets
from sim.graph import grow
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import links
from sim.results import disk

ACCOUNTS = 300_000
UNCAPPED_POSTS = 94_540  # twenty for each of the 4,727 observed ones whose followers are known

SOURCES = [
    "Song, Tu, Yang, Liu, Sun: CED: Credible Early Detection of Social Media Rumors, arXiv:1811.04175 (targets 1-19)",
    "Jin, Cao, Guo, Zhang, Luo 2017: Multimodal Fusion with Recurrent Neural Networks for Rumor Detection on "
    "Microblogs, ACM Multimedia (targets 20-21)",
]

# Quantiles of the followers of the uncapped posts whose followers are known; an aggregate of
# Jin et al. 2017 (ACM Multimedia), three significant digits.
LEVELS = (0.0, 0.02, 0.05, 0.10, 0.25, 0.50, 0.75, 0.80, 0.85, 0.90, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 1.0)
FOLLOWERS = (1.0, 4.52, 13.0, 34.0, 159.0, 1_280.0, 17_000.0, 33_600.0, 68_600.0, 165_000.0, 474_000.0, 1_770_000.0,
             4_220_000.0, 6_470_000.0, 17_200_000.0, 22_400_000.0, 29_700_000.0)  # fmt: skip


@dataclass(frozen=True)
class Evidence:
    """What a validation found.

    result     the JSON answer: targets [{id, name, observed, simulated, band, ks, pass}], passed, total,
               unplaced_roots; populations {rumour, nonrumour: rows}, cascades, tries, accounts, links, seed, seconds
    observed, simulated   both samples, for the page
    facts      what the page says about the run
    """

    result: dict[str, Any]
    observed: shape.Shapes
    simulated: shape.Shapes
    facts: dict[str, Any]

    def write(self, folder: Path) -> Path:
        """Put validation.html and validation.json into FOLDER; returns the page's path."""
        folder = Path(folder)
        disk.make_folder(folder)
        answer = json.dumps(self.result, indent=1, allow_nan=False) + "\n"
        disk.write_whole(folder / "validation.json", answer.encode())
        path = folder / "validation.html"
        text = page.render(self.observed, self.simulated, self.result, self.facts)
        disk.write_whole(path, text.encode())
        return path


def stage_graph(accounts: int = ACCOUNTS, threads: int = 2) -> FollowerGraph:
    """The follower graph that roots are replayed on: the default recipe."""
    return grow.grow(links.Growth(accounts=accounts), threads=threads)


def authors(count: int = UNCAPPED_POSTS) -> npt.NDArray[np.float64]:
    """Followers of COUNT authors of uncapped posts, log-linear between the quantiles shipped here."""
    places = (np.arange(count) + 0.5) / count
    found: npt.NDArray[np.float64] = np.exp(np.interp(places, LEVELS, np.log(FOLLOWERS)))
    return found


def validate(
    folder: Path,
    *,
    graph: FollowerGraph | None = None,
    laws: replay.Laws | None = None,
    seed: int = 1,
    per_root: int = replay.CASCADES_PER_ROOT,
    authors_tried: int = UNCAPPED_POSTS,
    threads: int = 2,
    progress: Callable[[str, int, int], None] | None = None,
) -> Evidence:
    """Replay the roots of FOLDER and compare, target by target.

    graph     None: 300,000 accounts of the default recipe
    laws      None: the shipped defaults
    progress  called with (what is done, so many of it, of how many)

    The same answer for any number of THREADS (but for `seconds`).
    """
    begun = time.perf_counter()
    observed = read.cascades(folder)
    uncapped = read.uncapped(folder)
    stage = replay.Stage(graph or stage_graph(threads=threads), laws or replay.Laws())
    seen = shape.shapes(shape.cut(observed, stage.horizon))
    tell = progress or (lambda *_: None)
    found = replay.replay(
        stage, observed.roots, seed=seed, per_root=per_root, threads=threads,
        progress=lambda done, total: tell("replaying the roots", done, total),
    )  # fmt: skip
    made = replay.listed(found, seed=seed)
    writers = authors(authors_tried)
    sizes = replay.sizes(
        stage, writers, seed=seed, threads=threads,
        progress=lambda done, total: tell("posts of any size", done, total),
    )  # fmt: skip
    written = pd.DataFrame({"followers": writers, "reposts": sizes})
    rows = targets.compare(seen, made) + targets.sizes(uncapped, written)
    result = {
        "targets": rows,
        "passed": sum(bool(row["pass"]) for row in rows),
        "total": len(rows),
        "unplaced_roots": len(found.unplaced),
        "populations": {name: targets.compare(seen, made, name) for name in targets.POPULATIONS[1:]},
        "distributions": distributions.curves(seen, made),
        "roots": len(observed),
        "cascades": len(found.cascades),
        "tries_mean": float(found.tries.mean()) if len(found.tries) else None,
        "accounts": stage.world.base,
        "links": stage.links,
        "horizon_days": stage.horizon / 86_400,
        "sources": SOURCES,
        "seed": seed,
        "seconds": round(time.perf_counter() - begun, 1),
    }
    facts = {
        "source": Path(folder).name,
        "accounts": stage.world.base,
        "seed": seed,
        "tries": replay.TRIES,
        "smallest": shape.SMALLEST,
        "largest": shape.LARGEST,
        "missing": shape.MISSING,
        "horizon": stage.horizon,
    }
    return Evidence(result, seen, made, facts)
