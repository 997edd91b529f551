"""Watching: passes over what the watched accounts have read (`ledger.WATCH`)."""

import numpy as np

from sim.kernels import lanes, ledger
from sim.kernels.compiled import borrower

AHEAD = 16  # rows whose memory is asked for before they are looked at
MOST = 65_535  # reads that `times` can hold


@borrower
def count_into(watch, rows, new, often):
    """Who was reached when and how often; returns how many.

    watch  WATCH[n]
    rows   int64[]       those of WATCH who may have read, each once
    new    int64[hours]  gets those who read for the first time in each hour
    often  int64[k]      gets those who read once, twice, ... and K times or more
    """
    new[:] = 0
    often[:] = 0
    reached = 0
    for at in range(rows.size):
        if at + AHEAD < rows.size:
            lanes.prefetch(watch, np.uint64(rows[at + AHEAD]))
        i = rows[at]
        first = np.int64(watch[i].first)
        if first == ledger.NEVER:
            continue
        reached += 1
        if first // 3600 < new.size:
            new[first // 3600] += 1
        often[min(np.int64(watch[i].times), often.size) - 1] += 1
    return reached


@borrower
def readers_into(watch, out):
    """Rows of WATCH (WATCH[n]) with a read, ascending, into out int32[n]; returns how many."""
    found = 0
    for i in range(watch.size):
        if watch[i].times > 0:
            out[found] = i
            found += 1
    return found


@borrower
def joined_into(here, there, same, out):
    """What people read HERE (WATCH[n]) and elsewhere, THERE (WATCH[m], m <= n), into out WATCH[]; returns how many.

    same  bool[m]  whether row i is one person in both; those who are not stand in OUT behind the N, as they are there

    The earlier first read counts, and of two last reads at the same second the one elsewhere.
    """
    for i in range(here.size):
        out[i] = here[i]
    found = here.size
    for i in range(there.size):
        if not same[i]:
            out[found] = there[i]
            found += 1
            continue
        _join(out[i], there[i])
    return found


@borrower
def join_rows(here, there, rows, out):
    """`joined_into` for ROWS (int64[]) of OUT (WATCH[n]) only; row i of HERE and THERE (WATCH[n]) is one person."""
    for row in rows:
        out[row] = here[row]
        _join(out[row], there[row])


@borrower
def _join(one, other):
    """Add what OTHER (WATCH) says to ONE."""
    if other.times == 0:
        return
    if other.first < one.first:
        one.first = other.first
        one.first_by = other.first_by
    if other.last >= one.last:
        one.last = other.last
        one.last_by = other.last_by
    one.times = min(np.int64(one.times) + np.int64(other.times), MOST)


@borrower
def unread_into(watch):
    """Nobody of WATCH (WATCH[n]) has read anything."""
    for i in range(watch.size):
        one = watch[i]
        one.first = ledger.NEVER
        one.last = 0
        one.times = 0
        one.first_by = 0
        one.last_by = 0


@borrower
def marked(marks):
    """How many bits of MARKS (uint64[]) are set."""
    found = np.uint64(0)
    for word in marks:
        found += lanes.ones(word)
    return np.int64(found)


@borrower
def take_marked(marks, out):
    """Rows that are marked, ascending, into out int64[`marked`], and no longer marked.

    marks  uint64[]  row i is bit i % 64 of word i // 64
    """
    found = 0
    for at in range(marks.size):
        left = marks[at]
        marks[at] = np.uint64(0)
        while left != np.uint64(0):
            out[found] = 64 * at + np.int64(lanes.lowest(left))
            left &= left - np.uint64(1)
            found += 1
