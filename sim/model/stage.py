"""The stage: graph, cast, people and timetable, shared by every strategy and every replicate."""

import functools
import weakref
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Protocol

import numpy as np

from sim.graph.follower_graph import FollowerGraph
from sim.kernels import links, readers, recall, response, rows, timeline
from sim.model import casting as casting_room
from sim.model import kept, membership
from sim.model.casting import Cast, Casting
from sim.quantities import Doc, Share
from sim.section import Section

CHINA = timezone(timedelta(hours=8))
PART = 1 << 22  # accounts whose traits are drawn at a time
WATCHED = 4_000_000  # up to so many accounts every one is watched for reach and frequency
READ_UP_TO = 2**31  # bytes of links up to which rows are read where they are stored
RECALLED = 10_000  # followers from which on an account's reads are recalled, not written down


class Topic(Section):
    """What the launch is about and whom it concerns."""

    interested: Annotated[Share, Doc("share of the communities that care for the topic", doubt=(0.15, 0.5))] = 0.3


class Launchable(Protocol):
    """What the stage needs of a scenario (`sim.scenario.schema.Scenario` is one)."""

    @property
    def start(self) -> datetime: ...
    @property
    def market(self) -> int: ...
    @property
    def cast(self) -> Cast: ...
    @property
    def topic(self) -> Topic: ...
    @property
    def attention(self) -> Any: ...
    @property
    def response(self) -> Any: ...
    @property
    def segments(self) -> membership.Rules | None: ...
    @property
    def hours(self) -> int: ...


@dataclass(frozen=True)
class Stage:
    """Everything that no luck and no strategy changes.

    hours       horizon
    start_hour  hours after Monday 0h, China time
    market      accounts of the real market; `factor` of them stand behind one simulated account
    interest    float64[communities]: response of each community to the topic
    panel       every so many-th account is watched for reach and frequency
    """

    hours: int
    start: datetime
    start_hour: int
    market: int
    factor: float
    answer: response.Response
    attention: timeline.Attention
    casting: Casting
    world: rows.World
    readers: readers.Readers
    rhythm: timeline.Rhythm
    interest: np.ndarray
    panel: int
    scratch: int

    @property
    def accounts(self) -> int:
        """Simulated accounts, the cast included."""
        return self.casting.graph.accounts


def set_stage(scenario: Launchable, graph: FollowerGraph) -> Stage:
    """Cast the scenario on GRAPH and give its accounts their traits.

    A grown graph is a sample of the market, so counts carry the factor market
    / accounts; a graph that was read is its own market (factor 1).
    """
    grown = graph.growth is not None
    market = scenario.market if grown else graph.base
    assign = casting_room.add_cast if grown else casting_room.take_cast
    rules = scenario.segments
    told = None if rules is None else functools.partial(membership.beside_brand, rules, graph)
    cast = assign(graph, scenario.cast, market, scenario.topic.interested, told)
    answer = response.Response(**scenario.response.model_dump())
    attention = timeline.Attention(**scenario.attention.model_dump())
    local = scenario.start.astimezone(CHINA)
    start_hour = local.weekday() * 24 + local.hour
    return Stage(
        hours=scenario.hours,
        start=local,
        start_hour=start_hour,
        market=market,
        factor=market / graph.base,
        answer=answer,
        attention=attention,
        casting=cast,
        world=world_of(cast.graph),
        readers=draw_readers(cast, answer, attention, market / graph.base),
        rhythm=timeline.rhythm(attention, scenario.hours, start_hour),
        interest=np.where(cast.interested, 1.0, answer.interest_off),
        panel=-(-graph.accounts // WATCHED),
        scratch=_longest_computed(graph),
    )


def under(stage: Stage, answer: response.Response, attention: timeline.Attention) -> Stage:
    """The same stage under other parameters of response and attention."""
    same_people = attention == stage.attention and answer.propensity_shape == stage.answer.propensity_shape
    people = stage.readers if same_people else draw_readers(stage.casting, answer, attention, stage.factor)
    rhythm = stage.rhythm if attention == stage.attention else timeline.rhythm(attention, stage.hours, stage.start_hour)
    interest = np.where(stage.casting.interested, 1.0, answer.interest_off)
    return replace(stage, answer=answer, attention=attention, readers=people, rhythm=rhythm, interest=interest)


def with_interest(stage: Stage, interested: np.ndarray) -> Stage:
    """The same stage where other communities care for the topic (bool[communities]); audiences stay."""
    return replace(stage, interest=np.where(interested, 1.0, stage.answer.interest_off))


NO_ROWS, NO_LINKS = np.zeros(1, np.int64), np.zeros(1, np.int32)


def quicker_computed(graph: FollowerGraph) -> bool:
    """Whether the kernels compute the rows of GRAPH though they are stored: the same bits, and less to wait for.

    A row of a huge file lies on a page of its own, whose address must itself be looked up in memory: microseconds.  To
    compute it takes half a microsecond (docs/performance.md).  Only a grown graph's rows can be computed.
    """
    return graph.stored and graph.rule is not None and graph.followers.nbytes > READ_UP_TO


def _longest_computed(graph: FollowerGraph) -> int:
    """Room for the longest row that the kernels compute."""
    if graph.rule is None or (graph.stored and not quicker_computed(graph)):
        return 1
    return int(graph.rule.law.largest) + 1 + 2 * links.FRIEND_REACH


def world_of(graph: FollowerGraph) -> rows.World:
    """GRAPH as the kernels see it."""
    indptr, followers = (NO_ROWS, NO_LINKS) if quicker_computed(graph) else (graph.indptr, graph.followers)
    if graph.rule is not None:
        law, positions, guide, traits = graph.rule.law, graph.rule.positions, graph.rule.guide, graph.rule.traits
    else:
        law = links.Law(np.uint64(0), np.int64(graph.base), np.int64(graph.communities), 1.0, 1.0, 0.0, 0.5)
        positions, guide, traits = np.zeros(2), np.zeros(1, np.int32), np.zeros((1, 4))
    return rows.World(
        graph.base,
        indptr,
        followers,
        graph.added_indptr,
        graph.added_followers,
        graph.community_start,
        law,
        positions,
        guide,
        traits,
    )


def followers_of(graph: FollowerGraph, accounts: np.ndarray) -> np.ndarray:
    """How many follow each of ACCOUNTS (int[n]) of GRAPH, int64[n]; no row is computed for it."""
    found = np.empty(accounts.size, np.int64)
    rows.sizes_into(world_of(graph), accounts.astype(np.int64), found)
    return found


_AUDIENCES: dict[tuple[int, int], tuple["weakref.ref[np.ndarray]", "weakref.ref[np.ndarray]", rows.Audience]] = {}


def audience_of(stage: Stage) -> rows.Audience:
    """The readers of the cast, listed without the dormant where only a panel is watched; made once per audience."""
    if stage.panel == 1:
        return _NOBODY
    listed, traits = stage.world.added_followers, stage.readers.traits
    kept = _AUDIENCES.get((id(listed), id(traits)))
    if kept is not None and kept[0]() is listed and kept[1]() is traits:
        return kept[2]
    indptr = np.zeros(stage.world.added_indptr.size, np.int64)
    rows.awake_counts(stage.world, traits, indptr)
    place = _recalled(np.diff(indptr))
    found = rows.Audience(
        indptr,
        np.empty(int(indptr[-1]), np.int32),
        np.empty(int(indptr[-1]), np.uint8),
        place,
        np.zeros(int(indptr[-1]), np.uint16),
        np.zeros(stage.world.base if (place >= 0).any() else 1, np.uint16),
    )
    rows.awake_into(stage.world, traits, found.followers, found.traits)
    rows.follow_into(found)
    for key in [key for key, (one, other, _) in list(_AUDIENCES.items()) if one() is None or other() is None]:
        _AUDIENCES.pop(key, None)
    _AUDIENCES[id(listed), id(traits)] = weakref.ref(listed), weakref.ref(traits), found
    return found


_NOBODY = rows.no_audience()
_PUBLIC: kept.Kept[tuple[np.ndarray, np.ndarray]] = kept.Kept(2)


def public_of(stage: Stage) -> tuple[np.ndarray, np.ndarray]:
    """Accounts of the public that ever read, int32[n], ascending; where those of each community begin,
    int64[communities + 1]. Made once."""
    traits, graph = stage.readers.traits, stage.casting.graph

    def find() -> tuple[np.ndarray, np.ndarray]:
        accounts = np.flatnonzero(traits[: graph.base] & np.uint8(7)).astype(np.int32)
        return accounts, np.searchsorted(accounts, graph.community_start).astype(np.int64)

    return _PUBLIC.get(kept.Same(traits), find)


def _recalled(sizes: np.ndarray) -> np.ndarray:
    """Place of each of the cast with SIZES (int64[cast]) awake followers among those whose reads are recalled, or -1.

    int8[cast]: the largest, as many as there are places.
    """
    place = np.full(sizes.size, -1, np.int8)
    largest = np.argsort(-sizes, kind="stable")[: recall.PLACES]
    largest = largest[sizes[largest] >= RECALLED]
    place[largest] = np.arange(largest.size)
    return place


def _sum(graph: FollowerGraph, first: int, last: int) -> float:
    """Followees of accounts FIRST..LAST-1 together: halved as NumPy's sum halves a whole array, so to the same bits."""
    if last - first <= PART:
        return float(graph.expected_followees(first, last).sum())
    half = (last - first) // 2
    half -= half % 8
    return _sum(graph, first, first + half) + _sum(graph, first + half, last)


def draw_readers(
    cast: Casting, answer: response.Response, attention: timeline.Attention, factor: float
) -> readers.Readers:
    """The people: attention and propensity of every account; the cast only publish.

    Employees are head counts that do not follow the simulated accounts, so as readers they would weigh too much in a
    small simulation; their sharing is part of the plan.
    """
    graph = cast.graph
    seed = np.uint64(graph.growth.seed if graph.growth is not None else 0)
    mean = _sum(graph, 0, graph.base) / graph.base
    traits = np.zeros(graph.accounts, np.uint8)
    chances = timeline.class_chances()
    total, weight = 0.0, 0.0
    for first in range(0, graph.base, PART):
        part = traits[first : min(first + PART, graph.base)]
        followees = graph.expected_followees(first, first + part.size)
        readers.draw_traits(seed, attention, followees, mean, first, part)
        total, weight = readers.add_seen(part, chances, followees, total, weight)
    seen = total / max(weight, 1e-300)
    for role in cast.roles.values():
        traits[role.accounts] = 0
    brand = cast.roles["brand"].accounts[0]
    traits[graph.row(int(brand))] |= readers.FOLLOWS_BRAND
    propensity = np.empty(response.PROPENSITIES)
    response.propensities(answer.propensity_shape, propensity)
    return readers.Readers(traits, propensity, seen, response.LISTED / max(mean, 1e-9), factor)
