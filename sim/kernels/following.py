"""Following: night by night, who begins to follow the brand and who leaves it.

Both are thresholds on an accumulated hazard (see `response`), one draw per
account, so rival strategies meet the same people in the same mood.
"""

from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import draws, readers, response
from sim.kernels.compiled import kernel
from sim.quantities import Doc, Multiplier, Range, Share

STRANGER, FOLLOWS, GAINED, LOST = 0, 1, 2, 3
FAN = np.dtype(
    [("seen", np.uint16), ("state", np.uint8), ("hunter", np.uint8), ("fatigue", np.float32), ("hazard", np.float32)]
)


class Growth(NamedTuple):
    """How the brand's account gains and loses followers, night by night."""

    follow: Annotated[
        Share,
        Doc("chance that an interested stranger follows the brand after one read", "assumed", doubt=(0.001, 0.008)),
    ] = 0.003
    follow_kol: Annotated[
        Multiplier,
        Doc(
            "the same when a KOL, leader or employee told", "seen", "direction: Gong et al. 2017, JMR 54(6)", (1.0, 3.0)
        ),
    ] = 2.0
    organic: Annotated[
        Share,
        Doc(
            "new followers a day from search and hearsay, as a share of the followers at the start",
            "calibrated",
            "China Daily European Weekly 2011-04-22: 110,000 in 15 months, some 240 a day net",
        ),
    ] = 0.005
    unfollow: Annotated[
        Share, Doc("hazard per day that an active follower leaves", "seen", "Kwak, Chun, Moon 2011", (0.0015, 0.005))
    ] = 0.0026
    fatigue: Annotated[
        Multiplier,
        Doc("growth of that hazard per read too many", "assumed", "reasons in Kwak et al. 2011", (0.15, 0.6)),
    ] = 0.35
    welcome: Annotated[
        Annotated[float, Range(0, 1_000, "reads")],
        Doc("recent reads of the brand that tire nobody", "assumed", doubt=(3, 8)),
    ] = 5.0
    memory: Annotated[
        Annotated[float, Range(0.01, 60, "days")], Doc("half-life of a read in that count", "assumed")
    ] = 3.0
    served: Annotated[Share, Doc("how much a good reply lowers the hazard of the one who got it", "assumed")] = 0.4
    attitude: Annotated[Multiplier, Doc("effect of attitude on following and staying, per unit", "assumed")] = 2.0
    hunters: Annotated[
        Multiplier, Doc("hazard after the draw of those who followed for a prize", "assumed", "order: V55")
    ] = 5.0


@kernel
def begin(traits, fans):
    """Everybody's state before the first night into fans FAN[]; returns the number of followers."""
    count = 0
    for account in range(fans.size):
        fans[account].state = FOLLOWS if traits[account] & readers.FOLLOWS_BRAND else STRANGER
        count += fans[account].state
    return count


@kernel
def night(
    growth, days, decay, organic, noise, self_talk, after_draw, follow_key, leave_key,
    starts, interest, traits, panel, watch, attitude, served, fans,
):  # fmt: skip
    """One night: everybody's hazards grow by what was read since the last; returns (gained, lost).

    days       float64  since the last night
    decay      float64  what is left of the count of recent reads
    organic    float64  hazard per day of an interested stranger to follow unasked
    noise      float64[CLASSES]  reads of public replies per follower since the last night, by attention class
    self_talk  float64  share of the brand's posts that are about the brand
    after_draw bool     a prize has been drawn: those who followed for it may leave
    traits, watch, attitude float32, served uint8, fans FAN: per watched account (every PANEL-th)
    """
    gained = 0
    lost = 0
    community = 0
    for i in range(fans.size):
        account = i * panel
        while account >= starts[community + 1]:
            community += 1
        fan = fans[i]
        new = np.int64(watch[i].times) - np.int64(fan.seen)
        fan.seen = watch[i].times
        fan.fatigue = fan.fatigue * decay + new
        if traits[account] & 7 == 0:
            continue
        mood = draws.exp(growth.attitude * attitude[i]) if attitude[i] != 0.0 else 1.0
        liking = interest[community]
        if fan.state == STRANGER or fan.state == LOST:
            if fan.state == LOST:
                continue
            by = watch[i].last_by
            told = growth.follow_kol if by != response.BRAND else 1.0
            fan.hazard += (organic * days + growth.follow * told * new) * liking * mood
            if fan.hazard > 0.0 and draws.reached(fan.hazard, draws.uniform(draws.bits(follow_key, account))):
                fan.state = GAINED
                fan.hazard = 0.0
                gained += 1
            continue
        fan.fatigue += noise[traits[account] & 7]
        tired = draws.exp(min(growth.fatigue * max(fan.fatigue - growth.welcome, 0.0), 20.0))
        hazard = growth.unfollow * days * tired * (1.5 - liking) * (0.5 + self_talk) / mood
        if served[i]:
            hazard *= 1.0 - growth.served
        if fan.hunter and after_draw:
            hazard *= growth.hunters
        fan.hazard += hazard
        if draws.reached(fan.hazard, draws.uniform(draws.bits(leave_key, account))):
            fan.state = LOST
            lost += 1
    return gained, lost


@kernel
def require(accounts, chance, key, panel, fans):
    """Those who took part in a prize draw that asks to follow: share CHANCE of ACCOUNTS begins to; returns how many."""
    gained = 0
    for account in accounts:
        if account % panel or account // panel >= fans.size:
            continue
        fan = fans[account // panel]
        if fan.state == STRANGER and draws.uniform(draws.bits(key, account)) < chance:
            fan.state = GAINED
            fan.hunter = 1
            fan.hazard = 0.0
            gained += 1
    return gained
