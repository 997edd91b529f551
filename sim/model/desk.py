"""The service desk of a strategy: who listens when, how many answer, and in what tone."""

from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

import numpy as np
import pydantic

from sim.kernels import desk as kernel
from sim.kernels import draws
from sim.quantities import Doc, Hours, Minutes, Range, Share
from sim.section import Section

HOUR = 3600
COMPLAINT, QUESTION, PRAISE = 0, 1, 2  # ranks, first served first
HourOfDay = Annotated[float, Range(0.0, 24.0, "o'clock")]
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
    opens: Annotated[HourOfDay, Doc("hour of the day at which they begin")] = 9.0
    closes: Annotated[HourOfDay, Doc("hour of the day at which they stop; 0 to 24: always there")] = 21.0
    listening: Annotated[bool, pydantic.Field(description="finds by itself what people say of the brand")] = True
    account: Annotated[
        Literal["main", "service"], pydantic.Field(description="main: cases must be found between all other comments")
    ] = "main"
    style: Annotated[
        Style, pydantic.Field(description="the tone of a reply: how far it calms, and whether it is passed on")
    ] = "empathy"
    praise: Annotated[bool, pydantic.Field(description="answers praise too")] = False
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

    @pydantic.model_validator(mode="after")
    def _opens_first(self) -> "Desk":
        if self.opens >= self.closes:
            raise ValueError(f"opens = {self.opens:g} is not before closes = {self.closes:g}: nobody would answer")
        return self

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
    private  int         real questions that nobody else saw
    until    int         that second
    real     Real        the real cases
    written  int64[cases]  when the desk answered each, -1: not; what is later than UNTIL does not count
    """

    replied: np.ndarray
    private: int
    until: int
    real: "Real"
    written: np.ndarray

    @property
    def done(self) -> np.ndarray:
        """When each real case was answered by the desk, -1: not, int64[cases]."""
        return np.where(self.written > self.until, -1, self.written)

    @property
    def minutes(self) -> np.ndarray:
        """Waiting time of every real question and complaint that it answered, float64[]."""
        known = (self.done >= 0) & (self.real.rank != PRAISE)
        return (self.done[known] - self.real.second[known]) / 60.0

    @property
    def cases(self) -> int:
        """Real questions and complaints that no other customer answered first."""
        return int(((self.real.rank != PRAISE) & (self.real.second <= self.until)).sum()) - self.helped

    @property
    def every(self) -> int:
        """Real replies of any kind."""
        return int((self.done >= 0).sum())

    @property
    def helped(self) -> int:
        """Real questions that another customer answered first."""
        return int(((self.real.gone <= self.until) & (self.done < 0)).sum())

    def heard(self, until: float) -> int:
        """Real complaints that the desk saw by the second UNTIL."""
        seen = self.real.seen
        return int(((seen >= 0) & (seen <= min(until, self.until)) & (self.real.rank == COMPLAINT)).sum())


class Real(NamedTuple):
    """Real cases, one row each: what luck decides about them before anybody has worked.

    second    int64  when it was written
    rank      uint8  who is served first
    gone      int64  from then on another customer has answered; `kernel.NEVER`
    seen      int64  when the desk sees it, -1: never
    handling  int64  seconds of work
    held      uint8  0 answered at once, 1 needs approval, 2 must not be answered
    """

    second: np.ndarray
    rank: np.ndarray
    gone: np.ndarray
    seen: np.ndarray
    handling: np.ndarray
    held: np.ndarray


class Inbox:
    """The cases of one desk as they come in, and what it has done up to some second; DESK None: nobody answers.

    factor        float  each simulated case stands for so many real ones; the desk, whose heads are real, sees these
    confidential  float  share of the cases that must not be answered
    start_of_day  int    seconds after midnight at which second 0 lies
    others        Customers  who may answer a question first

    What luck decides about a case is worked out once, when it comes in; what the desk did up to some second does not
    depend on later cases.
    """

    def __init__(
        self,
        desk: Desk | None,
        factor: float,
        confidential: float,
        start_of_day: int,
        seed: int,
        others: Customers = NOBODY,
    ):
        self.desk, self.factor, self.confidential, self.start_of_day = desk, factor, confidential, start_of_day
        self.others = others
        self._stream = np.uint64(draws.key(np.uint64(seed), draws.SERVICE, np.uint64(1)))
        self._crowd = np.uint64(draws.key(np.uint64(seed), draws.SERVICE, np.uint64(4)))
        none, zero = np.empty(0, np.int64), np.empty(0, np.uint8)
        self.real = Real(none, zero, none, none, none, zero)
        self.private = 0
        self._first: tuple[list[np.ndarray], list[np.ndarray]] = ([none], [none])
        self._order, self._key = none, none  # those the desk has yet to see, in this order; of every real case
        self._work = kernel.empty_work(desk.agents if desk is not None else 0)
        self._following, self._replied = none, none

    def add(self, cases: Cases, behind: bool = False) -> None:
        """CASES come in. Of two that are seen at the same second those that stand BEHIND come second."""
        n = cases.second.size
        if n == 0:
            return
        copies = np.empty(n, np.int64)
        kernel.copies(self._stream, cases.label, self.factor, copies)
        ends = np.cumsum(copies)
        size, before = int(ends[-1]), self.real.second.size
        self._first[behind].append(before + ends - copies)
        second, source = np.empty(size, np.int64), np.empty(size, np.int32)
        kernel.arrivals(self._stream, cases.label, cases.second, copies, float(HOUR), second, source)
        labels = np.empty(size, np.uint64)
        kernel.labels(self._stream, cases.label, source, labels)
        rank, gone, others = cases.rank[source], np.empty(size, np.int64), self.others
        self.private += int(
            kernel.customers(self._crowd, labels, second, rank, others.private, others.share, others.minutes, gone)
        )
        seen, handling, held = np.full(size, -1, np.int64), np.zeros(size, np.int64), np.zeros(size, np.uint8)
        if self.desk is not None:
            self._notice(self.desk, labels, second, cases.mentioned[source], seen, handling, held)
        new = Real(second, rank, gone, seen, handling, held)
        self.real = Real(*(_longer(column, more) for column, more in zip(self.real, new, strict=True)))
        replied = np.full(size, -1, np.int64)
        if self.desk is not None:
            answerable = (seen >= 0) & (held < 2) & (self.desk.praise | (rank != PRAISE))
            if self.desk.reply_minutes is not None:
                moment = second + int(self.desk.reply_minutes * 60)
                replied[answerable & (moment < gone)] = moment[answerable & (moment < gone)]
            else:
                self._key = _longer(self._key, 2 * seen + behind)
                self._order = np.concatenate([self._order, before + np.flatnonzero(answerable)])
                self._order = self._order[np.argsort(self._key[self._order], kind="stable")]
        self._replied = _longer(self._replied, replied)
        self._following = _longer(self._following, replied)

    def _notice(
        self,
        desk: Desk,
        labels: np.ndarray,
        second: np.ndarray,
        mentioned: np.ndarray,
        seen: np.ndarray,
        handling: np.ndarray,
        held: np.ndarray,
    ) -> None:
        """When the desk sees the real cases, how long it works on each, and which it must hold back."""
        work = desk.handling + (desk.sorting if desk.account == "main" else 0.0)
        kernel.notice(
            self._stream,
            labels,
            second,
            mentioned,
            desk.listening,
            desk.found_at_once * 60.0,
            desk.found_later * 60.0,
            desk.coverage,
            int(desk.poll * 60),
            self.start_of_day,
            work * 60.0,
            desk.approval,
            self.confidential,
            seen,
            handling,
            held,
        )

    def replies(self, until: int) -> Replies:
        """What the desk did up to the second UNTIL; cases that come in later are not seen before it."""
        real, desk = self.real, self.desk
        if desk is not None:
            came = kernel.serve(
                self._work,
                self._order,
                real.seen,
                real.rank,
                real.handling,
                real.gone,
                real.held,
                int(desk.approval_hours * HOUR),
                self.start_of_day,
                int(desk.opens * HOUR),
                int(desk.closes * HOUR),
                int(desk.patience * HOUR),
                until,
                self._following,
                self._replied,
            )
            self._order = self._order[came:]
        replied = self._replied[np.concatenate([*self._first[0], *self._first[1]])]
        replied[replied > until] = -1
        return Replies(replied, self.private, until, real, self._replied)


def _longer(column: np.ndarray, more: np.ndarray) -> np.ndarray:
    """COLUMN and MORE behind it, in the room that COLUMN was given for that: rows are only ever added."""
    size, room = column.size, column if column.base is None else column.base
    total = size + more.size
    if room.size < total:
        room = np.empty(2 * total, column.dtype)
        room[:size] = column
    room[size:total] = more
    return room[:total]
