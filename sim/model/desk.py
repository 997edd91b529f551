"""The service desk of a strategy: who listens when, how many answer, and in what tone."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

from sim.kernels import desk as kernel
from sim.kernels import draws
from sim.quantities import Doc, Hours, Minutes, Range, Share
from sim.section import Section

HOUR = 3600
COMPLAINT, QUESTION, PRAISE = 0, 1, 2  # ranks, first served first
Style = Literal["empathy", "explanation", "apology", "template", "compensation", "defensive"]
# (what a reply takes off every further repost of a complaint, what it gives of the relief of a good one).
# Signs: Herhausen et al. 2019, J. Marketing; sizes are assumed (docs/coverage.md row 79).
STYLES: dict[str, tuple[float, float]] = {
    "empathy": (0.6, 1.0),
    "explanation": (0.4, 1.0),
    "apology": (0.5, 1.0),
    "template": (0.2, 0.5),
    "compensation": (-0.2, 1.0),
    "defensive": (-0.5, -0.3),
}
EXCITED = 0.6  # explanation of an excited complaint, instead of its 0.4


class Desk(Section):
    """Staff who listen and answer."""

    agents: Annotated[Annotated[int, Range(1, 10_000, "agents", whole=True)], Doc("how many answer at a time")] = 2
    opens: Annotated[Hours, Doc("hour of the day at which they begin")] = 9.0
    closes: Annotated[Hours, Doc("hour of the day at which they stop; 24 and 0: always there")] = 21.0
    listening: bool = True
    account: Literal["main", "service"] = "main"
    style: Style = "empathy"
    praise: bool = False
    handling: Annotated[Minutes, Doc("work per case", "assumed", doubt=(3, 12))] = 6.0
    sorting: Annotated[
        Minutes, Doc("finding a case between the other comments of the main account", "assumed", doubt=(2, 10))
    ] = 6.0
    found_at_once: Annotated[Minutes, Doc("until listening finds a case that names the brand", "assumed")] = 5.0
    found_later: Annotated[Minutes, Doc("until listening finds another case", "assumed")] = 15.0
    coverage: Annotated[Share, Doc("share of those others that it finds", "assumed")] = 0.8
    poll: Annotated[
        Annotated[float, Range(1, 1440, "minutes")],
        Doc("without listening, mentions are looked up so often", "assumed"),
    ] = 240.0
    approval: Annotated[Share, Doc("share of the replies that headquarters must approve", "assumed")] = 0.05
    approval_hours: Annotated[Hours, Doc("how long that takes", "assumed")] = 24.0
    patience: Annotated[Hours, Doc("a case older than this is closed without a reply", "assumed")] = 72.0
    reply_minutes: Annotated[
        Minutes | None, Doc("every seen case is answered after so long: an experiment instead of a desk")
    ] = None

    def staff_minutes(self, hours: int) -> float:
        """Paid minutes over a horizon of HOURS."""
        return self.agents * (self.closes - self.opens) / 24.0 * hours * 60.0


@dataclass(frozen=True)
class Cases:
    """What waits for an answer, as simulated. second int64[n], label uint64[n], rank uint8[n], mentioned bool[n]."""

    second: np.ndarray
    label: np.ndarray
    rank: np.ndarray
    mentioned: np.ndarray


@dataclass(frozen=True)
class Customers:
    """Other customers, who answer questions too: `private` of these they never see, `share` of the rest they answer."""

    private: float = 0.0
    share: float = 0.0
    minutes: float = 120.0


NOBODY = Customers()


@dataclass(frozen=True)
class Replies:
    """What the desk did up to a second.

    replied  int64[n]    when each simulated case was answered by the desk, -1: not
    minutes  float64[]   waiting time of every real question and complaint that it answered
    cases    int         real questions and complaints that no other customer answered first
    every    int         real replies of any kind
    helped   int         real questions that another customer answered first
    private  int         real questions that nobody else saw
    heard    int64[]     when the desk saw each real complaint
    """

    replied: np.ndarray
    minutes: np.ndarray
    cases: int
    every: int
    helped: int
    private: int
    heard: np.ndarray


def replies(
    desk: Desk | None,
    cases: Cases,
    factor: float,
    confidential: float,
    start_of_day: int,
    until: int,
    seed: int,
    others: Customers = NOBODY,
) -> Replies:
    """The course of DESK up to the second UNTIL; None: nobody answers but the OTHERS.

    Cases stand for FACTOR real ones each; the desk, whose heads are real, sees all of these.
    """
    stream = np.uint64(draws.key(np.uint64(seed), draws.SERVICE, np.uint64(1)))
    n = cases.second.size
    copies = np.empty(n, np.int64)
    kernel.copies(stream, cases.label, factor, copies)
    total = int(copies.sum())
    second, source = np.empty(total, np.int64), np.empty(total, np.int32)
    kernel.arrivals(stream, cases.label, cases.second, copies, float(HOUR), second, source)
    labels = np.empty(total, np.uint64)
    kernel.labels(stream, cases.label, source, labels)
    rank = cases.rank[source]
    gone = np.empty(total, np.int64)
    crowd = np.uint64(draws.key(np.uint64(seed), draws.SERVICE, np.uint64(4)))
    private = int(kernel.customers(crowd, labels, second, rank, others.private, others.share, others.minutes, gone))
    serious = (rank != PRAISE) & (second <= until)
    if desk is None or n == 0:
        helped = int((gone <= until).sum())
        left = int(serious.sum()) - helped
        return Replies(np.full(n, -1, np.int64), np.empty(0), left, 0, helped, private, np.empty(0, np.int64))
    seen, handling, held = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total, np.uint8)
    work = desk.handling + (desk.sorting if desk.account == "main" else 0.0)
    kernel.notice(
        stream,
        labels,
        second,
        cases.mentioned[source],
        desk.listening,
        desk.found_at_once * 60.0,
        desk.found_later * 60.0,
        desk.coverage,
        int(desk.poll * 60),
        start_of_day,
        work * 60.0,
        desk.approval,
        confidential,
        seen,
        handling,
        held,
    )
    done = np.full(total, -1, np.int64)
    answerable = (seen >= 0) & (held < 2) & (desk.praise | (rank != PRAISE))
    if desk.reply_minutes is not None:
        moment = second + int(desk.reply_minutes * 60)
        answerable &= moment < gone
        done[answerable] = moment[answerable]
    else:
        waiting = np.flatnonzero(answerable)
        order = waiting[np.argsort(seen[waiting], kind="stable")]
        served = np.empty(order.size, np.int64)
        kernel.serve(
            seen[order],
            rank[order],
            handling[order],
            gone[order],
            desk.agents,
            start_of_day,
            int(desk.opens * HOUR),
            int(desk.closes * HOUR),
            int(desk.patience * HOUR),
            until,
            served,
        )
        late = np.where(held[order] == 1, int(desk.approval_hours * HOUR), 0)
        done[order] = np.where(served >= 0, served + late, -1)
    done[done > until] = -1
    known = (done >= 0) & (rank != PRAISE)
    first = np.concatenate([[0], np.cumsum(copies)[:-1]])
    minutes = (done[known] - second[known]) / 60.0
    helped = int(((gone <= until) & (done < 0)).sum())
    heard = seen[(seen >= 0) & (seen <= until) & (rank == COMPLAINT)]
    return Replies(done[first], minutes, int(serious.sum()) - helped, int((done >= 0).sum()), helped, private, heard)
