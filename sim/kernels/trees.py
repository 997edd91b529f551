"""The repost trees of one run: one tree per original post."""

import numpy as np

from sim.kernels.compiled import kernel


@kernel
def tree_sizes(parent):
    """(root int32[posts], below int64[posts]): the original of each post; the posts in its subtree, itself included.

    parent  int32[posts]  -1 for an original; a parent stands before its children
    """
    root = np.empty(parent.size, np.int32)
    below = np.ones(parent.size, np.int64)
    for post in range(parent.size):
        root[post] = post if parent[post] < 0 else root[parent[post]]
    for post in range(parent.size - 1, -1, -1):
        if parent[post] >= 0:
            below[parent[post]] += below[post]
    return root, below


@kernel
def structural_virality(parent):
    """Mean distance between two posts of the same tree, trees weighted by their reposts; NaN without reposts.

    parent int32[posts]: -1 for an original.

    Goel, Anderson, Hofman, Watts 2016, Management Science 62:180-196; an edge
    with s nodes below it lies on s (n - s) of a tree's paths.
    """
    root, below = tree_sizes(parent)
    paths = np.zeros(parent.size)
    for post in range(parent.size):
        if parent[post] >= 0:
            paths[root[post]] += np.float64(below[post]) * np.float64(below[root[post]] - below[post])
    total = 0.0
    weight = 0.0
    for post in range(parent.size):
        if parent[post] < 0 and below[post] > 1:
            n = np.float64(below[post])
            total += (n - 1.0) * 2.0 * paths[post] / (n * (n - 1.0))
            weight += n - 1.0
    return total / weight if weight > 0.0 else np.nan
