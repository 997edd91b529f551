"""One replicate of one plan: the arrays of the cascade kernel, grown when they are full."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.errors import EnvironmentFailure
from sim.kernels import aside as aside_room
from sim.kernels import calendar, ledger, response, sleeping
from sim.kernels import cascade as kernel
from sim.kernels import met as met_room
from sim.kernels import recall as recall_room
from sim.kernels import run as run_room
from sim.model import spare
from sim.model.casting import label
from sim.model.launch import STORY, Plan
from sim.model.readership import Readership
from sim.model.showing import AS_THE_POST, Listing, Showing
from sim.model.stage import Stage, audience_of, public_of
from sim.model.subjects import Subjects, alike

LARGEST_POSTS = 2**25 - 1
LARGEST_ASIDE = 2**29


@dataclass(frozen=True)
class Change:
    """From a pause on: another stage, other damping (damp float64[stories])."""

    stage: Stage
    damp: np.ndarray


@dataclass(frozen=True)
class Sizes:
    """First sizes of the growing arrays."""

    events: int = 1 << 14
    posts: int = 1 << 12
    table: int = 1 << 14
    comments: int = 1 << 10
    aside: int = 1 << 13


class Cascade:
    """The course of one plan under the luck of one seed.

    `plan` puts posts on the calendar, `advance(hour)` runs every event before
    HOUR, `extend` adds posts that the plan did not foresee, `show` lets
    accounts read one outside their feed.  What happened stands in `tally`,
    `posts` and `messages` (see `sim.kernels.cascade`).

    eager  every read of one who could ever act is an event at once: slower, the same bits. Whoever changes
           `posts.chance` of a published post while the run stands needs it
    market  the stage whose readers are shown what everybody is shown (None: STAGE itself)
    """

    def __init__(
        self,
        stage: Stage,
        plan: Plan,
        seed: int,
        sizes: Sizes = Sizes(),
        repost_limit: int = 0,
        subjects: Subjects | None = None,
        eager: bool = False,
        market: Stage | None = None,
    ):
        self.eager = eager
        self.stage = stage
        self.market = stage if market is None else market
        self.subjects = subjects
        self.seed = np.uint64(seed)
        self.sizes = sizes
        self.repost_limit = repost_limit
        self._recalls = not eager  # reads of the cast's posts are drawn again when they matter (`sim.kernels.recall`)
        self._past: list[
            tuple[int, Change | Showing | Listing]
        ] = []  # the minute at which the run stood, and what was done to it
        self._readership = Readership()
        self.practices: Sequence[Any] = ()  # those that act on this run (`sim.model.course`), for who measures it
        self.messages, self.stories = self._drawn(plan, subjects)
        self._first = stage, self.stories.damp.copy()
        self.scheduled = np.zeros(plan.size, bool)
        self._begin()

    def _drawn(self, plan: Plan, about: Subjects | None = None) -> tuple[ledger.Messages, ledger.Stories]:
        """The posts of PLAN with their factors drawn, and the stories with gates closed for these posts."""
        n = plan.size
        if about is None:
            about = alike(np.zeros(n, np.int32), np.array([label(STORY)], np.uint64), self.stage.interest)
        stories_count = about.label.size
        messages = ledger.Messages(
            story=about.story.copy(),
            account=plan.account.copy(),
            messenger=plan.messenger.copy(),
            second=plan.second.copy(),
            label=plan.label.copy(),
            followers=plan.followers.copy(),
            quality=plan.quality.copy(),
            shareability=np.empty(n),
            clock=np.empty(n),
            words=np.empty(n),
            chance=np.empty(n),
            comment=plan.comment.copy(),
            mix=plan.mix.copy(),
            reposts=np.zeros(n, np.int64),
            reads=np.zeros(n, np.int64),
            until=np.full(n, ledger.NEVER, np.int64),
        )
        stage = self.stage
        stories = ledger.Stories(
            label=about.label,
            gate=np.zeros(stories_count, np.uint64),
            interest=about.interest,
            mood=np.arange(stories_count, dtype=np.int32) if about.mood is None else about.mood,
            home=np.full(stories_count, ledger.NOBODY, np.int32) if about.home is None else about.home,
            half=np.zeros(stories_count),
            repost_gate=np.zeros((stories_count, 2, response.PROPENSITIES), np.uint32),
            comment_gate=np.zeros((stories_count, 2, response.PROPENSITIES), np.uint32),
            damp=about.damp.copy(),
        )
        kernel.prepare(
            stage.answer,
            stage.attention.clock_spread,
            plan.doubt,
            self.seed,
            messages,
            stories,
            stage.readers.propensity,
            stage.readers.density,
        )
        return messages, stories

    def _begin(self) -> None:
        """The empty calendar, tally and tables of hour 0."""
        sizes, stage, hours = self.sizes, self.stage, self.stage.hours
        self.posts = spare.like(ledger.empty_posts(0), self._room(sizes.posts, 32))
        self.queue = spare.queue(self._room(max(sizes.events, 2 * self.messages.story.size), 16), hours * 60)
        self.met = spare.cleared(self._room(sizes.table, 8), met_room.ENTRY)
        recalled = recall_room.POSTS if self._recalls and audience_of(stage).follows.size > 1 else 0
        reads = 0 if self.eager else self._room(sizes.aside, 8 if recalled else 2)
        stories = self.stories.damp.size
        recall = recall_room.empty_recall(recalled, stories, stage.interest.size, self.market.readers.traits)
        self.aside = spare.aside(reads, stories)._replace(recall=recall)
        self.near, self.ahead = run_room.empty_near(), np.empty(kernel.LOOK, kernel.AHEAD)
        self._damp = self.stories.damp.copy()
        self.tally = spare.tally(hours, -(-stage.accounts // stage.panel), sizes.comments)
        self.scratch = np.empty(stage.scratch, np.int32)
        self.state = calendar.empty_state(self.repost_limit)
        self.stopped = False
        self.reached = 0
        self._readership.begin()

    def _reads(self) -> float:
        """Reads that the plan will have by itself, as simulated; 0 where sizes are given."""
        people = self.stage.readers
        return float(self.messages.followers.sum()) / people.factor * people.seen if self.sizes == Sizes() else 0.0

    def _room(self, least: int, reads: int) -> int:
        """Room in an array before it must grow: one for every so many READS that the plan will have, and LEAST."""
        return max(least, 1 << int(self._reads() / reads).bit_length())

    def fresh(self, asker: str) -> np.ndarray:
        """Rows of `tally.watch` with a read pushed since ASKER asked last, ascending int64[]; some others may be there.

        Call it once before the run for an asker that is to hear of every read.
        """
        return self._readership.fresh(self.tally, asker)

    def readers(self) -> np.ndarray:
        """Rows of `tally.watch` with a read, ascending int64[]."""
        return self._readership.everybody(self.tally)

    def close(self) -> None:
        """Leave the largest arrays to this thread's next run; this one cannot go on, and nobody may look at it."""
        self._leave()
        self.stopped = True

    def _leave(self) -> None:
        spare.leave(*self.posts, *self.queue, self.met, *self.aside[:2], self.tally.watch)
        self.posts, self.tally = ledger.empty_posts(0), ledger.empty_tally(self.stage.hours, 0, 0)
        self.queue, self.met = calendar.empty_queue(0, 0), met_room.empty_met(0)
        self.aside = aside_room.empty_aside(0)

    def plan(self, first: int, last: int) -> None:
        """Put posts FIRST..LAST-1 on the calendar, at `messages.second`, which must not lie in the past."""
        while self.queue.events.size - int(self.state[calendar.LIVE]) < last - first:
            self._grow(kernel.NEED_EVENTS)
        kernel.plan(self.queue, self.state, self.messages, first, last)
        self.scheduled[first:last] = True

    def extend(self, plan: Plan) -> int:
        """Add the posts of PLAN, not yet on the calendar, behind the others; returns the row of the first.

        Gates are closed for the posts known so far.  Where a new post could
        persuade an account that they kept out, they are opened and the course
        is played again up to where it stood: the same bits as if they had been
        open from the start, and nothing to pay where no post is added.
        """
        first = self.messages.story.size
        messages, stories = self._drawn(plan)
        self.messages = ledger.Messages(
            *(np.concatenate(columns) for columns in zip(self.messages, messages, strict=True))
        )
        self.scheduled = np.concatenate([self.scheduled, np.zeros(plan.size, bool)])
        repost_gate = np.minimum(self.stories.repost_gate, stories.repost_gate)
        comment_gate = np.minimum(self.stories.comment_gate, stories.comment_gate)
        if (repost_gate < self.stories.repost_gate).any() or (comment_gate < self.stories.comment_gate).any():
            self.stories = self.stories._replace(repost_gate=repost_gate, comment_gate=comment_gate)
            self._replay()
        return first

    def change(self, stage: Stage | None = None, damp: float | None = None) -> None:
        """From the hour reached on: another stage (who follows whom), or every further chance multiplied by DAMP."""
        before = self.stage
        self.stage = self.stage if stage is None else stage
        if damp is not None:
            self.stories.damp[:] *= damp
        self._past.append((self.minute, Change(self.stage, self.stories.damp.copy())))
        if self._recalls and audience_of(self.stage) is not audience_of(before):  # another follows: write reads down
            self._recalls = False
            self._replay()

    def show(
        self,
        post: int,
        accounts: np.ndarray,
        second: int,
        chance: float,
        minutes: float,
        key: np.uint64,
        told_by: int | None = None,
    ) -> int:
        """Show POST to ACCOUNTS outside their feed: in a list of hot topics, a group, a friend's mail.

        post      row of `posts`: an original or a repost that has been published
        accounts  int32[n], ascending, different; the dormant and the cast do not look
        second    from when on it is shown; not before the minute at which the run stands
        chance    that one of them looks at all
        minutes   mean time until then: exponential, in activity time (see `timeline`)
        key       names the luck: `draws.key` of the seed, a purpose and a label. What an account draws depends on
                  KEY and the account only, so rival strategies meet the same luck
        told_by   the messenger under which the reads are counted (`response.MESSENGERS`); default: as for the post

        A read is a read like any other, seen in `tally.reads` and `watch`, liked, commented and passed on;
        `tally.shown` counts these reads once more by themselves, pushes do not. Returns how many reads it brought.
        Raises ValueError for a post that is not there and for a second that is past.
        """
        one, starts, keys = np.array([post]), np.array([0, accounts.size]), np.array([key], np.uint64)
        return self.show_each(one, starts, accounts, second, chance, minutes, keys, told_by)

    def show_each(
        self,
        posts: np.ndarray,
        starts: np.ndarray,
        accounts: np.ndarray,
        second: int,
        chance: float,
        minutes: float,
        keys: np.ndarray,
        told_by: int | None = None,
    ) -> int:
        """`show` for many posts, one after the other, in one call: POSTS[i] to ACCOUNTS[STARTS[i]:STARTS[i + 1]].

        posts int64[n]; starts int64[n + 1], ascending from 0; accounts int32[starts[n]]; keys uint64[n]
        """
        told = AS_THE_POST if told_by is None else told_by
        asked = Showing(posts, starts, accounts, second, chance, minutes, keys, told)
        return self._do(asked.checked(self.post_count, self.minute * 60))

    def show_everybody(self, post: int, second: int, chance: np.ndarray, minutes: float, key: np.uint64) -> int:
        """`show` POST to all who ever read, in a list that anybody may look at: CHANCE float64[communities] by theirs.

        What a sleeper reads there need not be written down (`sim.kernels.recall`).
        """
        accounts, starts = public_of(self.market)
        asked = Listing(post, starts, accounts, second, chance, minutes, key)
        return self._do(asked.checked(self.post_count, self.minute * 60))

    def _do(self, what: Showing | Listing) -> int:
        """The reads of WHAT, now and in a replay; returns how many it brought."""
        self._past.append((self.minute, what))
        return self._shown(what)

    def _shown(self, what: Showing | Listing) -> int:
        """The reads of WHAT; returns how many."""
        self._note_damp()
        before = int(self.tally.shown.sum())
        which = done = 0
        while not self.stopped and which < what.parts:
            lacks, which, done = what.go_on(self._run(), which, done)
            if lacks != kernel.DONE:
                self._grow(lacks)
        return int(self.tally.shown.sum()) - before

    def _replay(self) -> None:
        """Play what was scheduled again, from the start to the hour reached."""
        hour, minute = self.reached, self.minute
        self.stage, self.stories.damp[:] = self._first
        self.messages.reposts[:] = 0
        self.messages.reads[:] = 0
        self._leave()
        self._begin()
        for row in np.flatnonzero(self.scheduled):
            self.plan(int(row), int(row) + 1)
        for then, what in self._past:
            self.advance_minutes(then)
            if isinstance(what, Change):
                self.stage, self.stories.damp[:] = what.stage, what.damp
            else:
                self._shown(what)
        self.reached = hour
        self.advance_minutes(minute)

    def advance(self, hour: int) -> None:
        """Run every event before HOUR (at most the horizon)."""
        self.reached = max(self.reached, min(hour, self.stage.hours))
        self.advance_minutes(self.reached * 60)

    def advance_minutes(self, until: int) -> None:
        """Run every event before minute UNTIL (at most the horizon)."""
        self._note_damp()
        if self._idle(until):
            self.state[calendar.MINUTE] = max(until, self.minute)
            return
        while not self.stopped:
            status = kernel.advance(self._run(), until)
            if status == kernel.DONE:
                return
            if status == kernel.STOPPED:
                self.stopped = True
            else:
                self._grow(status)

    def next_minute(self, until: int) -> int:
        """The first minute before UNTIL with something on the calendar, from where the run stands; UNTIL: none."""
        ahead = self.queue.head[self.minute : until] >= 0
        return self.minute + int(ahead.argmax()) if ahead.any() else until

    def _idle(self, until: int) -> bool:
        """Whether nothing is on the calendar before minute UNTIL: a kernel's call costs as much as many events."""
        busy = self.stopped or self.state[calendar.PUSHING] >= 0 or self.state[calendar.OPENED]
        return not busy and not (self.queue.head[self.minute : until] >= 0).any()

    def _note_damp(self) -> None:
        """Remember since when the damping is what it is: reads that were laid aside are counted later."""
        damp, aside = self.stories.damp, self.aside
        if self.eager or (damp == self._damp).all():
            return
        if aside.minute.size == 0:
            aside = aside._replace(minute=np.zeros(1, np.int64), damp=self._damp[None, :])
        self._damp = damp.copy()
        self.aside = aside._replace(
            minute=np.append(aside.minute, self.minute), damp=np.concatenate([aside.damp, self._damp[None, :]])
        )

    def _run(self) -> run_room.Run:
        """The arrays as the kernel sees them now."""
        stage = self.stage
        return run_room.Run(
            answer=stage.answer,
            attention=stage.attention,
            seed=self.seed,
            start_hour=stage.start_hour,
            world=stage.world,
            audience=audience_of(stage),
            readers=stage.readers,
            rhythm=stage.rhythm,
            messages=self.messages,
            stories=self.stories,
            posts=self.posts,
            queue=self.queue,
            met=self.met,
            aside=self.aside,
            near=self.near,
            ahead=self.ahead,
            tally=self.tally,
            panel=stage.panel,
            state=self.state,
            scratch=self.scratch,
        )

    @property
    def minute(self) -> int:
        """The minute at which the run stands: everything before it has happened."""
        return int(self.state[calendar.MINUTE])

    @property
    def post_count(self) -> int:
        """Posts so far, originals included."""
        return int(self.state[calendar.POSTS])

    @property
    def comment_count(self) -> int:
        """Accounts that have commented so far: rows of `tally.talk_*`."""
        return int(self.state[calendar.COMMENTS])

    def _grow(self, status: int) -> None:
        """Double what the kernel lacks."""
        try:
            if status == kernel.NEED_EVENTS:
                grown = {name: spare.doubled(column) for name, column in self.queue._asdict().items() if name != "head"}
                self.queue = self.queue._replace(**grown)
            elif status == kernel.NEED_POSTS:
                if self.posts.account.size >= LARGEST_POSTS:
                    raise EnvironmentFailure(f"More than {LARGEST_POSTS:,} posts in one run: simulate fewer accounts.")
                self.posts = ledger.Posts(*(spare.doubled(column) for column in self.posts))
            elif status == kernel.NEED_TABLE:
                met = spare.cleared(2 * self.met.size, met_room.ENTRY)
                met_room.move_met(self.met, met)
                spare.leave(self.met)
                self.met = met
            elif status == kernel.NEED_ASIDE:
                if self.aside.reads.size >= LARGEST_ASIDE:
                    raise EnvironmentFailure(
                        f"More than {LARGEST_ASIDE:,} reads wait in one run: simulate fewer accounts."
                    )
                reads, buckets = spare.doubled(self.aside.reads), self.aside.buckets
                self.aside = self.aside._replace(reads=reads)
                if reads.size > 2 * buckets.size:
                    spare.leave(buckets)
                    self.aside = self.aside._replace(
                        buckets=spare.cleared(2 * reads.size, aside_room.BUCKET),
                        touched=aside_room.empty_touched(2 * reads.size),
                    )
                    sleeping.settle(self._run())
            else:
                talk = {
                    name: spare.doubled(column) for name, column in self.tally._asdict().items() if name[:5] == "talk_"
                }
                self.tally = self.tally._replace(**talk)
        except MemoryError as failure:
            raise EnvironmentFailure("The run needs more memory than there is: simulate fewer accounts.") from failure


def play(stage: Stage, plan: Plan, seed: int) -> Cascade:
    """The whole course of PLAN under the luck of SEED."""
    run = Cascade(stage, plan, seed)
    run.plan(0, plan.size)
    run.advance(stage.hours)
    return run
