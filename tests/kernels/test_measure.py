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


def test_the_loss_has_its_rate_and_keeps_to_its_label():
    offsets = np.arange(0, 200_001, 100)
    names = np.arange(2000, dtype=np.uint64)
    keep = measure.kept(offsets, names, 0.044, np.uint64(7))
    assert abs((~keep).mean() - 0.044) < 4 * np.sqrt(0.044 * 0.956 / keep.size)
    alone = measure.kept(np.array([0, 100]), names[5:6], 0.044, np.uint64(7))
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
