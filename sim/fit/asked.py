"""What the posts are asked, one question each: reads, worth, pace, comments.

Every answer is a posterior on a grid (`sim.fit.posterior`).
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.fit import answer, pace, posterior, replay, trials
from sim.fit.answer import Fitted
from sim.fit.posterior import Marginal
from sim.fit.posts import Posts
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import timeline
from sim.scenario.schema import Scenario

Floats = npt.NDArray[np.float64]

ITEMS = np.geomspace(4.0, 1_000.0, 48)  # posts read in a session: a first look, to be refined
FINE = 41  # points of the second look
TRIED_FOR_READS = 256  # trials that say how many reads come through one repost
NOISES = np.geomspace(0.02, 1.5, 24)  # of reads, from post to post
SPREADS = np.geomspace(0.05, 2.5, 28)  # of what the brand's posts are worth
SPREAD_BEFORE = (np.log(0.6), 0.8)  # normal in the logarithm, before the posts are seen
TALKS = np.geomspace(0.02, 50.0, 90)  # comments against ordinary posts
TALK_SPREADS = np.geomspace(0.05, 2.5, 20)
DRAWN = 200  # draws of level, spread and peer rate behind the pace
PACES = np.geomspace(0.2, 5.0, 121)  # scale of the delay, against the declared one


def flatness_grid(scenario: Scenario) -> Floats:
    """Values of `publishing_flatness` that the posts are asked about: its doubt, and where it stands."""
    parameter = scenario.parameter("attention.publishing_flatness")
    ends = parameter.doc.doubt if parameter is not None and parameter.doc.doubt is not None else (0.2, 0.8)
    declared = float(scenario.attention.publishing_flatness)
    return np.unique(np.append(np.linspace(*ends, 9), declared))


# --- reads ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reads:
    """What the reads tell: items_read, ln of the evidence of each flatness, noise; beyond what followers can give."""

    items: Marginal
    flats: Floats
    noise: float
    beyond: bool


def reads_per_repost(setting: trials.Setting, observed: Posts, seed: int, threads: int) -> tuple[float, float]:
    """Reads that come through one repost, from trials about as large as the posts; and the standard error of that."""
    middle = max(float(observed.frame["reposts"].median()), 1.0)
    wanted = np.log(np.geomspace(max(middle / 4.0, 1.0), middle + 4.0, TRIED_FOR_READS))
    tried = trials.simulate(setting, observed, wanted, seed=seed + 1, threads=threads)
    reposts = max(tried.reposts.sum(), 1.0)
    rate = float(tried.reads.sum() / reposts)
    return rate, float(np.sqrt(((tried.reads - rate * tried.reposts) ** 2).sum()) / reposts)


def fit_reads(
    setting: trials.Setting, graph: FollowerGraph, observed: Posts, flats: Floats, rate: tuple[float, float]
) -> Reads:
    """Grids over items read in a session, flatness and noise: a coarse one finds the place, a fine one tells.

    rate  of `reads_per_repost`
    """
    likely = _reads(setting, graph, observed, flats, rate, ITEMS)
    inside = ITEMS[posterior.normalised(likely).sum(axis=(0, 2)) > 1e-6]
    step = ITEMS[1] / ITEMS[0]
    grid = np.geomspace(max(inside[0] / step, ITEMS[0]), min(inside[-1] * step, ITEMS[-1]), FINE)
    total = _reads(setting, graph, observed, flats, rate, grid)
    axes = {"flat": flats, "items": grid, "noise": NOISES}
    items = posterior.marginal(grid, posterior.summed(total, axes, "items"), True)
    noise = posterior.marginal(NOISES, posterior.summed(total, axes, "noise"), True)
    of_flats = np.log(np.maximum(posterior.summed(total, axes, "flat"), 1e-300))
    told = 1.0 - np.log(items.high / items.low) / (0.95 * np.log(ITEMS[-1] / ITEMS[0]))
    return Reads(replace(items, told=float(told)), of_flats, noise.value, bool(items.high > 0.9 * ITEMS[-1]))


def _reads(
    setting: trials.Setting,
    graph: FollowerGraph,
    observed: Posts,
    flats: Floats,
    rate: tuple[float, float],
    items: Floats,
) -> Floats:
    """ln of the likelihood of the reads: float64[flats, ITEMS, noises]."""
    frame, attention = observed.frame, setting.laws.attention
    reads, heads = frame["reads"].to_numpy(float), frame["followers"].to_numpy(float)
    reposts = frame["reposts"].to_numpy(float)
    hours = (frame["second"].to_numpy(np.int64) // 3600) % 168
    followees = graph.expected_followees()
    seed = graph.growth.seed if graph.growth is not None else 0
    share = np.stack(
        [trials.per_reader(followees, attention._replace(items_read=float(number)), seed) for number in items]
    )
    total = np.empty((flats.size, items.size, NOISES.size))
    for row, flat in enumerate(flats):
        seen = timeline.rhythm(attention._replace(publishing_flatness=float(flat)), 2, 0).seen / 2**32
        chance = share @ seen.T  # float64[items, 168]
        now = setting.counted.seen @ seen.T
        direct = heads * chance[:, hours]
        # Those who meet it in a repost are readers too: they see as much more or less as the followers do.
        through = rate[0] * np.outer(chance.mean(axis=1) / now.mean(), reposts)
        # Who the followers happen to be: some brands have more of those who read much. And the rate is a sample's.
        middle = seen.mean(axis=0)
        who = np.sqrt(np.maximum(share @ middle**2 - (share @ middle) ** 2, 0.0) / heads.mean()) / (share @ middle)
        part = through.sum(axis=1) / (direct + through).sum(axis=1)
        common = np.hypot(who * (1.0 - part), part * rate[1] / max(rate[0], 1e-9))
        total[row] = posterior.seen(reads, list(direct + through), common, NOISES)
    return total


# --- the level ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Levels:
    """The joint posterior of worth and spread of each content, over peer rates and flatness.

    grid   content -> worths;  joint  content -> ln likelihood float64[flats, peers, worths, spreads]
    """

    grid: dict[str, Floats]
    joint: dict[str, Floats]
    evidence: Floats

    @property
    def shared(self) -> Floats:
        """exp of the evidence of all contents: float64[flats, peers]."""
        return posterior.normalised(self.evidence)

    @property
    def flats(self) -> Floats:
        """The posterior over flatness."""
        found: Floats = self.shared.sum(axis=1)
        return found

    @property
    def peers(self) -> Floats:
        """The posterior over the peer rate."""
        found: Floats = self.shared.sum(axis=0)
        return found

    def at_flat(self, kept: npt.NDArray[np.bool_]) -> "Levels":
        """The same where flatness is what KEPT says."""
        return Levels(self.grid, {name: part[kept] for name, part in self.joint.items()}, self.evidence[kept])

    def of(self, name: str) -> tuple[Marginal, Marginal, Floats]:
        """Worth and spread of content NAME, and their joint posterior float64[worths, spreads]."""
        own = self.joint[name]
        highest = own.max(axis=(2, 3), keepdims=True)
        part = np.exp(own - highest)
        total = part.sum(axis=(2, 3))
        weight = self.shared / total  # of all contents, this one's own part taken out and put back cell by cell
        joint: Floats = (part * weight[:, :, None, None]).sum(axis=(0, 1))
        grid = self.grid[name]
        before = np.exp(-0.5 * ((np.log(SPREADS) - SPREAD_BEFORE[0]) / SPREAD_BEFORE[1]) ** 2)
        level = posterior.marginal(grid, joint.sum(axis=1), True)
        return level, posterior.marginal(SPREADS, joint.sum(axis=0), True, before), joint

    def drawn(
        self, rng: np.random.Generator, count: int
    ) -> tuple[npt.NDArray[np.int64], dict[str, tuple[Floats, Floats]]]:
        """COUNT draws from the posterior: rows of the peer rates; by content ln worth, spread: float64[draws]."""
        shared = self.shared
        cells = rng.choice(shared.size, count, p=shared.ravel() / shared.sum())
        found = {}
        for name, joint in self.joint.items():
            own = joint.reshape(shared.size, -1)
            row = np.empty(count, np.int64)
            for cell in np.unique(cells):
                mine = cells == cell
                chance = posterior.normalised(own[cell])
                row[mine] = rng.choice(chance.size, mine.sum(), p=chance / chance.sum())
            found[name] = np.log(self.grid[name])[row // SPREADS.size], SPREADS[row % SPREADS.size]
        return (cells % shared.shape[1]).astype(np.int64), found


def fit_levels(
    table: posterior.Chances, lines: Floats, shade: Floats, kinds: npt.NDArray[Any], of_flats: Floats
) -> Levels:
    """Grids over worth and spread of every content: a coarse one finds where the posterior lies, a fine one tells."""
    prior = -0.5 * ((np.log(SPREADS) - SPREAD_BEFORE[0]) / SPREAD_BEFORE[1]) ** 2
    coarse = np.linspace(trials.QUALITIES[0], trials.QUALITIES[-1], 100)
    evidence = np.repeat(of_flats[:, None], table.peer.size, axis=1)
    grids, joints = {}, {}
    middle = shade.shape[0] // 2
    for name in dict.fromkeys(kinds.tolist()):
        own = kinds == name
        part = posterior.Chances(table.x, table.peer, table.table[:, :, own])
        first = posterior.worth(part, lines[own] + shade[middle][own][:, None], coarse, SPREADS) + prior
        chance = posterior.normalised(first).sum(axis=(0, 2))
        inside = coarse[chance > 1e-6 * chance.max()]
        level = np.linspace(max(inside.min() - 0.3, coarse[0]), min(inside.max() + 0.3, coarse[-1]), 81)
        joint = (
            np.stack([posterior.worth(part, lines[own] + row[own][:, None], level, SPREADS) for row in shade]) + prior
        )
        highest = joint.max(axis=(2, 3))
        evidence = evidence + highest + np.log(np.exp(joint - highest[:, :, None, None]).sum(axis=(2, 3)))
        grids[name], joints[name] = np.exp(level), joint
    return Levels(grids, joints, evidence)


def fit_pace(
    scenario: Scenario,
    setting: trials.Setting,
    bank: trials.Trials,
    observed: Posts,
    table: posterior.Chances,
    lines: Floats,
    levels: Levels,
    kinds: npt.NDArray[Any],
    seed: int,
) -> list[Fitted]:
    """The delay's scale from the middle delays of direct reposts.

    lines  float64[posts, QUALITIES]  x of each post were it worth exp(QUALITIES)
    """
    frame, declared = observed.frame, setting.laws.attention.delay_scale
    found = trials.activity(setting.stage.rhythm.clock, frame["second"].to_numpy(float), observed.delays)
    law = pace.learned(bank, posterior.log_odds(np.minimum(bank.direct, bank.reposts), bank.reposts))
    if law is None or np.isnan(found).all():
        return []
    drawn, pairs = levels.drawn(np.random.default_rng(seed), DRAWN)
    names = list(levels.grid)
    worth = np.stack([posterior.worths(*pairs[name]) for name in names])
    content = np.array([names.index(name) for name in kinds.tolist()])
    direct, reposts = frame["direct"].to_numpy(float), frame["reposts"].to_numpy(float)
    total = pace.likelihood(
        law, found, direct, posterior.log_odds(direct, reposts), lines, posterior.along(table, lines), drawn, worth,
        content, np.log(table.peer), np.log(PACES * declared),
    )  # fmt: skip
    chance = posterior.normalised(total).sum(axis=0)
    known = posterior.marginal(PACES * declared, chance, True)
    meaning = "scale of the delay until a follower sees the post, seconds of activity"
    return [answer.fitted(scenario, "attention.delay_scale", meaning, known, known.high / known.low <= answer.WIDEST)]


def fit_comments(
    scenario: Scenario, laws: replay.Laws, bank: trials.Trials, observed: Posts, kinds: npt.NDArray[Any]
) -> list[Fitted]:
    """Comments against ordinary posts, of each content; and how far they vary, of all together."""
    frame = observed.frame
    counted = frame["comments"].to_numpy(float)
    if np.isnan(counted).all():
        return []
    law = posterior.talk_of(bank)
    reposts = frame["reposts"].to_numpy(float)
    joints = {}
    evidence = np.zeros(TALK_SPREADS.size)
    for name in dict.fromkeys(kinds.tolist()):
        own = kinds == name
        if np.isnan(counted[own]).all():
            continue
        joints[name] = posterior.comments(counted[own], reposts[own], law, TALKS, TALK_SPREADS)
        highest = joints[name].max()
        evidence += highest + np.log(np.exp(joints[name] - highest).sum(axis=0))
    spread = posterior.marginal(TALK_SPREADS, posterior.normalised(evidence), True)
    known = spread.told >= answer.ENOUGH
    weight = posterior.normalised(evidence)
    if not known:
        weight = (np.arange(TALK_SPREADS.size) == np.abs(TALK_SPREADS - laws.answer.comment_spread).argmin()).astype(
            float
        )
    meaning = "how far comments per repost vary from post to post"
    found = [answer.fitted(scenario, "response.comment_spread", meaning, spread, known)]
    for name, joint in joints.items():
        part = np.exp(joint - joint.max(axis=0, keepdims=True))
        chance = (part / part.sum(axis=0) * weight).sum(axis=1)
        talk = posterior.marginal(TALKS, chance, True)
        meaning = "comments per repost chance, against ordinary posts"
        found.append(
            answer.fitted(scenario, f"contents.{name}.comments", meaning, talk, talk.high / talk.low <= answer.WIDEST)
        )
    return found
