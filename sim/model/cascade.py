"""One replicate of one plan: the arrays of the cascade kernel, grown when they are full."""

from dataclasses import dataclass

import numpy as np

from sim.errors import EnvironmentFailure
from sim.kernels import cascade as kernel
from sim.kernels import response
from sim.model.casting import label
from sim.model.launch import STORY, Plan
from sim.model.stage import Stage

LARGEST_POSTS = 2**25 - 1


@dataclass(frozen=True)
class Sizes:
    """First sizes of the growing arrays."""

    events: int = 1 << 14
    posts: int = 1 << 12
    table: int = 1 << 14
    comments: int = 1 << 10


class Cascade:
    """The course of one plan under the luck of one seed.

    `advance(hour)` runs every event before HOUR; `publish` adds an unplanned
    post.  What happened stands in `tally`, `posts` and `messages` (see
    `sim.kernels.cascade`).
    """

    def __init__(self, stage: Stage, plan: Plan, seed: int, sizes: Sizes = Sizes(), repost_limit: int = 0):
        self.stage = stage
        self.seed = np.uint64(seed)
        hours = stage.hours
        n = plan.size
        self.messages = kernel.Messages(
            story=np.zeros(n, np.int32),
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
        )
        self.stories = kernel.Stories(
            label=np.array([label(STORY)], np.uint64),
            gate=np.zeros(1, np.uint64),
            repost_gate=np.zeros((1, response.PROPENSITIES), np.uint32),
            comment_gate=np.zeros((1, response.PROPENSITIES), np.uint32),
            interest=stage.interest.reshape(1, -1),
            damp=np.ones(1),
        )
        self.posts = _posts(sizes.posts)
        events = max(sizes.events, 2 * n)
        self.queue = kernel.Queue(
            *(np.empty(events, np.int32) for _ in range(4)),
            np.full(hours * 60, -1, np.int32),
            np.empty(events, np.int64),
            np.empty(events, np.int32),
        )
        self.met = _met(sizes.table)
        watched = -(-stage.accounts // stage.panel)
        self.tally = kernel.Tally(
            pushes=np.zeros(hours, np.int64),
            likes=np.zeros(hours, np.int64),
            reads=np.zeros((hours, len(response.MESSENGERS)), np.int64),
            reposts=np.zeros((hours, len(response.MESSENGERS)), np.int64),
            commented=np.zeros(hours, np.int64),
            comments=np.zeros((hours, len(response.COMMENT_KINDS)), np.int64),
            follower_reads=np.zeros(hours, np.int64),
            first=np.full(watched, kernel.NEVER, np.uint16),
            times=np.zeros(watched, np.uint16),
            talk_second=np.empty(sizes.comments, np.int32),
            talk_account=np.empty(sizes.comments, np.int32),
            talk_message=np.empty(sizes.comments, np.int32),
            talk_kind=np.empty(sizes.comments, np.uint8),
        )
        self.scratch = np.empty(stage.scratch, np.int32)
        self.state = np.zeros(kernel.STATE_SIZE, np.int64)
        self.state[kernel.FREE] = -1
        self.state[kernel.PUSHING] = -1
        self.state[kernel.REPOST_LIMIT] = repost_limit
        self.stopped = False
        kernel.prepare(
            stage.answer,
            stage.attention.clock_spread,
            plan.doubt,
            self.seed,
            self.messages,
            self.stories,
            stage.readers.propensity,
        )

    def plan(self, first: int, last: int) -> None:
        """Put planned posts FIRST..LAST-1 on the calendar."""
        kernel.plan(self.queue, self.state, self.messages, first, last)

    def advance(self, hour: int) -> None:
        """Run every event before HOUR (at most the horizon)."""
        until = min(hour, self.stage.hours) * 60
        stage = self.stage
        while not self.stopped:
            status = kernel.advance(
                until,
                stage.answer,
                stage.attention,
                self.seed,
                stage.start_hour,
                stage.world,
                stage.readers,
                stage.rhythm,
                self.messages,
                self.stories,
                self.posts,
                self.queue,
                self.met,
                self.tally,
                stage.panel,
                self.state,
                self.scratch,
            )
            if status == kernel.DONE:
                return
            if status == kernel.STOPPED:
                self.stopped = True
            else:
                self._grow(status)

    @property
    def post_count(self) -> int:
        """Posts so far, originals included."""
        return int(self.state[kernel.POSTS])

    def _grow(self, status: int) -> None:
        """Double what the kernel lacks."""
        try:
            if status == kernel.NEED_EVENTS:
                queue = self.queue
                self.queue = kernel.Queue(
                    *(_doubled(column) for column in queue[:4]), queue.head, _doubled(queue.due), _doubled(queue.due_event)
                )
            elif status == kernel.NEED_POSTS:
                if self.posts.account.size >= LARGEST_POSTS:
                    raise EnvironmentFailure(f"More than {LARGEST_POSTS:,} posts in one run: simulate fewer accounts.")
                self.posts = kernel.Posts(*(_doubled(column) for column in self.posts))
            elif status == kernel.NEED_TABLE:
                met = _met(2 * self.met.key.size)
                kernel.move_met(self.met, met)
                self.met = met
            else:
                tally = self.tally
                self.tally = kernel.Tally(*tally[:-4], *(_doubled(column) for column in tally[-4:]))
        except MemoryError as failure:
            raise EnvironmentFailure("The run needs more memory than there is: simulate fewer accounts.") from failure


def play(stage: Stage, plan: Plan, seed: int) -> Cascade:
    """The whole course of PLAN under the luck of SEED."""
    run = Cascade(stage, plan, seed)
    run.plan(0, plan.size)
    run.advance(stage.hours)
    return run


def _doubled(column: np.ndarray) -> np.ndarray:
    larger = np.empty(2 * column.size, column.dtype)
    larger[: column.size] = column
    return larger


def _posts(size: int) -> kernel.Posts:
    return kernel.Posts(
        account=np.empty(size, np.int32),
        message=np.empty(size, np.int32),
        parent=np.empty(size, np.int32),
        depth=np.empty(size, np.int16),
        second=np.empty(size, np.int32),
        words=np.empty(size, np.uint8),
        chance=np.empty(size),
    )


def _met(size: int) -> kernel.Met:
    return kernel.Met(
        key=np.zeros(size, np.int64),
        hazard=np.empty(size),
        comment_hazard=np.empty(size),
        reads=np.empty(size, np.uint8),
        flags=np.empty(size, np.uint8),
    )
