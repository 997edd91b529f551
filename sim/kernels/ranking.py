"""Small orders: the k-th smallest, and a row put in order.

Numba can do both with numpy's names, but compiles their whole machinery
(argument checks, messages, introsort): five seconds for one `np.partition`.
"""

from sim.kernels.compiled import kernel


@kernel
def kth(values, k):
    """The K-th smallest (from 0) of VALUES (float64[], no NaN), which it reorders: Hoare 1961, CACM 4(7):321."""
    low = 0
    high = values.size - 1
    while low < high:
        pivot = values[(low + high) >> 1]
        left = low
        right = high
        while left <= right:
            while values[left] < pivot:
                left += 1
            while pivot < values[right]:
                right -= 1
            if left <= right:
                values[left], values[right] = values[right], values[left]
                left += 1
                right -= 1
        if k <= right:
            high = right
        elif k >= left:
            low = left
        else:
            break
    return values[k]


@kernel
def ascend(values, count):
    """Put the first COUNT of VALUES (int32[n]) in ascending order, in place (Shell 1959, CACM 2(7):30)."""
    gap = 1
    while gap < count // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, count):
            value = values[i]
            at = i
            while at >= gap and values[at - gap] > value:
                values[at] = values[at - gap]
                at -= gap
            values[at] = value
        gap //= 3
