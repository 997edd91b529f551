"""What one replicate of one strategy came to."""

from dataclasses import dataclass, field

import numpy as np

CURVES = ("reads", "reach", "reposts", "comments", "messages", "likes")


@dataclass(frozen=True)
class Outcome:
    """Numbers at the size of the market.

    metrics   value by the metric's name (`sim.results.metrics`); None: undefined or no mechanism
    curves    float64[hours] by name (`CURVES`): new per hour; reach: accounts met for the first time
    parts     further numbers: reads_by_<messenger>, frequency_<n>, carried_by_<messenger>
    """

    metrics: dict[str, float | None]
    curves: dict[str, np.ndarray] = field(default_factory=dict)
    parts: dict[str, float] = field(default_factory=dict)
