"""Searching: who finds which post in the hour to come."""

import numpy as np

from sim.kernels import draws
from sim.kernels.compiled import kernel


@kernel
def found(key, rate, power, factor, since, second, message, label, reads, awake):
    """Originals that are found, and by whom.

    key        uint64   luck of this hour
    rate       float64  finds per hour of a post with one read at the market's size; they grow with reads^POWER
    factor     float64  real accounts behind each simulated one
    since      float64  older posts are not found
    second     int32[posts], message int32[posts]: the originals so far (`ledger.Posts`)
    label      uint64[messages], reads int64[messages]
    awake      int32[n]  accounts that ever read, ascending

    Returns post int64[m], starts int64[m + 1], account int32[starts[m]] (ascending, each once) and a key for each post,
    uint64[m].  A fraction of a person is drawn.
    """
    post = np.empty(second.size, np.int64)
    number = np.empty(second.size, np.int64)
    some = 0
    total = 0
    for p in range(second.size):
        if second[p] <= since:
            continue
        seen = reads[message[p]] * factor
        wanted = rate * (draws.power(seen, power) if seen > 0.0 else np.float64(power == 0.0)) / factor
        whole = np.int64(wanted + draws.uniform(draws.bits(key, label[message[p]])))
        if whole > 0:
            post[some] = p
            number[some] = whole
            some += 1
            total += whole
    starts = np.zeros(some + 1, np.int64)
    keys = np.empty(some, np.uint64)
    account = np.empty(total, np.int32)
    for i in range(some):
        first = starts[i]
        last = first + number[i]
        keys[i] = draws.bits(key, label[message[post[i]]])
        for k in range(number[i]):
            account[first + k] = awake[np.int64(draws.bits(keys[i], k) % np.uint64(awake.size))]
        account[first:last].sort()
        at = first
        for k in range(first, last):
            if k == first or account[k] != account[at - 1]:
                account[at] = account[k]
                at += 1
        starts[i + 1] = at
    return post[:some], starts, account[: starts[some]], keys
