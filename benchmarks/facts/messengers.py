"""V24-V35: who tells it, and what that costs."""

import functools

import numpy as np

from benchmarks import presets
from benchmarks.facts import worlds
from benchmarks.facts.register import PARTLY, Measured, fact, judged
from sim.kernels import response
from sim.model import costs
from sim.model.course import Course

SIZES = (1_000, 10_000, 100_000, 1_000_000)
MARKET = 3_000_000


@functools.cache
def _tiers() -> dict[int, dict[str, float]]:
    """One post by a KOL of each size: messages, reads, reach, fee; means over 60 to 1,500 replicates."""
    strategies = {f"k{size}": {"posts": [{"by": f"k{size}", "at": 10.0}]} for size in SIZES}
    scenario = worlds.small(
        strategies,
        market=MARKET,
        graph={"accounts": 300_000},
        cast={"kols": [{"name": f"k{size}", "followers": size} for size in SIZES]},
        contents={"launch": {"quality": 1.0, "quality_doubt": 0.0}},
    )
    found = {}
    for size, count in zip(SIZES, (1_500, 600, 200, 60), strict=True):
        of = worlds.outcomes(scenario, f"k{size}", count)
        fee = costs.bill(scenario, f"k{size}")["total"]
        names = ("messages", "reads", "reach")
        found[size] = {name: float(worlds.numbers(of, name).mean()) for name in names} | {"fee": fee}
    return found


@fact(
    "V24",
    "validation",
    "answers per follower fall with the audience",
    "5 times from below 1,000 to above a million",
    "Markerly 2016 (Instagram)",
)
def tiers() -> Measured:
    per = {size: 1_000 * found["messages"] / size for size, found in _tiers().items()}
    fall = per[SIZES[0]] / per[SIZES[-1]]
    return judged(
        3 <= fall <= 8,
        ", ".join(f"{size:,}: {value:.1f}" for size, value in per.items())
        + f" messages per 1,000 followers; {fall:.1f} times",
        "a KOL of 1,000 followers is hardly ever answered and once in a long while by thousands, so the mean of 1,500 "
        "runs says little about the smallest (0.6 and 64 with followers cast otherwise); from 10,000 on answers per "
        "follower fall about fivefold in two decades. On Weibo reposts grow with followers to the power of .54 "
        "(validation, target 20)",
    )


@fact(
    "V25",
    "validation",
    "worth per fee flat or best in the middle",
    "no steady rise with size",
    "Leung et al. 2022; Bakshy 2011",
)
def worth() -> Measured:
    per = [found["messages"] / found["fee"] for found in _tiers().values()]
    return judged(
        not all(np.diff(per) > 0),
        "messages per RMB " + ", ".join(f"{size:,}: {v:.3f}" for size, v in zip(SIZES, per, strict=True)),
    )


@fact("V26", "validation", "elasticity of messages in spend", ".46 (accept .3-.9)", "Leung et al. 2022")
def elasticity() -> Measured:
    """Across single KOLs of 10,000 and more; and one, two, four, eight KOLs of 200,000 followers."""
    found = [_tiers()[size] for size in SIZES[1:]]
    across = np.polyfit(np.log([f["fee"] for f in found]), np.log([f["messages"] for f in found]), 1)[0]
    names = [f"k{i}" for i in range(8)]
    scenario = worlds.small(
        {f"n{n}": {"posts": [{"by": name, "at": 10.0} for name in names[:n]]} for n in (1, 2, 4, 8)},
        market=MARKET,
        graph={"accounts": 300_000},
        cast={"kols": [{"name": name, "followers": 200_000} for name in names]},
        contents={"launch": {"quality": 1.0, "quality_doubt": 0.0}},
    )
    messages = [worlds.numbers(worlds.outcomes(scenario, f"n{n}", 60), "messages").mean() for n in (1, 2, 4, 8)]
    adding = np.polyfit(np.log([1, 2, 4, 8]), np.log(messages), 1)[0]
    return judged(
        0.3 <= across <= 0.9 and 0.3 <= adding <= 0.9,
        f"across KOLs {across:.2f}, adding KOLs {adding:.2f}",
        "fees here are a straight line in followers and audiences hardly overlap; Leung et al. compare real "
        "campaigns, where money "
        "also buys worse matches",
    )


@functools.cache
def _voices() -> dict[str, list[dict[str, float]]]:
    """The same content told by the brand, by a KOL, by 200 employees: the same number of followers in all."""
    scenario = worlds.small(
        {
            "brand": {"posts": [{"by": "brand", "at": 10.0}]},
            "kol": {"posts": [{"by": "kols", "at": 10.0}]},
            "employees": {"posts": [{"by": "employees", "at": 10.0}]},
            "silent": {},
        },
        cast={
            "brand": {"followers": 100_000, "fit": 0.5},
            "kols": [{"name": "star", "followers": 100_000, "fit": 0.5}],
            "employees": {"count": 200, "followers": 500, "fit": 0.5, "spread": 0.0},
        },
        growth={},
        orders={"hazard": 0.002},
    )
    found = {}
    for name in scenario.strategies:
        of = worlds.outcomes(scenario, name, 48)
        numbers = ("messages", "reads", "reach", "new_followers", "orders")
        found[name] = {number: worlds.numbers(of, number) for number in numbers}
        found[name]["own"] = np.array([sum(one.parts[f"carried_by_{m}"] for m in response.MESSENGERS) for one in of])
    return found


@functools.cache
def _per_read() -> dict[str, np.ndarray]:
    """Answers (reposts and comments) to originals per read of an original, by who tells it; peers silent."""
    scenario = worlds.small(
        {
            name: {"posts": [{"by": by, "at": 10.0}]}
            for name, by in (("brand", "brand"), ("kol", "kols"), ("employees", "employees"))
        },
        cast={
            "brand": {"followers": 100_000, "fit": 0.5},
            "kols": [{"name": "star", "followers": 100_000, "fit": 0.5}],
            "employees": {"count": 200, "followers": 500, "fit": 0.5, "spread": 0.0},
        },
        response={"peer_rate": 0.0},
        contents={"launch": {"quality": 6.0, "quality_doubt": 0.0}},
    )
    found = {}
    for name in scenario.strategies:
        of = worlds.outcomes(scenario, name, 48)
        found[name] = worlds.numbers(of, "messages"), worlds.numbers(of, "reads")
    return {name: np.stack(pair) for name, pair in found.items()}


def _rate(name: str) -> float:
    messages, reads = _per_read()[name]
    return float(messages.sum() / reads.sum())


@fact(
    "V27",
    "calibrated",
    "an employee's share is answered more than the company's, per read",
    "1.8-2.4 times",
    "LinkedIn 2016",
)
def employee() -> Measured:
    ratio = _rate("employees") / _rate("brand")
    return judged(
        1.8 <= ratio <= 2.4,
        f"{ratio:.2f} ({_rate('employees'):.4f} against {_rate('brand'):.4f} per read, peers silent)",
        "trust 2.0 is set and small audiences add `tier`, while the source's figure holds both: a trust of 1.3 would "
        "meet it, and was not tuned to",
    )


@fact(
    "V28",
    "validation",
    "3% of the employees share, with ten times the company's followers in all",
    "about .30 of the answers",
    "LinkedIn 2017",
)
def three_percent() -> Measured:
    scenario = worlds.small(
        {
            "day": {
                "posts": [
                    {"by": "brand", "at": 10.0},
                    {"by": "employees", "at": 10.5, "spread": 8.0, "participation": 0.03},
                ]
            }
        },
        cast={
            "brand": {"followers": 20_000, "fit": 0.5},
            "employees": {"count": 1_000, "followers": 200, "fit": 0.5, "spread": 0.0},
        },
        contents={"launch": {"quality": 10.0, "quality_doubt": 0.0}},
    )

    def look(course: Course) -> np.ndarray:
        run = course.run
        talk = np.bincount(run.tally.talk_message[: run.comment_count], minlength=run.messages.account.size)
        answers = run.messages.reposts + talk
        staff = run.messages.messenger == response.EMPLOYEE
        return np.array([answers[staff].sum(), answers.sum()], np.float64)

    found = np.array(worlds.courses(scenario, "day", 150, look))
    share = worlds.ratio(found[:, 0], found[:, 1])
    return judged(
        0.2 <= share[0] <= 0.4,
        f"share of all answers {worlds.shown(share)}",
        "twice the trust and small audiences (`tier`) alone make .44 of the direct answers; the vendor counts clicks",
    )


@fact(
    "V29",
    "validation",
    "KOLs reach more per post, employees are answered more per read",
    "signs",
    "Markerly 2016; LinkedIn 2016",
)
def signs() -> Measured:
    voices = _voices()
    reach = worlds.ratio(voices["kol"]["reach"], voices["employees"]["reach"] / 200)
    rate = _rate("employees") / _rate("kol")
    return judged(
        reach[1] > 1 and rate > 1,
        f"reach per post: KOL / employee {worlds.shown(reach, 0)}; answers per read: employee / KOL {rate:.2f}",
    )


@fact(
    "V30",
    "validation",
    "a KOL's posts bring more new followers than the brand's",
    "at least 1.5 times",
    "Gong et al. 2017",
)
def followers() -> Measured:
    """Beyond those that come anyway; audiences of the same size."""
    voices = _voices()
    anyway = voices["silent"]["new_followers"]
    gain = worlds.ratio(voices["kol"]["new_followers"] - anyway, voices["brand"]["new_followers"] - anyway)
    return judged(gain[0] >= 1.5 and gain[1] > 1, f"{worlds.shown(gain, 1)} times")


@fact(
    "V31",
    "validation",
    "hubs beat random seeds by reach, not by persuasion",
    "at least 2 times the reach; the same per read",
    "Hinz et al. 2011",
)
def hubs() -> Measured:
    """Forty accounts of 10,000 followers against forty of 122; what is answered per read with peers silent."""
    seeds = {"hub": 10_000, "random": 122}
    scenario = worlds.small(
        {name: {"posts": [{"by": f"{name}_{i}", "at": 10.0} for i in range(40)]} for name in seeds},
        cast={"kols": [{"name": f"{name}_{i}", "followers": size} for name, size in seeds.items() for i in range(40)]},
        contents={"launch": {"quality": 10.0, "quality_doubt": 0.0}},
        graph={"accounts": 200_000, "community_size": 1_000},
    )
    reach = worlds.ratio(*(worlds.numbers(worlds.outcomes(scenario, name, 24), "reach") for name in seeds))
    calm = scenario.changed({"response": {"peer_rate": 0.0}})
    found = {name: worlds.outcomes(calm, name, 40 if name == "hub" else 400) for name in seeds}
    rate = {
        name: worlds.numbers(of, "messages").sum() / worlds.numbers(of, "reads").sum() for name, of in found.items()
    }
    per = rate["hub"] / rate["random"]
    return judged(
        reach[0] >= 2 and 0.6 <= per <= 1.6,
        f"reach {worlds.shown(reach, 1)} times; direct answers per read {per:.2f} times",
        "audiences of fewer simulated followers than there are communities are cast wholly inside the topic's (by "
        "largest remainders, `graph.grow.allot`), so the small seeds know only people who care; `tier` alone gives .78",
    )


@fact(
    "V32",
    "validation",
    "KOLs chosen by influence beat those with most followers at the same budget",
    "+10-30% (+16.6% by reallocation)",
    "Leung et al. 2022",
)
def chosen() -> Measured:
    """Twelve candidates of different size, fit and shared audience; `dandelion choose` on messages."""
    from sim.planning import roster

    sizes = (900, 700, 500, 400, 300, 250, 200, 150, 120, 100, 80, 60)
    fits = (0.2, 0.2, 0.3, 0.5, 0.6, 0.3, 0.7, 0.7, 0.4, 0.8, 0.8, 0.8)
    scenario = worlds.small(
        {"kols": {"posts": [{"by": "kols", "at": 10.0}]}},
        market=3_000_000,
        budget=40_000,
        goal="messages",
        graph={"accounts": 60_000},
        cast={
            "kols": [
                {"name": f"k{i}", "followers": 1_000 * n, "fit": f}
                for i, (n, f) in enumerate(zip(sizes, fits, strict=True))
            ]
        },
    )
    found = roster.choose(scenario, 40_000.0, None, strategy="kols", replicates=32, jobs=worlds.THREADS).plain()
    lead = found["baselines"]["most_followers"]
    got, top = found["result"]["mean"], lead["goal"]["mean"]
    gain = got / top - 1
    count = f"{len(found['roster'])} KOLs against {len(lead['roster'] or [])}"
    words = f"messages {gain:+.0%} against the most followers ({count})"
    if 0.1 <= gain <= 0.3 or gain <= 0:
        return judged(gain > 0, words, "the sign is wrong here")
    return Measured(words, PARTLY, "the sign holds; the size is that of these candidates, whose fit differs widely")


@fact(
    "V33",
    "validation",
    "a celebrity's second post adds less",
    "reach of the second / of the first < .7",
    "Elberse & Verleun 2012",
)
def again() -> Measured:
    scenario = worlds.small(
        {f"n{n}": {"posts": [{"by": "kols", "at": 10.0, "times": n, "every": 24.0}]} for n in (1, 2)},
        cast={"kols": [{"name": "star", "followers": 300_000}]},
    )
    one, two = (worlds.numbers(worlds.outcomes(scenario, f"n{n}", 24), "reach") for n in (1, 2))
    more = worlds.ratio(two - one, one)
    return judged(more[0] < 0.7, worlds.shown(more))


@fact("V34", "validation", "two draws beat one at the same budget", "sign", "dynamic expansions by lotteries (H4)")
def waves() -> Measured:
    """Prizes worth 6,000 or 20,000 RMB in one draw after two days, or in two half as large, one every two days."""
    posts = [{"by": "brand", "at": 9.0, "times": 7, "every": 12.0}]

    def prize(value: float, waves: int) -> dict[str, float]:
        return {"number": 10, "value": value, "until": 48.0, "waves": waves}

    scenario = worlds.small(
        {
            f"{name}_{waves}": {"posts": posts, "prize": prize(value, waves)}
            for name, value in (("small", 600.0), ("large", 2_000.0))
            for waves in (1, 2)
        }
    )
    found = {name: worlds.numbers(worlds.outcomes(scenario, name, 32), "messages") for name in scenario.strategies}
    ratios = {name: worlds.ratio(found[f"{name}_2"], found[f"{name}_1"]) for name in ("small", "large")}
    return judged(
        all(one[1] > 1 for one in ratios.values()),
        "messages with two draws / with one: "
        + ", ".join(f"{name} prizes {worlds.shown(one)}" for name, one in ratios.items()),
        "the effect of a draw is S-shaped in its worth, so half a small prize does much less than half; a second draw "
        "helps only where half the prize is still large",
    )


@fact(
    "V35",
    "validation",
    "no strategy wins everywhere",
    "each of celebrity, employee, service first, prize wins somewhere",
    "S3:24",
)
def ranking() -> Measured:
    """The table of benchmarks/presets.py at a small size."""
    wins = presets.wins(presets.measure(small=True))
    kinds = {kind: count for kind, count in wins.items() if count}
    wanted = {"celebrity", "employee", "service first", "prize"}
    return judged(
        wanted <= set(kinds) and len(kinds) > 1,
        "wins with certainty 95% by kind of strategy: " + ", ".join(f"{kind} {count}" for kind, count in kinds.items()),
        f"without a win: {', '.join(sorted(wanted - set(kinds)))}",
    )
