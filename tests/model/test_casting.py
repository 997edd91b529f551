"""Casting: audiences as declared on a grown graph, the nearest real accounts on a graph that was read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import UserError
from sim.graph import grow
from sim.kernels import links, response
from sim.model import casting
from tests.reference import launches, luck

KOLS = (casting.Kol(name="anna", audience=0.2), casting.Kol(name="ben", followers=500_000, fit=0.9))
CAST = casting.Cast(
    brand=casting.Audience(audience=0.05, fit=0.7),
    kols=KOLS,
    leader=casting.Audience(followers=100_000),
    employees=casting.Employees(count=50, audience=0.002),
)
MARKET = 5_000_000
LAUNCH = 0xFA3C90ACFACF3639


@pytest.fixture(scope="module")
def graph():
    return grow.grow(links.Growth(accounts=10_000, community_size=500, seed=luck.seed(1)))


@pytest.fixture(scope="module")
def cast(graph):
    return casting.add_cast(graph, CAST, MARKET, 0.3)


def test_audiences_are_as_declared(graph, cast) -> None:
    brand = cast.graph.row(int(cast.roles["brand"].accounts[0]))
    assert (brand < graph.base).sum() == 500
    assert cast.graph.row(int(cast.roles["anna"].accounts[0])).size == 2_000
    assert cast.graph.row(int(cast.roles["ben"].accounts[0])).size == 1_000
    assert cast.graph.row(int(cast.roles["leader"].accounts[0])).size == 200
    heads = {name: float(role.heads[0]) for name, role in cast.roles.items() if name != "employees"}
    assert heads == pytest.approx({"brand": 250_000, "anna": 1_000_000, "ben": 500_000, "leader": 100_000})


@pytest.mark.luck
def test_fit_is_the_share_inside(graph, cast) -> None:
    for name, fit in (("brand", 0.7), ("anna", 0.4), ("ben", 0.9)):
        row = cast.graph.row(int(cast.roles[name].accounts[0]))
        row = row[row < graph.base]
        community = np.searchsorted(graph.community_start, row, side="right") - 1
        assert cast.interested[community].mean() == pytest.approx(fit, abs=0.02), name


def test_employees_have_their_mean_audience(graph, cast) -> None:
    staff = cast.roles["employees"]
    assert staff.accounts.size == 50
    assert staff.heads.mean() == pytest.approx(0.002 * MARKET)
    assert np.log(staff.heads).std() == pytest.approx(1.0, abs=0.35)
    sizes = np.array([cast.graph.row(int(account)).size for account in staff.accounts])
    assert sizes.mean() == pytest.approx(0.002 * graph.base, rel=0.1)
    assert np.abs(sizes - staff.heads / MARKET * graph.base).max() <= 1


def test_rows_are_sorted_sets_without_their_owner(graph, cast) -> None:
    for account in range(cast.graph.base, cast.graph.accounts):
        row = cast.graph.row(account)
        assert (np.diff(row) > 0).all()
        assert account not in row


def test_an_audience_does_not_depend_on_the_others(graph, cast) -> None:
    alone = casting.add_cast(graph, casting.Cast(brand=CAST.brand, kols=KOLS[1:]), MARKET, 0.3)
    one, other = (each.graph.row(int(each.roles["ben"].accounts[0])) for each in (alone, cast))
    assert (one == other).all()


def test_the_base_is_shared(graph, cast) -> None:
    assert cast.graph.followers is graph.followers
    assert cast.graph.indptr is graph.indptr


def test_roles_stand_in_the_graph(cast) -> None:
    told = cast.graph.attributes["role"]
    assert {name: sum(role == name for role in told.values()) for name in cast.roles} == {
        name: role.accounts.size for name, role in cast.roles.items()
    }


def test_called(cast) -> None:
    assert [role.name for role in cast.called("kols")] == ["anna", "ben"]
    assert [role.messenger for role in cast.called("leader")] == [response.LEADER]
    assert cast.called("employees")[0].accounts.size == 50


@given(st.integers(1, 60), st.floats(0, 1), st.floats(0, 1))
def test_interest_is_nested(communities: int, one: float, other: float) -> None:
    low, high = sorted((one, other))
    few, many = (casting.interested_communities(communities, share) for share in (low, high))
    assert (few <= many).all()
    assert few.sum() == max(1, round(low * communities))


@settings(max_examples=20)
@given(st.floats(0, 1), st.floats(0, 1))
def test_mixes_are_shares(fit: float, share: float) -> None:
    graph = launches.graph_of([[]] * 100, communities=7)
    interested = casting.interested_communities(7, share)
    mix = casting.community_mix(graph, interested, fit)
    assert mix.sum() == pytest.approx(1.0)
    assert mix.min() >= 0
    if not interested.all():
        assert mix[interested].sum() == pytest.approx(fit)


def test_labels_are_the_same_everywhere() -> None:
    """A golden value: plans of recorded runs hang on it."""
    assert casting.label("launch") == int.from_bytes(
        __import__("hashlib").blake2b(b"launch", digest_size=8).digest(), "little"
    )
    assert casting.label("a", "b") != casting.label("ab")
    assert casting.label("a", 1) == casting.label("a", "1")


def test_both_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="not both"):
        casting.Audience(audience=0.1, followers=5)


@pytest.mark.parametrize("names", [("anna", "anna"), ("brand",), ("employees",)])
def test_names_are_used_once(names) -> None:
    with pytest.raises(ValueError, match="used twice or is a role's name"):
        casting.Cast(kols=tuple(casting.Kol(name=name, audience=0.1) for name in names))


# --- graphs that were read ------------------------------------------------------------------------


def ladder(accounts: int = 200):
    """Account u has u followers."""
    return launches.graph_of([[v for v in range(accounts) if v != u][:u] for u in range(accounts)], communities=4)


def test_nearest_accounts_are_cast() -> None:
    graph = ladder()
    wanted = casting.Cast(
        brand=casting.Audience(audience=0.25),
        kols=(casting.Kol(name="anna", audience=0.9), casting.Kol(name="ben", audience=0.9)),
        employees=casting.Employees(count=3, audience=0.05, spread=0.0),
    )
    cast = casting.take_cast(graph, wanted, 200, 0.3)
    assert cast.roles["brand"].accounts.tolist() == [50]
    assert sorted([*cast.roles["anna"].accounts, *cast.roles["ben"].accounts]) == [180, 181]
    assert sorted(cast.roles["employees"].accounts.tolist()) == [9, 10, 11]
    assert cast.graph is graph
    assert cast.roles["anna"].heads.tolist() == graph.follower_counts()[cast.roles["anna"].accounts].tolist()
    assert cast.roles["anna"].wanted.tolist() == [180.0]


def test_nobody_is_cast_twice() -> None:
    same = tuple(casting.Kol(name=f"kol_{k}", audience=0.5) for k in range(30))
    cast = casting.take_cast(ladder(), casting.Cast(brand=casting.Audience(audience=0.5), kols=same), 200, 0.3)
    accounts = np.concatenate([role.accounts for role in cast.roles.values()])
    assert np.unique(accounts).size == accounts.size == 31
    assert np.abs(accounts - 100).max() <= 16


def test_a_graph_smaller_than_the_cast_is_refused() -> None:
    staff = casting.Cast(employees=casting.Employees(count=150, audience=0.01))
    with pytest.raises(UserError, match="200 accounts, the cast takes 151"):
        casting.take_cast(ladder(), staff, 200, 0.3)
