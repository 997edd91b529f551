"""What docs/validation.md says beside the targets themselves.

python -m benchmarks.evidence laws FOLDER FITTED.toml      the shipped law against a fitted one, on fresh seeds
python -m benchmarks.evidence tails FOLDER                 target 21 by where the tail begins
python -m benchmarks.evidence followers FOLDER             medians by followers of the root, and hubs
"""

import argparse
import tomllib
from pathlib import Path

import numpy as np

from sim.fit import calibrate, read, replay, statistic, targets, validate

SEEDS = range(101, 107)  # no search has used them
STARTS = (1_000, 1_500, 1_955, 2_500, 3_500, 5_000)
METRICS = (("comments_per_repost", False), ("n", False), ("first", True))


def laws(folder: Path, fitted: Path, half: int | None = None) -> None:
    """Loss and targets met of the shipped and of the FITTED law under each of SEEDS, one cascade per root."""
    table = tomllib.loads(fitted.read_text(encoding="utf-8"))
    bench = calibrate.Bench(folder, validate.stage_graph(), half=half)
    print("| seed | shipped: loss, met | fitted: loss, met |\n|---|---|---|")
    for seed in SEEDS:
        cells = []
        for values in ({}, {**table["response"], **table["attention"]}):
            loss, met = bench.loss(calibrate.laws_with(replay.Laws(), values), seed=seed, threads=2)
            cells.append(f"{loss:.1f}, {met}")
        print(f"| {seed} | {' | '.join(cells)} |", flush=True)


def tails(folder: Path) -> None:
    """The exponent of observed and simulated sizes from each of STARTS on, and where the rule would start."""
    uncapped = read.uncapped(folder)
    assert uncapped is not None
    stage = replay.Stage(validate.stage_graph(), replay.Laws())
    made = replay.sizes(stage, validate.authors(), seed=1).astype(float)
    seen = uncapped["reposts"].to_numpy(float)
    print("| from | observed | simulated |\n|---|---|---|")
    for start in STARTS:
        cells = [f"{statistic.tail_from(values, start):.2f}" for values in (seen, made)]
        print(f"| {start:,} | {' | '.join(cells)} |")
    print(f"by the rule: observed {targets.tail_of(uncapped)}, simulated {statistic.tail(made)}")


def followers(folder: Path) -> None:
    """Medians by followers of the root (`targets.FOLLOWER_BINS`), and what the top 1% of reposters hold."""
    bench = calibrate.Bench(folder, validate.stage_graph())
    stage = replay.Stage(bench.graph, replay.Laws())
    made = replay.listed(replay.replay(stage, bench.roots, seed=1, per_root=1), seed=1)
    for name, shapes in (("observed", bench.observed), ("simulated", made)):
        for metric, clean in METRICS:
            frame = shapes.frame[shapes.frame["followers"].notna() & (shapes.frame["clean"] | (not clean))]
            place = np.digitize(frame["followers"], targets.FOLLOWER_BINS)
            values = frame[metric].to_numpy(float)
            middles = [np.nanmedian(values[place == number]) for number in range(len(targets.FOLLOWER_BINS) + 1)]
            print(name, metric, " ".join(f"{middle:.3g}" for middle in middles))
        slow = shapes.frame.loc[shapes.frame["clean"], "pd50_ind"].to_numpy(float)
        print(name, f"slowest tenth of the median delays of indirect reposts: {np.nanquantile(slow, 0.9) / 3600:.2f} h")
        for population in targets.POPULATIONS[1:]:
            part = shapes.population(population)
            weights = part.frame["weight"].to_numpy(float)[part.owner]
            print(name, population, f"top 1%: {statistic.top_share(part.children.astype(float), weights, 0.01):.2f}")


def main() -> None:
    """Print one of the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("laws", "tails", "followers"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("fitted", type=Path, nargs="?")
    parser.add_argument("--half", type=int, choices=(0, 1), help="laws: on every other root only")
    given = parser.parse_args()
    if given.what == "laws":
        if given.fitted is None:
            parser.error("laws needs a fitted.toml of `dandelion calibrate defaults`")
        laws(given.folder, given.fitted, given.half)
    else:
        {"tails": tails, "followers": followers}[given.what](given.folder)


if __name__ == "__main__":
    main()
