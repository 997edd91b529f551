"""Playing a preset once for all tests of its headline, and asking for a direction."""

from collections.abc import Mapping

import numpy as np

from sim.results import contrast
from sim.runs import compare
from sim.scenario import read
from sim.scenario.schema import Scenario

Size = tuple[int | None, int]  # accounts (None: the preset's own), replicates


class Headlines:
    """Presets at two sizes, each played once.

    small, long  preset -> (accounts, replicates): for every run of the tests, and with `-m long`
    """

    def __init__(self, small: Mapping[str, Size], long: Mapping[str, Size]):
        self.sizes = small, long
        self._played: dict[tuple[str, bool], compare.Comparison] = {}

    def __call__(self, name: str, full: bool) -> compare.Comparison:
        """The preset, all its strategies."""
        if (name, full) not in self._played:
            accounts, replicates = self.sizes[full][name]
            scenario = read.read(name, Scenario)
            if accounts is not None:
                scenario = scenario.with_accounts(accounts)
            self._played[name, full] = compare.compare(scenario, replicates=replicates, jobs=2, doubt=False)
        return self._played[name, full]


def values(of: compare.Comparison, strategy: str, number: str) -> np.ndarray:
    """A metric or a part of every replicate."""
    table = of.outcomes if number in of.outcomes else of.parts
    rows = table[(table["strategy"] == strategy) & (table["luck"] == "shipped")].sort_values("replicate")
    return rows[number].to_numpy(np.float64)


def assert_more(of: compare.Comparison, number: str, a: str, b: str) -> None:
    """A has more of NUMBER than B: the whole interval of the matched difference lies above zero."""
    gap = contrast.difference(values(of, a, number), values(of, b, number))
    assert gap.low is not None, (number, a, b)
    assert gap.low > 0, (number, a, b, gap)
