"""A scenario fitted to a planner's own posts: `dandelion calibrate SCENARIO --observed posts.csv`.

Few posts tell little, so few parameters are asked: how much a post of the
brand is worth (its level) and how far that varies, comments, how many
followers read (where reads are known), the price of posting at night; of full
repost trees also how readily people pass on what a friend passed on, and how
fast.  What the posts do not tell stays as declared, and the grade says so.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.errors import UserError
from sim.fit import answer, asked, posterior, replay, trials
from sim.fit.answer import Fit, Fitted, Predicted
from sim.fit.posterior import Marginal
from sim.fit.posts import Posts
from sim.graph.follower_graph import FollowerGraph
from sim.scenario.schema import Scenario

Floats = npt.NDArray[np.float64]
Progress = Callable[[str, int, int], None]

TRIALS, TREE_TRIALS = 12_000, 24_000
PEERS = np.geomspace(0.10, 0.45, 13)
READINESS = (0.05, 20.0)  # of the trials to be commented on, against ordinary posts
REACH_OF_TRIALS = (0.10, 2.0)  # x of the trials: from a tenth of the least to twice the most reposts
DRAWN = 400  # draws behind the predictive intervals


def contents_of(scenario: Scenario, observed: Posts, content: str | None = None) -> list[str]:
    """The content of every post: as the column says, else CONTENT, else the only one that the brand posts.

    Raises UserError for a content that is not there, and where the brand posts several.
    """
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

    flats = asked.flatness_grid(scenario)
    of_flats = np.zeros(flats.size)
    reads = frame["reads"].to_numpy(float)
    rate, noise = (0.0, 0.0), 0.2
    if (~np.isnan(reads)).sum() > 0:
        rate = asked.reads_per_repost(setting, observed, seed, threads)
        found = asked.fit_reads(setting, stage_graph, observed, flats, rate)
        # Reads through a repost do not change quite as the followers' own: asked again where the first answer stands.
        near = laws._replace(attention=laws.attention._replace(items_read=answer.written(found.items.value)))
        there = trials.Setting(scenario, stage_graph, near)
        rate = asked.reads_per_repost(there, observed, seed, threads)
        found = asked.fit_reads(there, stage_graph, observed, flats, rate)
        of_flats = found.flats
        noise = found.noise
        enough = found.items.high / found.items.low <= answer.WIDEST
        meaning = "posts a reader scrolls through in a session: how many followers read"
        parameters.append(answer.fitted(scenario, "attention.items_read", meaning, found.items, enough))
        if found.beyond:
            notes.append("More reads than the followers can give: is `followers` the number at the time of the post?")
        if enough:
            laws = laws._replace(attention=laws.attention._replace(items_read=answer.written(found.items.value)))
            setting = trials.Setting(scenario, stage_graph, laws)

    if bank is None:
        bank = bank_of(setting, observed, seed, threads, count, lambda d, a: tell("simulating posts like these", d, a))
    tell("reading the posts", 0, 1)
    reposts = frame["reposts"].to_numpy(float)
    peers = PEERS if observed.trees else np.array([laws.answer.peer_rate])
    table = posterior.chances(bank, reposts, frame["direct"].to_numpy(float) if observed.trees else None, peers)
    lines = setting.direct(heads) + np.log(heads)[:, None]
    shade = np.log(np.stack([setting.seen(flat)[hours] for flat in flats]))  # float64[flats, posts]
    levels = asked.fit_levels(table, lines, shade, kinds, of_flats)

    flat = posterior.marginal(flats, levels.flats, False)
    flat_known = flat.told >= answer.ENOUGH
    meaning = "share of posts published evenly over the day: the price of posting at night"
    parameters.append(answer.fitted(scenario, "attention.publishing_flatness", meaning, flat, flat_known))
    if not flat_known:
        flats_kept = np.abs(flats - laws.attention.publishing_flatness) < 1e-9
        levels = levels.at_flat(flats_kept)
    peer_known = False
    if observed.trees:
        peer = posterior.marginal(peers, levels.peers, True)
        peer_known = peer.told >= answer.ENOUGH
        meaning = "chance to repost a median message seen in a peer's repost"
        parameters.append(answer.fitted(scenario, "response.peer_rate", meaning, peer, peer_known))
        expected = lines + shade[_nearest(flats, flat, flat_known, laws)][:, None]
        parameters += asked.fit_pace(scenario, setting, bank, observed, table, expected, levels, kinds, seed)
    draws_of: dict[str, tuple[Floats, Floats]] = {}
    rng = np.random.default_rng(seed)
    for name in dict.fromkeys(kinds.tolist()):
        level, spread, joint = levels.of(name)
        known = level.high / level.low <= answer.WIDEST
        meaning = "worth of a post against a median message"
        parameters.append(answer.fitted(scenario, f"contents.{name}.quality", meaning, level, known))
        meaning = "how far that worth varies from post to post (sigma of the logarithm)"
        parameters.append(
            answer.fitted(scenario, f"contents.{name}.quality_doubt", meaning, spread, spread.told >= answer.ENOUGH)
        )
        chosen = rng.choice(joint.size, DRAWN, p=joint.ravel() / joint.sum())
        draws_of[name] = (levels.grid[name][chosen // asked.SPREADS.size], asked.SPREADS[chosen % asked.SPREADS.size])
    talk = asked.fit_comments(scenario, laws, bank, observed, kinds)
    parameters += talk
    predicted = predict(
        setting, bank, observed, kinds, draws_of, lines + shade[_nearest(flats, flat, flat_known, laws)][:, None],
        {part.name: part for part in talk}, laws, rate[0], noise, rng,
    )  # fmt: skip
    held = ("response.repost_rate",) if any(
        part.enough and part.name.endswith(".quality") for part in parameters
    ) else ()  # fmt: skip
    tell("reading the posts", 1, 1)
    return Fit(
        scenario=scenario,
        observed=observed,
        parameters=parameters,
        predicted=predicted,
        grade=answer.grade(observed, parameters),
        notes=notes + answer.doubts_about(predicted),
        seed=seed,
        accounts=stage_graph.base,
        trials=bank.x.size,
        seconds=round(time.perf_counter() - begun, 1),
        held=held,
    )


def _nearest(flats: Floats, flat: Marginal, known: bool, laws: replay.Laws) -> int:
    wanted = flat.value if known else laws.attention.publishing_flatness
    return int(np.abs(flats - wanted).argmin())


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
    peers = scales = None
    if observed.trees:
        golden = (np.arange(count) * 0.6180339887498949) % 1.0
        peers = np.exp(np.log(PEERS[0]) + np.log(PEERS[-1] / PEERS[0]) * golden)
        third_golden = (np.arange(count) * 0.5698402909980532) % 1.0
        longer = np.exp(np.log(asked.PACES[0]) + np.log(asked.PACES[-1] / asked.PACES[0]) * third_golden)
        scales = setting.laws.attention.delay_scale * longer
    talks = None
    if observed.frame["comments"].notna().any():
        second_golden = (np.arange(count) * 0.7548776662466927) % 1.0
        talks = np.log(READINESS[0]) + np.log(READINESS[1] / READINESS[0]) * second_golden
    return trials.simulate(
        setting, observed, wanted, seed=seed, peers=peers, talks=talks, scales=scales, threads=threads,
        progress=progress,
    )  # fmt: skip


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
