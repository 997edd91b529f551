"""V36-V49: the source documents' own numbers and signs."""

import functools

import numpy as np

from benchmarks.facts import worlds
from benchmarks.facts.register import PARTLY, Measured, absent, fact, judged
from sim.kernels import response
from sim.results.outcome import Outcome
from sim.scenario.schema import Scenario


@functools.cache
def played(name: str, strategy: str, count: int, accounts: int | None = None) -> list[Outcome]:
    """COUNT outcomes of a preset's strategy."""
    return worlds.outcomes(worlds.preset(name, accounts), strategy, count)


def values(number: str, name: str, strategy: str, count: int, accounts: int | None = None) -> np.ndarray:
    """A number of these outcomes."""
    return worlds.numbers(played(name, strategy, count, accounts), number)


N8 = ("nokia_n8", "celebrity_seeding", 16, 200_000)


@fact(
    "V36",
    "calibrated",
    "N8: eight celebrities, more than 420,000 messages",
    "200,000-900,000 at a market of 30 million",
    "China Daily European Weekly 2011-04-22",
)
def n8_messages() -> Measured:
    found = values("messages", *N8)
    return judged(200_000 <= found.mean() <= 900_000, f"{worlds.interval(found, 0)} messages in two days")


@fact(
    "V37",
    "validation",
    "N8: the celebrities carry it, not the brand's followers",
    "share of reads through KOLs > .8",
    "S0:20",
)
def n8_carried() -> Measured:
    share = worlds.ratio(values("carried_by_kol", *N8), values("reads", *N8))
    return judged(share[1] > 0.8, worlds.shown(share))


@fact("V38", "validation", "N8: ten times the orders", "no target: another phone, a press conference besides", "S0:22")
def n8_orders() -> Measured:
    ratio = worlds.ratio(values("orders", *N8), values("orders_anyway", *N8))
    return Measured(
        f"orders with / without the launch {worlds.shown(ratio)}",
        absent("").verdict,
        "the source compares with another launch",
    )


B2B = "b2b_recruitment"


@fact(
    "V39", "validation", "a recruitment post pushed to 500 has more than 1,000 readers", "reads / pushed >= 2", "S1:41"
)
def doubled() -> Measured:
    counts = {}
    for name in ("recruitment", "twenty", "forty", "eighty"):
        counts[name] = values("reads", B2B, name, 48) / 700
    text = ", ".join(f"{name} {worlds.interval(found, 1)}" for name, found in counts.items())
    found = f"times the 700 followers: {text} (employees asked: 0, 20, 40, 80)"
    why = (
        "not without asking anybody, with forty employees of 124 followers each it is; that employees did it is our "
        "assumption, not the source's"
    )
    partly = counts["forty"].mean() >= 2 > counts["recruitment"].mean()
    return Measured(found, PARTLY, why) if partly else judged(counts["recruitment"].mean() >= 2, found, why)


def firm(followers: int, quality: float) -> Scenario:
    """A firm that posts one ordinary post."""
    return worlds.small(
        {"post": {"posts": [{"by": "brand", "at": 10.0}]}},
        market=60_000,
        graph={"accounts": 60_000},
        topic={"interested": 0.15},
        cast={"brand": {"followers": followers, "fit": 0.8}},
        contents={"launch": {"quality": quality, "quality_doubt": 0.5}},
    )


@functools.cache
def _ordinary(quality: float, peers: bool = True) -> list[Outcome]:
    """600 ordinary posts; PEERS False: what comes straight below the post."""
    scenario = firm(700, quality)
    return worlds.outcomes(scenario if peers else scenario.changed({"response": {"peer_rate": 0.0}}), "post", 600)


def _direct(quality: float) -> float:
    found = _ordinary(quality, peers=False)
    return float(worlds.numbers(found, "messages").sum() / worlds.numbers(found, "reads").sum())


@fact(
    "V40",
    "validation",
    "ordinary corporate posts: read, seldom answered",
    "messages per read .002-.01; no comment at 700 followers in more than half of the posts",
    "S1:57",
)
def seldom() -> Measured:
    found = _ordinary(0.35)
    per = worlds.ratio(worlds.numbers(found, "messages"), worlds.numbers(found, "reads"))
    silent = float((worlds.numbers(found, "comments") == 0).mean())
    return judged(
        0.002 <= per[0] <= 0.01 and silent > 0.5,
        f"messages per read {worlds.shown(per, 4)}, straight below the post {_direct(0.35):.4f}; no comment "
        f"{silent:.0%}",
        "the mean is that of a few posts which travel too far (V15); what is written straight below the post is less "
        "than asked",
    )


@fact("V41", "calibrated", "B2B content is shared less than B2C", "ratio .2-.5", "S1:61")
def b2b() -> Measured:
    """Quality .35 against 1, straight below the post."""
    ratio = _direct(0.35) / _direct(1.0)
    return judged(
        0.2 <= ratio <= 0.5, f"{ratio:.2f} ({_direct(0.35):.4f} against {_direct(1.0):.4f} messages per read)"
    )


@fact(
    "V42",
    "calibrated",
    "a reply after 20 minutes lowers the anger though the flight stays late",
    "-25 to -50%, not to zero",
    "S3:13",
)
def airline() -> Measured:
    left = values("anger_after_reply", "airline_reply", "minutes_20", 24)
    return judged(
        0.5 <= np.nanmean(left) <= 0.75, f"{np.nanmean(left) - 1:+.0%} (passengers who got no reply included)"
    )


@fact("V43", "calibrated", "feedback is mostly positive", "praise : complaint about 3.7 : 1", "S1:83; Gao et al. 2012")
def positive() -> Measured:
    answer = response.Response()
    return judged(3.2 <= answer.praise / answer.complaint <= 4.2, f"{answer.praise / answer.complaint:.1f} : 1")


@fact(
    "V44", "validation", "an always-on account grows slowly and steadily, saturating", "straight, then concave", "S1:95"
)
def grows() -> Measured:
    """Four months, three posts a week; followers gained in each month."""
    scenario = worlds.small(
        {"on": {"posts": [{"by": "brand", "at": 10.0, "times": 51, "every": 56.0, "content": "launch"}]}},
        days=120,
        growth={},
        cast={"brand": {"followers": 20_000, "fit": 0.7}},
        contents={"launch": {"quality": 0.5, "self_talk": 0.3}},
    )
    found = worlds.outcomes(scenario, "on", 12)
    net = np.mean([one.curves["new_followers"] - one.curves["lost_followers"] for one in found], axis=0)
    months = net.reshape(4, -1).sum(axis=1)
    r = float(np.corrcoef(np.arange(net.size), np.cumsum(net))[0, 1])
    return judged(
        bool(months.min() > 0 and months[3] < months[0] and r > 0.97),
        "net followers month by month of 20,000: "
        + ", ".join(f"{m:,.0f}" for m in months)
        + f"; correlation with time {r:.3f}",
        "growth does not flatten within four months",
    )


@fact(
    "V45",
    "validation",
    "blind broadcasting loses followers, listening first does not",
    "5 posts a day about itself: net < 0; 2-3 a week: >= 0",
    "S3:15",
)
def broadcast() -> Measured:
    name = "listen_or_broadcast"
    net = {
        s: values("new_followers", name, s, 16) - values("lost_followers", name, s, 16)
        for s in ("broadcast", "calendar", "listen")
    }
    return judged(
        net["broadcast"].mean() < 0 <= min(net["calendar"].mean(), net["listen"].mean()),
        "net of 60,000 in four weeks: " + ", ".join(f"{s} {worlds.interval(v, 0)}" for s, v in net.items()),
    )


@fact("V46", "validation", "hot topics lift posts on Weibo, not on WeChat", "lift > 0; = 0", "S1:71, S1:111")
def hot() -> Measured:
    lift = {}
    for plain, tied in (("plain", "tied"), ("circle", "circle_tied")):
        lift[tied] = worlds.ratio(values("reads", "hot_topic", tied, 48), values("reads", "hot_topic", plain, 48))
    return judged(
        lift["tied"][1] > 1 and lift["circle_tied"][1] <= 1 <= lift["circle_tied"][2],
        f"reads tied / plain: Weibo {worlds.shown(lift['tied'])}, WeChat {worlds.shown(lift['circle_tied'])}",
    )


@fact(
    "V47",
    "validation",
    "WeChat: a third of the reads from sharing, no strangers, no search",
    ".25-.40; 0; 0",
    "KAWO 2019; S1:111",
)
def closed() -> Measured:
    """Ordinary articles, of a worth as unequal as that of messages on Weibo; then those of the presets."""
    ordinary = worlds.preset("weibo_or_wechat").changed(
        {
            "market": 100_000,
            "graph": {"accounts": 100_000},
            "topic": {"interested": 0.3},
            "contents": {"launch": {"quality": 1.0, "quality_doubt": 2.36}},
            "circle": {"subscribers": 10_000, "fit": 0.6},
            "staff": None,
        }
    )
    found = {"ordinary articles": worlds.outcomes(ordinary, "wechat_weekly", 300)}
    found["hot_topic"] = played("hot_topic", "circle", 48)
    found["weibo_or_wechat"] = played("weibo_or_wechat", "wechat_weekly", 48)
    share = {
        name: worlds.ratio(worlds.numbers(of, "circle_shared_reads"), worlds.numbers(of, "circle_reads"))
        for name, of in found.items()
    }
    keys = ("open_reads", "search_reads", "list_reads")
    strange = sum(one.parts.get(key, 0.0) for of in found.values() for one in of for key in keys)
    said = "shared: " + ", ".join(f"{name} {worlds.shown(one)}" for name, one in share.items())
    said += f"; reads by strangers and from search {strange:.0f}"
    third = share["ordinary articles"]
    if strange == 0 and 0.10 <= third[0] <= 0.17:  # 13 to 14%, and chance
        why = "KAWO's third is all that is not the push, history and other entries too, which are not modelled; "
        why += "`circle.friction` is calibrated on its 13 to 14% from Moments and chats"
        return Measured(said, PARTLY, why)
    return judged(0.25 <= third[0] <= 0.40 and strange == 0, said, "the share grows with the worth of the article")


@fact(
    "V48",
    "validation",
    "twin star, hub, one account: in this order of reads at equal posts",
    "order; a hub's depth 1 in the group",
    "S3:18-23",
)
def structures() -> Measured:
    reads = {s: values("reads", "account_groups", s, 32) for s in ("twin_star", "hub", "single")}
    one, two = worlds.ratio(reads["twin_star"], reads["hub"]), worlds.ratio(reads["hub"], reads["single"])
    return judged(
        one[1] > 1 and two[1] > 1,
        f"twin star / hub {worlds.shown(one)}, hub / single {worlds.shown(two)}; branches "
        "pass on the core's post and nobody passes on theirs",
    )


@fact(
    "V49",
    "validation",
    "a service account answers sooner and keeps unfollows of the main feed lower",
    "median time down 30%; fewer",
    "S3:32",
)
def apart() -> Measured:
    name, alone, other = "account_groups", "main_desk", "service_account"
    time = worlds.ratio(values("reply_minutes_p50", name, other, 48), values("reply_minutes_p50", name, alone, 48))
    lost = worlds.ratio(values("lost_followers", name, other, 48), values("lost_followers", name, alone, 48))
    found = f"of the one account's: median reply time {worlds.shown(time)}, lost followers {worlds.shown(lost)}"
    if time[0] <= 0.7 and lost[2] < 1:
        return judged(True, found)
    if time[2] < 1 and lost[2] < 1:
        return Measured(found, PARTLY, "both fall for certain; the median time by a little less than 30%")
    return judged(False, found, "the interval of one of the two holds 1")
