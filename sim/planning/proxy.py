"""The proxy: how far each candidate would carry the launch, by reverse-reachable sets on the campaign's own links.

A random account could have heard the story from a candidate it follows, or
from an account that reposts, and so on backwards.  A link u -> v is live with
(chance that v sees a post) x (chance that u reposts after seeing it), both
from the scenario: attention classes, interest of the community, propensity,
quality, tier, reinforcement by repeated posts, saturation.  One sampled set
serves all candidates: each covers it with a probability, so the reach of any
roster is a sum over sets of 1 - product of (1 - probability), which is
submodular (Borgs, Brautbar, Chayes, Lucier 2014 for the sets).

Accounts count with their weight for the goal (`weights`): buyers for orders,
those who respond for messages; for a goal of several metrics one short play
says how much of each a weighted account brings (`scale`).

What it leaves out, and why it is only a proxy: luck of the messages (means are
taken), time (but for the horizon), the second read of a story through another
account, and that saturation couples everyone (a mean level per candidate).
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.kernels import draws, response, timeline
from sim.model import editorial
from sim.model.launch import Content, Strategy
from sim.model.stage import Stage
from sim.planning import steps, weights
from sim.planning.candidates import Table
from sim.results import metrics

SETS = 65_536
HOPS = 10  # reposts in a chain at most
MEMBERS = 20_000_000  # of all sets together
Floats = np.ndarray


@dataclass(frozen=True)
class Source:
    """One poster or group of posters: who is exposed how often, and how the exposed respond.

    exposures   float64[base], expected posts put before each account
    chance      float64[8, 2], repost at first sight by propensity class and interest
    saturation  mean of what saturation leaves of the peers' response to its messages
    """

    exposures: Floats
    chance: Floats
    saturation: float


class Proxy:
    """Sets drawn once for TABLE's candidates on STAGE, and what covers them.

    goal  whose metrics say what an account is worth (default: every reader alike)
    tick  called with (steps done, steps in all) while it is built; it may raise to stop
    reach(roster) counts each account with that weight, at the size of the market, the rest of the launch included.
    """

    def __init__(
        self,
        table: Table,
        stage: Stage,
        seed: int,
        sets: int = SETS,
        goal: metrics.Goal | None = None,
        tick: steps.Tick = steps.silent,
    ):
        self.table = table
        self.stage = stage
        self.contents = editorial.resolved(table.scenario)
        graph = stage.casting.graph
        self.base = graph.base
        self.counted = weights.counted(goal or metrics.goal("reach"))
        self._kinds = {name: weights.weight(name, table.scenario, stage) for name in self.counted}
        self._people()
        others = [name for name in stage.casting.roles if name not in table.roles]
        whole = 2 * (len(table.roles) + len(others)) + HOPS
        done = itertools.count(1)

        def step() -> None:
            tick(min(next(done), whole), whole)

        sources, background = [], []
        for i, role in enumerate(table.roles):
            sources.append(self._source(table.strategy((i,)), [role]))
            step()
        for name in others:
            background.append(self._source(table.rest, [name]))
            step()
        background = [one for one in background if one.exposures.any()]
        every = [*sources, *background]
        most = max((one.chance for one in every), key=lambda chance: float(chance.max()))
        for one in every:
            most = np.maximum(most, one.chance)
        level = max((one.saturation for one in every), default=1.0)
        self._draw(graph, np.maximum(most, self.peer * level)[self.willing, self.cares], seed, sets, step)
        self.covers = np.empty((self.sets, len(sources)))
        for i, one in enumerate(sources):
            self.covers[:, i] = self._covers(one)
            step()
        self.left = np.ones(self.sets)  # chance that the rest of the launch does not cover a set
        for one in background:
            self.left *= 1.0 - self._covers(one)
            step()
        tick(whole, whole)

    def reach(self, roster: tuple[int, ...]) -> float:
        """Accounts met with ROSTER hired, each with its weight, at the size of the market."""
        return float(self.value @ (1.0 - self.left * np.prod(1.0 - self.covers[:, list(roster)], axis=1)))

    def gains(self, open_to: Floats) -> Floats:
        """What each candidate would add: float64[candidates]; OPEN_TO float64[sets] is what nobody covers yet."""
        return (self.value * open_to) @ self.covers

    def part(self, metric: str, roster: tuple[int, ...]) -> float:
        """`reach` counted for one METRIC of the goal alone."""
        met = 1.0 - self.left * np.prod(1.0 - self.covers[:, list(roster)], axis=1)
        return float(self.weight * (self._kinds[metric][self.roots] @ met))

    def scale(self, each: dict[str, float]) -> None:
        """Say what one weighted account brings of each metric of the goal (default: 1)."""
        value = np.zeros(self.sets)
        for metric, worth in self.counted.items():
            value += worth * each.get(metric, 1.0) * self._kinds[metric][self.roots]
        self.value = self.weight * value

    def _people(self) -> None:
        stage = self.stage
        traits = stage.readers.traits[: self.base]
        self.attentive = traits & 7
        self.willing = (traits >> 3) & 7
        size = np.diff(stage.casting.graph.community_start)
        self.cares = np.repeat((stage.interest > 0.5 * stage.interest.max()).astype(np.int64), size)
        self.interest = np.array([stage.answer.interest_off, float(stage.interest.max())])
        self.typical = timeline.class_chances() * self._in_time(0.0)
        answer = stage.answer
        self.response = np.outer(stage.readers.propensity, self.interest)
        # Mean of a peer's response over the message's luck, at the first repost: quantiles of the lognormal lift.
        contents = [self.contents[line.content] for line in self.table.lines]
        self.peer = self._chance(float(np.mean([self._peer(answer, content) for content in contents])))

    def _peer(self, answer: response.Response, content: Content) -> float:
        steps = (np.arange(64) + 0.5) / 64
        z = np.array([draws.normal(u) for u in steps])
        sigma = np.hypot(answer.share_spread, answer.quality_peers * content.quality_doubt)
        lift = np.exp(sigma * z) * max(content.quality, 1e-9) ** answer.quality_peers
        mean = float((lift / (1.0 + lift / answer.peer_bound)).mean())
        return answer.peer_rate * self.stage.readers.density * mean

    def _chance(self, scale: Floats | float) -> Floats:
        """Chance to repost by propensity class and interest, float64[8, 2], of a response of that SCALE."""
        return np.minimum(scale * self.response, 0.9)

    def _in_time(self, hour: float) -> float:
        """Share of the views that fall before the horizon."""
        left = max(self.stage.hours - hour, 0.0) * 3600.0
        attention = self.stage.attention
        return float(1.0 - (1.0 + left / attention.delay_scale) ** -attention.delay_shape)

    def _source(self, strategy: Strategy, roles: list[str]) -> Source:
        stage, answer = self.stage, self.stage.answer
        exposures = np.zeros(self.base)
        scale, weight, direct, kinds = 0.0, 0.0, 0.0, 0
        seen_of_all = self.typical[self.attentive]
        for name in roles:
            role = stage.casting.roles[name]
            follows = np.zeros(self.base)
            for account in role.accounts:
                row = stage.casting.graph.row(int(account))
                follows[row[row < self.base]] += 1.0
            heads = float(role.heads.mean())
            for line in strategy.posts:
                if line.by not in (name, role.group):
                    continue
                content = self.contents[line.content]
                quality = content.quality * float(np.exp(content.quality_doubt**2 / 2.0))
                chance = response.original_chance(answer, quality, role.messenger, heads)
                for occasion in range(line.times):
                    hour = line.at + occasion * line.every + 0.5 * line.spread
                    if hour >= stage.hours:
                        continue
                    seen = stage.rhythm.seen[(stage.start_hour + int(hour)) % 168] / 2.0**32 * self._in_time(hour)
                    # Exposures are counted in posts of an average hour.
                    lift = float((seen[self.attentive] * follows).sum() / max((seen_of_all * follows).sum(), 1e-300))
                    exposures += follows * lift * line.participation
                    scale += chance * line.participation
                    weight += line.participation
                    kinds += 1
        if kinds:
            willing = self._chance(scale / max(weight, 1e-300))
            seen = self._seen(exposures)
            direct = float((seen * willing[self.willing, self.cares]).sum()) * stage.factor / kinds
            return Source(exposures, willing, self._saturation(direct))
        return Source(exposures, np.zeros_like(self.response), 0.0)

    def _seen(self, exposures: Floats) -> Floats:
        """Chance to have seen at least one of so many posts, float64[base]."""
        return 1.0 - (1.0 - self.typical[self.attentive]) ** exposures

    def _saturation(self, direct: float) -> float:
        """Mean of e^(-n / saturation) over the reposts n of one message with DIRECT of them at market size."""
        limit = self.stage.answer.saturation
        if limit <= 0.0 or direct <= 0.0:
            return 1.0
        mean_peer = self.stage.readers.seen * float(self.peer[self.willing, self.cares].mean())
        lists = response.LISTED / max(self.stage.readers.density, 1e-9)
        offspring = lists * mean_peer

        def mean(n: float) -> float:
            return limit / n * -np.expm1(-n / limit)

        low, high = direct, direct + 50.0 * limit * max(offspring, 1.0)
        for _ in range(60):  # the largest n with n = direct + n x offspring x mean(n)
            middle = 0.5 * (low + high)
            if middle * (1.0 - offspring * mean(middle)) > direct:
                high = middle
            else:
                low = middle
        return float(mean(high))

    def _draw(self, graph: FollowerGraph, passes: Floats, seed: int, sets: int, step: Callable[[], None]) -> None:
        """Sets for random roots that read at all; PASSES float64[base] bounds everyone's chance to repost."""
        generator = np.random.default_rng([seed, 0x5E75])
        starts, followees = graph.following()
        seen = self.typical[self.attentive]
        counts = np.sum(list(self._kinds.values()), axis=0) > 0.0
        readers = np.flatnonzero((seen > 0.0) & counts)
        roots = readers if readers.size <= sets else np.sort(generator.choice(readers, sets, replace=False))
        self.sets, self.roots = roots.size, roots
        self.weight = readers.size / max(roots.size, 1) * self.stage.factor
        self.scale({})
        peer = self.peer[self.willing, self.cares]
        keep = np.divide(peer, passes, out=np.zeros_like(peer), where=passes > 0.0)
        # No link is live with more than the reader's share of MOST; only those that might be are looked at.
        most = float(passes.max(initial=0.0))
        pace = -np.log1p(-np.minimum(most * seen, 1.0 - 1e-12))
        owner, account = np.arange(roots.size), roots.astype(np.int64)
        damp = np.ones(roots.size)
        parts = [(owner, account, damp, np.zeros(roots.size, np.int64))]
        met = np.sort(owner * self.base + account)
        for hop in range(1, HOPS + 1):
            step()
            behind, link = _coins(generator, starts[account + 1] - starts[account], pace[account])
            heard = followees[starts[account[behind]] + link].astype(np.int64)
            inside = heard < self.base
            heard, behind = heard[inside], behind[inside]
            live = generator.random(heard.size) * most < passes[heard]
            heard, behind = heard[live], behind[live]
            keys = owner[behind] * self.base + heard
            first = np.argsort(keys, kind="stable")
            first = first[np.diff(keys[first], prepend=-1) != 0]  # np.unique takes ten times as long
            keys = keys[first]
            fresh = ~np.isin(keys, met, assume_unique=True)
            keys, first = keys[fresh], first[fresh]
            if not keys.size or met.size + keys.size > MEMBERS:
                break
            via = behind[first]
            # What lies between this account and the root passed on a peer's post, not a candidate's.
            damp = damp[via] * (keep[account[via]] if hop > 1 else 1.0)
            owner, account = keys // self.base, keys % self.base
            met = np.sort(np.concatenate([met, keys]), kind="stable")  # disjoint; np.union1d takes 300 times as long
            parts.append((owner, account, damp, np.full(keys.size, hop)))
        self.owner, self.member, self.damp, self.hop = (np.concatenate(column) for column in zip(*parts, strict=True))
        self.passes = passes

    def _covers(self, source: Source) -> Floats:
        """Chance that SOURCE covers each set, float64[sets]."""
        met = self._seen(source.exposures)[self.member]
        inside = met > 0.0
        met, member, hop, owner = met[inside], self.member[inside], self.hop[inside], self.owner[inside]
        willing = source.chance[self.willing[member], self.cares[member]]
        reads = source.exposures[member] * self.typical[self.attentive[member]] / met
        further = np.maximum(reads - 1.0, 0.0) * self.stage.answer.second_read
        willing = 1.0 - np.exp(np.log1p(-willing) * (1.0 + further))
        through = np.minimum(willing / np.maximum(self.passes[member], 1e-300), 1.0) * self.damp[inside]
        chance = met * np.where(hop > 0, through * source.saturation ** np.maximum(hop - 1, 0), 1.0)
        return -np.expm1(np.bincount(owner, np.log1p(-np.minimum(chance, 1.0 - 1e-12)), minlength=self.sets))


def _coins(generator: np.random.Generator, sizes: np.ndarray, pace: Floats) -> tuple[np.ndarray, np.ndarray]:
    """Links that come up when each of row r's SIZES links is tossed with chance 1 - exp(-PACE[r]): (row, link in it).

    Poisson arrivals on the line of all hazards: a link comes up when one or more fall on it.
    """
    hazard = sizes * pace
    ends = np.cumsum(hazard)
    whole = float(ends[-1]) if ends.size else 0.0
    if whole <= 0.0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    arrivals = np.sort(generator.random(generator.poisson(whole))) * whole
    upto = np.searchsorted(arrivals, ends)
    row = np.repeat(np.arange(sizes.size), np.diff(upto, prepend=0))
    arrivals = arrivals[: row.size]  # rounding may leave one beyond the last end
    link = ((arrivals - (ends - hazard)[row]) / pace[row]).astype(np.int64)
    link = np.clip(link, 0, sizes[row] - 1)
    once = np.diff(link, prepend=-1) != 0
    once |= np.diff(row, prepend=-1) != 0
    return row[once], link[once]
