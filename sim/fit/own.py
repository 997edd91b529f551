"""A scenario fitted to a planner's own posts: `dandelion calibrate SCENARIO --observed posts.csv`.

Few posts tell little, so few parameters are asked: how much a post of the
brand is worth (its level) and how far that varies, comments, how many
followers read (where reads are known), the price of posting at night; of full
repost trees also how readily people pass on what a friend passed on, and how
fast.  What the posts do not tell stays as declared, and the grade says so.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.errors import UserError
from sim.fit import posterior, replay, trials
from sim.fit.posterior import Marginal
from sim.fit.posts import Posts
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import timeline
from sim.scenario import read
from sim.scenario.schema import Scenario

Floats = npt.NDArray[np.float64]
Progress = Callable[[str, int, int], None]

TRIALS, TREE_TRIALS = 12_000, 24_000
WIDEST = 6.0  # a level is known when its interval spans at most this factor
ENOUGH = 0.4  # any other parameter when the posts take away this share of the width it had before
ITEMS = np.geomspace(4.0, 1_000.0, 48)  # posts read in a session
NOISES = np.geomspace(0.02, 1.5, 24)  # of reads, from post to post
SPREADS = np.geomspace(0.05, 2.5, 28)  # of what the brand's posts are worth
SPREAD_BEFORE = (np.log(0.6), 0.8)  # normal in the logarithm, before the posts are seen
TALKS = np.geomspace(0.02, 50.0, 90)  # comments against ordinary posts
TALK_SPREADS = np.geomspace(0.05, 2.5, 20)
PEERS = np.geomspace(0.10, 0.45, 13)
PACES = np.geomspace(200.0, 20_000.0, 120)
READINESS = (0.05, 20.0)  # of the trials to be commented on, against ordinary posts
REACH_OF_TRIALS = (0.10, 2.0)  # x of the trials: from a tenth of the least to twice the most reposts
DRAWN = 400  # draws behind the predictive intervals


@dataclass(frozen=True)
class Fitted:
    """One parameter: where it stood, what the posts say, and whether that is enough to put it into the scenario."""

    name: str
    meaning: str
    declared: float
    value: float
    low: float
    high: float
    told: float
    enough: bool

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        numbers = {key: float(f"{getattr(self, key):.6g}") for key in ("declared", "value", "low", "high", "told")}
        return {"name": self.name, "meaning": self.meaning, **numbers, "fitted": self.enough}


@dataclass(frozen=True)
class Predicted:
    """What the fitted model expects of every post: quantiles 5, 25, 50, 75, 95%, float64[posts, 5], by quantity."""

    quantiles: dict[str, Floats]
    seen: dict[str, Floats]

    def inside(self, quantity: str, share: int) -> float | None:
        """Share of the posts within the middle 50 or 90%; None when nothing is known."""
        seen, ends = self.seen[quantity], self.quantiles[quantity]
        known = ~np.isnan(seen)
        if not known.any():
            return None
        low, high = (ends[:, 1], ends[:, 3]) if share == 50 else (ends[:, 0], ends[:, 4])
        return float(((seen >= low) & (seen <= high))[known].mean())


@dataclass(frozen=True)
class Fit:
    """Everything that `calibrate SCENARIO --observed` found."""

    scenario: Scenario
    observed: Posts
    parameters: list[Fitted]
    predicted: Predicted
    grade: str
    notes: list[str]
    seed: int
    accounts: int
    trials: int
    seconds: float
    held: tuple[str, ...] = field(default=("response.repost_rate",))

    def changes(self) -> dict[str, float]:
        """Dotted names and values that go into the scenario."""
        return {part.name: _written(part.value) for part in self.parameters if part.enough}

    def doubts(self) -> dict[str, dict[str, Any]]:
        """The scenario's table [doubt]: intervals of what was fitted; what only its product is known of is held."""
        source = f"calibrated on {self.observed.source}: {len(self.observed)} posts"
        found: dict[str, dict[str, Any]] = {
            part.name: {"low": _written(part.low), "high": _written(part.high), "source": source[:200]}
            for part in self.parameters
            if part.enough
        }
        for name in self.held:
            parameter = self.scenario.parameter(name)
            if parameter is not None:
                table, key = name.split(".")
                value = float(getattr(getattr(self.scenario, table), key))
                found[name] = {"low": value, "high": value, "source": "held: quality is counted against it"}
        return found

    def fitted(self) -> Scenario:
        """The scenario with the fitted values and their intervals."""
        changes: dict[str, Any] = {"doubt": self.doubts()}  # joined with what the scenario had
        for name, value in self.changes().items():
            place = changes
            *tables, key = name.split(".")
            for table in tables:
                place = place.setdefault(table, {})
            place[key] = value
        return self.scenario.changed(changes)

    def text(self, text: str) -> str:
        """TEXT of the scenario's file with the fitted values and the table [doubt]; comments stay."""
        doubts = {**{name: known.model_dump() for name, known in self.scenario.doubt.items()}, **self.doubts()}
        return read.edit(text, {**self.changes(), "doubt": doubts})

    def result(self) -> dict[str, Any]:
        """The JSON answer."""
        checks = {
            quantity: {
                "inside_50": self.predicted.inside(quantity, 50),
                "inside_90": self.predicted.inside(quantity, 90),
            }
            for quantity in self.predicted.seen
        }
        return {
            "scenario": self.scenario.name,
            "observed": self.observed.source,
            "posts": len(self.observed),
            "trees": self.observed.trees,
            "grade": self.grade,
            "notes": self.notes,
            "parameters": [part.plain() for part in self.parameters],
            "predictive": checks,
            "seed": self.seed,
            "accounts": self.accounts,
            "trials": self.trials,
            "seconds": self.seconds,
        }


def _written(value: float) -> float:
    """Four significant digits: what a person would write down."""
    return float(f"{value:.4g}")


def contents_of(scenario: Scenario, observed: Posts, content: str | None = None) -> list[str]:
    """The content of every post: as the column says, else CONTENT, else the only one that the brand posts."""
    posted = dict.fromkeys(
        action.content for plan in scenario.strategies.values() for action in plan.posts if action.by == "brand"
    )
    usual = content or (next(iter(posted)) if len(posted) == 1 else None)
    if usual is None and len(scenario.contents) == 1:
        usual = next(iter(scenario.contents))
    found = []
    for number, given in enumerate(observed.frame["content"]):
        name = given or usual
        if name is None or name not in scenario.contents:
            said = (
                f"post {number + 1}, column content: found {given!r}"
                if given or not content
                else f"--content {content}"
            )
            raise UserError(
                f"{observed.source}: {said}; allowed are the contents that {scenario.name} declares: "
                f"{', '.join(scenario.contents)}.\n  A post without one needs --content NAME."
            )
        found.append(name)
    return found


def fit(
    scenario: Scenario,
    observed: Posts,
    *,
    content: str | None = None,
    graph: FollowerGraph | None = None,
    seed: int = 1,
    threads: int = 2,
    count: int | None = None,
    bank: trials.Trials | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit SCENARIO to OBSERVED posts; a function of (scenario, posts, seed) for any number of THREADS.

    content  of posts whose row does not say (default: the one that the brand posts)
    graph    None: the scenario's recipe, at most `trials.ACCOUNTS` accounts
    count    trials (default 12,000; of trees 24,000)
    bank     trials made before for posts like these (coverage studies)
    """
    begun = time.perf_counter()
    kinds = np.array(contents_of(scenario, observed, content))
    tell = progress or (lambda *_: None)
    tell("growing the follower graph", 0, 1)
    stage_graph = graph or trials.graph_of(scenario, threads)
    laws = trials.laws_of(scenario)
    frame = observed.frame
    heads = frame["followers"].to_numpy(float)
    hours = (frame["second"].to_numpy(np.int64) // 3600) % 168
    setting = trials.Setting(scenario, stage_graph, laws)
    parameters: list[Fitted] = []
    notes: list[str] = []

    flats = flatness_grid(scenario)
    of_flats = np.zeros(flats.size)
    reads = frame["reads"].to_numpy(float)
    rate, noise = 0.0, 0.2
    if (~np.isnan(reads)).sum() > 0:
        rate = reads_per_repost(setting, observed, seed, threads)
        found = fit_reads(setting, stage_graph, observed, flats, rate)
        of_flats = found.flats
        noise = found.noise
        enough = found.items.high / found.items.low <= WIDEST
        meaning = "posts a reader scrolls through in a session: how many followers read"
        parameters.append(_fitted(scenario, "attention.items_read", meaning, found.items, enough))
        if found.beyond:
            notes.append("More reads than the followers can give: is `followers` the number at the time of the post?")
        if enough:
            laws = laws._replace(attention=laws.attention._replace(items_read=_written(found.items.value)))
            setting = trials.Setting(scenario, stage_graph, laws)

    if bank is None:
        bank = bank_of(setting, observed, seed, threads, count, lambda d, a: tell("simulating posts like these", d, a))
    tell("reading the posts", 0, 1)
    reposts = frame["reposts"].to_numpy(float)
    peers = PEERS if observed.trees else np.array([laws.answer.peer_rate])
    table = posterior.chances(bank, reposts, frame["direct"].to_numpy(float) if observed.trees else None, peers)
    lines = setting.direct(heads) + np.log(heads)[:, None]
    shade = np.log(np.stack([setting.seen(flat)[hours] for flat in flats]))  # float64[flats, posts]
    levels = fit_levels(table, lines, shade, kinds, of_flats)

    flat = posterior.marginal(flats, levels.flats, False)
    flat_known = flat.told >= ENOUGH
    meaning = "share of posts published evenly over the day: the price of posting at night"
    parameters.append(_fitted(scenario, "attention.publishing_flatness", meaning, flat, flat_known))
    if not flat_known:
        flats_kept = np.abs(flats - laws.attention.publishing_flatness) < 1e-9
        levels = levels.at_flat(flats_kept)
    peer_known = False
    if observed.trees:
        peer = posterior.marginal(peers, levels.peers, True)
        peer_known = peer.told >= ENOUGH
        meaning = "chance to repost a median message seen in a peer's repost"
        parameters.append(_fitted(scenario, "response.peer_rate", meaning, peer, peer_known))
        parameters += fit_pace(scenario, setting, bank, observed)
    draws_of: dict[str, tuple[Floats, Floats]] = {}
    rng = np.random.default_rng(seed)
    for name in dict.fromkeys(kinds.tolist()):
        level, spread, joint = levels.of(name)
        known = level.high / level.low <= WIDEST
        meaning = "worth of a post against a median message"
        parameters.append(_fitted(scenario, f"contents.{name}.quality", meaning, level, known))
        meaning = "how far that worth varies from post to post (sigma of the logarithm)"
        parameters.append(_fitted(scenario, f"contents.{name}.quality_doubt", meaning, spread, spread.told >= ENOUGH))
        chosen = rng.choice(joint.size, DRAWN, p=joint.ravel() / joint.sum())
        draws_of[name] = (levels.grid[name][chosen // SPREADS.size], SPREADS[chosen % SPREADS.size])
    talk = fit_comments(scenario, laws, bank, observed, kinds)
    parameters += talk
    predicted = predict(
        setting, bank, observed, kinds, draws_of, lines + shade[_nearest(flats, flat, flat_known, laws)][:, None],
        {part.name: part for part in talk}, laws, rate, noise, rng,
    )  # fmt: skip
    held = ("response.repost_rate",) if any(
        part.enough and part.name.endswith(".quality") for part in parameters
    ) else ()  # fmt: skip
    tell("reading the posts", 1, 1)
    return Fit(
        scenario, observed, parameters, predicted, grade(observed, parameters), notes + doubts_about(predicted), seed,
        stage_graph.base, bank.x.size, round(time.perf_counter() - begun, 1), held,
    )  # fmt: skip


def _fitted(scenario: Scenario, name: str, meaning: str, found: Marginal, enough: bool) -> Fitted:
    *tables, key = name.split(".")
    place: Any = scenario
    for table in tables:
        place = place[table] if isinstance(place, dict) else getattr(place, table)
    return Fitted(name, meaning, float(getattr(place, key)), found.value, found.low, found.high, found.told, enough)


def _nearest(flats: Floats, flat: Marginal, known: bool, laws: replay.Laws) -> int:
    wanted = flat.value if known else laws.attention.publishing_flatness
    return int(np.abs(flats - wanted).argmin())


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


def reads_per_repost(setting: trials.Setting, observed: Posts, seed: int, threads: int) -> float:
    """Reads that come through one repost, from a few trials about as large as the posts."""
    middle = max(float(observed.frame["reposts"].median()), 1.0)
    wanted = np.log(np.geomspace(max(middle / 4.0, 1.0), middle + 4.0, 64))
    tried = trials.simulate(setting, observed, wanted, seed=seed + 1, threads=threads)
    return float(tried.reads.sum() / max(tried.reposts.sum(), 1.0))


def fit_reads(setting: trials.Setting, graph: FollowerGraph, observed: Posts, flats: Floats, rate: float) -> Reads:
    """Grid over items read in a session, flatness and noise."""
    frame, attention = observed.frame, setting.laws.attention
    reads, heads = frame["reads"].to_numpy(float), frame["followers"].to_numpy(float)
    hours = (frame["second"].to_numpy(np.int64) // 3600) % 168
    followees = graph.expected_followees()
    seed = graph.growth.seed if graph.growth is not None else 0
    share = np.stack(
        [trials.per_reader(followees, attention._replace(items_read=float(items)), seed) for items in ITEMS]
    )
    total = np.empty((flats.size, ITEMS.size, NOISES.size))
    for row, flat in enumerate(flats):
        seen = timeline.rhythm(attention._replace(publishing_flatness=float(flat)), 2, 0).seen / 2**32
        chance = share @ seen.T  # float64[items, 168]
        now = setting.counted.seen @ seen.T
        direct = heads * chance[:, hours]
        # Those who meet it in a repost are readers too: they see as much more or less as the followers do.
        through = rate * np.outer(chance.mean(axis=1) / now.mean(), frame["reposts"].to_numpy(float))
        total[row] = posterior.seen(reads, list(direct + through), NOISES)
    axes = {"flat": flats, "items": ITEMS, "noise": NOISES}
    items = posterior.marginal(ITEMS, posterior.summed(total, axes, "items"), True)
    noise = posterior.marginal(NOISES, posterior.summed(total, axes, "noise"), True)
    of_flats = np.log(np.maximum(posterior.summed(total, axes, "flat"), 1e-300))
    return Reads(items, of_flats, noise.value, bool(items.high > 0.9 * ITEMS[-1]))


# --- the level ------------------------------------------------------------------------------------


def bank_of(
    setting: trials.Setting, observed: Posts, seed: int, threads: int, count: int | None, progress: trials.Progress
) -> trials.Trials:
    """Trials spread evenly over the expectations that could lie behind the posts."""
    reposts = observed.frame["reposts"].to_numpy(float)
    count = count or (TREE_TRIALS if observed.trees else TRIALS)
    low, high = REACH_OF_TRIALS
    ends = np.log(max(low * float(np.quantile(reposts, 0.02)), 0.03)), np.log(high * float(reposts.max()) + 4.0)
    place = (np.arange(count) + 0.5) / count
    wanted = ends[0] + (ends[1] - ends[0]) * place
    peers = None
    if observed.trees:
        golden = (np.arange(count) * 0.6180339887498949) % 1.0
        peers = np.exp(np.log(PEERS[0]) + np.log(PEERS[-1] / PEERS[0]) * golden)
    talks = None
    if observed.frame["comments"].notna().any():
        second_golden = (np.arange(count) * 0.7548776662466927) % 1.0
        talks = np.log(READINESS[0]) + np.log(READINESS[1] / READINESS[0]) * second_golden
    return trials.simulate(
        setting, observed, wanted, seed=seed, peers=peers, talks=talks, threads=threads, progress=progress
    )


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
        level = np.linspace(inside.min() - 0.3, inside.max() + 0.3, 81)
        joint = (
            np.stack([posterior.worth(part, lines[own] + row[own][:, None], level, SPREADS) for row in shade]) + prior
        )
        highest = joint.max(axis=(2, 3))
        evidence = evidence + highest + np.log(np.exp(joint - highest[:, :, None, None]).sum(axis=(2, 3)))
        grids[name], joints[name] = np.exp(level), joint
    return Levels(grids, joints, evidence)


def fit_pace(scenario: Scenario, setting: trials.Setting, bank: trials.Trials, observed: Posts) -> list[Fitted]:
    """The delay's scale from the middle delays of direct reposts."""
    frame, declared = observed.frame, setting.laws.attention.delay_scale
    found = trials.activity(setting.stage.rhythm.clock, frame["second"].to_numpy(float), observed.delays)
    if np.isnan(found).all():
        return []
    chance = posterior.normalised(posterior.pace(bank, found, frame["direct"].to_numpy(float), PACES, declared))
    scale = posterior.marginal(PACES, chance, True)
    meaning = "scale of the delay until a follower sees the post, seconds of activity"
    return [_fitted(scenario, "attention.delay_scale", meaning, scale, scale.high / scale.low <= WIDEST)]


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
    known = spread.told >= ENOUGH
    weight = posterior.normalised(evidence)
    if not known:
        weight = (np.arange(TALK_SPREADS.size) == np.abs(TALK_SPREADS - laws.answer.comment_spread).argmin()).astype(
            float
        )
    meaning = "how far comments per repost vary from post to post"
    found = [_fitted(scenario, "response.comment_spread", meaning, spread, known)]
    for name, joint in joints.items():
        part = np.exp(joint - joint.max(axis=0, keepdims=True))
        chance = (part / part.sum(axis=0) * weight).sum(axis=1)
        talk = posterior.marginal(TALKS, chance, True)
        meaning = "comments per repost chance, against ordinary posts"
        found.append(_fitted(scenario, f"contents.{name}.comments", meaning, talk, talk.high / talk.low <= WIDEST))
    return found


# --- what it means --------------------------------------------------------------------------------


def predict(
    setting: trials.Setting,
    bank: trials.Trials,
    observed: Posts,
    kinds: npt.NDArray[Any],
    drawn: Mapping[str, tuple[Floats, Floats]],
    lines: Floats,
    talk: Mapping[str, Fitted],
    laws: replay.Laws,
    rate: float,
    noise: float,
    rng: np.random.Generator,
) -> Predicted:
    """Draw every post again from the posterior: reposts from trials of the same expectation, and what follows them.

    drawn  content -> worths and spreads drawn from the posterior;  lines  x of each post by worth
    """
    frame = observed.frame
    order = np.argsort(bank.x)
    sorted_x = bank.x[order]
    sees = setting.seen()[(frame["second"].to_numpy(np.int64) // 3600) % 168] * frame["followers"].to_numpy(float)
    law = posterior.talk_of(bank) if talk else None
    size = max(order.size // 100, 8)
    quantiles: dict[str, list[Floats]] = {"reposts": [], "comments": [], "reads": []}
    for post, kind in enumerate(kinds.tolist()):
        levels, spreads = drawn[kind]
        quality = np.log(levels) + spreads * rng.standard_normal(DRAWN)
        x = np.interp(quality, trials.QUALITIES, lines[post])
        place = np.clip(
            np.searchsorted(sorted_x, x) + rng.integers(-size // 2, size // 2 + 1, DRAWN), 0, order.size - 1
        )
        chosen = order[place]
        reposts = bank.reposts[chosen]
        spread = _value(talk.get("response.comment_spread"), laws.answer.comment_spread)
        level = _value(talk.get(f"contents.{kind}.comments"), 1.0)
        readiness = np.log(level) + spread * rng.standard_normal(DRAWN)
        comments = np.zeros(DRAWN)
        if law is not None:
            mean = law.mean(reposts, readiness)
            number = law.size(mean)
            comments = rng.negative_binomial(np.maximum(number, 1e-9), number / (number + mean)).astype(float)
        reads = (sees[post] + rate * reposts) * np.exp(noise * rng.standard_normal(DRAWN))
        for quantity, values in (("reposts", reposts), ("comments", comments), ("reads", reads)):
            quantiles[quantity].append(np.quantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]))
    seen = {quantity: frame[quantity].to_numpy(float) for quantity in quantiles}
    kept = {quantity: np.array(rows) for quantity, rows in quantiles.items() if not np.isnan(seen[quantity]).all()}
    return Predicted(kept, {quantity: seen[quantity] for quantity in kept})


def _value(found: Fitted | None, declared: float) -> float:
    if found is None:
        return declared
    return found.value if found.enough else found.declared


NAMES = {
    "quality": "the level",
    "quality_doubt": "how far posts differ",
    "comments": "comments",
    "comment_spread": "how far comments vary",
    "items_read": "how many followers read",
    "publishing_flatness": "the day rhythm",
    "peer_rate": "how readily friends pass it on",
    "delay_scale": "how fast it travels",
}


def grade(observed: Posts, parameters: Sequence[Fitted]) -> str:
    """What the posts are enough for, in words."""
    told: dict[str, bool] = {}
    for part in parameters:
        word = NAMES[part.name.rsplit(".", 1)[1]]
        told[word] = told.get(word, True) and part.enough
    enough = [word for word, known in told.items() if known]
    short = [word for word, known in told.items() if not known]
    number = len(observed)
    begin = f"{number} post{'s' if number != 1 else ''}: "
    if not enough:
        return begin + "too few for anything; the scenario stays as it was."
    order = list(NAMES.values())
    words = begin + "enough for " + _listed(sorted(enough, key=order.index))
    return words + (", not for " + _listed(sorted(short, key=order.index), "or") if short else "") + "."


def _listed(words: Sequence[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def doubts_about(predicted: Predicted) -> list[str]:
    """Sentences where the fitted model does not look like the posts."""
    found = []
    for quantity in predicted.seen:
        inside = predicted.inside(quantity, 90)
        if inside is not None and inside < 0.75 and len(predicted.seen[quantity]) >= 8:
            found.append(
                f"Only {inside:.0%} of the posts have {quantity} within the model's 90% range: treat the fit with care."
            )
    return found
