"""One colour per strategy, the same in every chart, table and screen."""

from collections.abc import Sequence

# Okabe and Ito (2008), Color Universal Design: told apart with every common
# colour blindness. Yellow and sky blue are weak on white paper and come last.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442")
REFERENCE = "#767676"
DASHES = ("solid", "dashed", "dotted", "dashdot")


def of(strategies: Sequence[str], references: Sequence[str] = ()) -> dict[str, str]:
    """Colour by strategy, in the order of the scenario; references (control) are grey."""
    ranked = [name for name in strategies if name not in references]
    found = {name: OKABE_ITO[place % len(OKABE_ITO)] for place, name in enumerate(ranked)}
    return {name: found.get(name, REFERENCE) for name in strategies}


def dashes(strategies: Sequence[str], references: Sequence[str] = ()) -> dict[str, str]:
    """Line style by strategy: what keeps apart those that share a colour (grey, or more than eight)."""
    ranked = [name for name in strategies if name not in references]
    grey = [name for name in strategies if name in references]
    found = {name: DASHES[place // len(OKABE_ITO) % len(DASHES)] for place, name in enumerate(ranked)}
    return found | {name: DASHES[(place + 1) % len(DASHES)] for place, name in enumerate(grey)}
