"""Mishaps: nothing without them, what each does exactly, the same ones for rival launches."""

import numpy as np
import pytest

from sim.kernels import ledger, response
from sim.model import course as course_room
from sim.model.campaign import CampaignModel
from sim.model.mishap import CAUSES, HOUR, Failing, Mishaps
from sim.runs.play import measure, play
from tests.reference import launches

NONE = Mishaps(**dict.fromkeys(CAUSES, 0.0))
HIRED = {
    "kols": {"posts": [{"by": "brand"}, {"by": "kols", "at": 2, "times": 2, "every": 6}]},
    "anna": {"posts": [{"by": "anna", "at": 2}, {"by": "employees", "participation": 0.7}]},
    "brand": {"posts": [{"by": "brand"}]},
}


def small(mishaps=None, **changes):
    rates = None if mishaps is None else mishaps.model_dump()
    return launches.scenario(**{"strategies": HIRED, "mishaps": rates, "growth": {}, "orders": {}} | changes)


@pytest.fixture(scope="module")
def stage():
    return launches.set_up(small())


def course(stage, rates, strategy="kols", seed=0, **changes):
    return course_room.play(small(rates, **changes), stage, strategy, seed)


def test_without_rates_every_bit_is_as_without_the_table(stage) -> None:
    seen = 0.0
    for seed in range(4):
        plain, off = (play(small(rates), stage, "kols", seed) for rates in (None, NONE))
        assert plain.metrics == off.metrics
        assert all(np.array_equal(curve, off.curves[name]) for name, curve in plain.curves.items())
        assert {name: value for name, value in off.parts.items() if not name.startswith("mishaps_")} == plain.parts
        seen += plain.metrics["reposts"] or 0.0
    assert seen > 0


def test_who_does_not_show_up_is_as_if_never_hired(stage) -> None:
    """But for the bill, which stays."""
    rates = NONE.model_copy(update={"no_show": 1.0})
    gone = play(small(rates), stage, "kols", 3).metrics
    never = play(small(), stage, "brand", 3).metrics
    assert gone["reads"]
    assert gone["cost"] > never["cost"]
    for name in ("reads", "reach", "reposts", "comments", "pushes", "orders", "new_followers", "depth"):
        assert gone[name] == never[name], name


def test_a_deleted_post_is_the_same_until_it_is_deleted(stage) -> None:
    """One post, taken down after two hours: event for event the launch as planned, cut off there."""
    rates = NONE.model_copy(update={"deleted": 1.0, "deleted_hours": 2.0, "deleted_spread": 0.0})
    alone = {"only": {"posts": [{"by": "anna", "at": 1}]}}
    shared = 0
    for seed in range(4):
        whole, cut = (course(stage, one, "only", seed, strategies=alone) for one in (None, rates))
        until = 3 * HOUR
        assert cut.run.messages.until.tolist() == [until]
        kept = whole.run.posts.second[: whole.run.post_count] < until
        count = int(kept.sum())
        assert cut.run.post_count == count < whole.run.post_count
        for name in ("account", "parent", "second", "depth"):
            column = getattr(whole.run.posts, name)[: whole.run.post_count]
            assert np.array_equal(column[kept], getattr(cut.run.posts, name)[:count]), name
        said = whole.run.tally.talk_second[: whole.run.comment_count] < until
        assert cut.run.comment_count == int(said.sum())
        assert np.array_equal(whole.run.tally.reads[:3], cut.run.tally.reads[:3])
        assert cut.run.tally.reads[3:].sum() == 0 < whole.run.tally.reads[3:].sum()
        shared += count
    assert shared > 8


def test_late_means_later_and_in_order(stage) -> None:
    rates = NONE.model_copy(update={"late": 1.0, "late_hours": 5.0, "late_spread": 0.0})
    planned, late = course(stage, None), course(stage, rates)
    kol = planned.run.messages.messenger == response.KOL
    assert kol.sum() == 4
    moved = late.run.messages.second.astype(int) - planned.run.messages.second
    assert (moved[kol] == 5 * HOUR).all()
    assert (moved[~kol] == 0).all()


def test_a_scandal_takes_posts_response_and_liking(stage) -> None:
    rates = NONE.model_copy(update={"backlash": 0.999, "hurt": 0.5, "resent": -0.4})
    hurt = 0
    for seed in range(12):
        calm, loud = course(stage, None, seed=seed), course(stage, rates, seed=seed)
        room = next(room for room in loud.practices if isinstance(room, Failing))
        if not room.scandals:
            continue
        hurt += 1
        first = int(loud.run.messages.until.min())  # may be one who had not spoken yet: called off, no scandal of ours
        stop = -(-min(room.scandals) // HOUR)
        assert loud.run.stories.damp[0] == pytest.approx(0.5 ** len(room.scandals))
        assert (loud.people.attitude < 0).sum() > 0
        assert loud.people.attitude.min() == pytest.approx(-0.4 * len(room.scandals))
        assert first <= min(room.scandals) < ledger.NEVER
        assert np.array_equal(calm.run.tally.reads[: first // HOUR], loud.run.tally.reads[: first // HOUR])
        assert loud.run.tally.reads[stop:].sum() < calm.run.tally.reads[stop:].sum()
    assert hurt > 2


def test_a_scandal_turns_comments_into_complaints(stage) -> None:
    """Nothing else lost: as many comments, of which a share complain from the next full hour on."""
    rates = NONE.model_copy(update={"backlash": 0.999, "hurt": 0.0, "anger": 0.5})
    seen = 0
    for seed in range(30):
        loud = course(stage, rates, seed=seed)
        room = next(room for room in loud.practices if isinstance(room, Failing))
        if len(room.scandals) != 1:
            continue
        scenario = small(rates)
        comments = loud.run.tally.comments[-(-room.scandals[0] // HOUR) :].sum(axis=0) * stage.factor
        calm = measure(loud.run, scenario, "kols").metrics
        raw = {kind: loud.run.tally.comments[:, kind].sum() * stage.factor for kind in range(4)}
        assert calm["comments"] == pytest.approx(sum(raw.values()))
        assert calm["praise"] == pytest.approx(raw[response.PRAISE] - 0.5 * comments[response.PRAISE])
        others = comments.sum() - comments[response.COMPLAINT]
        assert calm["complaints"] == pytest.approx(raw[response.COMPLAINT] + 0.5 * others)
        total = calm["praise"] + calm["complaints"]
        assert calm["sentiment"] == (pytest.approx((calm["praise"] - calm["complaints"]) / total) if total else None)
        seen += others > 0
    assert seen > 1


def test_a_crowded_hour_hides_posts(stage) -> None:
    rates = NONE.model_copy(update={"unlucky": 1.0, "crowded": 4.0})
    quiet = play(small(NONE), stage, "kols", 1).metrics
    loud = play(small(rates), stage, "kols", 1).metrics
    assert 0 < loud["reads"] < 0.7 * quiet["reads"]
    assert loud["pushes"] <= quiet["pushes"]


def test_rivals_meet_the_same_mishaps_and_higher_rates_only_add(stage) -> None:
    met = 0

    def of_anna(rate: float, strategy: str, seed: int) -> tuple[bool, dict[int, int]]:
        """Whether she does not show up, and when which of her posts is taken down."""
        rates = NONE.model_copy(update={"no_show": rate, "deleted": rate})
        messages = course_room.Course(small(rates), stage, strategy, seed).run.messages
        hers = messages.account == stage.casting.roles["anna"].accounts[0]
        gone = bool((messages.second[hers] == ledger.NEVER).all())
        pairs = zip(messages.label[hers].tolist(), messages.until[hers].tolist(), strict=True)
        return gone, {label: until for label, until in pairs if until < ledger.NEVER}

    for seed in range(40):
        told = {(rate, name): of_anna(rate, name, seed) for rate in (0.2, 0.5) for name in ("kols", "anna")}
        for rate in (0.2, 0.5):
            (gone, all_posts), (alone_gone, one_post) = told[rate, "kols"], told[rate, "anna"]
            assert gone == alone_gone
            assert one_post.items() <= all_posts.items()
            met += len(one_post)
        (gone, few), (more_gone, more) = told[0.2, "kols"], told[0.5, "kols"]
        assert gone <= more_gone
        if not more_gone:
            assert few.items() <= more.items()
    assert met > 3


def test_a_stepped_campaign_meets_them_too(stage) -> None:
    rates = NONE.model_copy(update={"late": 1.0, "late_hours": 7.0, "deleted": 0.5, "no_show": 0.4, "backlash": 0.5})
    reads = 0.0
    for seed in range(6):
        scenario = small(rates)
        whole = play(scenario, stage, "kols", seed)
        model = CampaignModel(scenario, "kols", rng=seed, stage=stage, materialise=0)
        for _ in range(scenario.hours):
            model.step()
        assert measure(model.cascade, scenario, "kols").metrics == whole.metrics
        reads += whole.metrics["reads"] or 0.0
    assert reads > 0
