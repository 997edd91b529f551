"""What the command line shows: tables, sentences, progress. Results on stdout, all else on stderr."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from sim.results import metrics

SHOWN = ("reach", "messages", "cost", "cost_per_thousand_reads")
PIPED_WIDTH = 120

out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = Console(stderr=True, highlight=False)


@contextlib.contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr with the time left; silent when stderr is not a terminal."""
    if not err.is_terminal:
        yield lambda _text, _done, _total: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def report(text: str, done: int, total: int) -> None:
            if text not in tasks:
                tasks[text] = bar.add_task(text, total=total)
            bar.update(tasks[text], completed=done, total=total)

        yield report


def print_json(value: dict[str, Any]) -> None:
    """One JSON object on stdout; ASCII-safe for any terminal."""
    sys.stdout.write(json.dumps(value, allow_nan=False) + "\n")


def comparison(found: dict[str, Any]) -> None:
    """The verdict, the table of strategies and the differences that matter."""
    out.print(Text(found["sentence"], style="bold"))
    out.print()
    names = [name for name in SHOWN if any(row[name]["mean"] is not None for row in found["strategies"].values())]
    goals = [found["goal"]] if isinstance(found["goal"], str) else list(found["goal"])
    names = list(dict.fromkeys([*goals, *names]))
    factor = found["market_factor"]
    scale = f"at a market of {found['market']:,} accounts (each simulated account stands for {factor:g})"
    table = Table(title=f"{found['title'] or found['scenario']}: mean [95% interval] {scale}", title_justify="left")
    table.add_column("strategy")
    for name in names:
        declared = metrics.METRICS[name]
        unit = "RMB" if declared.form == "money" else ""
        table.add_column(f"{declared.label}{f', {unit}' if unit else ''}", justify="right")
    for strategy, row in sorted(
        found["strategies"].items(),
        key=lambda item: (item[0] in found["references"], -(item[1][goals[0]]["mean"] or 0.0)),
    ):
        title = found["titles"][strategy] + (" (reference)" if strategy in found["references"] else "")
        table.add_row(Text(title), *(estimate(row[name], metrics.METRICS[name]) for name in names))
    out.print(table)
    if found["verdict"]["ahead"] and len(found["strategies"]) > 1:
        out.print(differences(found))
    money = ", ".join(
        f"{found['titles'][name]} {items['total']:,.0f} (left {items['remainder']:,.0f})"
        for name, items in found["spend"].items()
    )
    out.print(Text(f"Spend of {found['budget']:,.0f} RMB: {money}"))
    if found["influential"]:
        named = ", ".join(
            f"{one['parameter']} ({one['strength']:+.2f}{'' if one['clear'] else ', not clear'})"
            for one in found["influential"]
        )
        out.print(Text(f"The verdict hangs most on: {named}"))
    out.print(
        Text(
            f"{found['replicates']} replicates ({found['stopped']}), {found['accounts']:,} accounts, "
            f"{found['links']:,} links, seed {found['seed']}, {found['seconds']:.1f} s"
        )
    )


def differences(found: dict[str, Any]) -> Table:
    """The strategy ahead against every other, on the goal, under the same luck."""
    goal = found["goal"] if isinstance(found["goal"], str) else "goal"
    ahead = found["verdict"]["ahead"]
    titles = found["titles"]
    table = Table(title=f"{titles[ahead]} against the others, same luck", title_justify="left")
    for column in ("against", "difference [95%]", "sure, as shipped", "best in plausible worlds"):
        table.add_column(column, justify="left" if column == "against" else "right")
    declared = metrics.METRICS.get(goal) or metrics.Metric("goal", "goal", "points", True, "number", "")
    for row in found["differences"]:
        if row["metric"] != goal or row["mean"] is None or ahead not in (row["a"], row["b"]):
            continue
        turned = row["b"] == ahead
        mean, ends = row["mean"], row["ci95"]
        if turned:
            mean, ends = -mean, None if ends is None else [-ends[1], -ends[0]]
        text = estimate({"mean": mean, "ci95": ends}, declared)
        chances = [row["probability_a_better"], row["probability_under_assumptions"]]
        shown = [None if chance is None else 1.0 - chance if turned else chance for chance in chances]
        table.add_row(Text(titles[row["a"] if turned else row["b"]]), text, *(percent(chance) for chance in shown))
    return table


def estimate(value: dict[str, Any], declared: metrics.Metric) -> str:
    """Mean with its interval, rounded to what the interval deserves."""
    if value["mean"] is None:
        return "-"
    ends = value["ci95"]
    if ends is None or ends[0] == ends[1]:
        return metrics.write(value["mean"], declared)
    step = metrics.step_for(ends[1] - ends[0], declared)
    low, high = (metrics.write(end, declared, step=step) for end in ends)
    return f"{metrics.write(value['mean'], declared, step=step)} [{low}, {high}]"


def percent(chance: float | None) -> str:
    """A chance that is never shown as certain."""
    if chance is None:
        return "-"
    if chance > 0.9994:
        return ">99.9%"
    return "<0.1%" if chance < 0.0006 else f"{100 * chance:.1f}%"
