"""Observed roots replayed on a follower graph by the campaign's kernel.

Protocol (data of arXiv 1811.04175): every root with its real followers, hour
and weekday; the message's quality from one law for all roots; the first
cascade with 100 to 999 reposts is kept, at most 200 tries; several cascades
per root.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.fit import read, shape
from sim.graph import follower_graph
from sim.kernels import aside as aside_room
from sim.kernels import calendar, cascade, draws, ledger, readers, response, rows, timeline
from sim.kernels import met as met_room
from sim.kernels import replay as kernels
from sim.kernels import run as run_room
from sim.model import stage as model_stage

HORIZON = 60 * 86_400.0  # seconds after the root; 97.2% of the observed reposts come earlier
TRIES = 200
CASCADES_PER_ROOT = 5
PLACED = 3_000  # of an uncapped post's direct reposters; the others are counted as if theirs were like these
WEEK = 168
UNWATCHED = 2**40  # no panel of accounts is kept

Progress = Callable[[int, int], None]


class Laws(NamedTuple):
    """The two laws that a replay tests: how posts are seen and how they are answered."""

    attention: timeline.Attention = timeline.Attention()
    answer: response.Response = response.Response()


@dataclass(frozen=True)
class Replayed:
    """The cascades found, their roots' rows filled in, weight 1 / (cascades of that root); and what was not found.

    unplaced  roots without a single cascade
    tries     int64[cascades]  tries each of them took
    """

    cascades: read.Cascades
    unplaced: npt.NDArray[np.int64]
    tries: npt.NDArray[np.int64]


class Stage:
    """A graph with its readers, made ready for replays under LAWS; shared by threads.

    horizon  seconds that a cascade is followed
    """

    def __init__(self, graph: follower_graph.FollowerGraph, laws: Laws, *, horizon: float = HORIZON):
        self.laws = laws
        self.horizon = horizon
        nobody = graph.with_accounts([np.empty(0, np.int32)])  # the root: its audience is virtual
        self.world = model_stage.world_of(nobody)
        self.links = graph.links
        followees = graph.expected_followees()
        traits = np.empty(graph.base, np.uint8)
        graph_seed = np.uint64(graph.growth.seed if graph.growth is not None else 0)
        readers.draw_traits(graph_seed, laws.attention, followees, float(followees.mean()), 0, traits)
        propensity = np.empty(response.PROPENSITIES)
        response.propensities(laws.answer.propensity_shape, propensity)
        chance = timeline.class_chances()
        density = response.LISTED / max(float(followees.mean()), 1e-9)
        seen = readers.seen_by_link(traits, chance, followees)
        # A replayed root has the real number of reposts, so one simulated account is one account.
        self.readers = readers.Readers(traits=traits, propensity=propensity, seen=seen, density=density, factor=1.0)
        weight = np.empty(graph.base + 1)
        kernels.cumulate(traits, followees, chance, propensity, weight)
        by_class = np.empty(timeline.CLASSES)
        kernels.links_by_class(traits, followees, by_class)
        home = 1.0 if graph.communities == 1 else 0.5
        self.audience = kernels.Audience(weight, by_class, home)
        self.hours = WEEK + int(np.ceil(horizon / 3600.0)) + 1
        self.rhythm = timeline.rhythm(laws.attention, self.hours, 0)
        longest = int(nobody.follower_counts().max()) if not graph.stored else 1
        self.longest_row = max(longest, 1)
        self._local = threading.local()

    def workspace(self) -> "Workspace":
        """This thread's arrays."""
        if not hasattr(self._local, "workspace"):
            self._local.workspace = Workspace(self)
        found: Workspace = self._local.workspace
        return found


class Workspace:
    """The arrays one thread needs to run one cascade at a time."""

    def __init__(self, stage: Stage):
        self.stage = stage
        minutes = stage.hours * 60
        communities = stage.world.community_start.size - 1
        one = np.zeros(1)
        self.messages = ledger.Messages(
            story=np.zeros(1, np.int32),
            account=np.array([stage.world.base], np.int32),
            messenger=np.array([response.BRAND], np.uint8),
            second=np.zeros(1, np.int32),
            label=np.zeros(1, np.uint64),
            followers=one.copy(),
            quality=one.copy(),
            shareability=one.copy(),
            clock=one.copy(),
            words=one.copy(),
            chance=one.copy(),
            comment=one.copy(),
            mix=np.zeros((1, 3)),
            reposts=np.zeros(1, np.int64),
            reads=np.zeros(1, np.int64),
            until=np.full(1, ledger.NEVER, np.int64),
        )
        gates = (1, 2, response.PROPENSITIES)
        self.stories = ledger.Stories(
            label=np.zeros(1, np.uint64),
            gate=np.zeros(1, np.uint64),
            interest=np.ones((1, communities)),
            mood=np.zeros(1, np.int32),
            home=np.full(1, ledger.NOBODY, np.int32),
            half=np.zeros(1),
            repost_gate=np.zeros(gates, np.uint32),
            comment_gate=np.zeros(gates, np.uint32),
            damp=np.ones(1),
        )
        hours = stage.hours
        self.tally = ledger.empty_tally(hours, 1, 64)
        self.state = calendar.empty_state()
        self.scratch = np.zeros(stage.longest_row, np.int32)
        self.head = np.full(minutes, -1, np.int32)
        self.doubt = np.array([stage.laws.answer.quality_spread])
        self.room_for_posts(4_096)
        self.room_for_events(1 << 15)
        self.room_for_met(1 << 14)
        self.aside = aside_room.empty_aside(1 << 14)
        self.near, self.ahead = run_room.empty_near(), np.empty(cascade.LOOK, cascade.AHEAD)

    def room_for_posts(self, size: int) -> None:
        """Arrays for SIZE posts."""
        self.posts = ledger.empty_posts(size)

    def room_for_events(self, size: int) -> None:
        """A calendar of SIZE events."""
        self.queue = calendar.empty_queue(size, 1)._replace(head=self.head)

    def room_for_met(self, size: int) -> None:
        """A table of SIZE accounts, a power of two."""
        self.met = met_room.empty_met(size)

    def enlarge(self, lack: int) -> None:
        """Double what the kernel lacks (a NEED_* of `cascade`)."""
        if lack == cascade.NEED_POSTS:
            self.room_for_posts(self.posts.account.size * 2)
        elif lack == cascade.NEED_EVENTS:
            self.room_for_events(self.queue.events.size * 2)
        elif lack == cascade.NEED_TABLE:
            self.room_for_met(self.met.size * 2)
        elif lack == cascade.NEED_ASIDE:
            self.aside = aside_room.empty_aside(self.aside.reads.size * 2)
        elif lack == cascade.NEED_COMMENTS:
            self.tally = ledger.empty_tally(self.stage.hours, 1, self.tally.talk_second.size * 2)
        else:
            raise RuntimeError(f"a replay lacks {lack}, which it has no use for")

    def put(self, second: float, followers: float) -> None:
        """The root to be replayed: its second since Monday 0h and its followers."""
        self.messages.second[0] = int(second)
        self.messages.followers[0] = followers

    def run(self, seed: int) -> run_room.Run:
        """The arrays as the kernels see them, under the luck of SEED."""
        stage = self.stage
        return run_room.Run(
            stage.laws.answer, stage.laws.attention, np.uint64(seed), 0, stage.world, rows.no_audience(),
            stage.readers, stage.rhythm, self.messages, self.stories, self.posts, self.queue, self.met, self.aside,
            self.near, self.ahead, self.tally, UNWATCHED, self.state, self.scratch,
        )  # fmt: skip


def followers_of(roots: pd.DataFrame, seed: int) -> npt.NDArray[np.float64]:
    """Followers of every root; unknown ones are drawn from the known roots of the same type and kind."""
    followers = roots["followers"].to_numpy(float).copy()
    kinds = roots["verified_type"].fillna(-9).to_numpy()
    rumour = roots["rumour"].to_numpy(bool)
    known = ~np.isnan(followers)
    stream = stream_of(seed, draws.UNKNOWN_FOLLOWERS, 0)
    for place in np.flatnonzero(~known):
        alike = np.flatnonzero(known & (kinds == kinds[place]) & (rumour == rumour[place]))
        if not alike.size:
            alike = np.flatnonzero(known & (rumour == rumour[place]))
        if not alike.size:
            alike = np.flatnonzero(known)
        u = draws.uniform(np.uint64(draws.bits(stream, int(roots["root"].iloc[place]))))
        followers[place] = followers[alike[int(u * alike.size)]] if alike.size else 1000.0
    return followers


def comments(answer: response.Response, seed: int, label: int, reposts: int) -> int:
    """Comments without a repost below a root with REPOSTS."""
    stream = stream_of(seed, draws.ROOT_COMMENTS, label)
    mean = answer.comment_ratio * reposts
    mean *= draws.exp(answer.comment_spread * draws.normal(draws.uniform(np.uint64(draws.bits(stream, 0)))))
    return int(kernels.poisson(mean, np.uint64(draws.mix(stream))))


def label_of(seed: int, root: int, number: int) -> np.uint64:
    """Names the NUMBER-th cascade of a root."""
    return np.uint64(draws.bits(stream_of(seed, draws.DIRECT, root), number))


def stream_of(seed: int, purpose: np.uint64, label: int) -> np.uint64:
    """`draws.key` from outside a kernel, where Numba would hand back a Python int."""
    return np.uint64(draws.key(np.uint64(seed), purpose, np.uint64(label)))


def replay(
    stage: Stage,
    roots: pd.DataFrame,
    *,
    seed: int,
    per_root: int = CASCADES_PER_ROOT,
    tries: int = TRIES,
    smallest: int = shape.SMALLEST,
    largest: int = shape.LARGEST,
    threads: int = 2,
    progress: Progress | None = None,
) -> Replayed:
    """PER_ROOT cascades for each of the ROOTS (see `read.Cascades.roots`); a root that finds none is given up.

    The same result for any number of THREADS.
    """
    followers = followers_of(roots, seed)
    seconds = (roots["weekday"] * 86_400 + roots["hour"] * 3_600 + roots["minute"] * 60).to_numpy(np.int64)
    identity = roots["root"].to_numpy(np.int64)
    done = [0]

    def one(place: int) -> list[tuple[int, int, int, tuple[Any, ...]]]:
        found = []
        space = stage.workspace()
        for number in range(per_root):
            label = label_of(seed, int(identity[place]), number)
            outcome, attempt = search(space, label, seconds[place], followers[place], tries, smallest, largest, seed)
            if outcome != kernels.ACCEPTED:
                if number == 0:
                    break
                continue
            size = int(space.state[calendar.POSTS]) - 1
            tree = (np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size), np.empty(size, np.bool_))
            kernels.copy_tree(space.posts, size, *tree)
            found.append((place, attempt + 1, comments(stage.laws.answer, seed, int(label), size), tree))
        done[0] += 1
        if progress is not None and done[0] % 50 == 0:
            progress(done[0], len(identity))
        return found

    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(one, range(len(identity))))
    else:
        parts = [one(place) for place in range(len(identity))]
    found = [entry for part in parts for entry in part]
    return gather(roots, followers, found)


def search(
    space: Workspace,
    label: np.uint64,
    second: int,
    followers: float,
    tries: int,
    smallest: int,
    largest: int,
    seed: int,
) -> tuple[int, int]:
    """(outcome, try) of `kernels.search` for one root, with arrays as large as it takes."""
    stage = space.stage
    until = min(int((second + stage.horizon) // 60) + 1, space.head.size)
    attempt = 0
    while True:
        space.put(second, followers)
        outcome, attempt = kernels.search(
            label, attempt, tries, smallest, largest, until, space.run(seed), stage.audience, space.doubt
        )
        if outcome < kernels.NEED:
            return int(outcome), int(attempt)
        space.enlarge(int(outcome) - kernels.NEED)


def gather(roots: pd.DataFrame, followers: npt.NDArray[np.float64], found: list[Any]) -> Replayed:
    """The cascades FOUND (row of the root, tries, comments, tree) as one `read.Cascades`."""
    place = np.array([entry[0] for entry in found], np.int64)
    sizes = np.array([len(entry[3][0]) for entry in found], np.int64)
    count = np.bincount(place, minlength=len(roots))
    rows_found = roots.iloc[place].reset_index(drop=True).copy()
    rows_found["followers"] = followers[place]
    rows_found["reposts"] = sizes
    rows_found["comments"] = np.array([entry[2] for entry in found], np.int64)
    rows_found["weight"] = 1.0 / count[place]

    def flat(part: int, kind: type) -> npt.NDArray[Any]:
        if not found:
            return np.empty(0, kind)
        return np.concatenate([entry[3][part] for entry in found])

    gathered = read.Cascades(
        roots=rows_found,
        offsets=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        parent=flat(0, np.int32),
        depth=flat(1, np.int32),
        delay=flat(2, np.float64),
        commented=flat(3, np.bool_),
    )
    return Replayed(
        gathered, roots["root"].to_numpy(np.int64)[count == 0], np.array([entry[1] for entry in found], np.int64)
    )


def sizes(
    stage: Stage,
    followers: npt.NDArray[np.float64],
    *,
    seed: int,
    largest: int = 20_000,
    threads: int = 2,
    progress: Progress | None = None,
) -> npt.NDArray[np.int64]:
    """Reposts of posts whose size nobody selects: one cascade each, int64[posts].

    followers  float64[posts] of the authors
    largest    reposts on the graph at which a cascade is stopped

    At most PLACED direct reposters are placed; what these cause stands for the
    others too.  Posts are published at ten in the morning, day by day.
    """
    done = [0]

    def one(place: int) -> int:
        space = stage.workspace()
        second = (place % 7) * 86_400 + 10 * 3_600
        until = min(int((second + stage.horizon) // 60) + 1, space.head.size)
        while True:
            space.put(second, followers[place])
            status, reposts, direct = kernels.attempt(
                label_of(seed, place, 1_000_000),
                until,
                largest,
                PLACED,
                space.run(seed),
                stage.audience,
                space.doubt,
            )
            if status in (cascade.DONE, cascade.STOPPED):
                break
            space.enlarge(int(status))
        done[0] += 1
        if progress is not None and done[0] % 500 == 0:
            progress(done[0], len(followers))
        placed = min(int(direct), PLACED)
        return int(direct) + round((int(reposts) - placed) * int(direct) / max(placed, 1))

    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            return np.array(list(pool.map(one, range(len(followers)))), np.int64)
    return np.array([one(place) for place in range(len(followers))], np.int64)


def listed(replayed: Replayed, *, seed: int, missing: float = shape.MISSING) -> shape.Shapes:
    """The replayed cascades as the observer lists them: losses, then metrics."""
    return shape.shapes(shape.crawled(replayed.cascades, seed, missing))
