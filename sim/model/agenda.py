"""The agenda of a campaign: what is planned, what was published, and what nobody foresaw.

It stands between agents, who decide by the hour, and the cascade, whose
messages are arrays.  Posts are handed over hour by hour; the kernel orders
them by second and author, so it does not matter who decided first.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.errors import UserError
from sim.model import launch
from sim.model.cascade import Cascade
from sim.model.casting import Role, label

HOUR = 3600


@dataclass(frozen=True)
class Intention:
    """A post that an agent means to publish.

    second   after the start of the launch; within the hour to come or later, never in the past
    content  a kind of post that the scenario declares
    row      the planned post that this is (None: one that the strategy did not foresee)
    """

    second: int
    content: str = "launch"
    row: int | None = None


class Agenda:
    """The posts of one campaign.

    cascade   its messages begin with the planned posts
    contents  the kinds of post that the scenario declares
    """

    def __init__(self, cascade: Cascade, contents: Mapping[str, launch.Content]):
        self.cascade = cascade
        self.contents = contents
        stage, messages = cascade.stage, cascade.messages
        self._hours = stage.hours
        self._place: dict[int, tuple[Role, int]] = {
            int(account): (role, member)
            for role in stage.casting.roles.values()
            for member, account in enumerate(role.accounts)
        }
        self._planned = _rows_by_account(messages.account)
        order = np.argsort(messages.second, kind="stable")  # mishaps may have moved posts
        bounds = np.searchsorted(messages.second[order], np.arange(stage.hours + 1) * HOUR)
        spans = itertools.pairwise(bounds)
        self._authors = [frozenset(messages.account[order[low:high]].tolist()) for low, high in spans]
        self._out = np.zeros(messages.account.size, bool)
        self._due: list[tuple[int, int]] = []
        self._extra: list[tuple[int, Intention]] = []
        self._rows: dict[int, list[int]] = {}
        self._numbers: dict[tuple[int, str], int] = {}
        self._content_of: dict[int, list[str]] = {}

    def authors(self, hour: int) -> frozenset[int]:
        """Accounts for which something is planned in HOUR."""
        return self._authors[hour]

    def planned(self, account: int, hour: int) -> list[Intention]:
        """What is planned for ACCOUNT in HOUR and not published yet."""
        seconds = self.cascade.messages.second
        found = []
        for i, row in enumerate(self._planned.get(account, ())):
            if seconds[row] // HOUR == hour and not self._out[row]:
                found.append(Intention(int(seconds[row]), self._contents(account)[i], int(row)))
        return found

    def published(self, hour: int, account: int | None = None) -> np.ndarray:
        """Rows in `cascade.messages` of the posts published before HOUR, by ACCOUNT or by all, int64[n]."""
        if account is None:
            rows = np.flatnonzero(self.cascade.scheduled)
        else:
            rows = np.array(self._rows.get(account, ()), np.int64)
        return rows[self.cascade.messages.second[rows] < hour * HOUR]

    def take(self, account: int, intention: Intention, hour: int) -> None:
        """Note what ACCOUNT means to publish, in HOUR or later; a UserError for what cannot be."""
        if account not in self._place:
            raise UserError(
                f"account {account} is not in the cast; only the brand, KOLs, the leader and employees publish."
            )
        if intention.second < hour * HOUR:
            raise UserError(
                f"A post for second {intention.second:,} lies in the past: hour {hour} begins at {hour * HOUR:,}."
            )
        row = intention.row
        if row is None:
            if intention.content not in self.contents:
                known = ", ".join(self.contents)
                raise UserError(f"content {intention.content!r} is not declared by the scenario. Known: {known}.")
            if intention.second < self._hours * HOUR:
                self._extra.append((account, intention))
            return
        if row not in self._planned.get(account, ()):
            raise UserError(f"planned post {row} does not belong to account {account}.")
        if self._out[row]:
            raise UserError(f"planned post {row} of account {account} is published already.")
        self._out[row] = True
        self._due.append((row, intention.second))

    def hand_over(self) -> None:
        """Put what was noted on the kernel's calendar."""
        if self._extra:
            first = self.cascade.extend(self._unforeseen())
            self.cascade.plan(first, first + len(self._extra))
            for row, (account, _) in enumerate(self._extra, first):
                self._rows.setdefault(account, []).append(row)
            self._extra = []
        messages = self.cascade.messages
        self._due.sort()
        rows = np.array([row for row, _ in self._due], np.int64)
        messages.second[rows] = [second for _, second in self._due]
        for run in np.split(rows, np.flatnonzero(np.diff(rows) != 1) + 1):
            if run.size:
                self.cascade.plan(int(run[0]), int(run[-1]) + 1)
        for row, account in zip(rows.tolist(), messages.account[rows].tolist(), strict=True):
            self._rows.setdefault(account, []).append(row)
        self._due = []

    def _contents(self, account: int) -> list[str]:
        """The contents of an account's planned posts, in order, found by their labels."""
        if account not in self._content_of:
            role, member = self._place[account]
            found: list[str] = []
            for row in self._planned.get(account, ()):
                wanted = int(self.cascade.messages.label[row])
                found += [
                    content
                    for content in self.contents
                    if label(launch.STORY, role.name, member, content, found.count(content)) == wanted
                ]
            self._content_of[account] = found
        return self._content_of[account]

    def _unforeseen(self) -> launch.Plan:
        """The posts that no strategy foresaw as a plan, each with the next number of its author and content."""
        answer = self.cascade.stage.answer
        labels, mix = [], []
        for account, intention in self._extra:
            role, member = self._place[account]
            key = account, intention.content
            number = self._numbers.setdefault(key, self._contents(account).count(intention.content))
            self._numbers[key] = number + 1
            labels.append(label(launch.STORY, role.name, member, intention.content, number))
            content = self.contents[intention.content]
            praise = answer.praise if content.praise is None else content.praise
            question = answer.question if content.question is None else content.question
            complaint = answer.complaint if content.complaint is None else content.complaint
            mix.append([praise, question, complaint])
        places = [self._place[account] for account, _ in self._extra]
        used = [self.contents[intention.content] for _, intention in self._extra]
        return launch.Plan(
            account=np.array([account for account, _ in self._extra], np.int32),
            messenger=np.array([role.messenger for role, _ in places], np.uint8),
            second=np.array([intention.second for _, intention in self._extra], np.int32),
            label=np.array(labels, np.uint64),
            followers=np.array([role.heads[member] for role, member in places], np.float64),
            quality=np.array([content.quality for content in used], np.float64),
            doubt=np.array([content.quality_doubt for content in used], np.float64),
            comment=np.array([answer.comment_ratio * content.comments for content in used], np.float64),
            mix=np.array(mix, np.float64).reshape(len(used), 3),
        )


def _rows_by_account(accounts: np.ndarray) -> dict[int, np.ndarray]:
    """Rows of every account, ascending."""
    if accounts.size == 0:
        return {}
    order = np.argsort(accounts, kind="stable")
    values, first = np.unique(accounts[order], return_index=True)
    return {int(account): rows for account, rows in zip(values, np.split(order, first[1:]), strict=True)}
