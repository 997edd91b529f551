"""Following: night by night, who begins to follow the brand and who leaves it.

Both are thresholds on an accumulated hazard (see `response`), one draw per
account, so rival strategies meet the same people in the same mood.  A night
visits those who follow or have read; the night on which one who reads nothing
will come by hearsay is known beforehand.
"""

from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import draws, lanes, octets, readers, response
from sim.kernels.compiled import borrower
from sim.quantities import Doc, Multiplier, Range, Share

STRANGER, FOLLOWS, GAINED, LOST = 0, 1, 2, 3
HERE = -2  # no night: it follows already
AHEAD = 16  # rows whose memory is asked for before they are visited
FAN = np.dtype(
    [
        ("seen", np.uint16),
        ("state", np.uint8),
        ("hunter", np.uint8),
        ("fatigue", np.float32),
        ("hazard", np.float32),
        ("night", np.int16),
    ]
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
        Multiplier,
        Doc(
            "hazard after the draw of those who followed for a prize",
            "assumed",
            "order: such followers leave, KAWO 2014",
        ),
    ] = 5.0


@borrower
def catch_up(fan, first, last, days, decay, organic, liking):
    """The nights FIRST..LAST-1, when FAN read nothing and thought of nothing: the count fades, hearsay goes on.

    A night is worth DAYS[night] days and leaves DECAY[night] of the count (float64[nights]).
    """
    for night in range(first, last):
        fan.fatigue = fan.fatigue * decay[night]
        if fan.state == STRANGER:
            fan.hazard += organic * days[night] * liking


@borrower
def comes_unasked(hazard, u, now, days, organic, liking):
    """The night after NOW on which a stranger of HAZARD (float32) who reads nothing more will follow, -1: none.

    DAYS float64[nights] as in `night`.
    """
    ahead = 0.0
    for night in range(now + 1, days.size):
        ahead += days[night]
    if (hazard + organic * ahead * liking) * 1.001 + 1e-9 < 1.0 - u:
        return -1
    for night in range(now + 1, days.size):
        hazard = np.float32(hazard + organic * days[night] * liking)
        if hazard > 0.0 and draws.reached(hazard, u):
            return night
    return -1


@borrower
def unasked(days, organic, follow_key, starts, interest, traits, panel, row, night):
    """The strangers who will follow without reading anything, and when.

    starts      int64[communities + 1]; interest float64[communities]
    traits      uint8[accounts]  every PANEL-th is watched; who follows the brand is no stranger
    row, night  int32[watched]   get the watched rows of these strangers, ascending, and their nights; returns how many
    """
    most = 0.0
    for night_days in days:
        most += night_days
    liking_most = 0.0
    for liking in interest:
        liking_most = max(liking_most, liking)
    limit = organic * most * liking_most * 1.001 + 1e-9
    found = 0
    community = 0
    for first in range(0, row.size, octets.LANES):
        eight = (octets.counting() + np.uint64(first)) * np.uint64(panel)
        willing = (1.0 - octets.uniform(octets.bits(follow_key, eight))) <= limit
        if row.size - first < octets.LANES:
            willing &= (np.uint64(1) << np.uint64(row.size - first)) - np.uint64(1)
        while willing != np.uint64(0):
            i = first + np.int64(lanes.lowest(willing))
            willing &= willing - np.uint64(1)
            account = i * panel
            if traits[account] & 7 == 0 or traits[account] & readers.FOLLOWS_BRAND:
                continue
            while account >= starts[community + 1]:
                community += 1
            u = draws.uniform(draws.bits(follow_key, account))
            when = comes_unasked(np.float32(0.0), u, -1, days, organic, interest[community])
            if when >= 0:
                row[found] = i
                night[found] = when
                found += 1
    return found


@borrower
def night(
    growth, now, days, decay, organic, noise, self_talk, after_draw, follow_key, leave_key,
    starts, interest, traits, panel, watch, attitude, served, visit, fans, due,
):  # fmt: skip
    """Night NOW: hazards grow by what was read since the last one; returns (gained, lost).

    days        float64[nights]  since the night before
    decay       float64[nights]  what is left of the count of recent reads
    organic     float64  hazard per day of an interested stranger to follow unasked
    noise       float64[CLASSES]  reads of public replies per follower since the last night, by attention class
    self_talk   float64  share of the brand's posts that are about the brand
    after_draw  bool     a prize has been drawn: those who followed for it may leave
    starts      int64[communities + 1]; interest float64[communities]
    traits      uint8[accounts]; watch, attitude float32, served uint8, fans FAN: per watched account (every PANEL-th)
    visit       int64[]  rows of `fans` with something to count, ascending: followers, readers since the last night,
                         those with an attitude, those who come tonight (`due`); others do no harm
    due         int32[visit.size]  gets the night on which each will come if it reads nothing more, -1: none, or HERE:
                it follows after tonight

    Only those in VISIT are looked at: for the others hearsay alone goes on, which `catch_up` makes good.
    """
    gained = 0
    lost = 0
    community = 0
    for k in range(visit.size):
        if k + AHEAD < visit.size:
            later = np.uint64(visit[k + AHEAD])
            lanes.prefetch(fans, later)
            lanes.prefetch(watch, later)
            lanes.prefetch(attitude, later)
            lanes.prefetch(traits, later * np.uint64(panel))
        i = visit[k]
        account = i * panel
        fan = fans[i]
        due[k] = HERE if fan.state == FOLLOWS or fan.state == GAINED else -1
        if fan.state == LOST or traits[account] & 7 == 0:
            continue
        while account >= starts[community + 1]:
            community += 1
        liking = interest[community]
        catch_up(fan, np.int64(fan.night), now, days, decay, organic, liking)
        fan.night = now + 1
        new = np.int64(watch[i].times) - np.int64(fan.seen)
        fan.seen = watch[i].times
        fan.fatigue = fan.fatigue * decay[now] + new
        mood = draws.exp(growth.attitude * attitude[i]) if attitude[i] != 0.0 else 1.0
        if fan.state == STRANGER:
            by = watch[i].last_by
            told = growth.follow_kol if by != response.BRAND else 1.0
            fan.hazard += (organic * days[now] + growth.follow * told * new) * liking * mood
            u = draws.uniform(draws.bits(follow_key, account))
            if fan.hazard > 0.0 and draws.reached(fan.hazard, u):
                fan.state = GAINED
                fan.hazard = 0.0
                due[k] = HERE
                gained += 1
            elif attitude[i] == 0.0:
                due[k] = comes_unasked(fan.hazard, u, now, days, organic, liking)
            continue
        fan.fatigue += noise[traits[account] & 7]
        tired = draws.exp(min(growth.fatigue * max(fan.fatigue - growth.welcome, 0.0), 20.0))
        hazard = growth.unfollow * days[now] * tired * (1.5 - liking) * (0.5 + self_talk) / mood
        if served[i]:
            hazard *= 1.0 - growth.served
        if fan.hunter and after_draw:
            hazard *= growth.hunters
        fan.hazard += hazard
        if draws.reached(fan.hazard, draws.uniform(draws.bits(leave_key, account))):
            fan.state = LOST
            due[k] = -1
            lost += 1
    return gained, lost


@borrower
def require(accounts, chance, key, panel, fans):
    """Those who took part in a prize draw that asks to follow: share CHANCE of ACCOUNTS (int64[n]) begins to.

    fans FAN[watched]; returns how many.
    """
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
