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
def _night(orders, plain, decay, discount, trust, key, account, seen, mood, buyer, first, last):
    """The night of one BUYER, SEEN (`ledger.WATCH`) by the watch; returns whether an order was placed."""
    times = np.int64(seen.times)
    if times > 0:
        buyer.stock *= decay
        worth = trust[seen.last_by] * (1.0 + discount * orders.discount)
        for k in range(np.int64(buyer.seen), min(times, np.int64(buyer.seen) + 20)):
            buyer.stock += worth * (1.0 if k < 3 else draws.exp(-0.6931471805599453 * (k - 2)))
        buyer.seen = times
    buyer.hazard += plain * (1.0 + orders.effect * buyer.stock) * mood
    if not draws.reached(buyer.hazard, draws.uniform(draws.bits(key, account))):
        return False
    buyer.ordered = 1
    if times > 0:
        first[seen.first_by] += 1
        last[seen.last_by] += 1
    return True


@borrower
def night(orders, days, decay, discount, trust, key, people, watch, attitude, panel, accounts, buyers, first, last):
    """One night: stocks fade and grow, hazards grow; returns the orders placed.

    days, decay  float64   since the last night; what is left of the stock
    discount     float64   depth of the discount that the posts offer, 0 to 1
    trust        float64[messengers]  weight of a read by the messenger of its original
    key, people  uint64    luck; who could buy (the same in every replicate)
    accounts     int64     of the public: the cast, behind them, does not buy
    first, last  int64[messengers]  orders by the messenger of the first and of the last read, added to
    """
    placed = 0
    gate = _gate(orders.buyers)
    plain = orders.hazard * days
    for i in range(-(-accounts // panel)):
        account = i * panel
        if draws.bits(people, account) >= gate or buyers[i].ordered:
            continue
        mood = draws.exp(orders.attitude * attitude[i]) if attitude[i] != 0.0 else 1.0
        placed += _night(orders, plain, decay, discount, trust, key, account, watch[i], mood, buyers[i], first, last)
    return placed


@borrower
def visits(
    orders, now, days, decay, discount, trust, key, people, watch, attitude, panel, visit, buyers, first, last
):  # fmt: skip
    """Night NOW of the rows VISIT (int64[], ascending) of BUYERS; returns the orders placed.

    days, decay  float64[nights]  since the night before; what is left of the stock

    VISIT holds everybody who ever read, who has an attitude, or who orders tonight unasked (`unasked`); of the
    others only the hazard grows, which is made good at their first visit.
    """
    placed = 0
    gate = _gate(orders.buyers)
    for i in visit:
        account = i * panel
        if draws.bits(people, account) >= gate or buyers[i].ordered:
            continue
        buyer = buyers[i]
        for missed in range(np.int64(buyer.night), now):
            buyer.hazard += orders.hazard * days[missed]
        buyer.night = now + 1
        mood = draws.exp(orders.attitude * attitude[i]) if attitude[i] != 0.0 else 1.0
        plain = orders.hazard * days[now]
        placed += _night(orders, plain, decay[now], discount, trust, key, account, watch[i], mood, buyer, first, last)
    return placed


@borrower
def buyers_among(orders, people, panel, rows, out):
    """Those of ROWS (int64[]) who could buy, into out int64[]; returns how many."""
    gate = _gate(orders.buyers)
    found = 0
    for i in rows:
        if draws.bits(people, i * panel) < gate:
            out[found] = i
            found += 1
    return found


@kernel
def unasked(orders, days, key, people, panel, accounts, row, night):
    """Buyers who order without having read anything, into ROW int32[] and NIGHT int32[]; returns how many.

    days  float64[nights]  since the night before
    """
    gate = _gate(orders.buyers)
    limit = orders.hazard * days.sum() * 1.001 + 1e-9
    found = 0
    for i in range(-(-accounts // panel)):
        account = i * panel
        if draws.bits(people, account) >= gate:
            continue
        u = draws.uniform(draws.bits(key, account))
        if 1.0 - u > limit:
            continue
        hazard = np.float32(0.0)
        for k in range(days.size):
            hazard = np.float32(hazard + orders.hazard * days[k])
            if draws.reached(hazard, u):
                row[found] = i
                night[found] = k
                found += 1
                break
    return found


@kernel
def anyway(orders, days, key, people, panel, accounts):
    """Orders that would have come within DAYS without any launch."""
    count = 0
    gate = _gate(orders.buyers)
    for i in range(-(-accounts // panel)):
        account = i * panel
        if draws.bits(people, account) < gate:
            count += draws.reached(orders.hazard * days, draws.uniform(draws.bits(key, account)))
    return count
