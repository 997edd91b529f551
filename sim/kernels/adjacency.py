"""What the rows of a stored graph say together: followee counts, the transposed rows, triangles."""

import numpy as np

from sim.kernels.compiled import kernel


@kernel
def count_followees(followers, out):
    """Add 1 to out int32[accounts] for every link of followers int32[]: the followee counts of a stored graph."""
    for k in range(followers.size):
        out[followers[k]] += 1


@kernel
def transpose(indptr, followers, first, free, followees):
    """Enter the links of rows FIRST, FIRST + 1, ... (indptr int64[rows + 1], followers int32[]) into the rows of who is
    followed.

    free       int64[accounts]  next free place of every row; moved on
    followees  int32[links]     gets the followed accounts, ascending within a row when rows come ascending
    """
    for k in range(indptr.size - 1):
        for place in range(indptr[k], indptr[k + 1]):
            v = followers[place]
            followees[free[v]] = first + k
            free[v] += 1


@kernel
def triangles(indptr, ties):
    """Triangles of a graph without direction (int64).

    indptr int64[accounts + 1], ties int32[]: every row ascending, both directions of every tie.

    Each tie is kept at its end with fewer ties (the lower id when equal), so
    that hubs have short rows; a triangle is then met exactly once, as two
    kept ties of one account whose ends keep a tie (Latapy 2008,
    doi 10.1016/j.tcs.2008.07.017).
    """
    accounts = indptr.size - 1
    first = np.zeros(accounts + 1, np.int64)
    kept = np.empty(ties.size // 2, np.int32)
    count = np.int64(0)
    for u in range(accounts):
        first[u] = count
        degree = indptr[u + 1] - indptr[u]
        for place in range(indptr[u], indptr[u + 1]):
            v = ties[place]
            other = indptr[v + 1] - indptr[v]
            if degree < other or (degree == other and u < v):
                kept[count] = v
                count += 1
    first[accounts] = count
    found = np.int64(0)
    marked = np.full(accounts, -1, np.int64)
    for u in range(accounts):
        for place in range(first[u], first[u + 1]):
            marked[kept[place]] = u
        for place in range(first[u], first[u + 1]):
            v = kept[place]
            for far in range(first[v], first[v + 1]):
                if marked[kept[far]] == u:
                    found += 1
    return found
