"""Exposure against its formulas: how many read one post, when they do, and what the day's rhythm adds."""

import math

import numpy as np
import pytest
from scipy import stats

from sim.kernels import response, timeline
from sim.model import cascade
from tests.reference import launches

SILENT = response.Response(repost_rate=0.0, peer_rate=0.0, comment_ratio=0.0, tier=0.0)
FANS = 20_000


def star(fans: int = FANS):
    """Account 0 with FANS followers who follow nobody else."""
    return launches.graph_of([list(range(1, fans + 1)), *[[]] * fans])


def in_time(attention: timeline.Attention, seconds: float) -> float:
    """Chance that the Lomax delay is at most SECONDS of activity."""
    return 1.0 - (1.0 + seconds / attention.delay_scale) ** -attention.delay_shape


@pytest.mark.luck
@pytest.mark.parametrize("posted", [0, 5 * 3600])
def test_reads_are_the_sum_of_the_class_chances(posted: int) -> None:
    """Flat day: each follower sees the post with the chance of its class, and in time with the Lomax's share."""
    attention = launches.PLAIN
    classes = np.arange(FANS + 1) % timeline.CLASSES
    stage = launches.by_hand(star(), answer=SILENT, traits=classes, attention=attention, hours=240)
    plan = launches.posts(stage, [(posted, 0)])
    chances = timeline.class_chances()[classes[1:]] * in_time(attention, 240 * 3600.0 - posted)
    reads = np.array([cascade.play(stage, plan, seed).messages.reads[0] for seed in range(40)])
    error = math.sqrt((chances * (1 - chances)).sum() / reads.size)
    assert reads.min() > 1_000
    assert abs(reads.mean() - chances.sum()) < 5 * error
    scatter = reads.var(ddof=1) / (chances * (1 - chances)).sum()
    freedom = reads.size - 1
    assert stats.chi2.ppf(1e-6, freedom) < freedom * scatter < stats.chi2.isf(1e-6, freedom)


@pytest.mark.luck
def test_reads_of_a_planned_launch_are_the_sum_of_the_class_chances() -> None:
    """The same on a grown graph with a cast: reads of the brand's one post, over seeds."""
    scenario = launches.scenario(
        accounts=4_000,
        days=20,
        attention={"flat": 1, "clock_spread": 0.0},
        response={"repost_rate": 0.0, "peer_rate": 0.0, "comment_ratio": 0.0},
        strategies={"one": {"posts": [{"by": "brand"}]}},
    )
    stage = launches.set_up(scenario)
    brand = stage.casting.graph.row(int(stage.casting.roles["brand"].accounts[0]))
    chances = timeline.class_chances()[stage.readers.traits[brand] & 7]
    chances = chances * in_time(stage.attention, stage.hours * 3600.0)
    runs = [cascade.play(stage, launches.plan_of(scenario, stage, "one", seed), seed) for seed in range(200)]
    reads = np.array([run.messages.reads[0] for run in runs])
    assert all(run.post_count == 1 for run in runs)
    assert reads.min() > 0
    assert abs(reads.mean() - chances.sum()) < 5 * math.sqrt((chances * (1 - chances)).sum() / reads.size)


@pytest.mark.luck
def test_the_dormant_never_read() -> None:
    stage = launches.by_hand(star(), answer=SILENT, traits=np.arange(FANS + 1) % 2 * launches.ALWAYS, hours=48)
    run = cascade.play(stage, launches.posts(stage, [(0, 0)]), 1)
    readers = np.flatnonzero(run.tally.watch["times"])
    assert readers.size > 5_000
    assert (readers % 2 == 1).all()


@pytest.mark.luck
def test_delays_are_lomax() -> None:
    """With no reaction time and a certain answer, the second of a repost is the delay: Kolmogorov's distance."""
    answer = SILENT._replace(repost_rate=50.0)
    attention = launches.PLAIN._replace(reaction=0.0)
    stage = launches.by_hand(star(), answer=answer, attention=attention, hours=24 * 30)
    run = cascade.play(stage, launches.posts(stage, [(0, 0)]), 3)
    seconds = np.sort(run.posts.second[1 : run.post_count].astype(float))
    assert seconds.size > 10_000
    whole = in_time(attention, stage.hours * 3600.0)
    expected = in_time(attention, seconds + 0.5) / whole  # seconds are rounded down
    steps = np.arange(1, seconds.size + 1) / seconds.size
    assert np.abs(steps - expected).max() < 2.7 / math.sqrt(seconds.size)  # once in a million: Kolmogorov
    for share in (0.1, 0.5, 0.9):
        exact = attention.delay_scale * ((1 - share * whole) ** (-1 / attention.delay_shape) - 1)
        density = attention.delay_shape / attention.delay_scale * (1 - share * whole) ** (1 + 1 / attention.delay_shape)
        error = math.sqrt(share * (1 - share) / seconds.size) / (density / whole)
        assert abs(np.quantile(seconds, share) - exact) < 5 * error + 1


@pytest.mark.luck
def test_a_message_keeps_its_own_pace() -> None:
    """The clock multiplies the delay of every reader of one message."""
    attention = launches.PLAIN._replace(clock_spread=1.0, reaction=0.0)
    answer = SILENT._replace(repost_rate=50.0)
    stage = launches.by_hand(star(5_000), answer=answer, attention=attention, hours=24 * 60)
    for seed in range(5):
        run = cascade.play(stage, launches.posts(stage, [(0, 0)]), seed)
        pace = run.messages.clock[0]
        seconds = run.posts.second[1 : run.post_count]
        whole = in_time(attention, stage.hours * 3600.0 / pace)
        scale, shape = pace * attention.delay_scale, attention.delay_shape
        median = scale * ((1 - whole / 2) ** (-1 / shape) - 1)
        density = shape / scale * (1 - whole / 2) ** (1 + 1 / shape) / whole
        assert seconds.size > 1_000
        assert abs(np.median(seconds) - median) < 5 * 0.5 / math.sqrt(seconds.size) / density + 1


def hourly(attention: timeline.Attention, hours: int, start_hour: int, fans: int = 60_000) -> np.ndarray:
    stage = launches.by_hand(star(fans), answer=SILENT, attention=attention, hours=hours, start_hour=start_hour)
    return cascade.play(stage, launches.posts(stage, [(0, 0)]), 8).tally.reads.sum(axis=1)


@pytest.mark.luck
def test_late_reads_have_the_profile_of_the_day() -> None:
    """More than a day after the post, hours differ only by the rhythm: the Lomax in activity time, by chi-square."""
    attention = timeline.Attention(clock_spread=0.0, delay_shape=0.5, delay_scale=20_000.0)
    reads = hourly(attention, 24 * 6, 0)
    clock = timeline.rhythm(attention, 24 * 6, 0).clock
    share = np.diff([in_time(attention, activity) for activity in clock])
    late = slice(24, None)
    expected = share[late] / share[late].sum() * reads[late].sum()
    assert reads[late].sum() > 5_000
    chi_square = ((reads[late] - expected) ** 2 / expected).sum()
    freedom = expected.size - 1
    assert stats.chi2.ppf(1e-6, freedom) < chi_square < stats.chi2.isf(1e-6, freedom)
    flat = np.full(expected.size, reads[late].sum() / expected.size)
    assert ((reads[late] - flat) ** 2 / flat).sum() > 5 * freedom  # a day without rhythm is told apart
    fading = share[late] / np.diff(clock)[late]  # what the Lomax alone makes of an hour
    weekdays = (reads[late] / fading)[:72].reshape(3, 24).sum(axis=0)
    assert np.corrcoef(weekdays, timeline.HOURS_OF_DAY)[0, 1] > 0.95


@pytest.mark.luck
def test_flat_attention_knows_no_hour() -> None:
    attention = launches.PLAIN
    early, late = hourly(attention, 48, 0, 5_000), hourly(attention, 48, 77, 5_000)
    assert early.sum() > 1_000
    assert (early == late).all()
    rhythmic = [hourly(attention._replace(flat=0), 48, start, 5_000) for start in (0, 77)]
    assert (rhythmic[0] != rhythmic[1]).any()


@pytest.mark.luck
def test_crowding_moves_the_odds() -> None:
    """A post at 4 h is read less than the same at 9 h, in the ratio that the table says."""
    attention = timeline.Attention(clock_spread=0.0)
    fans = 60_000
    found = []
    for hour in (4, 9):
        stage = launches.by_hand(
            star(fans), answer=SILENT, attention=attention, traits=3, hours=24 * 100, start_hour=24 + hour
        )
        reads = cascade.play(stage, launches.posts(stage, [(0, 0)]), 5).messages.reads[0]
        chance = stage.rhythm.seen[24 + hour, 3] / 2**32 * in_time(attention, stage.rhythm.clock[-1])
        assert abs(reads - fans * chance) < 5 * math.sqrt(fans * chance * (1 - chance))
        found.append(reads)
    assert found[0] < found[1]


@pytest.mark.luck
def test_likes_are_a_share_of_reads() -> None:
    answer = SILENT._replace(repost_rate=0.02, like_ratio=4.0, propensity_shape=1.0)
    propensity = np.linspace(0.2, 2.0, 8)
    willing = np.arange(FANS + 1) % 8
    stage = launches.by_hand(
        star(), answer=answer, traits=launches.ALWAYS + 8 * willing, propensity=propensity, hours=24 * 60
    )
    run = cascade.play(stage, launches.posts(stage, [(0, 0)]), 2)
    reads = np.bincount(willing, weights=run.tally.watch["times"], minlength=8)
    expected = (reads * 0.02 * 4.0 * propensity).sum()
    assert expected > 100
    assert abs(run.tally.likes.sum() - expected) < 5 * math.sqrt(expected)
