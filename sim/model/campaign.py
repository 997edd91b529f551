"""The Mesa model: one launch under one strategy and one luck, an hour per step.

Agents that decide act first, each through `publish`; then the cascade kernel
runs sixty minutes.  The kernel is the one that batches use: with the default
decisions a stepped campaign and `sim.runs.play` give the same bits.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, NoReturn, Protocol
from weakref import WeakValueDictionary

import mesa
import numpy as np
from mesa import discrete_space

from sim.errors import UserError
from sim.graph import grow
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import links, response
from sim.model import agents
from sim.model.agenda import HOUR, Agenda, Intention
from sim.model.agents import Publisher
from sim.model.cascade import Cascade
from sim.model.course import Course, Declared
from sim.model.followers import Census, FollowerSet
from sim.model.stage import Stage, set_stage

KINDS = {
    response.BRAND: "brand",
    response.KOL: "kol",
    response.EMPLOYEE: "employee",
    response.LEADER: "leader",
    response.MEDIA: "media",
}
NUMBERS = ("hour", "reads", "reach", "reposts", "comments", "messages", "likes", "spent")
SPACE_LIMIT = 5_000  # accounts up to which `space` is built: it holds an object per account and an entry per link


class Playable(Declared, Protocol):
    """What a campaign needs of a scenario (`sim.scenario.schema.Scenario` is one)."""

    graph: Any


class CampaignModel(mesa.Model):
    """One launch, stepped by the hour.

    scenario       what is declared; kept as `declared` (Mesa from 3.5 uses the word `scenario` for something else)
    strategy       the name of one of its strategies
    rng            the luck: an int gives that replicate (`runs.play.play` with the same seed gives the same bits);
                   None: a new one; a Generator, a SeedSequence or a list of ints: one drawn from it
    graph          the follower graph (default: grown as the scenario says)
    stage          graph, cast and people made ready (`stage.set_stage`), to share between models
    agent_classes  subclasses by kind (brand, kol, leader, employee, follower) or by role ("kol_3"); they win over
                   the class attribute of the same name
    materialise    up to so many followers they are real agents in `agents`; above, made when looked at
    datacollector  a mesa.DataCollector (default: the cumulative NUMBERS); it collects at the end of every hour

    Numbers are at the size of the market, and up to the end of the last hour.
    Raises UserError for an unknown strategy, class or content.
    """

    agent_classes: ClassVar[Mapping[str, type[agents.Account]]] = {}

    def __init__(
        self,
        scenario: Playable,
        strategy: str,
        *,
        rng: Any = None,
        graph: FollowerGraph | None = None,
        stage: Stage | None = None,
        agent_classes: Mapping[str, type[agents.Account]] | None = None,
        materialise: int = 50_000,
        datacollector: mesa.DataCollector | None = None,
    ):
        if isinstance(rng, np.integer):
            rng = int(rng)  # random.Random refuses NumPy's integers from Python 3.12 on
        super().__init__(rng=rng)
        if isinstance(scenario, tuple):
            raise UserError(
                "The scenario came apart into its fields: give mesa.batch_run a list, {'scenario': [scenario]}."
            )
        if strategy not in scenario.strategies:
            raise UserError(f"{strategy!r} is not a strategy of the scenario. Known: {', '.join(scenario.strategies)}.")
        self.declared = scenario
        self.strategy = strategy
        self.luck = np.uint64(rng if isinstance(rng, int) else self.rng.integers(2**63))
        if stage is None:
            growth = links.Growth(**scenario.graph.model_dump())
            stage = set_stage(scenario, graph if graph is not None else grow.grow(growth))
        if stage.hours != scenario.hours or not {"brand", *(kol.name for kol in scenario.cast.kols)} <= {
            *stage.casting.roles
        }:
            raise UserError("The stage was set for another scenario: its horizon or its cast differs. Set it again.")
        self.stage = stage
        self.graph = stage.casting.graph
        self.network = self.graph.view()
        self.hour = 0
        self.census = Census(self)
        self.course = Course(scenario, stage, strategy, int(self.luck))
        self.cascade: Cascade = self.course.run
        self.agenda = Agenda(self.cascade, self.course.contents)
        self._space: discrete_space.Network | None = None
        self._views: WeakValueDictionary[int, agents.Follower] = WeakValueDictionary()
        self._classes = self._checked({**self.agent_classes, **(agent_classes or {})})
        self._publishers: dict[int, Publisher] = {}
        for role in stage.casting.roles.values():
            chosen: Any = self.agent_class(role.name, KINDS[role.messenger])
            for member, account in enumerate(role.accounts):
                self._publishers[int(account)] = chosen(self, int(account), role, member)
        self._deciders = {account for account, agent in self._publishers.items() if _decides(type(agent))}
        self.followers = FollowerSet(self, self._public())
        self.materialised = len(self.followers) <= materialise
        self._made: dict[int, agents.Follower] = {}
        if self.materialised:
            follower: Any = self.agent_class("follower")
            self._made = {int(account): follower(self, int(account)) for account in self.followers.accounts}
        if datacollector is None:
            datacollector = mesa.DataCollector(model_reporters={name: name for name in NUMBERS})
        self.datacollector = datacollector

    # --- who is there ---

    def _checked(self, chosen: Mapping[str, type[agents.Account]]) -> dict[str, type[agents.Account]]:
        known = {kind: kind for kind in agents.CLASSES}
        known |= {
            role.name: KINDS[role.messenger] for role in self.stage.casting.roles.values() if role.name != "employees"
        }
        for name, given in chosen.items():
            if name not in known:
                raise UserError(f"agent_classes: {name!r} is no kind and no role. Known: {', '.join(known)}.")
            if not (isinstance(given, type) and issubclass(given, agents.CLASSES[known[name]])):
                wanted = agents.CLASSES[known[name]].__name__
                raise UserError(
                    f"agent_classes[{name!r}] = {given!r}; a subclass of sim.model.agents.{wanted} is allowed."
                )
        return dict(chosen)

    def agent_class(self, *names: str) -> type[agents.Account]:
        """The class that serves the first of NAMES (a role, a kind) for which one was given, else the kind's own."""
        for name in names:
            if name in self._classes:
                return self._classes[name]
        return agents.CLASSES[names[-1]]

    def _public(self) -> range | np.ndarray:
        """Accounts that are not in the cast."""
        cast = np.array(sorted(self._publishers), np.int64)
        if cast.size == 0 or cast[0] == self.graph.accounts - cast.size:
            return range(self.graph.accounts - cast.size)
        return np.setdiff1d(np.arange(self.graph.accounts, dtype=np.int64), cast)

    @property
    def cast(self) -> list[Publisher]:
        """The agents that decide, in the order of brand, KOLs, leader, employees."""
        return list(self._publishers.values())

    def agent(self, account: int | str) -> agents.Account:
        """The agent of an account, or of a role with one account: `agent("kol_1")`. Raises UserError for neither."""
        if isinstance(account, str):
            role = self.stage.casting.roles.get(account)
            if role is None or role.accounts.size != 1:
                raise UserError(
                    f"{account!r} is not a role of one account. Known: {', '.join(self.stage.casting.roles)}."
                )
            account = int(role.accounts[0])
        return self._publishers[account] if account in self._publishers else self.follower(account)

    def follower(self, account: int) -> agents.Follower:
        """The follower with this account: the registered agent, or a handle that lives as long as it is held.

        Raises UserError for an account that is not in the graph.
        """
        made = self._made.get(account)
        if made is None:
            made = self._views.get(account)
        if made is None:
            if not 0 <= account < self.graph.accounts:
                raise UserError(f"account {account} is not one of 0 to {self.graph.accounts - 1:,}.")
            chosen: Any = self.agent_class("follower")
            made = chosen.view(self, account)
            self._views[account] = made
        return made

    def deregister_agent(self, agent: Any) -> None:
        """Forget AGENT (Mesa calls this from `agent.remove()`)."""
        super().deregister_agent(agent)
        account: Any = getattr(agent, "account", None)
        if self._publishers.get(account) is agent:
            del self._publishers[account]
        if self._made.get(account) is agent:
            del self._made[account]

    @property
    def scenario(self) -> NoReturn:
        """Not here: see `declared`."""
        raise AttributeError(
            "the launch's scenario stands in `declared`; Mesa keeps `scenario` for its own parameter objects"
        )

    @scenario.setter
    def scenario(self, _: object) -> None:
        """Mesa's own parameter object is not needed."""

    @property
    def space(self) -> discrete_space.Network | None:
        """Mesa's network of cells with the agents in them, made at first touch; None above SPACE_LIMIT accounts.

        Its graph is the read-only `network`; connections lead to followers.
        """
        if self._space is None and self.graph.accounts <= SPACE_LIMIT:
            # Mesa 3.5 lays out a spring model by default, minutes at this size
            layout = {"layout": None} if "layout" in inspect.signature(discrete_space.Network).parameters else {}
            self._space = discrete_space.Network(self.network, random=self.random, **layout)
            for agent in list(self.agents):
                if isinstance(agent, agents.Account):
                    agent.cell = self._space[agent.node]
        return self._space

    # --- what is published ---

    def planned(self, account: int, hour: int) -> list[Intention]:
        """The posts of ACCOUNT that the strategy plans for HOUR and that are not published yet."""
        return self.agenda.planned(account, hour)

    def publish(
        self, account: int | str | Publisher, content: str | Intention = "launch", at_second: int | None = None
    ) -> None:
        """Let one of the cast publish a post.

        account    the agent, its account, or its role's name
        content    a kind of post that the scenario declares, or an Intention (a planned post, perhaps moved)
        at_second  after the start; default: at the beginning of the hour that comes; beyond the horizon it is dropped

        A post that the plan does not foresee takes the next number of its author and content, so that it moves
        the luck of no planned post.
        """
        author = self.agent(account) if isinstance(account, str) else account
        if isinstance(content, str):
            content = Intention(self.hour * HOUR if at_second is None else int(at_second), content)
        self.agenda.take(int(getattr(author, "account", author)), content, self.hour)

    def published(self, account: int | None = None) -> np.ndarray:
        """Rows in `cascade.messages` of the posts published so far, of ACCOUNT or of all, int64[n]."""
        return self.agenda.published(self.hour, account)

    # --- time ---

    def step(self) -> None:
        """One hour: the agents decide, then the followers read and respond. After the horizon it does nothing."""
        if self.hour >= self.stage.hours or self.cascade.stopped:
            self.running = False
            return
        for account in sorted(self.agenda.authors(self.hour) | self._deciders):
            agent = self._publishers.get(account)
            if agent is not None:
                agent.step()
        self.agenda.hand_over()
        self.course.advance(self.hour + 1)
        self.hour += 1
        self.running = self.hour < self.stage.hours and not self.cascade.stopped
        self.datacollector.collect(self)

    @property
    def now(self) -> datetime:
        """The date and time in China at the end of the last hour."""
        return self.stage.start + timedelta(hours=self.hour)

    # --- what has come of it ---

    @property
    def pushes(self) -> float:
        """Posts delivered to followers' timelines."""
        return float(self.cascade.tally.pushes[: self.hour].sum()) * self.stage.factor

    @property
    def reads(self) -> float:
        """Posts read."""
        return float(self.cascade.tally.reads[: self.hour].sum()) * self.stage.factor

    @property
    def reach(self) -> float:
        """Different accounts that have read at least one post."""
        first = self.cascade.tally.watch["first"]
        return float((first < self.hour * 3600).sum()) * (self.stage.accounts / first.size * self.stage.factor)

    @property
    def reposts(self) -> float:
        """Reposts."""
        return float(self.cascade.tally.reposts[: self.hour].sum()) * self.stage.factor

    @property
    def comments(self) -> float:
        """Comments without a repost."""
        return float(self.cascade.tally.comments[: self.hour].sum()) * self.stage.factor

    @property
    def complaints(self) -> float:
        """Comments that complain."""
        return float(self.cascade.tally.comments[: self.hour, response.COMPLAINT].sum()) * self.stage.factor

    @property
    def messages(self) -> float:
        """Reposts and comments."""
        return self.reposts + self.comments

    @property
    def likes(self) -> float:
        """Likes."""
        return float(self.cascade.tally.likes[: self.hour].sum()) * self.stage.factor

    def fee(self, role: str) -> float:
        """What one post by an account of ROLE costs, RMB."""
        prices, declared = self.declared.prices, self.declared
        for kol in declared.cast.kols:
            if kol.name == role:
                return prices.fee(kol, declared.market)
        minutes = prices.share_minutes if role == "employees" else prices.post_minutes
        return minutes * prices.staff_minute

    @property
    def spent(self) -> float:
        """RMB for what was published so far, and for the programme of the employees who took part.

        The outcome's `cost` is what the plan expects; this is what happened.
        """
        authors = self.cascade.messages.account[self.published()]
        total = 0.0
        for role in self.stage.casting.roles.values():
            own = np.isin(authors, role.accounts)
            total += self.fee(role.name) * int(own.sum())
            if role.messenger == response.EMPLOYEE:
                total += self.declared.prices.programme * np.unique(authors[own]).size
        return total


def _decides(kind: type[Publisher]) -> bool:
    """Whether agents of KIND are asked every hour: it has a decision of its own."""
    return kind.decide is not Publisher.decide or kind.step is not Publisher.step
