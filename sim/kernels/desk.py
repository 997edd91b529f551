"""A service desk as a queue: cases of three ranks, a few agents, opening hours.

Cases arrive at the size of the market: one simulated case brings as many real
ones as the market factor says (docs/decisions/0010).
"""

from typing import NamedTuple

import numpy as np

from sim.kernels import draws
from sim.kernels.compiled import kernel

NOT_REPLIED = np.int64(-1)
NEVER = np.int64(2**62)
RANKS = 3  # complaint 0, question 1, praise 2
DAY = 86_400


@kernel
def copies(stream, label, factor, out):
    """How many real cases stand behind each simulated one: FACTOR on average, at least one, into out int64[].

    label  uint64[out.size]  of the case
    """
    for i in range(out.size):
        whole = np.int64(factor)
        more = draws.high(draws.bits(stream, label[i])) < factor - whole
        out[i] = max(whole + more, 1)


@kernel
def arrivals(stream, label, second, copy, window, out_second, out_source):
    """Second and source of every real case: the simulated one, and its copies spread over WINDOW seconds after it.

    Never before it, so that what the desk did up to some second does not depend on later cases.
    label uint64[n], second int64[n], copy int64[n] (how many), out_second int64[sum], out_source int32[sum]
    """
    at = 0
    for i in range(second.size):
        own = draws.bits(stream, label[i])
        for k in range(copy[i]):
            delay = draws.high(draws.bits(own, k)) * window if k > 0 else 0.0
            out_second[at] = second[i] + np.int64(delay)
            out_source[at] = i
            at += 1


@kernel
def opening(second, start_of_day, opens, closes):
    """The first staffed second at or after SECOND.

    start_of_day  int64  seconds after midnight at which second 0 lies
    opens, closes int64  seconds after midnight; closes - opens = DAY: always staffed
    """
    if closes - opens >= DAY:
        return second
    clock = (second + start_of_day) % DAY
    if clock < opens:
        return second + opens - clock
    if clock >= closes:
        return second + DAY - clock + opens
    return second


class Work(NamedTuple):
    """A desk at work: who is free when, and which cases wait.

    free        int64[agents]  second at which each agent has done its case
    head, tail  int64[RANKS]   the first and the last case of each rank that waits, -1: none
    waiting     int64[1]       how many wait
    last        int64[1]       when the latest case was taken up
    """

    free: np.ndarray
    head: np.ndarray
    tail: np.ndarray
    waiting: np.ndarray
    last: np.ndarray


def empty_work(agents: int) -> Work:
    """AGENTS who have not begun."""
    head, tail = np.full((2, RANKS), -1, np.int64)
    return Work(np.zeros(agents, np.int64), head, tail, np.zeros(1, np.int64), np.zeros(1, np.int64))


@kernel
def serve(
    work, order, second, rank, handling, gone, held, approval, start_of_day, opens, closes, patience, until,
    following, replied,
):  # fmt: skip
    """Let the agents serve cases, complaints first, each rank in order of arrival; second of the reply into replied.

    Returns how many cases of ORDER have come in; the next call goes on with the others, and those that came since.

    work      what the calls so far left, and this one leaves
    order     int64[]   cases that have not come in yet, by the second at which they are seen
    second    int64[n]  when each case was seen
    rank      uint8[n]  0, 1, 2
    handling  int64[n]  seconds of work
    gone      int64[n]  from then on somebody else has answered, and nobody need work on it; NEVER
    held      uint8[n]  1: the reply goes out APPROVAL seconds after the work was done
    patience  int64     a case older than this is closed without a reply
    until     int64     nothing starts at or after this second; cases seen before it must be in ORDER
    following int64[n]  the case behind one that waits
    replied   int64[n]  stays as it is, or the second of the reply
    """
    free, head, tail = work.free, work.head, work.tail
    came = 0
    while came < order.size or work.waiting[0] > 0:
        agent = np.argmin(free)
        now = max(free[agent], work.last[0])  # an idle agent cannot begin before the case came
        if work.waiting[0] == 0:
            now = max(now, second[order[came]])
        now = opening(now, start_of_day, opens, closes)
        if now >= until:
            break
        work.last[0] = now
        while came < order.size and second[order[came]] <= now:
            case = order[came]
            kind = np.int64(rank[case])
            following[case] = -1
            if head[kind] < 0:
                head[kind] = case
            else:
                following[tail[kind]] = case
            tail[kind] = case
            work.waiting[0] += 1
            came += 1
        for kind in range(RANKS):
            if head[kind] < 0:
                continue
            case = head[kind]
            head[kind] = following[case]
            work.waiting[0] -= 1
            if now - second[case] <= patience and now < gone[case]:
                free[agent] = now + handling[case]
                replied[case] = free[agent] + (approval if held[case] == 1 else 0)
            break
    return came


@kernel
def owners_into(people, owners, traits, out):
    """Owners of the product who are not dormant, ascending, into out int32[traits.size]; returns how many.

    people  uint64   who owns the product: the same in every replicate
    owners  float64  share of accounts that own it
    traits  uint8[n]  readers' traits
    """
    found = 0
    for account in range(traits.size):
        if draws.uniform(draws.bits(people, account)) < owners and traits[account] & 7 != 0:
            out[found] = account
            found += 1
    return found


@kernel
def speakers_among(stream, accounts, most, out_account, out_hazard):
    """Those of the owners ACCOUNTS (int32[]) whose resistance to speak up lies below MOST; returns how many.

    stream       uint64     luck of this replicate
    out_account  int32[]    room for all of them
    out_hazard   float64[]  the hazard at which each speaks up
    """
    found = 0
    bar = draws.exp(-most)
    for account in accounts:
        u = draws.uniform(draws.bits(stream, account))
        if u > bar:
            out_account[found] = account
            out_hazard[found] = -draws.ln(u)
            found += 1
    return found


@kernel
def notice(
    stream, label, second, mentioned, listening, at_once, later, coverage, poll, start_of_day,
    handling, approval, confidential, out_seen, out_handling, out_held,
):  # fmt: skip
    """When the desk sees each real case, how long it works on it, whether it must ask first or may not answer at all.

    label, second uint64[n], int64[n]  of the real case
    mentioned     bool[n]    the case names the brand, or stands below its post
    listening     bool       somebody searches all the time; else mentions are looked up every POLL seconds
    at_once, later float64   mean seconds until a mention, or another case, is found by listening
    coverage      float64    share of the other cases that listening finds at all
    out_seen      int64[n]   NOT_REPLIED: never seen
    out_handling  int64[n]   seconds of work: HANDLING on average, between half and one and a half of it
    out_held      uint8[n]   0 answered at once, 1 needs approval, 2 must not be answered
    """
    for i in range(second.size):
        first = draws.bits(stream, label[i])
        other = draws.mix(first)
        wait = -draws.ln(draws.high(first))
        if listening:
            if mentioned[i]:
                out_seen[i] = second[i] + np.int64(at_once * wait)
            elif draws.low(first) < coverage:
                out_seen[i] = second[i] + np.int64(later * wait)
            else:
                out_seen[i] = NOT_REPLIED
        elif mentioned[i]:
            clock = second[i] + start_of_day
            out_seen[i] = (clock // poll + 1) * poll - start_of_day
        else:
            out_seen[i] = NOT_REPLIED
        out_handling[i] = np.int64(handling * (0.5 + draws.high(other)))
        u = draws.low(other)
        out_held[i] = 2 if u < confidential else (1 if u < confidential + approval else 0)


@kernel
def customers(stream, label, second, rank, private, share, minutes, out_gone):
    """When another customer answers each real case: the second into out_gone int64[n], or NEVER; returns how many ask
    in private.

    label uint64[n], second int64[n], rank uint8[n].  Questions only (rank 1): PRIVATE of them nobody sees, SHARE of the
    others are answered, after Exp(MINUTES).
    """
    hidden = 0
    for i in range(second.size):
        out_gone[i] = NEVER
        if rank[i] != 1:
            continue
        first = draws.bits(stream, label[i])
        if draws.high(first) < private:
            hidden += 1
        elif draws.low(first) < share:
            wait = -draws.ln(draws.uniform(draws.mix(first)))
            out_gone[i] = second[i] + np.int64(60.0 * minutes * wait)
    return hidden


@kernel
def labels(stream, source_label, source, out):
    """The label of every real case into out uint64[n]: its source's own (SOURCE_LABEL uint64[]) for the first, then one
    each; SOURCE int32[n] ascends.
    """
    copy = 0
    for i in range(source.size):
        copy = copy + 1 if i > 0 and source[i] == source[i - 1] else 0
        out[i] = draws.bits(draws.bits(stream, source_label[source[i]]), copy)
