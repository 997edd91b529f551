"""Casting: which accounts of a graph are the brand, the KOLs, the employees and the leader.

In a grown graph the cast are added accounts whose rows are drawn to the
declared audience.  In a graph that was read they are real accounts, taken by
rank: each role gets the free account whose followers come nearest to what was
declared; the error is kept.
"""

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import numpy as np
import pydantic

from sim.errors import UserError
from sim.graph import grow
from sim.graph.follower_graph import FollowerGraph
from sim.kernels import draws, response
from sim.model import composition, overlap
from sim.quantities import Count, Doc, Money, Range, Share, Spread
from sim.section import Name, Section

GROUPS = ("kols", "branches", "media")  # words that call several roles
SEGMENTS = ("customers", "prospects", "employees", "candidates", "media", "partners", "authorities", "fans")
NEAR = 1.25  # times as many followers as declared, or as few, that a real account may have to be tried
TRIED = 200  # real accounts tried for a KOL of whom segments are declared
Membership = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(bool[communities] that care, int32[] followers of the brand) -> segment of every account of the public, uint8."""


class Audience(Section):
    """Who follows an account of the cast."""

    audience: Annotated[Share | None, Doc("followers, as a share of the market")] = None
    followers: Annotated[Count | None, Doc("followers, as heads at the market's size")] = None
    fit: Annotated[Share, Doc("share of the followers who care for the topic", doubt=(0.2, 0.7))] = 0.4

    @pydantic.model_validator(mode="after")
    def _one_size(self) -> "Audience":
        if self.audience is not None and self.followers is not None:
            raise ValueError("give either audience (a share of the market) or followers (heads), not both")
        return self

    def share(self, market: int) -> float:
        """Followers as a share of MARKET."""
        if self.audience is not None:
            return self.audience
        return min((self.followers or 0) / market, 1.0)

    def heads(self, market: int) -> float:
        """Followers at the size of MARKET."""
        return self.share(market) * market


class Kol(Audience):
    """One celebrity or key opinion leader."""

    name: Name
    fee: Annotated[Money | None, Doc("fee per post; without one, the price list's law")] = None
    overlap: dict[Name, Share] = {}
    segments: dict[Name, Share] = {}

    @pydantic.field_validator("segments")
    @classmethod
    def _known_segments(cls, segments: dict[str, float]) -> dict[str, float]:
        for name in segments:
            if name not in SEGMENTS:
                raise ValueError(f"{name!r} is no segment; allowed are {', '.join(SEGMENTS)}")
        if sum(segments.values()) > 1.0 + 1e-9:
            raise ValueError(f"the shares add up to {sum(segments.values()):g}; at most 1 is allowed")
        return segments

    @property
    def composition(self) -> dict[int, float]:
        """What is known of its followers' segments: number (from 1) -> share."""
        return {SEGMENTS.index(name) + 1: share for name, share in self.segments.items()}


class Branch(Audience):
    """A further account of the brand: a sub-brand, or the branch of a city."""

    name: Name
    overlap: Annotated[Share, Doc("share of its followers who also follow the brand's main account", "assumed")] = 0.05
    city: Annotated[bool, pydantic.Field(description="its own followers are one community, that of its city")] = False


class Outlet(Audience):
    """A newspaper, magazine or portal with an account of its own; it posts by its own choice (`[press]`)."""

    name: Name


class Employees(Audience):
    """The staff who have an account of their own; `audience` and `followers` are those of one employee."""

    count: Annotated[Annotated[int, Range(0, 100_000, "employees", whole=True)], Doc("employees with an account")] = 0
    spread: Annotated[Spread, Doc("inequality of their audiences")] = 1.0


class Cast(Section):
    """The accounts that a strategy can call on."""

    brand: Audience = Audience(audience=0.002)
    kols: tuple[Kol, ...] = ()
    employees: Employees = Employees()
    leader: Audience | None = None
    branches: tuple[Branch, ...] = ()
    media: tuple[Outlet, ...] = ()

    @pydantic.model_validator(mode="after")
    def _different_names(self) -> "Cast":
        names = [kol.name for kol in self.kols] + [branch.name for branch in self.branches]
        names += [outlet.name for outlet in self.media]
        for name in names:
            if names.count(name) > 1 or name in ("brand", "employees", "leader", *GROUPS):
                raise ValueError(f"the name {name!r} of a KOL, branch or outlet is used twice or is a role's name")
        kols = [kol.name for kol in self.kols]
        for kol in self.kols:
            for other in kol.overlap:
                if other not in kols or other == kol.name:
                    raise ValueError(f"{kol.name}: overlap names {other!r}; another KOL is allowed: {', '.join(kols)}")
        return self


@dataclass(frozen=True)
class Role:
    """Accounts of one role. accounts int32[n]; heads, wanted float64[n]: followers at market size, had and declared.

    group  the word besides its name that calls it: kols, branches, media, or nothing
    """

    name: str
    messenger: int
    accounts: np.ndarray
    heads: np.ndarray
    wanted: np.ndarray
    group: str = ""


@dataclass(frozen=True)
class Casting:
    """A graph with its cast. roles by name: brand, each KOL, employees, leader; interested bool[communities]."""

    graph: FollowerGraph
    roles: dict[str, Role]
    interested: np.ndarray = field(repr=False)

    def called(self, by: str) -> list[Role]:
        """The roles that the word BY of an action calls."""
        if by in GROUPS:
            return [role for role in self.roles.values() if role.group == by]
        return [self.roles[by]]


@functools.lru_cache(maxsize=1 << 17)
def label(*words: str | int) -> int:
    """A 64-bit label of WORDS, the same everywhere."""
    text = "\x1f".join(str(word) for word in words)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def interested_communities(communities: int, share: float) -> np.ndarray:
    """Which communities care for the topic: bool[communities], at least one, nested as SHARE grows."""
    stream = np.uint64(draws.key(np.uint64(0), draws.PLAN, np.uint64(label("interest"))))
    order = np.argsort([draws.uniform(np.uint64(draws.bits(stream, c))) for c in range(communities)], kind="stable")
    chosen = np.zeros(communities, bool)
    chosen[order[: max(1, round(share * communities))]] = True
    return chosen


def community_mix(graph: FollowerGraph, interested: np.ndarray, fit: float) -> np.ndarray:
    """Share of an audience in each community, float64[communities]: FIT in the INTERESTED ones (bool[...]), by size."""
    size = np.diff(graph.community_start).astype(float)
    inside = np.where(interested, size, 0.0)
    outside = size - inside
    if outside.sum() == 0:
        return inside / inside.sum()
    return fit * inside / inside.sum() + (1.0 - fit) * outside / outside.sum()


def add_cast(
    graph: FollowerGraph, cast: Cast, market: int, interested_share: float, membership: Membership | None = None
) -> Casting:
    """GRAPH with the cast added behind it, each with its declared audience.

    MEMBERSHIP tells segments apart; without it what KOLs declare of theirs is not cast.
    """
    interested = interested_communities(graph.communities, interested_share)
    rows: list[np.ndarray] = []
    roles: dict[str, Role] = {}
    base = graph.base
    known: dict[str, np.ndarray] = {}

    def composed(kol: Kol, own: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
        if not kol.segments or membership is None:
            return own
        if not known:
            known["segment"] = membership(interested, rows[0])
            known["cares"] = np.repeat(interested, np.diff(graph.community_start))
        return composition.row(
            own, known["segment"], kol.composition, known["cares"], others, label("segments", kol.name)
        )

    def row(words: tuple[str | int, ...], followers: int, fit: float) -> np.ndarray:
        mix = community_mix(graph, interested, fit)
        return grow.audience(graph, key=label(*words), followers=min(followers, base), mix=mix)

    def add(name: str, messenger: int, audience: Audience, group: str = "") -> None:
        share = audience.share(market)
        shared = shared_with(cast, audience, market) if isinstance(audience, Kol) else {}
        others = [(rows[int(roles[who].accounts[0]) - base], round(part * base)) for who, part in shared.items()]
        if shared:
            wanted = min(round(share * base), base)
            own = row((name,), min(wanted + sum(theirs.size for theirs, _ in others), base), audience.fit)
            rows.append(overlap.row(wanted, own, others, base, label("overlap", name)))
        elif isinstance(audience, Branch):
            rows.append(branch_row(graph, audience, cast.branches.index(audience), rows[0], round(share * base)))
        else:
            rows.append(row((name,), round(share * base), audience.fit))
        if isinstance(audience, Kol):
            rows[-1] = composed(audience, rows[-1], [theirs for theirs, _ in others])
        heads = np.array([share * market])
        roles[name] = Role(name, messenger, np.array([base + len(rows) - 1], np.int32), heads, heads, group)

    add("brand", response.BRAND, cast.brand)
    for kol in cast.kols:
        add(kol.name, response.KOL, kol, "kols")
    if cast.leader is not None:
        add("leader", response.LEADER, cast.leader)
    for branch in cast.branches:
        add(branch.name, response.BRAND, branch, "branches")
    for outlet in cast.media:
        add(outlet.name, response.MEDIA, outlet, "media")
    staff = cast.employees
    if staff.count:
        heads = employee_heads(staff, market)
        first = base + len(rows)
        stream = np.uint64(draws.key(np.uint64(0), draws.AUDIENCE, np.uint64(label("employees", "size"))))
        for i in range(staff.count):
            random = np.uint64(draws.bits(stream, i))
            wanted = heads[i] / market * base
            rows.append(row(("employees", i), int(wanted + draws.high(random)), staff.fit))
        accounts = np.arange(first, first + staff.count, dtype=np.int32)
        roles["employees"] = Role("employees", response.EMPLOYEE, accounts, heads, heads)
    names = list(roles)
    attributes = {"role": {int(a): name for name in names for a in roles[name].accounts}}
    return Casting(graph.with_accounts(rows, attributes=attributes), roles, interested)


def shared_with(cast: Cast, kol: Kol, market: int) -> dict[str, float]:
    """Followers that KOL shares with those cast before it, as shares of MARKET; whoever declares it."""
    found = {}
    for other in cast.kols[: cast.kols.index(kol)]:
        if other.name in kol.overlap:
            found[other.name] = kol.overlap[other.name] * kol.share(market)
        elif kol.name in other.overlap:
            found[other.name] = other.overlap[kol.name] * other.share(market)
    return {name: min(part, kol.share(market)) for name, part in found.items()}


def branch_row(graph: FollowerGraph, branch: Branch, number: int, brand: np.ndarray, followers: int) -> np.ndarray:
    """Followers of a branch, int32[n], ascending: `overlap` of them follow the BRAND (int32[]) too, others are its own.

    A branch by city draws its own from one community, which is the NUMBER-th of equal steps through all of them.
    """
    followers = min(followers, graph.base)
    stream = np.uint64(draws.key(np.uint64(0), draws.AUDIENCE, np.uint64(label("branch", branch.name))))
    order = np.argsort([draws.uniform(np.uint64(draws.bits(stream, int(account)))) for account in brand], kind="stable")
    shared = brand[order[: min(round(branch.overlap * followers), brand.size)]]
    mix = np.diff(graph.community_start).astype(float)
    if branch.city:
        home = (number * 7) % graph.communities
        mix = np.where(np.arange(mix.size) == home, 1.0, 0.0)
    wanted = min(followers + brand.size, graph.base)
    found = grow.audience(graph, key=label(branch.name), followers=wanted, mix=mix)
    own = np.setdiff1d(found, brand)
    keep = np.array([draws.uniform(np.uint64(draws.bits(stream, int(account)))) for account in own])
    own = own[np.argsort(keep, kind="stable")[: followers - shared.size]]
    return np.sort(np.concatenate([shared, own])).astype(np.int32)


def employee_heads(staff: Employees, market: int) -> np.ndarray:
    """Followers of each employee at the market's size, float64[count]: lognormal about the declared mean."""
    stream = np.uint64(draws.key(np.uint64(0), draws.AUDIENCE, np.uint64(label("employees", "heads"))))
    z = np.array([draws.normal(draws.uniform(np.uint64(draws.bits(stream, i)))) for i in range(staff.count)])
    factor = np.exp(staff.spread * z)
    return staff.heads(market) * factor / factor.mean()


def take_cast(
    graph: FollowerGraph, cast: Cast, market: int, interested_share: float, membership: Membership | None = None
) -> Casting:
    """Cast real accounts of GRAPH: each role takes the free account nearest to its declared followers.

    Shares are of this graph's accounts; the largest audiences choose first.  A KOL of whom segments are declared (and
    told apart by MEMBERSHIP) takes, of the accounts with about as many followers, the one with the audience most alike.
    Raises UserError when the accounts do not suffice.
    """
    needed = (
        1 + len(cast.kols) + len(cast.branches) + len(cast.media) + cast.employees.count + (cast.leader is not None)
    )
    if graph.base < 2 * needed:
        raise UserError(
            f"The graph has {graph.base:,} accounts, the cast takes {needed:,} of them.\n"
            "Allowed is a graph with at least twice as many: take a larger graph or fewer employees."
        )
    counts = graph.follower_counts()[: graph.base].astype(float)
    order = np.lexsort((np.arange(graph.base), counts))
    free = np.ones(graph.base, bool)
    sorted_counts = counts[order]

    def nearest(wanted: float) -> int:
        at = int(np.searchsorted(sorted_counts, wanted))
        low, high = at - 1, at
        while low >= 0 and not free[order[low]]:
            low -= 1
        while high < order.size and not free[order[high]]:
            high += 1
        if low < 0:
            chosen = high
        elif high >= order.size:
            chosen = low
        else:
            chosen = high if sorted_counts[high] - wanted <= wanted - sorted_counts[low] else low
        free[order[chosen]] = False
        return int(order[chosen])

    wishes: list[tuple[float, str, int, int]] = [(cast.brand.share(market) * graph.base, "brand", response.BRAND, 0)]
    wishes += [(kol.share(market) * graph.base, kol.name, response.KOL, 0) for kol in cast.kols]
    if cast.leader is not None:
        wishes.append((cast.leader.share(market) * graph.base, "leader", response.LEADER, 0))
    wishes += [(branch.share(market) * graph.base, branch.name, response.BRAND, 0) for branch in cast.branches]
    wishes += [(outlet.share(market) * graph.base, outlet.name, response.MEDIA, 0) for outlet in cast.media]
    if cast.employees.count:
        heads = employee_heads(cast.employees, market)
        wishes += [(float(head), "employees", response.EMPLOYEE, i) for i, head in enumerate(heads)]
    found: dict[str, list[tuple[int, int, float]]] = {}
    for wanted, name, _messenger, i in sorted(wishes, key=lambda wish: (-wish[0], wish[1], wish[3])):
        found.setdefault(name, []).append((i, nearest(wanted), wanted))
    roles = {}
    groups = {kol.name: "kols" for kol in cast.kols} | {branch.name: "branches" for branch in cast.branches}
    groups |= {outlet.name: "media" for outlet in cast.media}
    for name, messenger in dict.fromkeys((wish[1], wish[2]) for wish in wishes):
        chosen = sorted(found[name])
        accounts = np.array([account for _, account, _ in chosen], np.int32)
        wanted_heads = np.array([wanted for _, _, wanted in chosen])
        roles[name] = Role(name, messenger, accounts, counts[accounts], wanted_heads, groups.get(name, ""))
    interested = interested_communities(graph.communities, interested_share)
    found_cast = Casting(graph, roles, interested)
    if membership is not None and any(kol.segments for kol in cast.kols):
        _exchange_alike(found_cast, cast, membership(interested, graph.row(int(roles["brand"].accounts[0]))), free)
    return found_cast


def _exchange_alike(found: Casting, cast: Cast, segment: np.ndarray, free: np.ndarray) -> None:
    """Give every KOL with declared segments the FREE account whose audience is most like the declared, in place.

    Alike: the logarithm of the followers, the share who care, each declared segment and overlap, all with weight one.
    """
    graph = found.graph
    cares = np.repeat(found.interested, np.diff(graph.community_start))
    counts = graph.follower_counts()[: graph.base].astype(float)
    for kol in sorted((kol for kol in cast.kols if kol.segments), key=lambda kol: (-kol.share(graph.base), kol.name)):
        role = found.roles[kol.name]
        own, wanted = int(role.accounts[0]), max(float(role.wanted[0]), 1.0)
        able = np.flatnonzero(free & (counts > wanted / NEAR) & (counts < wanted * NEAR))
        able = able[np.lexsort((able, np.abs(np.log(counts[able] / wanted))))][:TRIED]

        def distance(account: int, kol: Kol = kol, wanted: float = wanted) -> float:
            row = graph.row(account)
            row = row[row < graph.base]
            unlike = abs(np.log(max(row.size, 1) / wanted))
            unlike += abs(float(cares[row].mean()) - kol.fit) if row.size else 1.0
            shares = composition.shares(row, segment, len(SEGMENTS))
            unlike += sum(abs(shares[s - 1] - share) for s, share in kol.composition.items())
            for other, share in kol.overlap.items():
                theirs = graph.row(int(found.roles[other].accounts[0]))
                unlike += abs(np.intersect1d(row, theirs, assume_unique=True).size / max(row.size, 1) - share)
            return float(unlike)

        best = min([own, *able.tolist()], key=lambda account: (distance(account), account != own, account))
        free[own], free[best] = True, False
        role.accounts[0], role.heads[0] = best, counts[best]
