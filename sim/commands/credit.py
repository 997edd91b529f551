"""Who is to be thanked for the orders."""

from typing import Annotated, Any

import typer

from sim.commands import options
from sim.commands.options import Asked


@options.planning(replicates=24)
def attribute(
    asked: Asked,
    strategy: Annotated[str, typer.Option(help="The strategy whose orders are attributed.")],
) -> None:
    """Say which messenger the orders are owed to: met first, met last, and what is missing without each."""
    from sim import console
    from sim.planning import attribution
    from sim.results import metrics

    wanted = asked.wanted()

    def play(**how: Any) -> dict[str, Any]:
        return attribution.attribute(wanted, strategy, **how)

    def table(found: dict[str, Any]) -> None:
        from rich.table import Table

        orders = metrics.METRICS["orders"]
        title = f"{found['strategy']}: {console.estimate(found['orders'], orders)} orders, "
        title += f"{console.estimate(found['anyway'], orders)} of them anyway [95%]"
        rows = Table(title=title, title_justify="left")
        for column in ("messenger", "first met", "last met", "missing without it"):
            rows.add_column(column, justify="left" if column == "messenger" else "right")
        for name in dict.fromkeys([*found["first"], *found["last"], *found["incremental"]]):
            cells = [found[which].get(name) for which in ("first", "last", "incremental")]
            rows.add_row(name, *("-" if cell is None else console.estimate(cell, orders) for cell in cells))
        console.out.print(rows)

    asked.answer(wanted, play, table)
