"""The shape and the timing of many repost cascades at once.

All cascades lie in flat arrays: cascade c holds the events offsets[c] to
offsets[c + 1] - 1, one event per repost, the root itself is no event.
PARENT counts inside the cascade (-1 = the root), DEPTH is 1 for a direct
repost, DELAY is in seconds since the root (NaN = unknown).  The order of
events is free: a parent may stand behind its child.

Structural virality is the mean distance over all pairs of a tree's nodes
(Goel, Anderson, Hofman, Watts 2016, Management Science 62:180-196), summed
edge by edge: an edge with s nodes below it lies on s (nodes - s) paths.
"""

import numpy as np

from sim.kernels import draws
from sim.kernels.compiled import kernel

HOUR = 3600.0
WINDOWS = {
    "10m": HOUR / 6,
    "30m": HOUR / 2,
    "1h": HOUR,
    "3h": 3 * HOUR,
    "6h": 6 * HOUR,
    "12h": 12 * HOUR,
    "24h": 24 * HOUR,
    "48h": 48 * HOUR,
    "7d": 168 * HOUR,
}
LIMITS = np.array(list(WINDOWS.values()))
COLUMNS = (
    "n",
    "max_depth",
    "mean_depth",
    "sv",
    "direct_share",
    "d2",
    "d3",
    "leaf_share",
    "top_hub_share",
    "top_hub_subtree_share",
    "first",
    "t10",
    "t50",
    "t90",
    "pd50_ind",
    "text_share",
    *(f"F_{name}" for name in WINDOWS),
)
FIRST_WINDOW = COLUMNS.index("F_10m")


@kernel
def quantile(ordered, share):
    """The SHARE quantile (0..1) of ORDERED (float64[n], ascending), interpolated linearly; NaN when it is empty.

    The same rounding as numpy.quantile: the nearer end is the one started from.
    """
    count = ordered.size
    if count == 0:
        return np.nan
    place = (count - 1) * share
    below = int(place)
    if below >= count - 1:
        return ordered[count - 1]
    step = place - below
    gap = ordered[below + 1] - ordered[below]
    if step >= 0.5:
        return ordered[below + 1] - gap * (1.0 - step)
    return ordered[below] + gap * step


@kernel
def children(offsets, parent):
    """How often each event was reposted in turn: int32[events].

    offsets  int64[cascades + 1]   where each cascade begins
    parent   int32[events]         inside the cascade, -1 = the root
    """
    found = np.zeros(parent.size, np.int32)
    for cascade in range(offsets.size - 1):
        start = offsets[cascade]
        for event in range(start, offsets[cascade + 1]):
            if parent[event] >= 0:
                found[start + parent[event]] += 1
    return found


@kernel
def by_depth(depth):
    """The events of one cascade in ascending order of DEPTH (int32[n], >= 0), ties in order: int64[n]."""
    deepest = 0
    for event in range(depth.size):
        deepest = max(deepest, depth[event])
    place = np.zeros(deepest + 2, np.int64)
    for event in range(depth.size):
        place[depth[event] + 1] += 1
    for level in range(1, deepest + 2):
        place[level] += place[level - 1]
    order = np.empty(depth.size, np.int64)
    for event in range(depth.size):
        order[place[depth[event]]] = event
        place[depth[event]] += 1
    return order


@kernel
def tree(parent, depth, row):
    """Write the shape of one cascade of at least one event into ROW (float64[COLUMNS], the first ten)."""
    count = parent.size
    offspring = np.zeros(count, np.int64)
    below = np.ones(count, np.int64)
    order = by_depth(depth)
    for place in range(count - 1, -1, -1):
        event = order[place]
        if parent[event] >= 0:
            offspring[parent[event]] += 1
            below[parent[event]] += below[event]
    deepest, total, second, third, leaves, widest, largest = 0, 0, 0, 0, 0, 0, 0
    direct = 0
    paths = 0.0
    nodes = count + 1
    for event in range(count):
        level = depth[event]
        deepest = max(deepest, level)
        total += level
        direct += parent[event] < 0
        second += level == 2
        third += level == 3
        leaves += offspring[event] == 0
        widest = max(widest, offspring[event])
        largest = max(largest, below[event])
        paths += np.float64(below[event]) * np.float64(nodes - below[event])
    row[0] = count
    row[1] = deepest
    row[2] = total / count
    row[3] = 2.0 * paths / (np.float64(nodes) * np.float64(nodes - 1))
    row[4] = direct / count
    row[5] = second / count
    row[6] = third / count
    row[7] = leaves / count
    row[8] = widest / count
    row[9] = (largest - 1) / count


@kernel
def timing(parent, delay, row):
    """Write the timing of one cascade into ROW (float64[COLUMNS], from `first` on, without text_share)."""
    seen = np.sort(np.maximum(delay[~np.isnan(delay)], 0.0))
    row[10] = seen[0] if seen.size else np.nan
    row[11] = quantile(seen, 0.1)
    row[12] = quantile(seen, 0.5)
    row[13] = quantile(seen, 0.9)
    waits = np.empty(parent.size, np.float64)
    known = 0
    for event in range(parent.size):
        if parent[event] >= 0:
            wait = delay[event] - delay[parent[event]]
            if not np.isnan(wait):
                waits[known] = max(wait, 0.0)
                known += 1
    waits = np.sort(waits[:known])
    half = known // 2
    if known == 0:
        row[14] = np.nan
    elif known % 2:
        row[14] = waits[half]
    else:
        row[14] = (waits[half - 1] + waits[half]) / 2.0
    for window in range(LIMITS.size):
        within = np.searchsorted(seen, LIMITS[window], side="right")
        row[FIRST_WINDOW + window] = within / seen.size if seen.size else np.nan


@kernel
def shapes(offsets, parent, depth, delay, commented):
    """The metrics of every cascade: float64[cascades, COLUMNS]; NaN where a cascade has no such events.

    offsets    int64[cascades + 1]
    parent     int32[events]     inside the cascade, -1 = the root
    depth      int32[events]     1 = direct
    delay      float64[events]   seconds since the root, NaN = unknown; below 0 counts as 0
    commented  bool[events]      the repost carries words of its own

    Shares lie in 0..1, times are seconds.  An empty cascade has n = 0 and
    NaN elsewhere.
    """
    table = np.full((offsets.size - 1, len(COLUMNS)), np.nan)
    for cascade in range(offsets.size - 1):
        start, stop = offsets[cascade], offsets[cascade + 1]
        row = table[cascade]
        if start == stop:
            row[0] = 0.0
            continue
        tree(parent[start:stop], depth[start:stop], row)
        timing(parent[start:stop], delay[start:stop], row)
        words = 0
        for event in range(start, stop):
            words += commented[event]
        row[15] = words / (stop - start)
    return table


@kernel
def kept(offsets, names, share, seed):
    """Which events a crawler that loses SHARE of them keeps: bool[events], drawn by (cascade's name, event).

    names  uint64[cascades]  label of each cascade: the same loss wherever it stands in the table
    seed   uint64
    """
    keep = np.ones(offsets[-1], np.bool_)
    for cascade in range(offsets.size - 1):
        stream = draws.key(seed, draws.LOST, names[cascade])
        for event in range(offsets[cascade], offsets[cascade + 1]):
            keep[event] = draws.uniform(draws.bits(stream, event - offsets[cascade])) >= share
    return keep


@kernel
def thin(offsets, parent, keep):
    """The cascades without the events that are not in KEEP (bool[events]); orphans hang on the root.

    Returns (offsets int64[cascades + 1], parent int32, depth int32, source int64): SOURCE names the row of
    each remaining event in the old arrays.
    """
    remaining = 0
    for event in range(keep.size):
        remaining += keep[event]
    new_offsets = np.zeros(offsets.size, np.int64)
    new_parent = np.empty(remaining, np.int32)
    new_depth = np.zeros(remaining, np.int32)
    source = np.empty(remaining, np.int64)
    place = np.empty(keep.size, np.int64)
    at = 0
    for cascade in range(offsets.size - 1):
        for event in range(offsets[cascade], offsets[cascade + 1]):
            place[event] = at - new_offsets[cascade]
            if keep[event]:
                source[at] = event
                at += 1
        new_offsets[cascade + 1] = at
        start = offsets[cascade]
        for new in range(new_offsets[cascade], at):
            old = parent[source[new]]
            if old >= 0 and keep[start + old]:
                new_parent[new] = place[start + old]
            else:
                new_parent[new] = -1
    for cascade in range(offsets.size - 1):
        start = new_offsets[cascade]
        for event in range(start, new_offsets[cascade + 1]):
            # A parent may stand behind its child: climb until a known depth, then number the way back.
            height = 0
            above = event
            while new_depth[above] == 0 and new_parent[above] >= 0:
                height += 1
                above = start + new_parent[above]
            if new_depth[above] == 0:
                new_depth[above] = 1
            level = new_depth[above] + height
            above = event
            while new_depth[above] == 0:
                new_depth[above] = level
                level -= 1
                above = start + new_parent[above]
    return new_offsets, new_parent, new_depth, source


@kernel
def late_hours(offsets, delay, minute_of_day, after):
    """Events later than AFTER seconds by the hour of the day: int32[cascades, 24].

    minute_of_day  int64[cascades]   the root's minute of the day, 0..1439
    delay          float64[events]   seconds since the root; NaN is left out
    """
    found = np.zeros((offsets.size - 1, 24), np.int32)
    for cascade in range(offsets.size - 1):
        for event in range(offsets[cascade], offsets[cascade + 1]):
            if delay[event] > after:
                clock = np.int64((minute_of_day[cascade] * 60.0 + delay[event]) / HOUR)
                found[cascade, clock % 24] += 1
    return found
