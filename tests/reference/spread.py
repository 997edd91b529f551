"""Spread, the slow way: one link after another in Python integers, and exact answers by enumeration."""

import itertools

WORD = 2**64
GOLDEN = 0x9E3779B97F4A7C15
SPREAD = 17


def mix(x: int) -> int:
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    x = (x ^ (x >> 27)) * 0x94D049BB133111EB % WORD
    return x ^ (x >> 31)


def stream(seed: int, world: int, second: bool = False) -> int:
    purpose = mix((mix((seed + GOLDEN) % WORD) + SPREAD * GOLDEN) % WORD)
    return mix((purpose + (2 * world + second) * GOLDEN) % WORD)


def bits(start: int, item: int) -> int:
    return mix((start + (item + 1) * GOLDEN) % WORD)


def walk(rows: list[list[int]], seeds: list[int], live) -> list[int]:
    """Accounts in order of arrival; live(u, j) tells whether link j of row u is live and is asked once per link."""
    queue = list(dict.fromkeys(seeds))
    reached = set(queue)
    for u in queue:
        for j, v in enumerate(rows[u]):
            if live(u, j) and v not in reached:
                reached.add(v)
                queue.append(v)
    return queue


def starts(rows: list[list[int]]) -> list[int]:
    return [0, *itertools.accumulate(len(row) for row in rows)]


def by_gaps(rows: list[list[int]], seeds: list[int], table: list[int], seed: int, world: int) -> list[int]:
    """The gap counts dead links down, one by one."""
    start = stream(seed, world)
    drawn = itertools.count()
    size = len(table)

    def gap() -> int:
        dead = 0
        while True:
            random = bits(start, next(drawn))
            cell = random % size
            step = cell if random >> 16 < table[cell] >> 16 else table[cell] % 2**16
            dead += step
            if step != size - 1:
                return dead

    left = gap()

    def live(u: int, j: int) -> bool:
        nonlocal left
        if left:
            left -= 1
            return False
        left = gap()
        return True

    return walk(rows, seeds, live)


def by_coins(rows: list[list[int]], seeds: list[int], split: list[tuple[int, int]], seed: int, world: int) -> list[int]:
    """split[link] = (limit, rest); the coin byte and the settling bits as the kernel's docstring defines them."""
    begin = starts(rows)
    coins, settle = stream(seed, world), stream(seed, world, second=True)

    def live(u: int, j: int) -> bool:
        link = begin[u] + j
        limit, rest = split[link]
        block, lane = divmod(j, 64)
        coin = bits(coins, begin[u] + 64 * block + lane // 8).to_bytes(8, "little")[lane % 8]
        return coin <= limit and (bits(settle, link) >> 32 | 1) <= rest

    return walk(rows, seeds, live)


def by_thresholds(rows: list[list[int]], seeds: list[int], weights: list[int], seed: int, world: int) -> list[int]:
    """weights[link] in units of 2^-31."""
    begin = starts(rows)
    start = stream(seed, world)
    pressure = [0] * len(rows)

    def live(u: int, j: int) -> bool:
        v = rows[u][j]
        pressure[v] += weights[begin[u] + j]
        return (bits(start, v) >> 33) + 1 <= pressure[v]

    return walk(rows, seeds, live)


def exact_cascade(rows: list[list[int]], seeds: list[int], p: list[float]) -> float:
    """Expected accounts reached: the sum over all 2^links choices of live links."""
    begin = starts(rows)
    total = 0.0
    for choice in itertools.product((False, True), repeat=begin[-1]):
        chance = 1.0
        for live, q in zip(choice, p, strict=True):
            chance *= q if live else 1.0 - q
        if chance:
            total += chance * len(walk(rows, seeds, lambda u, j, choice=choice: choice[begin[u] + j]))
    return total


def exact_threshold(rows: list[list[int]], seeds: list[int], weights: list[float]) -> float:
    """Kempe, Kleinberg, Tardos's live-edge form: every account keeps at most one of its incoming links."""
    begin = starts(rows)
    incoming: list[list[tuple[int, float]]] = [[] for _ in rows]
    for u, row in enumerate(rows):
        for j, v in enumerate(row):
            incoming[v].append((begin[u] + j, weights[begin[u] + j]))
    options = [[*links, (-1, 1.0 - sum(w for _, w in links))] for links in incoming]
    total = 0.0
    for choice in itertools.product(*options):
        chance = 1.0
        for _, q in choice:
            chance *= q
        kept = {link for link, _ in choice}
        total += chance * len(walk(rows, seeds, lambda u, j, kept=kept: begin[u] + j in kept))
    return total
