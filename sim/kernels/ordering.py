"""Ordering: what was read turns into orders through a stock that fades.

A buyer orders once, when the accumulated hazard passes a threshold of its own;
the same threshold tells who would have ordered without any launch (control
under the same luck).
"""

from typing import Annotated, NamedTuple

import numpy as np

from sim.kernels import draws
from sim.kernels.compiled import borrower, kernel
from sim.quantities import Doc, Multiplier, Range, Share

BUYER = np.dtype(
    [("seen", np.uint16), ("ordered", np.uint8), ("stock", np.float32), ("hazard", np.float32), ("night", np.int16)]
)


class Orders(NamedTuple):
    """How readers become buyers."""

    buyers: Annotated[Share, Doc("share of accounts that could buy", "assumed", doubt=(0.03, 0.3))] = 0.1
    hazard: Annotated[Share, Doc("orders per buyer and day without any launch", "assumed", doubt=(0.0001, 0.0004))] = (
        0.0002
    )
    effect: Annotated[
        Multiplier,
        Doc(
            "added to that hazard, in multiples, per unit of stock",
            "assumed",
            "order: Gong et al. 2017, JMR",
            (1.0, 6.0),
        ),
    ] = 4.0
    fade: Annotated[Annotated[float, Range(0.01, 60, "days")], Doc("half-life of the stock", "assumed")] = 2.0
    attitude: Annotated[Multiplier, Doc("effect of attitude on ordering, per unit", "assumed")] = 0.5
    discount: Annotated[
        Multiplier, Doc("added to the effect, in multiples, by a full discount", "assumed", doubt=(1.0, 8.0))
    ] = 4.0
    inquiries: Annotated[Share, Doc("share of the questions that are business inquiries (leads)", "assumed")] = 0.3


@kernel
def _gate(share):
    """64 random bits below this have chance SHARE."""
    return np.uint64(min(share, 1.0 - 2.0**-53) * 2.0**64)


@borrower
def _night(orders, plain, decay, discount, trust, u, seen, mood, buyer):
    """The night of one BUYER, SEEN (`ledger.WATCH`) by the watch; returns whether an order was placed.

    plain  float64  hazard of one who has read nothing; u: uniform draw behind the threshold
    """
    times = np.int64(seen.times)
    if times > 0:
        buyer.stock *= decay
        worth = trust[seen.last_by] * (1.0 + discount * orders.discount)
        for k in range(np.int64(buyer.seen), min(times, np.int64(buyer.seen) + 20)):
            buyer.stock += worth * (1.0 if k < 3 else draws.exp(-0.6931471805599453 * (k - 2)))
        buyer.seen = times
    buyer.hazard += plain * (1.0 + orders.effect * buyer.stock) * mood
    buyer.ordered = draws.reached(buyer.hazard, u)
    return buyer.ordered


@borrower
def _comes(orders, buyer, u, now, days, decay):
    """The night after NOW on which BUYER orders if it reads nothing more and its attitude stays 0, -1: none."""
    ahead = 0.0
    for later in range(now + 1, days.size):
        ahead += days[later]
    if (buyer.hazard + orders.hazard * ahead * (1.0 + orders.effect * buyer.stock)) * 1.001 + 1e-9 < 1.0 - u:
        return -1
    stock = buyer.stock
    hazard = buyer.hazard
    for later in range(now + 1, days.size):
        stock = np.float32(stock * decay[later])
        hazard = np.float32(hazard + orders.hazard * days[later] * (1.0 + orders.effect * stock))
        if draws.reached(hazard, u):
            return later
    return -1


@borrower
def visits(
    orders, now, days, decay, discount, trust, key, watch, attitude, panel, rows, visit, buyers, due, first, last
):
    """Night NOW of the places VISIT (int64[], ascending) among the buyers; returns the orders placed.

    days, decay  float64[nights]  since the night before; what is left of the stock
    discount     float64   depth of the discount that the posts offer, 0 to 1
    trust        float64[messengers]  weight of a read by the messenger of its original
    key          uint64    luck
    watch        WATCH[], attitude float32[]  of every watched row (account row * PANEL)
    rows         int32[buyers]  row of each buyer, ascending; buyers BUYER[buyers]
    due          int32[visit.size]  gets the night on which each will order if nothing more moves it, -1: none
    first, last  int64[messengers]  orders by the messenger of the first and of the last read, added to

    VISIT holds everybody who has read since the night before, whose attitude was ever moved, or who is due; others do
    no harm.  Of those who are not visited stock and hazard go on by themselves, which is made good at the next visit.
    """
    placed = 0
    for k in range(visit.size):
        due[k] = -1
        buyer = buyers[visit[k]]
        if buyer.ordered:
            continue
        i = np.int64(rows[visit[k]])
        for missed in range(np.int64(buyer.night), now):
            buyer.stock *= decay[missed]
            buyer.hazard += orders.hazard * days[missed] * (1.0 + orders.effect * buyer.stock)
        buyer.night = now + 1
        u = draws.uniform(draws.bits(key, i * panel))
        mood = draws.exp(orders.attitude * attitude[i]) if attitude[i] != 0.0 else 1.0
        if _night(orders, orders.hazard * days[now], decay[now], discount, trust, u, watch[i], mood, buyer):
            placed += 1
            if watch[i].times > 0:
                first[watch[i].first_by] += 1
                last[watch[i].last_by] += 1
        elif attitude[i] == 0.0:
            due[k] = _comes(orders, buyer, u, now, days, decay)
    return placed


@kernel
def buyers_into(share, people, panel, rows, out):
    """Which of the watched rows 0..ROWS-1 (accounts row * PANEL) could buy, ascending, into out int32[]; how many."""
    gate = _gate(share)
    found = 0
    for i in range(rows):
        if draws.bits(people, i * panel) < gate:
            out[found] = i
            found += 1
    return found


@kernel
def places_among(rows, some, out):
    """Places in ROWS (int32[], ascending) of those of SOME (int64[], ascending) that stand there, into out
    int64[some.size]; returns how many."""
    found = 0
    place = 0
    for row in some:
        step = 1  # ever larger steps to the first place at or behind ROW, then halving
        while place + step < rows.size and rows[place + step] < row:
            step *= 2
        last = min(place + step, rows.size)
        while place < last:
            middle = (place + last) // 2
            if rows[middle] < row:
                place = middle + 1
            else:
                last = middle
        if place < rows.size and rows[place] == row:
            out[found] = place
            found += 1
    return found


@kernel
def unasked(orders, days, key, rows, panel, place, night):
    """Buyers who order without having read anything: their places among ROWS (int32[], row of each) into PLACE int32[]
    and the nights into NIGHT int32[]; returns how many.

    days  float64[nights]  since the night before
    """
    limit = orders.hazard * days.sum() * 1.001 + 1e-9
    found = 0
    for i in range(rows.size):
        u = draws.uniform(draws.bits(key, np.int64(rows[i]) * panel))
        if 1.0 - u > limit:
            continue
        hazard = np.float32(0.0)
        for k in range(days.size):
            hazard = np.float32(hazard + orders.hazard * days[k])
            if draws.reached(hazard, u):
                place[found] = i
                night[found] = k
                found += 1
                break
    return found


@kernel
def ahead_into(orders, days, decay, buyers, out):
    """The hazard that each of BUYERS (BUYER[n]) has by the last night if it reads nothing more, into out float64[n].

    Of one that has ordered, the hazard at its order.  days, decay float64[nights] as in `visits`.
    """
    for i in range(buyers.size):
        stock = np.float64(buyers[i].stock)
        hazard = np.float64(buyers[i].hazard)
        if not buyers[i].ordered:
            for night in range(np.int64(buyers[i].night), days.size):
                stock *= decay[night]
                hazard += orders.hazard * days[night] * (1.0 + orders.effect * stock)
        out[i] = hazard


@kernel
def anyway(orders, days, key, rows, panel):
    """Orders of the buyers with ROWS (int32[]) that would have come within DAYS without any launch."""
    count = 0
    for row in rows:
        count += draws.reached(orders.hazard * days, draws.uniform(draws.bits(key, np.int64(row) * panel)))
    return count
