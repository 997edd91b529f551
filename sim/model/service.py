"""Service: what happens when people complain, ask and praise, and somebody answers or not.

The scenario's `[service]` says how often owners complain and what an answer
does; a strategy's `desk` says who answers.  Reply times come out of the desk's
queue (`sim.model.desk`).
"""

from typing import Annotated, Any

import numpy as np

from sim.kernels import draws, response, timeline
from sim.model import complaints, desk, luck
from sim.model.casting import label
from sim.model.launch import Strategy
from sim.model.practice import Practice, nights
from sim.quantities import Doc, Hours, Level, Minutes, Multiplier, Range, Share, Spread
from sim.section import Section

HOUR = 3600
_RANKS = np.zeros(len(response.COMMENT_KINDS), np.uint8)
_RANKS[[response.COMPLAINT, response.QUESTION, response.PRAISE]] = [desk.COMPLAINT, desk.QUESTION, desk.PRAISE]
_TALK = np.uint64(label("comment below a post"))


class Service(Section):
    """Complaints of owners, and what answers do."""

    owners: Annotated[Share, Doc("share of accounts that own the product", "assumed", doubt=(0.003, 0.03))] = 0.01
    complaints: Annotated[
        Annotated[float, Range(0.0, 1.0, "per day")], Doc("hazard per day that an owner complains", "assumed")
    ] = 0.0005
    shock: Annotated[Multiplier, Doc("what an incident multiplies it by", "assumed")] = 1.0
    shock_at: Annotated[Hours, Doc("hours after the start: the incident")] = 0.0
    shock_hours: Annotated[Hours, Doc("how long the incident lasts")] = 0.0
    mention: Annotated[Share, Doc("complaints that name the brand", "assumed")] = 0.6
    outrage: Annotated[Multiplier, Doc("worth of a complaint against a median message", "assumed", doubt=(1, 10))] = 3.0
    arousal: Annotated[Spread, Doc("how different complaints are in that", "assumed")] = 0.6
    private: Annotated[Share, Doc("questions that come as private messages", "assumed", "S1:81: they exist")] = 0.15
    peers: Annotated[Share, Doc("questions that another customer answers", "assumed", "S4:34: they exist")] = 0.15
    peer_minutes: Annotated[Minutes, Doc("mean time until that answer", "assumed")] = 120.0
    confidential: Annotated[Share, Doc("cases that a company will not discuss", "assumed", "S2:4: there are some")] = (
        0.03
    )
    calm: Annotated[Hours, Doc("half-life of anger without any reply", "assumed")] = 12.0
    relief: Annotated[
        Share, Doc("share of the anger that a good reply at once takes away", "assumed", "S3:13: less angry, not calm")
    ] = 0.6
    relief_minutes: Annotated[
        Minutes,
        Doc(
            "a reply after so long takes away 1/e of that",
            "calibrated",
            "Twitter and AMS 2015, Huang et al. 2018: what an answer within 6, 22 and 60 minutes is worth "
            "falls as e^(-t/28)",
        ),
    ] = 28.0
    thanks: Annotated[Share, Doc("well answered complainers who say so in public", "assumed")] = 0.2
    advocacy: Annotated[Share, Doc("answered praisers who praise once more", "assumed", "S2:5-8")] = 0.1
    defenders: Annotated[
        Share, Doc("those who pass on a complaint in order to defend the brand", "assumed", "Hauser et al. 2017")
    ] = 0.05
    defence: Annotated[Share, Doc("what one defender takes off further reposts", "assumed")] = 0.05
    crowd: Annotated[
        Annotated[int, Range(1, 1000, "defenders", whole=True)],
        Doc("more defenders than this within an hour make it worse", "assumed", "sign: ECIS 2017 rp/136"),
    ] = 10
    seen_complaint: Annotated[Level, Doc("attitude of one who reads a complaint", "assumed")] = -0.04
    seen_reply: Annotated[Level, Doc("attitude of one who reads a complaint that was answered well", "assumed")] = 0.015
    answered_praise: Annotated[Level, Doc("attitude of one whose praise was answered", "assumed", "S2:5-8")] = 0.03
    own_complaint: Annotated[Level, Doc("attitude of one who complains, before any reply", "assumed")] = -0.3
    public: Annotated[
        Share,
        Doc("replies of the main account that it also puts into its own feed", "assumed", doubt=(0.005, 0.05)),
    ] = 0.02
    mendable: Annotated[
        Share, Doc("complaints that a better product or service would spare", "assumed", "S2:3: the company improves")
    ] = 0.3
    lessons: Annotated[
        Annotated[float, Range(1, 1e9, "complaints")],
        Doc("complaints heard until half of that is mended", "assumed", doubt=(50, 1000)),
    ] = 200.0
    mend_days: Annotated[
        Annotated[float, Range(0, 365, "days")], Doc("from hearing a complaint to the better product", "assumed")
    ] = 7.0


class Serving(Practice):
    """Complaints are born and spread; comments and complaints wait for the strategy's desk."""

    @classmethod
    def on(cls, scenario: Any, strategy: Strategy) -> bool:  # noqa: ARG003
        """Where the scenario has the table."""
        return scenario.service is not None

    def begin(self) -> None:
        """Complaints are born by luck, whatever the strategy."""
        course, stage = self.course, self.course.market_stage
        declared = course.scenario.service
        self.rules: Service = declared if declared is not None else Service()
        rules = self.rules
        weight = np.diff(stage.rhythm.clock)[: stage.hours] / HOUR
        hours = np.arange(stage.hours)
        shocked = (hours >= rules.shock_at) & (hours < rules.shock_at + rules.shock_hours)
        hazard = rules.complaints / 24.0 * weight * np.where(shocked, rules.shock, 1.0)
        self.born = complaints.births(stage, rules.owners, hazard, rules.mention, int(course.seed))
        self.run = complaints.stories(stage, self.born, rules.outrage, rules.arousal, int(course.seed))
        n = self.born.account.size
        self.excited = self.run.messages.quality > rules.outrage
        self.told = np.zeros(n, bool)
        self.opened = self._opened()
        self.original = np.full(n, -1)
        self.ceiling = np.ones(n)
        self.noted = 0
        self.anger = np.ones(n)
        self.good = np.zeros(n, bool)
        self.seen = np.zeros(self.run.tally.watch.size, np.uint16)
        self.run.fresh("service")
        self.fresh: list[np.ndarray] = []
        self.defenders = 0
        self.last = 0
        self.loud = 0
        self._fans = np.uint64(draws.key(course.seed, draws.SERVICE, np.uint64(2)))
        self._moods = np.uint64(draws.key(course.seed, draws.SERVICE, np.uint64(3)))
        self.stubborn = luck.chances(np.uint64(draws.key(course.seed, draws.SERVICE, np.uint64(5))), self.born.account)
        self.inbox = desk.Inbox(
            course.strategy.desk,
            stage.factor,
            rules.confidential,
            (stage.start_hour % 24) * HOUR,
            int(course.seed),
            desk.Customers(rules.private, rules.peers, rules.peer_minutes),
        )
        self.stories = np.empty(0, np.int64)  # that were told so far
        self.rows = np.empty(0, np.int64)  # of the comments below the launch's posts that ask for an answer
        self.read_comments = 0
        self.result = self.inbox.replies(0)
        self._tell(0)

    def hours(self) -> set[int]:
        """Every night, and the horizon."""
        return nights(self.course.market_stage)

    def _opened(self) -> np.ndarray:
        """Chance, per story, that a reader of a repost opens the original, below which the replies stand."""
        answer = self.course.market_stage.answer
        commented = np.array([1.0 / (1.0 + draws.exp(-float(word))) for word in self.run.messages.words])
        return commented * answer.click_commented + (1.0 - commented) * answer.click_bare

    # --- complaints that need not be ---

    def _tell(self, hour: int) -> None:
        """Put the complaints up to the next night on the calendar, without those that a mended product spares."""
        until = min((stop for stop in self.hours() if stop > hour), default=hour)
        first, last = np.searchsorted(self.born.second, [hour * HOUR, until * HOUR])
        self.told[first:last] = self.stubborn[first:last] >= self._mended(hour)
        rows = first + np.flatnonzero(self.told[first:last])
        for run in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1):
            if run.size:
                self.run.plan(int(run[0]), int(run[-1]) + 1)

    def _mended(self, hour: int) -> float:
        """Share of the complaints that what the desk heard by HOUR has made needless."""
        served = self.course.strategy.desk
        if served is None or not served.listening:
            return 0.0
        heard = self.result.heard(hour * HOUR - self.rules.mend_days * 24 * HOUR)
        return self.rules.mendable * heard / (heard + self.rules.lessons)

    # --- the desk ---

    def _come_in(self, hour: int) -> np.ndarray:
        """The desk's cases since the last night: complaints born, and comments below the launch's posts that ask for an
        answer. Returns the new complaints, int64[]."""
        run, born = self.course.run, self.born
        first, last = np.searchsorted(born.second, [self.last * HOUR, hour * HOUR])
        stories = first + np.flatnonzero(self.told[first:last])
        named = np.full(stories.size, desk.COMPLAINT, np.uint8)
        self.inbox.add(desk.Cases(born.second[stories], born.label[stories], named, born.mentioned[stories]))
        kind = run.tally.talk_kind[self.read_comments : run.comment_count]
        rows = self.read_comments + np.flatnonzero(kind != response.NEUTRAL)
        self.read_comments = run.comment_count
        second, names = run.tally.talk_second[rows].astype(np.int64), luck.bits(_TALK, run.tally.talk_account[rows])
        ranks = _RANKS[run.tally.talk_kind[rows]]
        self.inbox.add(desk.Cases(second, names, ranks, np.ones(rows.size, bool)), behind=True)
        self.stories = np.concatenate([self.stories, stories])
        self.rows = np.concatenate([self.rows, rows])
        return stories

    # --- a night ---

    def pause(self, hour: int) -> None:
        """Answer what came in, let complaints spread under the answers, and let people see it."""
        for story in self._come_in(hour):
            self._feel(int(self.born.account[story]), self.rules.own_complaint)
        self.result = self.inbox.replies(hour * HOUR)
        replied = self.result.replied[: self.begun]
        due = np.flatnonzero((replied >= self.last * HOUR) & (replied < hour * HOUR))
        due = due[np.argsort(replied[due], kind="stable")]
        at = 0
        now = self.last
        while now < hour:
            next_reply = int(replied[due[at]]) // HOUR if at < due.size else hour
            now = max(now, min(self.run.next_minute(hour * 60) // 60, next_reply))  # in between nothing happens
            if now == hour:
                break
            while at < due.size and replied[due[at]] < (now + 1) * HOUR:
                second = int(replied[due[at]])
                self.run.advance_minutes(second // 60)
                self._answer(int(self.stories[due[at]]), second)
                at += 1
            now += 1
            self.run.advance(now)
            self._defend()
        self.run.advance(hour)
        self._onlookers()
        self._talkers(hour)
        self._tell(hour)
        self.last = hour

    def _note(self) -> np.ndarray:
        """Find the originals among the posts since the last call; these posts, int64[]."""
        posts = self.run.posts
        new = np.arange(self.noted, self.run.post_count)
        self.noted = self.run.post_count
        first = new[posts.parent[new] < 0]
        self.original[self.run.messages.story[posts.message[first]]] = first
        return new

    def _answer(self, story: int, second: int) -> None:
        """The reply reaches the complainer, who reads the complaint itself from now on, and who opens it in a repost.

        A reply stands below the complaint; who meets that in a friend's repost does not see it, unless the original
        is opened (`_opened`).
        """
        style = self.course.strategy.desk.style if self.course.strategy.desk else "template"
        damping, relief = desk.STYLES[style]
        if style == "explanation" and self.excited[story]:
            damping = desk.EXCITED
        minutes = (second - self.born.second[story]) / 60.0
        self.fresh.append(self._note())
        row = int(self.original[story])
        if row >= 0:
            passed_on = 1.0 - damping * self.opened[story]
            here = (1.0 - damping) / passed_on
            self.ceiling[story] = min(1.0 / here, 1.0)
            damp = self.run.stories.damp
            damp[story] = min(damp[story] * passed_on, self.ceiling[story])
            self.run.posts.chance[row] *= here
        self.anger[story] = self.anger_factor(minutes, relief)
        self.good[story] = relief > 0
        self._feel(
            int(self.born.account[story]), -self.rules.own_complaint * (1.0 - self.anger[story]), served=relief > 0
        )

    def anger_factor(self, minutes: float, relief: float = 1.0) -> float:
        """What a reply after MINUTES leaves of the anger."""
        waited = draws.exp(-minutes / max(self.rules.relief_minutes, 1e-9))
        return 1.0 - self.rules.relief * relief * float(waited)

    def _defend(self) -> None:
        """Fans among those who passed a complaint on within the hour: a few help, a crowd does harm."""
        run = self.run
        new = np.concatenate([*self.fresh, self._note()])
        self.fresh.clear()
        new = new[run.posts.parent[new] >= 0]
        if new.size == 0:
            return
        loyal = luck.chances(self._fans, run.posts.account[new]) < self.rules.defenders
        count = np.bincount(run.messages.story[run.posts.message[new[loyal]]], minlength=self.born.account.size)
        self.defenders += int(count.sum())
        effect = np.where(
            count <= self.rules.crowd,
            (1.0 - self.rules.defence) ** count,
            (1.0 + self.rules.defence) ** (count - self.rules.crowd),
        )
        damp = run.stories.damp
        damp[:] = np.minimum(damp * effect, self.ceiling)

    def _onlookers(self) -> None:
        """Those who read complaints like the brand less; an answer that they can see makes up for a part of it."""
        who = self.run.fresh("service")
        times = self.run.tally.watch["times"][who]
        new = times - self.seen[who]
        self.seen[who] = times
        reads = self.run.messages.reads
        answered = float(reads[self.good].sum()) / max(float(reads.sum()), 1.0)
        shift = self.rules.seen_complaint + answered * self.rules.seen_reply
        self.course.people.feel(who, np.float32(shift) * new.astype(np.float32))

    def _talkers(self, hour: int) -> None:
        """Those whose question or praise was answered since the last night.

        The main account's public answers stand in its followers' feeds, and each reads them as often as other posts.
        """
        course = self.course
        replied = self.result.replied[self.begun :]
        new = (replied >= self.last * HOUR) & (replied < hour * HOUR)
        account = course.run.tally.talk_account[self.rows[new]]
        kind = course.run.tally.talk_kind[self.rows[new]]
        panel = course.market_stage.panel
        watched = account % panel == 0
        course.people.served[account[watched] // panel] = 1
        happy = account[watched & (kind == response.PRAISE)].astype(np.int64) // panel
        course.people.feel(happy, self.rules.answered_praise)
        if course.strategy.desk is not None and course.strategy.desk.account == "main":
            every = self.result.every
            course.people.noise += (every - self.loud) * self.rules.public * timeline.class_chances()
            self.loud = every

    @property
    def begun(self) -> int:
        """Complaints that were told so far."""
        return int(self.stories.size)

    def _feel(self, account: int, shift: float, served: bool = False) -> None:
        """ACCOUNT's attitude moves by SHIFT, where it is watched."""
        panel = self.course.market_stage.panel
        if account % panel == 0:
            self.course.people.feel(np.array([account // panel]), shift)
            if served:
                self.course.people.served[account // panel] = 1

    # --- what came of it ---

    def metrics(self, found: dict[str, float | None]) -> dict[str, float | None]:
        """Complaints, praise and sentiment with those of the complaint stories; the desk's own figures."""
        factor = self.course.market_stage.factor
        complained = self.run.tally.comments[:, response.COMPLAINT].sum() + self.begun
        complaints = (found["complaints"] or 0.0) + float(complained) * factor
        thanks, advocates = self._grateful()
        praise = (found["praise"] or 0.0) + (thanks + advocates) * factor
        minutes = self.result.minutes
        slow = np.quantile(minutes, [0.5, 0.9]).tolist() if minutes.size else [None, None]
        return {
            "complaints": complaints,
            "praise": praise,
            "sentiment": (praise - complaints) / (praise + complaints) if praise + complaints > 0 else None,
            "response_rate": minutes.size / self.result.cases if self.result.cases else None,
            "reply_minutes_p50": slow[0],
            "reply_minutes_p90": slow[1],
        }

    def _grateful(self) -> tuple[int, int]:
        """Complainers who say thanks, and praisers who praise once more."""
        happy = self.born.account[self.good]
        thanks = int((luck.chances(self._moods, happy) < self.rules.thanks).sum())
        replied = self.result.replied[self.begun :] >= 0
        praised = replied & (self.course.run.tally.talk_kind[self.rows] == response.PRAISE)
        again = luck.chances(self._moods, self.course.run.tally.talk_account[self.rows[praised]])
        return thanks, int((again < self.rules.advocacy).sum())

    def close(self) -> None:
        """Its cascade leaves its memory."""
        self.run.close()

    def parts(self) -> dict[str, float]:
        """The negative cascade, anger, thanks, and questions that the public does not see or answers itself."""
        stage, run = self.course.market_stage, self.run
        factor = stage.factor
        thanks, advocates = self._grateful()
        age = (stage.hours * HOUR - self.born.second[self.stories]) / HOUR
        anger = self.anger[self.stories]
        left = anger * np.exp2(-age / max(self.rules.calm, 1e-9))
        return {
            "complaint_stories": self.begun * factor,
            "negative_reposts": float(run.tally.reposts.sum()) * factor,
            "negative_reads": float(run.tally.reads.sum()) * factor,
            "defenders": self.defenders * factor,
            "spared_complaints": float((~self.told).sum()) * factor,
            "anger_after_reply": float(anger.mean()) if self.begun else float("nan"),
            "anger_left": float(left.mean()) if self.begun else float("nan"),
            "thanks": thanks * factor,
            "advocates": advocates * factor,
            "private_questions": float(self.result.private),
            "questions_answered_by_customers": float(self.result.helped),
            "replies": float(self.result.every),
            "cases": float(self.result.cases),
        }

    def curves(self) -> dict[str, np.ndarray]:
        """Complaints born, and reads of complaints, per hour, float64[hours]."""
        stage = self.course.market_stage
        per_hour = np.bincount(self.born.second[self.told] // HOUR, minlength=stage.hours)[: stage.hours]
        return {
            "complaint_stories": per_hour * stage.factor,
            "negative_reads": self.run.tally.reads.sum(axis=1) * stage.factor,
        }
