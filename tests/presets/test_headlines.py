"""What each preset is there to show: a direction, with the interval of the matched difference on its side.

Small here, at the shipped size with `-m long`. No number of a source is asked for that was tuned to be met, save the
messages of `nokia_n8`, which are marked calibrated.
"""

import numpy as np

from sim.results import contrast
from tests.reference.headlines import Headlines, assert_more, values

SMALL = {
    "nokia_n8": (200_000, 16),
    "b2b_recruitment": (60_000, 64),
    "airline_reply": (30_000, 24),
    "listen_or_broadcast": (20_000, 16),
    "account_groups": (40_000, 24),
    "celebrity_or_employees": (50_000, 24),
}
LONG = dict.fromkeys(SMALL, (None, 24)) | {"b2b_recruitment": (None, 96)}
played = Headlines(SMALL, LONG)


def test_nokia_n8(full) -> None:
    """Celebrities carry it: reach, most reads, hundreds of thousands of messages, new followers, orders (rows 1-6)."""
    of = played("nokia_n8", full)
    for rival in ("brand_only", "employee_amplification"):
        assert_more(of, "reach", "celebrity_seeding", rival)
    assert_more(of, "new_followers", "celebrity_seeding", "brand_only")
    assert_more(of, "orders", "celebrity_seeding", "control")
    messages = values(of, "celebrity_seeding", "messages")
    assert 200_000 <= messages.mean() <= 900_000
    carried = values(of, "celebrity_seeding", "carried_by_kol") / values(of, "celebrity_seeding", "reads")
    assert carried.mean() > 0.8
    assert values(of, "celebrity_seeding", "reach").mean() > 100_000  # a press conference has thousands
    comments = values(of, "celebrity_seeding", "comments") / messages
    assert 0.3 < comments.mean() < 0.8


def test_b2b_recruitment(full) -> None:
    """700 are pushed; with forty employees a recruitment post has twice as many readers, an ordinary post has not."""
    of = played("b2b_recruitment", full)
    pushed = 700
    doubled = values(of, "forty", "reads") / pushed
    interval = contrast.summary(doubled)
    assert doubled.mean() >= 2
    assert interval.high >= 2
    assert values(of, "ordinary", "reads").mean() < pushed
    assert values(of, "recruitment", "reads").mean() < 2 * pushed
    for more, less in (
        ("eighty", "forty"),
        ("forty", "twenty"),
        ("twenty", "recruitment"),
        ("recruitment", "ordinary"),
    ):
        assert_more(of, "reads", more, less)
    answered = (
        values(of, "ordinary", "messages") > 0
    )  # seldom; the mean is that of the one post in hundreds that travels
    assert answered.mean() + 1.96 * np.sqrt(0.25 / answered.size) < 0.5


def test_airline_reply(full) -> None:
    """Sooner is calmer; a good answer shrinks the negative cascade, a defensive one feeds it (V42, V51, V52)."""
    of = played("airline_reply", full)
    for sooner, later in (("minutes_6", "minutes_20"), ("minutes_20", "minutes_60"), ("minutes_60", "minutes_240")):
        assert_more(of, "anger_after_reply", later, sooner)
    anger = values(of, "minutes_20", "anger_after_reply").mean()
    assert 0.5 < anger < 0.8  # materially lower, not gone
    assert_more(of, "negative_reposts", "never", "minutes_20")
    late = values(of, "minutes_240", "negative_reposts").mean() - values(of, "minutes_60", "negative_reposts").mean()
    assert late > 0  # the later, the less it shrinks
    assert_more(of, "complaints", "never", "minutes_6")
    assert_more(of, "negative_reposts", "defensive_20", "never")
    assert values(of, "minutes_6", "negative_reposts").mean() <= values(of, "minutes_240", "negative_reposts").mean()
    assert_more(of, "reply_minutes_p50", "small_desk", "large_desk")


def test_listen_or_broadcast(full) -> None:
    """Broadcasting loses followers on balance, two or three posts a week do not; listening keeps more (V45)."""
    of = played("listen_or_broadcast", full)
    net = {
        name: contrast.summary(values(of, name, "new_followers") - values(of, name, "lost_followers"))
        for name in ("broadcast", "calendar", "listen")
    }
    assert net["broadcast"].high < 0
    assert net["calendar"].low >= 0
    assert net["listen"].low >= 0
    assert_more(of, "lost_followers", "calendar", "listen")
    assert_more(of, "sentiment", "listen", "broadcast")
    assert values(of, "listen", "response_rate").mean() > 0.5


def test_account_groups(full) -> None:
    """With the same posts: twin star, hub, one account, in this order (V48); a service account answers sooner (V49)."""
    of = played("account_groups", full)
    assert_more(of, "reads", "twin_star", "hub")
    assert_more(of, "reads", "hub", "single")
    assert_more(of, "reads", "dandelion", "single")
    sooner = values(of, "service_account", "reply_minutes_p50") / values(of, "main_desk", "reply_minutes_p50")
    assert np.median(sooner) < 0.7
    assert_more(of, "lost_followers", "main_desk", "service_account")


def test_celebrity_or_employees(full) -> None:
    """Celebrities win readers and followers, employees the answer per read (V29, V30)."""
    of = played("celebrity_or_employees", full)
    assert_more(of, "reach", "celebrities", "employees")
    assert_more(of, "new_followers", "celebrities", "brand_only")
    assert_more(of, "orders", "celebrities", "control")
    assert_more(of, "orders", "employees", "control")
    per_read = [values(of, name, "messages") / values(of, name, "reads") for name in ("employees", "celebrities")]
    gap = contrast.difference(*per_read)
    assert gap.low is not None
    assert gap.low > 0
