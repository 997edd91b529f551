"""V13-V23: size, shape and luck of repost cascades."""

import functools

import numpy as np
import pandas as pd
from scipy import optimize, special

from benchmarks.facts import platform, worlds
from benchmarks.facts.register import Measured, fact, judged
from sim.fit import ablation, calibrate, read, replay, shape, statistic, targets, validate
from sim.kernels import timeline
from sim.model.course import Course

POSTS = 6_000
ALIKE = 2_000


@functools.cache
def _bench() -> replay.Stage:
    return replay.Stage(platform.graph(), replay.Laws())


def _followers_of_people() -> np.ndarray:
    """Followers of ordinary accounts: those of the graph, at the real mean of 122."""
    counts = platform.graph().follower_counts()
    picked = np.random.default_rng(1).choice(counts, 2 * POSTS)
    return np.maximum(picked * timeline.Attention().followees / counts.mean(), 1.0)


def _roots(followers: np.ndarray) -> pd.DataFrame:
    """Posts of accounts with FOLLOWERS, hour by hour through a week."""
    place = np.arange(followers.size)
    return pd.DataFrame(
        {
            "root": place,
            "rumour": False,
            "hour": place % 24,
            "minute": 0,
            "weekday": (place // 24) % 7,
            "followers": followers,
            "verified_type": -1.0,
            "reposts": 0,
            "comments": 0,
            "weight": 1.0,
        }
    )


@functools.cache
def _trees() -> read.Cascades:
    """One cascade each of posts by authors of every size, nobody selected."""
    roots = _roots(validate.authors(POSTS))
    return replay.replay(_bench(), roots, seed=1, per_root=1, tries=1, smallest=1, largest=20_000, threads=2).cascades


def _plain(rate: float) -> replay.Stage:
    return replay.Stage(platform.graph(), calibrate.laws_with(replay.Laws(), ablation.plain(rate)))


@functools.cache
def _stage(calm: bool) -> replay.Stage:
    laws = {"quality_spread": 0.0, "share_spread": 0.0} if calm else {}
    return replay.Stage(platform.graph(), calibrate.laws_with(replay.Laws(), laws)) if calm else _bench()


@functools.cache
def _sizes() -> np.ndarray:
    """Reposts of posts by authors of every size."""
    return replay.sizes(_bench(), validate.authors(POSTS), seed=1, threads=2)


@functools.cache
def _people(calm: bool = False) -> np.ndarray:
    """Reposts of posts by ordinary accounts; CALM: all messages are worth the same."""
    return replay.sizes(_stage(calm), _followers_of_people(), seed=1, threads=2)


def _exponent(sizes: np.ndarray, start: int = 6) -> float:
    """Maximum likelihood of a discrete power law from START on."""
    tail = sizes[sizes >= start].astype(float)

    def loss(exponent: float) -> float:
        return float(tail.size * np.log(special.zeta(exponent, start)) + exponent * np.log(tail).sum())

    return float(optimize.minimize_scalar(loss, bounds=(1.01, 8.0), method="bounded").x)


@functools.cache
def _alike(rate: float | None = None) -> read.Cascades:
    """One cascade each of ALIKE posts by accounts with 100,000 followers; RATE: of an independent cascade."""
    stage = _bench() if rate is None else _plain(rate)
    roots = _roots(np.full(ALIKE, 1e5))
    return replay.replay(stage, roots, seed=1, per_root=1, tries=1, smallest=1, largest=20_000, threads=2).cascades


@fact(
    "V13",
    "validation",
    "most posts of ordinary accounts get nothing",
    "P(at least one repost) .05-.15",
    "Sysomos 2010; Fu & Chau 2013",
)
def nothing() -> Measured:
    share = float((_people() > 0).mean())
    return judged(
        0.05 <= share <= 0.15,
        f"{share:.3f} of {2 * POSTS:,} posts",
        "the law was fitted to cascades of 100 to 999 reposts; at the small end it is an extrapolation",
    )


@fact(
    "V14", "calibrated", "most reposts are direct", "hop-1 share .6-.95, fewer with every hop", "Goel et al. 2012, 2016"
)
def direct() -> Measured:
    rows = {row["id"]: row["simulated"] for row in platform.evidence().result["targets"]}
    first, (second, third) = rows[1], rows[5]
    found = f"medians {first:.2f}, {second:.2f}, {third:.3f} (cascades of 100 to 999)"
    return judged(0.6 <= first <= 0.95 and first > second > third, found)


@fact("V15", "validation", "heavy tail of sizes", "exponent 1.9-2.6 above 5", "Goel et al. 2012; Yao et al. 2019")
def heavy() -> Measured:
    """Of ordinary people's posts, and of the authors of the uncapped Weibo posts (validation's target 21)."""
    people = _exponent(_people())
    authors = statistic.tail_from(_sizes(), targets.OBSERVED_TAIL.start)
    return judged(
        1.9 <= people <= 2.6,
        f"ordinary accounts {people:.2f}; the authors of validation's target 21, from its start on, {authors:.2f} "
        f"(largest {_sizes().max():,})",
        "posts of small accounts that travel at all travel too far: the law was fitted to cascades of 100 to 999, and "
        "docs/validation.md names the same fault",
    )


@fact(
    "V16",
    "validation",
    "structural virality low, hardly linked with size",
    "median 2-3.5 for 20 and more; rank correlation with size < .4",
    "Goel et al. 2016",
)
def virality() -> Measured:
    frame = shape.shapes(_trees()).frame
    large = frame[frame["reposts"] >= 20]
    median = float(large["sv"].median())
    rank = statistic.spearman(large["sv"].to_numpy(), large["reposts"].to_numpy(float), np.ones(len(large)))
    return judged(
        2 <= median <= 3.5 and abs(rank) < 0.4, f"median {median:.2f}, rank correlation {rank:.2f} ({len(large):,})"
    )


@fact(
    "V17",
    "validation",
    "the largest broadcast makes the size",
    "share of the largest broadcaster > .4 in large cascades",
    "Goel et al. 2016",
)
def broadcast() -> Measured:
    frame = shape.shapes(_trees()).frame
    large = frame[frame["reposts"] >= 100]
    share = float(np.maximum(large["direct_share"], large["top_hub_share"]).median())
    return judged(share > 0.4, f"median {share:.2f} of {len(large):,} cascades of 100 and more")


@functools.cache
def _all_told() -> list[dict[str, np.ndarray]]:
    """An account that everybody follows says the same six times: who read how often, who reposted."""
    scenario = worlds.small(
        {"six": {"posts": [{"by": "kols", "times": 6, "every": 8.0, "at": 8.0}]}},
        cast={"kols": [{"name": "everybody", "audience": 1.0}]},
        contents={"launch": {"quality": 8.0, "quality_doubt": 0.0}},
        response={"peer_rate": 0.0},
        topic={"interested": 1.0},
    )

    def look(course: Course) -> dict[str, np.ndarray]:
        run = course.run
        base = run.stage.world.base
        passed = np.zeros(base, bool)
        posts = run.posts.account[: run.post_count][run.posts.parent[: run.post_count] >= 0]
        passed[posts[posts < base]] = True
        graph = run.stage.casting.graph
        return {
            "reads": run.tally.watch["times"][:base].astype(np.int64),
            "passed": passed,
            "followees": graph.expected_followees()[:base],
            "traits": run.stage.readers.traits[:base],
        }

    return worlds.courses(scenario, "six", 12, look)


@fact(
    "V18",
    "validation",
    "who follows many answers fewer of the posts pushed",
    "falls throughout, about 1/n for many",
    "Hodas & Lerman 2012; Feng et al. 2015",
)
def susceptible() -> Measured:
    edges = np.array([0.0, 15, 40, 120, 400, 1_000, np.inf])
    seen, acted = [], []
    for one in _all_told():
        followees = one["followees"] * timeline.Attention().followees / one["followees"].mean()
        group = np.digitize(followees, edges[1:-1])
        people = np.maximum(np.bincount(group, minlength=6), 1)
        seen.append(np.bincount(group, one["reads"], minlength=6) / people / 6)
        acted.append(np.bincount(group, one["passed"], minlength=6) / people / 6)
    view, act = np.mean(seen, axis=0), np.mean(acted, axis=0) * 1e4
    met = bool((np.diff(view) < 0).all() and act[0] > act[-1])
    return judged(
        met,
        f"seen {view[0]:.2f} below 15 followees to {view[-1]:.2f} above 1,000; reposts per 10,000 pushes "
        + ", ".join(f"{a:.2f}" for a in act),
    )


@fact(
    "V19",
    "validation",
    "a second exposure helps, further ones no more",
    "gain per read largest at the second",
    "Bao et al. 2013, arXiv 1306.0196",
)
def again() -> Measured:
    """Share that reposted among those who read k times in all, peers silent."""
    shares = []
    for k in range(1, 5):
        count = sum(int((one["reads"] == k).sum()) for one in _all_told())
        acted = sum(int((one["passed"] & (one["reads"] == k)).sum()) for one in _all_told())
        shares.append(acted / count)
    gain = np.diff(np.concatenate([[0.0], shares]))
    return judged(
        gain[1] == gain.max(),
        "gains of the first four reads, the first = 1: " + ", ".join(f"{g / gain[0]:.2f}" for g in gain),
        "few act: the gains carry noise",
    )


@fact(
    "V20",
    "validation",
    "without differences in quality popularity is still heavy-tailed",
    "similar exponent (V15)",
    "Weng et al. 2012",
)
def calm() -> Measured:
    alike, sizes = _people(calm=True), _people()
    one, other = _exponent(alike), _exponent(sizes)
    return judged(
        abs(one - other) < 0.3,
        f"ordinary accounts: {one:.2f} against {other:.2f}; largest {alike.max():,} against {sizes.max():,}",
        "here quality and shareability make the tail; the follower counts alone give a steeper one",
    )


@fact("V21", "validation", "size can hardly be told from the author", "R2 < .35", "Bakshy et al. 2011")
def foretold() -> Measured:
    def r2(followers: np.ndarray, sizes: np.ndarray) -> float:
        return float(np.corrcoef(np.log(followers), np.log1p(sizes.astype(float)))[0, 1] ** 2)

    people = r2(_followers_of_people(), _people())
    wide = r2(validate.authors(POSTS), _sizes())
    return judged(
        people < 0.35,
        f"R2 of ln(1 + reposts) on ln followers: ordinary accounts {people:.2f}; authors of 1 to 30 million "
        f"followers {wide:.2f}",
    )


@fact(
    "V22",
    "validation",
    "no complex contagion by default: clusters do not help",
    "as far or farther on a mixed graph",
    "Centola 2010 is the opposite case",
)
def clusters() -> Measured:
    found = []
    for homophily in (0.6, 0.05):
        scenario = worlds.small(
            {"one": {"posts": [{"by": "brand", "at": 10.0}]}},
            graph={"accounts": 50_000, "community_size": 1_000, "homophily": homophily},
            contents={"launch": {"quality": 60.0, "quality_doubt": 0.0}},
            topic={"interested": 1.0},
        )
        found.append(worlds.numbers(worlds.outcomes(scenario, "one", 24), "reach"))
    gain = worlds.ratio(found[1], found[0])
    return judged(
        gain[2] >= 1.0, f"reach mixed / clustered {worlds.shown(gain)}; no preset of complex contagion exists"
    )


@fact(
    "V23",
    "validation",
    "a plain independent cascade of the same mean size is too deep",
    "hop-1 share lower than that of the full law",
    "Goel et al., a note on modeling retweet cascades",
)
def plain_is_deep() -> Measured:
    """Posts of accounts with 100,000 followers; the rate whose mean size comes nearest."""
    full = _alike()
    tried = {rate: _alike(rate) for rate in (0.008, 0.012, 0.016, 0.020)}
    rate = min(tried, key=lambda r: abs(len(tried[r].depth) - len(full.depth)))
    plain = tried[rate]
    first, other = float((full.depth == 1).mean()), float((plain.depth == 1).mean())
    return judged(
        other < first,
        f"rate {rate:g}, mean size {len(plain.depth) / ALIKE:.0f} against {len(full.depth) / ALIKE:.0f}: hop-1 "
        "share of all reposts "
        f"{other:.2f} against {first:.2f}, deepest {int(plain.depth.max())} against {int(full.depth.max())}",
        "the plain cascade is wrong here too, but the other way: it dies beyond the direct followers, as the "
        "source says; "
        "the sign asked for came from a prototype",
    )
