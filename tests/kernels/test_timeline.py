"""Attention: the activity clock, the delays, the table of chances and the classes of readers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import draws, timeline
from tests.reference import cascade as slow
from tests.reference import luck

DAY = timeline.Attention()


def random_words(count: int, label: int = 1) -> list[np.uint64]:
    stream = np.uint64(draws.key(np.uint64(luck.seed(9)), draws.TRAIT, np.uint64(label)))
    return [np.uint64(draws.bits(stream, item)) for item in range(count)]


attentions = st.builds(
    timeline.Attention,
    publishing_flatness=st.floats(0.0, 1.0),
    weekend=st.floats(0.1, 2.0),
    delay_shape=st.floats(0.2, 5.0),
    delay_scale=st.floats(0.1, 20_000.0),
    flat=st.integers(0, 1),
)


@given(attentions, st.integers(1, 400), st.integers(0, 167))
def test_tables_are_the_twins(attention: timeline.Attention, hours: int, start_hour: int) -> None:
    rhythm = timeline.rhythm(attention, hours, start_hour)
    twin = slow.Clock(attention, hours, start_hour)
    assert rhythm.clock == pytest.approx(twin.elapsed, rel=1e-12)
    hour = start_hour + hours // 2
    for attentive, chance in enumerate(slow.MIDDLES):
        seen = rhythm.seen[hour % 168, attentive] / 2**32
        assert seen == pytest.approx(twin.sees(chance, (hours // 2) * 3600), abs=2e-9)


@given(attentions, st.integers(1, 400), st.integers(0, 167), st.floats(0.0, 1.0, exclude_max=True))
def test_second_at_undoes_activity_at(attention: timeline.Attention, hours: int, start_hour: int, share: float) -> None:
    rhythm = timeline.rhythm(attention, hours, start_hour)
    second = share * hours * 3600.0
    activity = timeline.activity_at(rhythm.clock, second)
    back = timeline.second_at(rhythm.clock, rhythm.inverse, activity)
    assert math.isinf(back) or back == pytest.approx(second, rel=1e-9, abs=1e-6)
    assert math.isinf(timeline.second_at(rhythm.clock, rhythm.inverse, rhythm.clock[-1] * 1.000001))


def test_a_week_of_activity_is_a_week() -> None:
    """Weekdays make up for the weekend, so a rate per activity day is a rate per day."""
    for weekend in (0.5, 0.93, 1.2):
        clock = timeline.rhythm(DAY._replace(weekend=weekend), 168, 31).clock
        assert clock[-1] == pytest.approx(7 * 86_400.0, rel=1e-12)


def test_flat_has_no_rhythm() -> None:
    flat = [timeline.rhythm(DAY._replace(flat=1), 100, start) for start in (0, 77)]
    assert (flat[0].clock == np.arange(101) * 3600.0).all()
    assert (flat[0].clock == flat[1].clock).all()
    assert (flat[0].seen == flat[0].seen[0]).all()
    chances = flat[0].seen[0] / 2**32
    assert chances == pytest.approx(timeline.class_chances(), abs=1e-9)


def test_posts_of_the_night_are_seen_less() -> None:
    """Posts at 3 h pile up before the readers wake; those of 9 h meet them: unless publishing sleeps as well."""
    tuesday = timeline.rhythm(DAY, 24, 24).seen[24:48, 3].astype(float)
    assert tuesday.argmin() in (0, 1, 2, 3, 23)
    assert 1.05 < tuesday.max() / tuesday.min() < 4.0
    alike = timeline.rhythm(DAY._replace(publishing_flatness=0.0), 24, 24).seen[24:48, 3]
    assert alike.max() - alike.min() < 10


def test_class_chances_lie_inside_their_class() -> None:
    chances = timeline.class_chances()
    assert chances == pytest.approx(slow.MIDDLES)
    assert (np.diff(chances) > 0).all()


@given(st.floats(0.2, 5.0), st.floats(1.0, 20_000.0), st.integers(0, 2**64 - 1))
def test_delay_is_the_lomax_quantile(shape: float, scale: float, random: int) -> None:
    """The table's chords lie above the convex quantile, by less than the cell's own width."""
    attention = timeline.Attention(delay_shape=shape, delay_scale=scale)
    table = timeline.rhythm(attention, 1, 0).delay
    u = (random % 2**32 + 0.5) / 2**32
    exact = scale * ((1.0 - u) ** (-1.0 / shape) - 1.0)
    delay = timeline.delay_of(table, shape, scale, np.uint64(random))
    assert exact * (1.0 - 1e-12) - scale * 1e-12 <= delay
    assert delay <= exact + (0.01 * (exact + scale) if shape >= 0.5 else 0.1 * (exact + scale))


@pytest.mark.luck
@pytest.mark.parametrize("dormant", [0.0, 0.574, 1.0])
def test_attention_classes_follow_the_law(dormant: float) -> None:
    """A reader of r sessions sees r / (r + loss), r exponential: P(chance < x) = 1 - exp(-loss x / (1 - x) / mean)."""
    sessions, loss, count = 5.0, 3.05, 40_000
    found = [timeline.attention_class(random, dormant, sessions, loss) for random in random_words(count)]
    edges = np.array([0.0, 0.03, 0.08, 0.16, 0.28, 0.45, 0.70])
    below = np.append(1.0 - np.exp(-loss * edges / (1.0 - edges) / sessions), 1.0)
    expected = np.concatenate([[dormant], (1.0 - dormant) * np.diff(below)]) * count
    observed = np.bincount(found, minlength=timeline.CLASSES)
    assert (observed[expected == 0] == 0).all()
    kept = expected > 0
    assert (np.abs(observed - expected)[kept] < 5 * np.sqrt(expected[kept] + 1)).all()


def test_more_followees_see_less() -> None:
    few, many = (
        np.mean([timeline.attention_class(random, 0.0, 5.0, loss) for random in random_words(4_000)])
        for loss in (1.0, 10.0)
    )
    assert few > many + 1


# Exact figures, worked out beside the formulas.


def test_the_hours_are_percent_of_a_day() -> None:
    """Twenty-four figures rounded to a tenth add up to 100 within half a percent."""
    assert timeline.HOURS_OF_DAY.size == 24
    assert abs(timeline.HOURS_OF_DAY.sum() - 100.0) < 0.5
    assert (timeline.CLASSES, timeline.DELAY_CELLS) == (8, 1_024)


def test_activity_by_hand() -> None:
    """From Friday 22 h: two weekday hours, then Saturday; weekend 0.5 makes a weekday 6 / 5."""
    out = np.empty(4)
    timeline.fill_activity(4, 4 * 24 + 22, 0.5, 0, out)
    shares = timeline.HOURS_OF_DAY[[22, 23, 0, 1]] * 24.0 / timeline.HOURS_OF_DAY.sum()
    assert out == pytest.approx(shares * [1.2, 1.2, 0.5, 0.5], rel=1e-12)
    timeline.fill_activity(4, 6 * 24 + 22, 0.5, 0, out)
    assert out == pytest.approx(shares * [0.5, 0.5, 1.2, 1.2], rel=1e-12)


@pytest.mark.parametrize(
    ("flatness", "weekend", "flat"), [(0.5, 0.93, 0), (0.0, 0.3, 0), (1.0, 1.5, 0), (0.5, 0.93, 1)]
)
def test_every_chance_is_the_twins(flatness: float, weekend: float, flat: int) -> None:
    attention = DAY._replace(publishing_flatness=flatness, weekend=weekend, flat=flat)
    seen = timeline.rhythm(attention, 24, 0).seen
    assert seen.shape == (168, 8)
    for start in range(168):
        twin = slow.Clock(attention, 24, start)
        plain = [math.floor(twin.sees(chance, 0) * (2**32 - 1)) for chance in slow.MIDDLES]
        assert np.abs(seen[start].astype(np.int64) - plain).max() <= 1


def test_sure_readers_see_everything() -> None:
    out = np.empty((168, timeline.CLASSES), np.uint32)
    timeline.fill_seen(np.array([0.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 1.0]), 0.5, 1.0, 1, out)
    assert out[5].tolist() == [0, 2**32 - 1, *[2**31 - 1] * 5, 2**32 - 1]


def test_the_table_of_delays() -> None:
    table = timeline.rhythm(DAY._replace(delay_shape=0.5, delay_scale=100.0), 1, 0).delay
    assert table.size == 1025
    assert table[:-1] == pytest.approx(100.0 * ((1.0 - np.arange(1024) / 1024) ** -2.0 - 1.0), rel=1e-12)
    assert math.isinf(table[-1])


@pytest.mark.parametrize("cell", [0, 1, 511, 1014, 1015, 1016, 1017, 1023])
@pytest.mark.parametrize("within", [0, 2**21, 2**22 - 1])
def test_delays_are_the_twins(cell: int, within: int) -> None:
    """Chords up to cell 1,015, the exact quantile in the last eight."""
    attention = DAY._replace(delay_shape=0.6, delay_scale=100.0)
    random = cell * 2**22 + within
    table = timeline.rhythm(attention, 1, 0).delay
    expected = slow.Clock(attention, 1, 0).delay(random)
    assert timeline.delay_of(table, 0.6, 100.0, np.uint64(random)) == pytest.approx(expected, rel=1e-13)
    upper = np.uint64(random + 7 * 2**32)  # the upper half does not count
    assert timeline.delay_of(table, 0.6, 100.0, upper) == pytest.approx(expected, rel=1e-13)


CLOCK = np.array([0.0, 1_800.0, 9_000.0, 12_600.0])  # three hours: half as active, twice as active, as active as usual


def test_clock_by_hand() -> None:
    at = {0.0: 0.0, 1_800.0: 900.0, 3_600.0: 1_800.0, 5_400.0: 5_400.0, 7_200.0: 9_000.0, 10_799.0: 12_599.0}
    after = {10_800.0: 12_600.0, 14_400.0: 16_200.0}  # beyond the last hour, activity is time
    for second, activity in (at | after).items():
        assert timeline.activity_at(CLOCK, second) == pytest.approx(activity, abs=1e-9)
    inverse = np.empty(16, np.int32)
    timeline.fill_inverse(CLOCK, inverse)
    assert inverse.tolist() == [0] * 2 + [1] * 8 + [2] * 6  # 0, 900, 1,800, ... activity seconds
    for second, activity in at.items():
        assert timeline.second_at(CLOCK, inverse, activity) == pytest.approx(second, abs=1e-9)
    assert timeline.second_at(CLOCK, inverse, 12_600.0) == math.inf


def test_clock_beside_a_full_hour() -> None:
    """Half a second before and behind the turn from an hour of slope 0.5 to one of slope 2; and back."""
    assert timeline.activity_at(CLOCK, 3_599.5) == pytest.approx(1_799.75, abs=1e-9)
    assert timeline.activity_at(CLOCK, 3_600.5) == pytest.approx(1_801.0, abs=1e-9)
    clock, inverse = np.array([0.0, 3_600.0, 10_800.0]), np.empty(14, np.int32)
    timeline.fill_inverse(clock, inverse)
    assert timeline.second_at(clock, inverse, 3_599.5) == pytest.approx(3_599.5, abs=1e-9)
    timeline.fill_inverse(np.array([0.0, 3_600.5, 10_800.0]), inverse)
    assert inverse[3:6].tolist() == [0, 0, 1]


def test_where_an_hour_of_activity_ends_with_the_clock() -> None:
    """Full hours of activity that are full hours of the clock belong to the next hour; the last hour is the last."""
    inverse = np.empty(13, np.int32)
    timeline.fill_inverse(np.arange(4) * 3_600.0, inverse)
    assert inverse.tolist() == [0] * 4 + [1] * 4 + [2] * 5


@given(attentions, st.integers(1, 60), st.integers(0, 167))
def test_the_inverse_starts_at_or_before_its_hour(attention: timeline.Attention, hours: int, start_hour: int) -> None:
    """One entry for every quarter of an activity hour before the horizon, and no walk longer than that."""
    rhythm = timeline.rhythm(attention, hours, start_hour)
    assert rhythm.inverse.size == math.floor(rhythm.clock[-1] / 900.0) + 2
    for place, hour in enumerate(rhythm.inverse[:-2].tolist()):
        assert rhythm.clock[hour] <= place * 900.0 < rhythm.clock[hour + 1]


def reader(dormancy: float, luck: float) -> np.uint64:
    """The random word whose halves stand for DORMANCY and LUCK."""
    return np.uint64((int(dormancy * 2**32) << 32) + int(luck * 2**32))


def test_dormant_accounts_by_hand() -> None:
    assert timeline.attention_class(reader(0.2499, 0.5), 0.25, 5.0, 3.0) == 0
    assert timeline.attention_class(reader(0.2501, 0.5), 0.25, 5.0, 3.0) > 0


def test_attention_classes_turn_at_their_edges() -> None:
    """A chance x needs loss x / (1 - x) sessions: luck exp(-loss x / (1 - x) / mean)."""
    edges = [0.03, 0.08, 0.16, 0.28, 0.45, 0.70]
    for below, edge in enumerate(edges, 1):
        luck = math.exp(-3.0 * edge / (1.0 - edge) / 5.0)
        assert timeline.attention_class(reader(0.9, luck + 1e-6), 0.5, 5.0, 3.0) == below
        assert timeline.attention_class(reader(0.9, luck - 1e-6), 0.5, 5.0, 3.0) == below + 1
    assert timeline.attention_class(np.uint64(2**64 - 2**32), 0.5, 5.0, 0.0) == 7  # nothing is ever replaced
