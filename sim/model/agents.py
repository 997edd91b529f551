"""The agents: handles on rows of the arrays, which hold all state.

Brand, Celebrity, Leader and Employee decide: once an hour each is asked what
it means to publish.  The default is what the strategy plans for it; a subclass
overrides `decide` to post at another hour, decline, or add posts:

    class Careful(agents.Celebrity):
        def decide(self):
            return [] if self.model.complaints > 1_000 else super().decide()

    CampaignModel(scenario, "celebrity_seeding", rng=1, agent_classes={"kol": Careful})

Followers respond in the kernel; a Follower is a way to look at one of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import mesa
import numpy as np
from mesa import discrete_space

from sim.kernels import draws
from sim.model.agenda import HOUR, Intention
from sim.model.casting import Role, label

if TYPE_CHECKING:
    from sim.model.campaign import CampaignModel


class _NoCounter:
    """Mesa 3.3 counts agents per model in a dictionary that keeps every model alive; our ids are the accounts."""

    def __getitem__(self, model: object) -> Iterator[int]:
        return itertools.count()


class Account(discrete_space.FixedAgent):
    """A handle on one account of the follower graph; `unique_id` is the account."""

    _ids: ClassVar[Any] = _NoCounter()
    model: CampaignModel

    def __init__(self, model: CampaignModel, account: int):
        super().__init__(model)
        self.account = self.unique_id = int(account)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.account})"

    def remove(self) -> None:
        """Take the handle out of the model: one of the cast publishes nothing more; the account stays in the graph."""
        mesa.Agent.remove(self)
        if self.cell is not None:
            self.cell.remove_agent(self)

    @property
    def node(self) -> Any:
        """This account's name in the graph (`model.network`); the account itself where the graph has no labels."""
        labels = self.model.graph.labels
        return self.account if labels is None else labels[self.account]

    @property
    def row(self) -> np.ndarray:
        """The accounts that follow this one, int32[n], ascending."""
        return self.model.graph.row(self.account)

    @property
    def followers(self) -> int:
        """How many accounts of the graph follow this one."""
        return int(self.row.size)

    @property
    def followees(self) -> int:
        """How many accounts this one follows."""
        return int(self.model.census.followees(self.account))

    @property
    def community(self) -> int:
        """The community it belongs to; -1 for an account added to a grown graph."""
        return self.model.graph.community_of(self.account)

    @property
    def attention(self) -> float:
        """Chance that it sees a post pushed to it at an average hour."""
        return float(self.model.census.attention(self.account))

    @property
    def propensity(self) -> float:
        """How readily it passes on what it reads; the mean over all accounts is 1."""
        return float(self.model.census.propensity(self.account))

    @property
    def dormant(self) -> bool:
        """Whether it never reads."""
        return bool(self.model.census.dormant(self.account))

    @property
    def follows_brand(self) -> bool:
        """Whether it follows the brand's own account."""
        return bool(self.model.census.follows_brand(self.account))

    @property
    def exposures(self) -> float:
        """How often it has read the launch's posts; NaN where a panel is watched and this account is not in it.

        Reads are counted when a post is pushed, so some lie a few hours ahead.
        """
        return float(self.model.census.exposures(self.account))

    @property
    def first_read(self) -> int:
        """Hour of its first read, -1 while there is none."""
        return int(self.model.census.first_read(self.account))

    @property
    def reposted(self) -> bool:
        """Whether it has passed the launch on."""
        return bool(self.model.census.reposted(self.account))

    @property
    def commented(self) -> bool:
        """Whether it has commented on the launch (a comment of its own; those inside a repost apart)."""
        return bool(self.model.census.commented(self.account))


class Follower(Account):
    """One of the public: it reads, comments and reposts, in the kernel."""

    @classmethod
    def view(cls, model: CampaignModel, account: int) -> Follower:
        """A handle on ACCOUNT that is not registered with MODEL, so that it costs nothing once dropped."""
        made = cls.__new__(cls)
        made.model = model
        made.pos = None
        made.account = made.unique_id = int(account)
        return made


class Publisher(Account):
    """An account of the cast: it decides what to publish.

    role      its role's name: brand, leader, employees, or the KOL's own
    member    its number within the role
    heads     followers at the size of the market
    """

    def __init__(self, model: CampaignModel, account: int, role: Role, member: int):
        super().__init__(model, account)
        self.role = role.name
        self.member = member
        self.messenger = role.messenger
        self.heads = float(role.heads[member])

    def decide(self) -> Sequence[Intention]:
        """What to publish in the hour that begins: what is planned for it. Override to decide otherwise."""
        return self.planned()

    def step(self) -> None:
        """Decide, and hand over what was decided."""
        for intention in self.decide():
            self.model.publish(self, intention)

    def planned(self, hour: int | None = None) -> list[Intention]:
        """The posts that the strategy plans for this account in HOUR (default: the one that begins)."""
        return self.model.planned(self.account, self.model.hour if hour is None else hour)

    def post(self, content: str = "launch", minutes: float = 0.0) -> Intention:
        """A post of its own, MINUTES after the hour's beginning, for `decide` to return."""
        return Intention(self.model.hour * HOUR + int(60 * minutes), content)

    def at(self, intention: Intention, hour: float) -> Intention:
        """INTENTION moved to HOUR after the start (fractions allowed); the post keeps its luck."""
        return Intention(int(hour * HOUR), intention.content, intention.row)

    def uniform(self, *words: str | int) -> float:
        """A random number in (0, 1) that belongs to this account, this run's luck and WORDS.

        The same words give the same number, in every strategy and however
        often and in whatever order agents ask; name the hour in them for a
        fresh one.  `model.random` has none of this.
        """
        stream = draws.key(self.model.luck, draws.PLAN, np.uint64(label("decision", self.role, *words)))
        return float(draws.uniform(np.uint64(draws.bits(np.uint64(stream), self.member))))

    @property
    def posts(self) -> int:
        """Posts published so far."""
        return int(self.model.published(self.account).size)

    def posted(self, hour: int | None = None) -> int:
        """Posts published in HOUR (default: the last one, the hour before the one that begins)."""
        seconds = self.model.cascade.messages.second[self.model.published(self.account)]
        return int((seconds // HOUR == (self.model.hour - 1 if hour is None else hour)).sum())

    @property
    def reads(self) -> float:
        """Reads of its posts and of their reposts, at market size."""
        return self._carried("reads")

    @property
    def reposts(self) -> float:
        """Reposts that its posts have led to, at market size."""
        return self._carried("reposts")

    def _carried(self, column: str) -> float:
        rows = self.model.published(self.account)
        return float(getattr(self.model.cascade.messages, column)[rows].sum()) * self.model.stage.factor

    @property
    def fee(self) -> float:
        """What one post costs in RMB: the KOL's fee, or the staff's time."""
        return self.model.fee(self.role)


class Brand(Publisher):
    """The brand's own account."""


class Celebrity(Publisher):
    """A celebrity or key opinion leader (KOL) who posts for a fee."""


class Leader(Publisher):
    """The firm's leader with an account of their own."""


class Employee(Publisher):
    """One of the staff with an account of their own."""


class Outlet(Publisher):
    """A media account; what it passes on is drawn before the run (`sim.model.press`)."""


CLASSES: Mapping[str, type[Account]] = {
    "brand": Brand,
    "kol": Celebrity,
    "leader": Leader,
    "employee": Employee,
    "media": Outlet,
    "follower": Follower,
}
