"""Shapes of cascades: by hand, against the slow twin, and against the metrics that come with the data."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernels import measure
from tests.reference import cascade as reference
from tests.reference import luck
from tests.reference import measure as slow

DATA = os.environ.get("DANDELION_DATA")


def depths(parents: list[int]) -> list[int]:
    return [len(slow.path_to_root(parents, event)) - 1 for event in range(len(parents))]


def measured(parents: list[int], delays: list[float], words: list[bool]) -> dict[str, float]:
    table = measure.shapes(
        np.array([0, len(parents)]),
        np.array(parents, np.int32),
        np.array(depths(parents), np.int32),
        np.array(delays, float),
        np.array(words, bool),
    )
    return dict(zip(measure.COLUMNS, table[0], strict=True))


@st.composite
def cascades(draw, most: int = 12):
    """A random tree (parents may stand behind their children), delays with gaps, words."""
    count = draw(st.integers(1, most))
    parents = [draw(st.integers(-1, event - 1)) for event in range(count)]
    order = draw(st.permutations(range(count)))
    place = {old: new for new, old in enumerate(order)}
    shuffled = [place.get(parents[old], -1) for old in order]
    delays = draw(st.lists(st.integers(-5, 10**6) | st.just(np.nan), min_size=count, max_size=count))
    words = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return shuffled, [float(delay) for delay in delays], words


def test_a_star_and_a_chain():
    star = measured([-1] * 9, [60.0 * minute for minute in range(1, 10)], [True] * 9)
    assert star["sv"] == pytest.approx(2 * 9 / 10)  # 9 pairs at distance 1, 36 at distance 2
    assert (star["direct_share"], star["leaf_share"], star["top_hub_share"]) == (1.0, 1.0, 0.0)
    assert (star["first"], star["t50"], star["F_10m"]) == (60.0, 300.0, 1.0)
    chain = measured([-1, 0, 1], [100.0, 4000.0, 50.0], [False, True, False])
    assert chain["sv"] == pytest.approx(10 / 6)  # distances 1 1 1 2 2 3
    assert (chain["max_depth"], chain["mean_depth"], chain["d2"], chain["d3"]) == (3.0, 2.0, 1 / 3, 1 / 3)
    assert chain["pd50_ind"] == (3900.0 + 0.0) / 2  # an earlier child counts as at once
    assert chain["F_1h"] == 2 / 3


@settings(max_examples=150, deadline=None)
@given(cascades())
def test_equals_the_slow_twin(cascade):
    parents, delays, words = cascade
    plain = slow.shape(pd.DataFrame({"parent": parents, "delay": delays, "commented": words}))
    fast = measured(parents, delays, words)
    assert set(fast) == set(plain)
    for name, value in plain.items():
        assert fast[name] == pytest.approx(value, rel=1e-12, nan_ok=True), name


@settings(max_examples=150, deadline=None)
@given(cascades(), st.data())
def test_loss_moves_orphans_to_the_root(cascade, data):
    parents, _, _ = cascade
    keep = data.draw(st.lists(st.booleans(), min_size=len(parents), max_size=len(parents)))
    # The same cascade twice, so that the second one's places are relative to its own start.
    offsets, parent, depth, source = measure.thin(
        np.array([0, len(parents), 2 * len(parents)]), np.array(parents * 2, np.int32), np.array(keep * 2)
    )
    moved, deep = slow.without(parents, keep)
    assert offsets.tolist() == [0, sum(keep), 2 * sum(keep)]
    assert parent.tolist() == moved * 2
    assert depth.tolist() == deep * 2
    assert source.tolist() == [event for event in range(2 * len(parents)) if (keep * 2)[event]]


def test_several_cascades_are_measured_alone():
    offsets = np.array([0, 3, 3, 5])
    parent = np.array([-1, 0, 0, -1, -1], np.int32)
    depth = np.array([1, 2, 2, 1, 1], np.int32)
    delay = np.array([10.0, 20.0, 30.0, 5.0, np.nan])
    table = measure.shapes(offsets, parent, depth, delay, np.array([True, False, False, True, True]))
    assert table[:, 0].tolist() == [3.0, 0.0, 2.0]
    assert np.isnan(table[1, 1:]).all()
    assert table[0, measure.COLUMNS.index("top_hub_share")] == 2 / 3
    assert table[2, measure.COLUMNS.index("first")] == 5.0
    assert measure.children(offsets, parent).tolist() == [2, 0, 0, 0, 0]


@pytest.mark.luck
def test_the_loss_has_its_rate_and_keeps_to_its_label():
    offsets = np.arange(0, 200_001, 100)
    names = np.arange(2000, dtype=np.uint64)
    keep = measure.kept(offsets, names, 0.044, np.uint64(luck.seed(7)))
    assert abs((~keep).mean() - 0.044) < 5 * np.sqrt(0.044 * 0.956 / keep.size)
    alone = measure.kept(np.array([0, 100]), names[5:6], 0.044, np.uint64(luck.seed(7)))
    np.testing.assert_array_equal(alone, keep[500:600])
    assert (measure.kept(offsets, names, 0.044, np.uint64(8)) != keep).any()


def test_hours_of_the_day_wrap():
    late = measure.late_hours(
        np.array([0, 4]), np.array([60.0, 86_400.0, 86_460.0, np.nan]), np.array([23 * 60 + 59]), 86_000.0
    )
    assert late.sum() == 2
    assert late[0, 23] == 1
    assert late[0, 0] == 1


@pytest.mark.skipif(DATA is None, reason="DANDELION_DATA is not set: no observed cascades")
def test_equals_the_metrics_that_come_with_the_data():
    folder = Path(DATA)  # type: ignore[arg-type]
    spec = importlib.util.spec_from_file_location("cascade_metrics", folder / "cascade_metrics.py")
    plain = importlib.util.module_from_spec(spec)  # type: ignore[arg-type]
    spec.loader.exec_module(plain)  # type: ignore[union-attr]
    events = pd.read_parquet(folder / "weibo" / "events.parquet").sort_values(["cascade_id", "event_idx"])
    expected = pd.DataFrame({name: plain.cascade_metrics(part) for name, part in events.groupby("cascade_id")}).T
    sizes = events.groupby("cascade_id").size().to_numpy()
    table = measure.shapes(
        np.concatenate([[0], np.cumsum(sizes)]),
        events["parent_idx"].to_numpy(np.int32),
        events["depth"].to_numpy(np.int32),
        events["delay_s"].to_numpy(dtype=float, na_value=np.nan),
        events["has_text"].to_numpy(bool),
    )
    assert len(table) > 1000
    for place, name in enumerate(measure.COLUMNS):
        np.testing.assert_array_equal(table[:, place], expected[name].to_numpy(float), err_msg=name)


# Exact figures, worked out by hand; quantiles are numpy's.


def test_the_columns_and_the_windows():
    """Every table of the evidence room is read by these places."""
    assert measure.COLUMNS[:10] == (
        *("n", "max_depth", "mean_depth", "sv", "direct_share"),
        *("d2", "d3", "leaf_share", "top_hub_share", "top_hub_subtree_share"),
    )
    assert measure.COLUMNS[10:16] == ("first", "t10", "t50", "t90", "pd50_ind", "text_share")
    assert measure.FIRST_WINDOW == 16
    assert {name: limit / 60 for name, limit in measure.WINDOWS.items()} == {
        "10m": 10,
        "30m": 30,
        "1h": 60,
        "3h": 180,
        "6h": 360,
        "12h": 720,
        "24h": 1_440,
        "48h": 2_880,
        "7d": 10_080,
    }


def test_windows_hold_their_limit():
    """One event at the end of each window and one beyond the last."""
    delays = [*(60.0 * minutes for minutes in (10, 30, 60, 180, 360, 720, 1_440, 2_880, 10_080)), 604_801.0]
    found = measured([-1] * 10, delays, [False] * 10)
    assert [found[f"F_{name}"] for name in measure.WINDOWS] == [place / 10 for place in range(1, 10)]


@pytest.mark.parametrize("values", [[3.0], [1.0, 2.0], [0.1, 0.7, 5.0], [1.0, 1.5, 2.25, 9.0, 100.0], list(range(11))])
def test_quantiles_are_numpys_to_the_bit(values):
    for share in (0.0, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 0.999, 1.0):
        ordered = np.array(values, float)
        assert measure.quantile(ordered, share) == np.quantile(ordered, share)
    assert np.isnan(measure.quantile(np.empty(0), 0.5))


def test_a_tree_by_hand():
    """Root - a, b; a - c, d, e; c - f - g."""
    found = measured([-1, -1, 0, 0, 0, 2, 5], [10.0] * 7, [True, False, False, True, True, False, False])
    # Links cut the eight nodes into 6 + 2, 1 + 7, 3 + 5, 1 + 7, 1 + 7, 2 + 6, 1 + 7: 12 + 7 + 15 + 7 + 7 + 12 + 7 paths
    assert found["sv"] == pytest.approx(67 / 28)
    shape = [found[name] for name in measure.COLUMNS[:10] if name != "sv"]
    assert shape == pytest.approx([7, 4, (1 + 1 + 2 + 2 + 2 + 3 + 4) / 7, 2 / 7, 3 / 7, 1 / 7, 4 / 7, 3 / 7, 5 / 7])
    assert found["text_share"] == pytest.approx(3 / 7)


def test_events_by_depth_in_order():
    assert measure.by_depth(np.array([2, 1, 3, 1, 2, 4], np.int32)).tolist() == [1, 3, 0, 4, 2, 5]
    assert measure.by_depth(np.array([0, 1, 0], np.int32)).tolist() == [0, 2, 1]
    assert measure.by_depth(np.empty(0, np.int32)).size == 0


def test_waits_by_hand():
    """Waits 5, 30, 100 of four; the fourth is unknown; then 5 and 30 alone; then one; then none."""
    tree = [-1, 0, 1, 2, 3]
    assert measured(tree, [0.0, 5.0, 35.0, 135.0, np.nan], [False] * 5)["pd50_ind"] == 30.0
    assert measured(tree[:3], [0.0, 5.0, 35.0], [False] * 3)["pd50_ind"] == 17.5
    assert measured(tree[:2], [0.0, 5.0], [False] * 2)["pd50_ind"] == 5.0
    assert measured(tree[:2], [0.0, 0.5], [False] * 2)["pd50_ind"] == 0.5
    assert measured(tree[:2], [9.0, 5.0], [False] * 2)["pd50_ind"] == 0.0
    assert np.isnan(measured(tree[:1], [5.0], [False])["pd50_ind"])


def test_times_by_hand():
    """Eleven minutes in order after one before the root, which counts as at once, and one unknown."""
    found = measured([-1] * 12, [-60.0, *(60.0 * minute for minute in range(1, 11)), np.nan], [False] * 12)
    assert [found[name] for name in ("first", "t10", "t50", "t90")] == [0.0, 60.0, 300.0, 540.0]
    assert (found["F_10m"], found["F_30m"]) == (1.0, 1.0)
    unknown = measured([-1], [np.nan], [True])
    assert all(np.isnan(unknown[name]) for name in ("first", "t10", "t50", "t90", "F_10m", "F_7d"))


def test_one_event_by_hand():
    found = measured([-1], [7.0], [True])
    assert [found[name] for name in measure.COLUMNS[:10]] == [1, 1, 1, 1, 1, 0, 0, 1, 0, 0]
    assert (found["first"], found["t90"], found["text_share"]) == (7.0, 7.0, 1.0)


def test_a_loss_by_hand():
    """Parents behind their children, the second cascade counted from its own start; the orphan hangs on the root.

    Second cascade: 0 under 3, 1 under 2, 2 under the root, 3 under 4, 4 under the root; its 4 is lost, and its 1 too.
    """
    offsets, parent, depth, source = measure.thin(
        np.array([0, 2, 2, 7]),
        np.array([1, -1, 3, 2, -1, 4, -1], np.int32),
        np.array([True, True, True, False, True, True, False]),
    )
    assert offsets.tolist() == [0, 2, 2, 5]
    assert source.tolist() == [0, 1, 2, 4, 5]
    assert parent.tolist() == [1, -1, 2, -1, -1]
    assert depth.tolist() == [2, 1, 2, 1, 1]


def test_depths_are_numbered_from_either_end():
    """A chain that runs backwards, one that runs forwards, one that starts in the middle."""
    for chain in ([1, 2, 3, -1], [-1, 0, 1, 2], [1, -1, 3, 0]):
        _, parent, depth, _ = measure.thin(np.array([0, 4]), np.array(chain, np.int32), np.ones(4, bool))
        assert parent.tolist() == chain
        assert depth.tolist() == depths(chain)


def test_a_loss_is_the_coin_of_its_event():
    """Each event is kept when the twin's uniform of (cascade's name, place) is no smaller than the share."""
    offsets, names = np.array([0, 3, 8]), np.array([11, 4], np.uint64)
    coins = [reference.unit(reference.bits(reference.stream(7, 64, 11), item)) for item in range(3)]
    coins += [reference.unit(reference.bits(reference.stream(7, 64, 4), item)) for item in range(5)]
    for share in (0.0, 0.2, 0.5, 0.8, 1.0):
        kept = measure.kept(offsets, names, share, np.uint64(7))
        assert kept.tolist() == [coin >= share for coin in coins]


def test_late_hours_by_hand():
    """Two cascades; an event at the limit is not late; 25 h after 0:30 is 1:30, 47.5 h after 12:30 is 12:00."""
    late = measure.late_hours(
        np.array([0, 2, 4]), np.array([86_400.0, 90_000.0, 171_000.0, np.nan]), np.array([30, 750]), 86_400.0
    )
    assert late.shape == (2, 24)
    assert np.argwhere(late).tolist() == [[0, 1], [1, 12]]
    assert late.sum() == 2


def test_the_second_cascade_counts_from_its_own_start():
    offsets, parent = np.array([0, 2, 5]), np.array([-1, 0, -1, 0, 1], np.int32)
    assert measure.children(offsets, parent).tolist() == [1, 0, 1, 1, 0]
    words = np.array([True, True, True, False, False])
    table = measure.shapes(offsets, parent, np.array([1, 2, 1, 2, 3], np.int32), np.zeros(5), words)
    assert table[:, measure.COLUMNS.index("text_share")] == pytest.approx([1.0, 1 / 3])
