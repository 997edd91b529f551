"""Who wins, by how much, how sure: the verdict and the one sentence that says it.

Two certainties decide.  At the shipped parameters a leader must beat every
rival with its 95% interval clear of 0 (with `--replicates auto`: be called by
`sequential`).  Under plausible assumptions it must be best in at least ROBUST
of the worlds (`worlds`); if it is not, the verdict is "undecided", however
sure the shipped parameters are.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from sim.results import contrast, metrics, worlds

Status = Literal["leader", "undecided", "no clear leader", "identical", "single", "undefined"]

CLEAR = 0.975  # certainty against every rival that makes a leader: its two-sided 95% interval leaves out 0
ROBUST = 0.80  # share of plausible worlds in which a leader must be best: four of five


@dataclass(frozen=True)
class Verdict:
    """The answer to "which launch wins on the goal", as numbers; `sentence` says it.

    status     leader           clear at the shipped parameters and not overturned by plausible assumptions
               undecided        clear at the shipped parameters, but not in ROBUST of the plausible worlds
               no clear leader  the luck of the replicates played does not separate the best two
               identical        the best two (or more) are equal in every replicate
               single           one strategy only;  undefined: no strategy with a value
    winner     the strategy called; None unless status is leader or single
    ahead      the strategy with the best mean at the shipped parameters
    runner_up  the next best mean, not counting strategies identical to the one ahead
    tied       strategies identical to the one ahead, itself included
    mean, low, high                 ahead minus runner-up in the goal's unit (of `ahead` itself when single)
    probability                     that `ahead` has the best mean at the shipped parameters
    probability_against_runner_up   the same against the runner-up alone
    probability_under_assumptions   share of plausible worlds in which `ahead` is best; None when none were played
    under_low, under_high           its 95% Monte Carlo interval
    favourite_under_assumptions     the strategy best in most worlds, and
    probability_of_favourite        its share
    stopped    why the replicates ended: fixed, leader, width, limit
    """

    status: Status
    winner: str | None
    ahead: str | None
    runner_up: str | None
    tied: tuple[str, ...]
    mean: float | None
    low: float | None
    high: float | None
    probability: float | None
    probability_against_runner_up: float | None
    probability_under_assumptions: float | None
    under_low: float | None
    under_high: float | None
    favourite_under_assumptions: str | None
    probability_of_favourite: float | None
    higher_is_better: bool
    replicates: int
    worlds: int
    stopped: str


def verdict(
    shipped: ArrayLike,
    names: Sequence[str],
    higher_is_better: bool = True,
    assumptions: ArrayLike | None = None,
    stopped: Literal["fixed", "leader", "width", "limit"] = "fixed",
    robust: float = ROBUST,
    sure: float = contrast.SURE,
    lucks: int = 1,
) -> Verdict:
    """The verdict on the goal metric.

    shipped      float64[replicates, strategies], matched, at the shipped parameters
    names        the ranked strategies, one per column (leave references such as control out)
    assumptions  float64[worlds, strategies], one matched draw of parameters and luck per row; None: not played
    stopped      what ended the replicates; anything but "fixed" comes from `sequential.look`, and then only "leader"
                 may call one, or "width" when the intervals at SURE leave out 0 against every rival
    robust       share of worlds below which a leader is undecided
    sure         confidence of the interval of the difference: `sequential.Plan.sure(n)` after `auto` called a leader,
                 because an interval made for a fixed number covers less once its own width has stopped the runs
    lucks        matched replicates that each row of ASSUMPTIONS is the mean of
    """
    x = np.asarray(shipped, dtype=np.float64)
    defined = np.flatnonzero(np.isfinite(x).any(axis=0))
    rows = x[:, defined]
    rows = rows[np.isfinite(rows).all(axis=1)]
    if rows.size == 0:
        return _bare("undefined", higher_is_better, stopped)
    kept = [names[int(k)] for k in defined]
    if len(kept) == 1:
        of = contrast.summary(rows[:, 0])
        return _bare("single", higher_is_better, stopped, kept[0], of.mean, of.low, of.high, rows.shape[0])

    chance = contrast.probability_best(rows, higher_is_better)
    order = np.argsort(-rows.mean(axis=0) if higher_is_better else rows.mean(axis=0), kind="stable")
    first = int(order[0])
    twins = [k for k in range(len(kept)) if np.array_equal(rows[:, k], rows[:, first])]
    rivals = [int(k) for k in order if k not in twins]
    second = rivals[0] if rivals else twins[1]
    gap = contrast.difference(rows[:, first], rows[:, second], higher_is_better, sure)
    gaps = [contrast.difference(rows[:, first], rows[:, k], higher_is_better, sure) for k in rivals]
    apart = all((each.low or 0.0) > 0 if higher_is_better else (each.high or 0.0) < 0 for each in gaps)
    against = [
        contrast.difference(rows[:, first], rows[:, k], higher_is_better).probability_a_better or 0.0 for k in rivals
    ]

    under = None
    if assumptions is not None:
        under = worlds.shares(np.asarray(assumptions, dtype=np.float64)[:, defined], rows, higher_is_better, lucks)
    favourite = int(np.argmax(under.probability)) if under else None
    share = float(under.probability[first]) if under else None

    status: Status
    if len(twins) > 1:
        status = "identical"
    elif stopped == "limit" or (stopped == "width" and not apart) or (stopped == "fixed" and min(against) < CLEAR):
        status = "no clear leader"
    elif share is not None and (share < robust or favourite != first):
        status = "undecided"
    else:
        status = "leader"
    return Verdict(
        status=status,
        winner=kept[first] if status == "leader" else None,
        ahead=kept[first],
        runner_up=kept[second],
        tied=tuple(kept[k] for k in twins),
        mean=gap.mean,
        low=gap.low,
        high=gap.high,
        probability=None if np.isnan(chance[first]) else float(chance[first]),
        probability_against_runner_up=gap.probability_a_better,
        probability_under_assumptions=share,
        under_low=float(under.low[first]) if under else None,
        under_high=float(under.high[first]) if under else None,
        favourite_under_assumptions=kept[favourite] if favourite is not None else None,
        probability_of_favourite=float(under.probability[favourite]) if under else None,
        higher_is_better=higher_is_better,
        replicates=rows.shape[0],
        worlds=under.worlds if under else 0,
        stopped=stopped,
    )


def _bare(
    status: Status,
    higher_is_better: bool,
    stopped: str,
    only: str | None = None,
    mean: float | None = None,
    low: float | None = None,
    high: float | None = None,
    replicates: int = 0,
) -> Verdict:
    """A verdict without a comparison."""
    return Verdict(
        status=status,
        winner=only,
        ahead=only,
        runner_up=None,
        tied=(only,) if only else (),
        mean=mean,
        low=low,
        high=high,
        probability=None,
        probability_against_runner_up=None,
        probability_under_assumptions=None,
        under_low=None,
        under_high=None,
        favourite_under_assumptions=None,
        probability_of_favourite=None,
        higher_is_better=higher_is_better,
        replicates=replicates,
        worlds=0,
        stopped=stopped,
    )


def percent(probability: float) -> str:
    """A certainty in words: whole percents, one decimal near the ends, never 0% or 100%."""
    if probability > 0.9994:
        return ">99.9%"
    if probability < 0.0006:
        return "<0.1%"
    fine = probability >= 0.995 or probability <= 0.005
    return f"{100 * probability:.{1 if fine else 0}f}%"


def title(name: str) -> str:
    """A strategy's name as the first words of a sentence: celebrity_seeding -> Celebrity seeding."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def titled(of: Verdict, titles: Mapping[str, str]) -> Verdict:
    """OF with the TITLES (by name) that a scenario gives its strategies instead of their names."""

    def called(name: str | None) -> str | None:
        return None if name is None else titles.get(name, name)

    return dataclasses.replace(
        of,
        winner=called(of.winner),
        ahead=called(of.ahead),
        runner_up=called(of.runner_up),
        favourite_under_assumptions=called(of.favourite_under_assumptions),
        tied=tuple(titles.get(name, name) for name in of.tied),
    )


def sentence(of: Verdict, measure: metrics.Metric) -> str:
    """The verdict in one plain English sentence.

    measure  how the goal is written: a row of metrics.METRICS or `metrics.Goal.measure`
    """
    on = f"on {measure.label}"
    if of.status == "undefined" or of.ahead is None:
        return f"No verdict: {measure.label} is undefined for every strategy."
    ahead = title(of.ahead)
    if of.status == "single":
        return f"{ahead} is the only strategy to rank: {_amount(of, measure)} {on}."
    if of.status == "identical":
        tied = _listed([title(name) for name in of.tied])
        rest = f", ahead of {title(of.runner_up)}" if of.runner_up and of.runner_up not in of.tied else ""
        return f"{tied} are identical {on}: equal in every one of {of.replicates:,} replicates{rest}."
    rival = title(of.runner_up or "")
    joint = "over" if of.higher_is_better else "than"
    sure = f"{percent(of.probability)} sure" if of.probability is not None else "how sure cannot be said"
    lead = f"{_amount(of, measure, lead=True)} {joint} {rival}"
    if of.status == "no clear leader":
        spent = f"{of.replicates:,} replicate{'s' if of.replicates > 1 else ''}"
        near = ", as close as was asked for" if of.stopped == "width" else ""
        gap = _amount(of, measure, lead=True).removeprefix("+").removesuffix(" less")
        return f"No clear leader {on} after {spent}: {ahead} is ahead of {rival} by {gap}{near}, {sure}."
    if of.status == "undecided":
        best = percent(of.probability_under_assumptions or 0.0)
        other = of.favourite_under_assumptions
        flip = (
            f", {title(other)} in {percent(of.probability_of_favourite or 0.0)}" if other and other != of.ahead else ""
        )
        return (
            f"Undecided {on}: {ahead} leads at the shipped assumptions ({sure}, {lead}), "
            f"but is best in only {best} of the plausible worlds{flip}."
        )
    doubt = ""
    if of.probability_under_assumptions is not None:
        doubt = f" ({percent(of.probability_under_assumptions)} when the assumptions are in doubt)"
    return f"{ahead} wins {on}, {sure} at the shipped assumptions{doubt}: {lead}."


def _amount(of: Verdict, measure: metrics.Metric, lead: bool = False) -> str:
    """ "+120,000 readers [90,000, 150,000]"; where less is better a lead reads "12 RMB [9, 15] less"."""
    if of.mean is None:
        return "n/a"
    mean, low, high = of.mean, of.low, of.high
    less = lead and not of.higher_is_better
    if less:
        mean, low, high = -mean, None if high is None else -high, None if low is None else -low
    step = metrics.step_for(high - low, measure) if low is not None and high is not None else None
    unit = f" {measure.unit}" if measure.unit else ""
    points = lead and measure.form == "share"  # the difference of two percentages is not a percentage
    text = metrics.write(mean, measure, signed=lead and not less, step=step) + (
        " percentage points" if points else unit
    )
    if low is not None and high is not None:
        text += f" [{metrics.write(low, measure, step=step)}, {metrics.write(high, measure, step=step)}]"
    text = text.replace("%", "") if points else text
    return f"{text} less" if less else text


def _listed(names: Sequence[str]) -> str:
    """A, B and C."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f" and {names[-1]}"
