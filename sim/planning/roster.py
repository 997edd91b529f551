"""Whom to hire: the roster that buys most, what each account on it is worth, and up to which fee.

    found = roster.choose(scenario, 500_000, seed=1, replicates=32, jobs=2)
    found.plain()   the object that `choose --json` prints

Rosters come from the proxy's greedy and from the usual rules of thumb (and
from all of them where candidates are few).  Full simulation picks the best on
luck of its own; everything reported is played on luck the choice never saw.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Unpack

import numpy as np

from sim.errors import UserError
from sim.kernels import ledger
from sim.model import stage as stage_room
from sim.model.launch import Strategy
from sim.model.mishap import Mishaps
from sim.planning import baselines, ceiling, judgement, likeness, proxy, trials
from sim.planning import candidates as candidate_room
from sim.planning import race as race_room
from sim.planning import risk as risk_room
from sim.planning.baselines import Roster
from sim.planning.candidates import Candidate, Table
from sim.planning.work import How, Work
from sim.results import contrast, metrics
from sim.scenario.schema import Scenario

REPLICATES = 32
CHOOSING = 16  # replicates on which full simulation picks the finalists
FINALISTS = 4  # rivals of the proxy's roster that are played again, on twice as many replicates
SURE = 0.8  # certainty on that luck that another roster beats the proxy's
RACED = 800  # replicates of each finalist at most, where they race
SCALING = 4  # replicates that say how the metrics of a goal compare


@dataclass(frozen=True)
class Choice:
    """The answer of `choose`; numbers at the size of the market, money in RMB.

    found_by    the rule whose roster won on the luck for choosing
    rows        one per hired account, in order of what it is worth (see docs/planning.md)
    goal        the whole launch with the roster: mean, ci95, p10, p90
    rules       per rule: its roster, spend, goal, and the roster's lead over it under the same luck
    gap         the smallest of these leads, among rosters that differ
    judged      the proxy: its value, bound, guarantee, errors and rank correlation against full simulation
    casting     per candidate: declared and realised followers and fit
    names, shared  overlap of the hired accounts' audiences (share of the row's that follow the column)
    hops        share of the launch's pushes by accounts at hop 0, 1, 2+
    risk        the launch when things go wrong (`risk.Trouble.told`), None where that was not asked
    """

    scenario: str
    goal_name: str
    budget: float
    fixed: float
    fees: float
    found_by: str
    rows: list[dict[str, Any]]
    goal: dict[str, Any]
    rules: dict[str, dict[str, Any]]
    gap: dict[str, Any] | None
    judged: dict[str, Any]
    casting: list[dict[str, Any]]
    names: list[str]
    shared: list[list[float]]
    hops: list[float]
    settings: dict[str, Any]
    plan: dict[str, Any] = field(default_factory=dict)
    risk: dict[str, Any] | None = None

    def plain(self) -> dict[str, Any]:
        """The object of the contract, of JSON's own types."""
        return {
            "scenario": self.scenario,
            "goal": self.goal_name,
            "budget": self.budget,
            "spend": {"fees": self.fees, "rest": self.fixed, "remainder": self.budget - self.fees - self.fixed},
            "found_by": self.found_by,
            "roster": self.rows,
            "result": self.goal,
            "baselines": self.rules,
            "gap": self.gap,
            "proxy": self.judged,
            "casting": self.casting,
            "overlap": {"names": self.names, "share": self.shared},
            "hops": self.hops,
            "risk": self.risk,
            "plan": self.plan,
            **self.settings,
        }


def choose(
    scenario: Scenario,
    budget: float,
    candidates: Sequence[Candidate] | None = None,
    *,
    strategy: str | None = None,
    mishaps: Mishaps | None = None,
    risky: bool = True,
    target: float | None = None,
    margin: float | None = None,
    replicates: int = REPLICATES,
    **how: Unpack[How],
) -> Choice:
    """The roster of CANDIDATES (default: the scenario's KOLs) that serves the goal best within BUDGET.

    strategy    the launch around the roster (default: the scenario's first with KOLs); BUDGET pays for all of it
    mishaps     rates of what goes wrong (default: the scenario's, else the declared ones); RISKY False: not played
    target      what the goal should reach: `risk` then says the chance of missing it
    margin      race the finalists (`race`): the roster is within this share of the best of them with 95% certainty
    replicates  matched plays behind every reported number, at least 2
    how         graph, seed, jobs, progress, cancel, book: see `work.How`

    Pure: the same arguments give the same answer, for any JOBS.  Raises
    UserError (input) and CancelledError (when CANCEL is set).
    """
    if replicates < 2:
        raise UserError(f"replicates = {replicates}: an interval needs at least 2.")
    given = candidate_room.of_cast(scenario) if candidates is None else candidates
    table = candidate_room.seat(scenario, given, budget, strategy)
    wanted = metrics.goal(scenario.goal)
    work = Work(**how)
    stage = work.stage(table.scenario)
    shared = work.how()
    plays = trials.Trials(table.scenario, stage, wanted, **shared)
    carry = proxy.Proxy(table, stage, work.seed, goal=wanted, tick=plays.tick("building the proxy"))
    _scale(table, plays, carry)
    cast = stage.casting
    accounts = [int(cast.roles[role].accounts[0]) for role in table.roles]
    by_proxy, bound = baselines.greedy(table, carry, plays.tick("filling rosters"))
    rules: dict[str, list[Roster]] = {"proxy_greedy": [by_proxy]}
    rules |= baselines.by_hand(table, cast.graph, accounts, work.seed, plays.tick("ranking by PageRank"))
    if len(table.open) <= baselines.FEW:
        rules["brute_force"] = list(baselines.every(table))
    chosen, found_by, rules, raced = _pick(table, plays, rules, margin)
    luck = range(replicates)
    names = list(rules)
    flat = [roster for name in names for roster in rules[name]]
    asked = [table.strategy(roster) for roster in (chosen, *flat)]
    scores = plays.worth(asked, luck, "playing the rosters")
    goal = trials.estimate(plays.score(asked[:1], luck)[:, 0])
    told: dict[str, dict[str, Any]] = {}
    column = 1
    for name in names:
        own = scores[:, column : column + len(rules[name])].mean(axis=1)
        column += len(rules[name])
        lead = contrast.difference(scores[:, 0], own, wanted.higher_is_better)
        told[name] = {
            "roster": [table.names[i] for i in rules[name][0]] if len(rules[name]) == 1 else None,
            "fees": float(np.mean([table.spent(roster) for roster in rules[name]])),
            "goal": trials.estimate(own),
            "lead": {"mean": lead.mean, "ci95": trials.ends(lead), "probability_better": lead.probability_a_better},
            "same_roster": rules[name] == [chosen],
        }
    rows = ceiling.worth(table, plays, carry, chosen, luck)
    first, hops = _contributions(table, plays, chosen, luck)
    castings = likeness.fits(table, cast, stage.factor)
    for row, i in zip(rows, chosen, strict=True):
        row |= first[i] | {"fit": castings[i]["fit"], "must_have": table.given[i].must_have}
    order = sorted(range(len(rows)), key=lambda n: -_signed(rows[n]["marginal"], wanted))
    others = [name for name in names if not told[name]["same_roster"] and told[name]["lead"]["mean"] is not None]
    sign = 1.0 if wanted.higher_is_better else -1.0
    closest = min(others, key=lambda name: sign * told[name]["lead"]["mean"], default=None)
    trouble = None
    if risky:
        rates = mishaps or scenario.mishaps or Mishaps()
        rough = risk_room.Trouble(table.scenario, stage, wanted, rates, **shared)
        (told_risk,) = rough.told([table.strategy(chosen)], luck, target, causes=True, sweep=True)
        told_risk["accounts"] = rough.hangs(table.strategy(chosen), luck)
        trouble = told_risk | {"target": target, "rates": rates.model_dump(mode="json")}
    return Choice(
        scenario=scenario.name,
        goal_name=wanted.single.name if wanted.single else "goal",
        budget=budget,
        fixed=table.fixed,
        fees=table.spent(chosen),
        found_by=found_by,
        rows=[rows[n] for n in order],
        goal=goal,
        rules=told,
        gap=None if closest is None else {"to": closest, **told[closest]["lead"]},
        judged=judgement.of_proxy(table, plays, carry, by_proxy, bound, luck),
        casting=[{"name": name} | fit for name, fit in zip(table.names, castings, strict=True)],
        names=[table.names[i] for i in chosen],
        shared=likeness.overlap(cast, [table.roles[i] for i in chosen]).tolist(),
        hops=hops,
        settings={
            "seed": work.seed,
            "replicates": replicates,
            "accounts": stage.accounts,
            "market_factor": stage.factor,
            "candidates": len(table.given),
            "posts_per_account": table.posts,
            "selection": raced,
            "warnings": _warnings(stage),
            "left_out": [] if risky else ["no-shows and late posts", "deleted posts", "backlash", "crowded hours"],
        },
        plan=table.plan(chosen),
        risk=trouble,
    )


def _scale(table: Table, plays: trials.Trials, carry: proxy.Proxy) -> None:
    """Tell CARRY what a weighted account brings of each metric, where its goal adds up several of them."""
    if len(carry.counted) < 2:
        return
    largest = baselines.fill(table, np.array([float(one.followers) for one in table.given]))
    luck = range(trials.UNSEEN, trials.UNSEEN + SCALING)
    found = plays.outcomes([table.strategy(largest), table.strategy(())], luck, "weighing the goal's metrics")
    each = {}
    for metric in carry.counted:
        brought = float(np.nanmean(found[metric][:, 0] - found[metric][:, 1]))
        covered = carry.part(metric, largest) - carry.part(metric, ())
        each[metric] = max(brought, 0.0) / covered if covered > 0.0 else 0.0
    carry.scale(each)


def _pick(
    table: Table, plays: trials.Trials, rules: dict[str, list[Roster]], margin: float | None
) -> tuple[Roster, str, dict[str, list[Roster]], dict[str, Any] | None]:
    """The roster to hire, the rule that found it, the rules (brute force cut to its best), and the finalists' race.

    All on luck for choosing.  The proxy's roster is left only for one that is SURE to be better: the best of many means
    is mostly luck.  With a MARGIN the finalists race, and the winner of that is hired where there is one.
    """
    flat = [(name, roster) for name, rosters in rules.items() if name != "random" for roster in rosters]
    higher = plays.goal.higher_is_better
    first = range(trials.UNSEEN, trials.UNSEEN + CHOOSING)
    means = _means(plays, [table.strategy(roster) for _, roster in flat], first)
    kept = dict(rules)
    if "brute_force" in rules:
        every = [n for n, (name, _) in enumerate(flat) if name == "brute_force"]
        kept["brute_force"] = [flat[max(every, key=lambda n: means[n])][1]]
    different = {roster: n for n, (_, roster) in reversed(list(enumerate(flat)))}
    rivals = sorted((n for n in different.values() if n), key=lambda n: (-means[n], n))[:FINALISTS]
    finals = [flat[n] for n in (0, *rivals)]
    luck = range(trials.UNSEEN + CHOOSING, trials.UNSEEN + 3 * CHOOSING)
    scores = plays.worth([table.strategy(roster) for _, roster in finals], luck, "playing the best to choose")
    totals = np.nan_to_num(scores.mean(axis=0) * (1.0 if higher else -1.0), nan=-np.inf)
    best = int(np.argmax(totals))
    lead = contrast.difference(scores[:, best], scores[:, 0], higher).probability_a_better
    if np.isfinite(totals[0]) and (lead is None or lead < SURE):
        best = 0
    raced = None
    if margin is not None and len(finals) > 1:
        named = {", ".join(table.names[i] for i in roster) or "nobody": roster for _, roster in finals}
        plans = {words: table.strategy(roster) for words, roster in named.items()}
        raced = race_room.race(plays, plans, margin=margin, begin=trials.UNSEEN + 3 * CHOOSING, most=RACED)
        if raced["winner"] is not None:
            best = next(n for n, (_, roster) in enumerate(finals) if roster == named[raced["winner"]])
    name, chosen = finals[best]
    if name == "brute_force":
        kept[name] = [chosen]
    return chosen, name, kept, raced


def _means(plays: trials.Trials, strategies: list[Strategy], luck: Sequence[int]) -> np.ndarray:
    """float64[strategies]: mean goal, higher is better, -inf where undefined."""
    scores = plays.worth(strategies, luck, "playing rosters to choose").mean(axis=0)
    return np.nan_to_num(scores if plays.goal.higher_is_better else -scores, nan=-np.inf)


def _contributions(
    table: Table, plays: trials.Trials, chosen: Roster, luck: Sequence[int]
) -> tuple[dict[int, dict[str, Any]], list[float]]:
    """Accounts that meet the story first through each of CHOSEN, and the shares of pushes by hop.

    Each account is played without the others under the same luck; a person
    belongs to the one who came first (to the rest of the launch on a tie).
    """
    counts = plays.stage.casting.graph.follower_counts().astype(np.float64)
    accounts = {int(plays.stage.casting.roles[table.roles[i]].accounts[0]): i for i in chosen}

    def pushes(run: Any) -> tuple[np.ndarray, dict[int, np.ndarray]]:
        posts = run.post_count
        sent = counts[run.posts.account[:posts]]
        hop = np.minimum(run.posts.depth[:posts], 2)
        messages = run.posts.message[:posts]
        whole = np.bincount(hop, sent, minlength=3)
        own = {}
        for account, i in accounts.items():
            mine = run.messages.account[messages] == account
            own[i] = np.bincount(hop[mine], sent[mine], minlength=3)
        return whole, own

    def job(replicate: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[int, np.ndarray]]:
        earliest = plays.course(table.strategy(()), replicate).run.tally.watch["first"].copy()
        through = np.full(earliest.size, -1, np.int32)
        alone = np.empty(len(chosen))
        weight = plays.stage.accounts / earliest.size * plays.stage.factor
        for n, i in enumerate(chosen):
            first = plays.course(table.strategy((i,)), replicate).run.tally.watch["first"]
            alone[n] = float((first < ledger.NEVER).sum()) * weight
            sooner = first < earliest
            earliest[sooner] = first[sooner]
            through[sooner] = n
        reach = np.bincount(through[through >= 0], minlength=len(chosen)) * weight
        return (reach, alone, *pushes(plays.course(table.strategy(chosen), replicate).run))

    found = plays.each(job, list(luck), "telling the accounts apart")
    reach = np.array([one[0] for one in found])
    alone = np.array([one[1] for one in found])
    whole = np.sum([one[2] for one in found], axis=0)
    rows = {}
    for n, i in enumerate(chosen):
        own = np.sum([one[3][i] for one in found], axis=0)
        rows[i] = {
            "reach": float(reach[:, n].mean()),
            "reach_ci95": trials.ends(contrast.summary(reach[:, n])),
            "reach_alone": float(alone[:, n].mean()),
            "hops": (own / own.sum()).tolist() if own.sum() else [0.0, 0.0, 0.0],
        }
    return rows, (whole / whole.sum()).tolist() if whole.sum() else [0.0, 0.0, 0.0]


def _warnings(stage: stage_room.Stage) -> list[str]:
    limit = stage.answer.saturation
    if limit <= 0.0 or stage.factor <= 0.5 * limit:
        return []
    return [
        f"One simulated account stands for {stage.factor:,.0f} people, too many for saturation = {limit:g} reposts: "
        "raise the accounts before you trust the roster."
    ]


def _signed(value: float | None, goal: metrics.Goal) -> float:
    if value is None:
        return -np.inf
    return value if goal.higher_is_better else -value
