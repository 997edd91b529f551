"""Attention: the activity clock, the delays, the table of chances and the classes of readers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.kernels import draws, timeline
from tests.reference import cascade as slow

DAY = timeline.Attention()


def random_words(count: int, label: int = 1) -> list[np.uint64]:
    stream = np.uint64(draws.key(np.uint64(9), draws.TRAIT, np.uint64(label)))
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
    assert (np.abs(observed - expected)[kept] < 4.5 * np.sqrt(expected[kept] + 1)).all()


def test_more_followees_see_less() -> None:
    few, many = (
        np.mean([timeline.attention_class(random, 0.0, 5.0, loss) for random in random_words(4_000)])
        for loss in (1.0, 10.0)
    )
    assert few > many + 1
