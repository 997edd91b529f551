"""Audiences by segment: what is declared is cast, all else stays; what cannot be is not forced."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import UserError
from sim.model import casting, composition, membership
from sim.model import stage as stage_room
from sim.model.casting import SEGMENTS
from sim.scenario.schema import Scenario
from tests.reference import launches

TABLE = {"customers": 0.1, "fans": 0.05, "media": 0.02, "prospects": 0.1}
KOLS = [
    {"name": "anna", "followers": 20_000},
    {"name": "ben", "followers": 20_000, "fit": 0.5, "segments": {"fans": 0.15, "media": 0.05}},
    {"name": "cleo", "followers": 10_000, "overlap": {"anna": 0.3}, "segments": {"fans": 0.0, "customers": 0.25}},
]


def scenario(kols=None, **changes) -> Scenario:
    plan = {"all": {"posts": [{"by": "kols"}]}}
    cast = {"brand": {"audience": 0.05}, "kols": KOLS if kols is None else kols}
    return launches.scenario(accounts=8_000, strategies=plan, cast=cast, **({"segments": TABLE} | changes))


def told(stage: stage_room.Stage, wanted: Scenario) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Rows by KOL, the segment of everybody, and who cares."""
    graph = stage.casting.graph
    rows = {kol.name: graph.row(int(stage.casting.roles[kol.name].accounts[0])) for kol in wanted.cast.kols}
    brand = graph.row(int(stage.casting.roles["brand"].accounts[0]))
    segment = membership.beside_brand(wanted.segments, graph, stage.casting.interested, brand)
    return rows, segment, np.repeat(stage.casting.interested, np.diff(graph.community_start))


@pytest.fixture(scope="module")
def scene():
    wanted = scenario()
    return wanted, *told(launches.set_up(wanted), wanted)


def test_declared_shares_are_cast(scene) -> None:
    wanted, rows, segment, cares = scene
    market = wanted.market / 8_000
    for kol in wanted.cast.kols:
        row = rows[kol.name]
        assert row.size == round(kol.followers / market)
        assert (np.diff(row) > 0).all()
        for number, share in kol.composition.items():
            assert np.count_nonzero(segment[row] == number) == round(share * row.size)
    assert abs(cares[rows["ben"]].mean() - 0.5) < 0.05  # the fit stays although fans stand inside


def test_a_declared_overlap_stays(scene) -> None:
    _, rows, _, _ = scene
    assert np.intersect1d(rows["cleo"], rows["anna"]).size == round(0.3 * rows["cleo"].size)


def test_whoever_declares_nothing_stays(scene) -> None:
    """Anna's row is the same with and without others who know their followers, and with no segments at all."""
    _, rows, _, _ = scene
    for other in (scenario(KOLS[:1]), scenario(KOLS[:1], segments=None)):
        stage = launches.set_up(other)
        assert np.array_equal(rows["anna"], stage.casting.graph.row(int(stage.casting.roles["anna"].accounts[0])))


def test_the_stage_knows_the_same_people(scene) -> None:
    """Membership by the brand's row alone is what the practice makes of the stage's traits."""
    from sim.model import segments

    wanted, _, segment, _ = scene
    stage = launches.set_up(wanted)
    assert np.array_equal(segments.of_accounts(wanted.segments, stage.casting, stage.readers.traits), segment)
    assert segment.max() > 0


def test_who_cares_stays_where_enough_of_each_kind_can_come() -> None:
    """Nine of ten fans care, three of ten followers do: a fifth of fans is found without changing that by one."""
    generator = np.random.default_rng(3)
    cares = np.arange(10_000) < 3_000
    segment = np.where(generator.random(10_000) < np.where(cares, 0.27, 0.013), 1, 0).astype(np.uint8)
    own = np.sort(generator.choice(10_000, 500, replace=False)).astype(np.int32)
    row = composition.row(own, segment, {1: 0.2}, cares, [], 9)
    assert np.count_nonzero(segment[row] == 1) == 100 > np.count_nonzero(segment[own] == 1)
    assert np.count_nonzero(cares[row]) == np.count_nonzero(cares[own])


@given(st.integers(0, 2**32), st.lists(st.floats(0.0, 0.3), min_size=3, max_size=3), st.integers(1, 60))
def test_exchanges_keep_everything_else(seed, shares, followers) -> None:
    """Size and overlaps always hold; the shares are met, or everybody who could help has been asked."""
    generator = np.random.default_rng(seed)
    people = 120
    segment = generator.choice(4, people, p=[0.4, 0.2, 0.2, 0.2]).astype(np.uint8)
    cares = generator.random(people) < 0.4
    own = np.sort(generator.choice(people, followers, replace=False)).astype(np.int32)
    others = [np.sort(generator.choice(people, 40, replace=False)).astype(np.int32)]
    wanted = {s + 1: share for s, share in enumerate(shares)}
    row = composition.row(own, segment, wanted, cares, others, 7)
    assert row.size == own.size
    assert (np.diff(row) > 0).all()
    assert np.intersect1d(row, others[0]).size == np.intersect1d(own, others[0]).size
    missed = {s: round(share * followers) - int((segment[row] == s).sum()) for s, share in wanted.items()}
    follows = np.isin(np.arange(people), others[0])
    inside = np.isin(np.arange(people), row)
    for s, missing in missed.items():
        if missing > 0:  # nobody of it is left outside among those for whom a place could be made
            for group in (follows, ~follows):
                outside = group & ~inside & (segment == s)
                room = group & inside & (segment == 0)
                assert not (outside.any() and room.any())
    assert np.array_equal(row, composition.row(own, segment, wanted, cares, others, 7))


def test_real_accounts_are_chosen_by_their_audience() -> None:
    """A star whose followers are all fans, another whose followers are not: the declared share decides."""
    generator = np.random.default_rng(1)
    people, kinds = 2_000, 400
    fans = np.arange(kinds)
    rows = [np.empty(0, np.int32) for _ in range(people)]
    rows[1_500] = np.sort(generator.choice(fans, 100, replace=False)).astype(np.int32)
    rows[1_501] = np.sort(generator.choice(np.arange(kinds, 1_400), 101, replace=False)).astype(np.int32)
    rows[1_502] = np.arange(20, dtype=np.int32)

    graph = launches.graph_of([row.tolist() for row in rows], communities=4)
    segment = np.where(np.arange(people) < kinds, SEGMENTS.index("fans") + 1, 0).astype(np.uint8)
    chosen = {}
    for share in (0.0, 1.0):
        kol = casting.Kol(name="anna", followers=101 if share else 100, fit=0.4, segments={"fans": share})
        cast = casting.Cast(brand=casting.Audience(followers=20), kols=(kol,))
        found = casting.take_cast(graph, cast, people, 0.3, lambda _interested, _brand: segment)
        chosen[share] = int(found.roles["anna"].accounts[0])
        assert found.roles["anna"].heads[0] == rows[chosen[share]].size
    assert chosen == {0.0: 1_501, 1.0: 1_500}


@pytest.mark.parametrize(
    ("segments", "table", "said"),
    [
        ({"fan": 0.2}, TABLE, "'fan' is no segment"),
        ({"fans": 0.7, "media": 0.6}, TABLE, "at most 1"),
        ({"fans": 0.2}, None, "no table"),
    ],
)
def test_what_cannot_be_is_said(segments, table, said) -> None:
    with pytest.raises((UserError, ValueError), match=said):
        scenario([KOLS[0] | {"segments": segments}], segments=table)
