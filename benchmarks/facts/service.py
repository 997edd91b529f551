"""V50-V58: service, firestorms, prizes, sales."""

import functools
import itertools
import math

import numpy as np

from benchmarks.facts import worlds
from benchmarks.facts.register import PARTLY, Measured, absent, fact, judged
from benchmarks.facts.sources import values
from sim.fit import read
from sim.model import service
from sim.model.course import Course
from sim.model.prize import Prize

COUNT = 64  # negative cascades vary widely: a few stories make most of the reposts
AIRLINE = "airline_reply"


@fact(
    "V50",
    "calibrated",
    "worth of a reply by its delay",
    "under 6 : 22 : over 60 minutes = 20 : 9.0 : 2.3",
    "Twitter and AMS 2015; HBR 2018",
)
def worth() -> Measured:
    fade = service.Service().relief_minutes
    found = [20.0 * math.exp(-minutes / fade) for minutes in (6, 22, 60)]
    return judged(
        abs(found[1] / 9.0 - 1) < 0.15 and abs(found[2] / 2.3 - 1) < 0.15, " : ".join(f"{v:.1f}" for v in found)
    )


@functools.cache
def _left(strategy: str) -> tuple[float, float, float]:
    """Reposts of complaints against those without a reply."""
    return worlds.ratio(
        values("negative_reposts", AIRLINE, strategy, COUNT), values("negative_reposts", AIRLINE, "never", COUNT)
    )


def _late() -> str:
    """What real complaints leave to a reply after four hours: reposts later than that, of rumours by small accounts."""
    try:
        real = read.cascades(worlds.data())
    except worlds.Lacking:
        return ""
    owner = np.repeat(np.arange(len(real)), np.diff(real.offsets))
    known = ~np.isnan(real.delay)
    count = np.bincount(owner[known], minlength=len(real))
    later = np.bincount(owner[known], real.delay[known] > 4 * 3_600, minlength=len(real)) / np.maximum(count, 1)
    small = (real.roots["followers"] < 1e4).to_numpy() & real.roots["rumour"].to_numpy(bool) & (count > 0)
    return (
        f"; of the reposts of {small.sum()} real rumours by accounts below 10,000 followers "
        f"{np.median(later[small]):.0%} (median; mean {later[small].mean():.0%}) come later than four hours"
    )


@fact(
    "V51",
    "validation",
    "an early good reply shrinks the negative cascade, a late one hardly",
    "6, 20, 60, 240 minutes: -60, -50, -35, -5% (a prototype with Twitter's timing)",
    "sign: Herhausen et al. 2019",
)
def shrinks() -> Measured:
    left = [_left(f"minutes_{minutes}") for minutes in (6, 20, 60, 240)]
    order = all(a[0] < b[0] for a, b in itertools.pairwise(left))
    near = all(abs((one[0] - 1) * 100 - target) <= 15 for one, target in zip(left, (-60, -50, -35, -5), strict=True))
    found = "reposts left at 6, 20, 60, 240 minutes: " + ", ".join(worlds.shown(one) for one in left) + _late()
    why = (
        "the order holds; four hours still help, because real cascades of small Weibo accounts have two thirds "
        "of their reposts later "
        "than that (docs/practices.md)"
    )
    if order and near:
        return judged(True, found)
    return Measured(found, PARTLY if order else judged(False, "").verdict, why)


@fact("V52", "validation", "a bad reply enlarges it", "> 0", "Herhausen et al. 2019")
def enlarges() -> Measured:
    left = _left("defensive_20")
    return judged(left[1] > 1, f"{worlds.shown(left)} times the reposts")


@fact(
    "V53",
    "validation",
    "a better answer later can beat a poor one early; too many defenders harm",
    "sign; optimum inside",
    "ECIS 2017 rp/136; Hauser et al. 2017",
)
def better_later() -> Measured:
    template, hour = _left("template_20"), _left("minutes_60")
    scenario = worlds.preset(AIRLINE)
    reposts = {}
    for share in (0.0, 0.2, 1.0):
        louder = scenario.changed({"service": {"defenders": share, "crowd": 5}})
        reposts[share] = worlds.numbers(worlds.outcomes(louder, "never", 48), "negative_reposts")
    some, all_ = worlds.ratio(reposts[0.2], reposts[0.0]), worlds.ratio(reposts[1.0], reposts[0.0])
    words = (
        f"empathy after 60 minutes leaves {worlds.shown(hour)}, a template after 20 {worlds.shown(template)}; a "
        f"fifth defending {worlds.shown(some)}, "
        f"everybody {worlds.shown(all_)} (crowd above 5 an hour)"
    )
    if hour[0] < template[0] and some[0] < 1 < all_[0] and (some[2] >= 1 or all_[1] <= 1):
        return Measured(words, PARTLY, "the estimates have the signs; the intervals of the defenders hold 1")
    return judged(hour[0] < template[0] and some[0] < 1 < all_[0], words, "see the figures")


@fact(
    "V54",
    "validation",
    "firestorms dent the attitude; large, vivid and long ones most",
    "58% in the short run, 40% in the long; order",
    "Hansen et al. 2018",
)
def dent() -> Measured:
    """Mean attitude of the market after it: by worth of a complaint, size and length of the incident."""
    scenario = worlds.preset(AIRLINE)

    def attitude(**changes: float) -> float:
        louder = scenario.changed({"service": changes})
        return float(np.mean(worlds.courses(louder, "never", 32, _mood)))

    plain = attitude()
    vivid, large, long = attitude(outrage=60.0), attitude(shock=180.0), attitude(shock_hours=18.0)
    met = max(vivid, large, long) < plain < 0
    found = (
        f"mean attitude x 1,000: {1e3 * plain:.2f}; twice as vivid {1e3 * vivid:.2f}, three times as many "
        f"{1e3 * large:.2f}, three "
        f"times as long {1e3 * long:.2f}"
    )
    return Measured(
        found,
        PARTLY if met else judged(False, "").verdict,
        "the order holds; shares of brands need a market of brands, and attitude here does not recover by itself",
    )


def _mood(course: Course) -> float:
    return float(course.people.attitude.mean())


@fact(
    "V55",
    "validation",
    "prizes raise messages, S-shaped in size, and draw followers who leave",
    "sigmoid; they leave at 3 times the rate within two weeks",
    "HKUST 2020; KAWO 2014",
)
def prizes() -> Measured:
    worth = np.linspace(0.0, 6_000.0, 61)
    effect = np.array([Prize(number=1, value=float(value)).effect(100_000) for value in worth])
    bend = np.diff(effect, 2)
    sigmoid = bend[0] > 0 > bend[-1]
    names = ("none", "small", "medium", "large")
    messages = [values("messages", "prize_repost", name, 24).mean() for name in names]
    rates = worlds.courses(worlds.preset("prize_repost"), "follow", 24, _leaving)
    hunters, others = np.array(rates).sum(axis=0)[[0, 2]] / np.array(rates).sum(axis=0)[[1, 3]]
    ratio = float(hunters / others)
    return judged(
        bool(sigmoid and all(np.diff(messages) > 0) and ratio >= 3),
        "messages at prizes of 0, 200, 1,200, 5,000 RMB: "
        + ", ".join(f"{m:,.0f}" for m in messages)
        + f"; of the hunters {hunters:.1%} left within three weeks, of other followers {others:.1%}: {ratio:.1f} times",
    )


def _leaving(course: Course) -> tuple[int, int, int, int]:
    """Hunters who left, hunters; other followers who left, other followers."""
    from sim.kernels import following
    from sim.model import growth

    room = next(one for one in course.practices if isinstance(one, growth.Growing))
    fans = room.fans
    ever = np.isin(fans["state"], (following.FOLLOWS, following.GAINED, following.LOST))
    lost, hunter = fans["state"] == following.LOST, fans["hunter"] == 1
    return (
        int((lost & hunter).sum()),
        int(hunter.sum()),
        int((lost & ever & ~hunter).sum()),
        int((ever & ~hunter).sum()),
    )


@fact(
    "V56",
    "validation",
    "demand: the brand's posts and KOLs' reposts",
    "+77% and +33%",
    "Gong et al. 2017 (a field experiment)",
)
def demand() -> Measured:
    """Orders among followers of the brand and of the KOL in the week after one post a day, against silence."""
    scenario = worlds.small(
        {
            "silent": {},
            "brand": {"posts": [{"by": "brand", "at": 10.0, "times": 5, "every": 24.0}]},
            "kol": {"posts": [{"by": "kols", "at": 10.0, "times": 5, "every": 24.0}]},
        },
        days=7,
        cast={"brand": {"followers": 1_000_000}, "kols": [{"name": "star", "followers": 1_000_000}]},
        orders={"hazard": 0.002},
    )
    orders = {name: worlds.numbers(worlds.outcomes(scenario, name, 16), "orders") for name in scenario.strategies}
    brand, kol = (worlds.ratio(orders[name], orders["silent"]) for name in ("brand", "kol"))
    return judged(
        1.5 <= brand[0] <= 2.1 and 1.15 <= kol[0] <= 1.6 and brand[0] > kol[0],
        f"orders of the whole market as audience: brand {worlds.shown(brand)}, KOL {worlds.shown(kol)} times",
        "the size depends on `orders.effect`, which is assumed; a KOL is trusted more per read here, while the "
        "experiment's reposts "
        "came on top of the company's posts",
    )


@fact(
    "V57",
    "validation",
    "elasticity of sales in volume and valence of what is said",
    "volume .1-.4, valence .3-.6",
    "You et al. 2015",
)
def elasticities() -> Measured:
    """Posts of rising worth: slope of ln orders on ln messages."""
    scenario = worlds.small(
        {
            f"q{q}": {"posts": [{"by": "brand", "at": 10.0, "times": 4, "every": 24.0, "content": f"q{q}"}]}
            for q in (1, 4, 16, 64)
        },
        contents={f"q{q}": {"quality": float(q), "quality_doubt": 0.0} for q in (1, 4, 16, 64)},
        orders={"hazard": 0.002},
    )
    found = [worlds.outcomes(scenario, f"q{q}", 24) for q in (1, 4, 16, 64)]
    orders = [worlds.numbers(of, "orders").mean() for of in found]
    messages = [worlds.numbers(of, "messages").mean() for of in found]
    slope = float(np.polyfit(np.log(messages), np.log(orders), 1)[0])
    return judged(
        0.1 <= slope <= 0.4,
        f"volume {slope:.2f} (orders {orders[0]:,.0f} to {orders[-1]:,.0f}, messages {messages[0]:,.0f} to "
        f"{messages[-1]:,.0f}); valence not measured: attitude moves orders by e^(.5 a), a by service",
        "most orders come anyway; the elasticity rises with the share that the launch brings",
    )


@fact(
    "V58",
    "validation",
    "talk by less attached customers to acquaintances sells more at low awareness",
    "sign",
    "Godes & Mayzlin 2009",
)
def less_attached() -> Measured:
    return absent("customers here are not more or less attached to the brand, so there is nobody to compare")
