"""What the command line shows: tables, sentences, progress. Results on stdout, all else on stderr."""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from sim.kernels import compiled
from sim.results import metrics

SHOWN = ("reach", "messages", "cost", "cost_per_thousand_reads")
PIPED_WIDTH = 120
COMPILING = "compiling kernels (once after each installation)"
OVERLAPS = 20

out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = Console(stderr=True, highlight=False)


@contextlib.contextmanager
def progress_bar() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr with the time left; when stderr is no terminal, one line if kernels must be compiled."""
    if not err.is_terminal:
        lines = iter([f"{COMPILING} ..."])
        with compiled.told(lambda _name, _done: list(map(tell, lines))):
            yield lambda _text, _done, _total: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar, compiled.told(lambda _, done: report(COMPILING, done)):
        tasks: dict[str, Any] = {}

        def report(text: str, done: int, total: int | None = None) -> None:
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


def course(found: dict[str, Any]) -> None:
    """One launch: its numbers, then a table by hour (hours without reads are left out)."""
    table = Table(title=f"{found['scenario']}, {found['strategy']}, seed {found['seed']}", title_justify="left")
    curves = found["curves"]
    for column in ("time", *curves):
        table.add_column(column, justify="right")
    start = datetime.fromisoformat(found["start"])
    for hour, reads in enumerate(curves["reads"]):
        if reads:
            at = start + timedelta(hours=hour)
            table.add_row(f"{at:%a %d %b %H:%M}", *(f"{values[hour]:,.0f}" for values in curves.values()))
    out.print(table)
    for name, value in found["metrics"].items():
        if value is not None:
            declared = metrics.METRICS[name]
            out.print(Text(f"{declared.label}: {metrics.write(value, declared)} {declared.unit}".rstrip()))
    shown = [
        f"{name} {value:,.0f}" if abs(value) >= 100 else f"{name} {value:.3g}"
        for name, value in found["parts"].items()
        if value
    ]
    if shown:
        out.print(Text("Parts: " + ", ".join(shown)))


def health(found: dict[str, Any]) -> None:
    """The plan's health: what is wrong first."""
    for text in found["errors"]:
        out.print(Text(f"error    {text}"))
    for text in found["warnings"]:
        out.print(Text(f"warning  {text}"))
    if not found["errors"] and not found["warnings"]:
        out.print("No errors, no warnings.")
    table = Table(title=f"{found['scenario']}: plan", title_justify="left")
    for column in ("strategy", "spend, RMB", "left, RMB", "pushes", "on the largest account"):
        table.add_column(column, justify="left" if column == "strategy" else "right")
    for name, row in found["strategies"].items():
        share = row["largest_account_share"]
        part = "-" if share is None else f"{100 * share:.0f}%"
        table.add_row(name, f"{row['spend']:,.0f}", f"{row['remainder']:,.0f}", f"{row['pushes']:,.0f}", part)
    out.print(table)
    seconds = found["core_seconds_per_replicate"]
    played = f"{seconds:.2g} per replicate for the planned posts" if seconds else "a replicate plays no planned post"
    out.print(
        Text(
            f"About {found['memory_gb']:.2g} GB, {found['growth_core_seconds']:.1f} core-seconds to grow the graph, "
            f"{played}; {found['cores']} cores, "
            f"{found['free_disk_gb']:.0f} GB of disk free; {found['doubts']} parameters in doubt."
        )
    )
    looked = found.get("pilot")
    if looked is not None:
        needed = looked["replicates_needed"]
        ahead = "cannot be said" if needed is None else f"about {needed:,}"
        out.print(
            Text(
                f"Pilot of {looked['replicates']}: {ahead} replicates for the wanted interval, "
                f"{looked['seconds_per_replicate']:.2f} s for one of all strategies here."
            )
        )
        _looked(looked["strategies"])
    out.print(Text("Installed: " + ", ".join(f"{name} {version}" for name, version in found["installed"].items())))


def _looked(strategies: dict[str, dict[str, Any]]) -> None:
    """What the pilot saw of each launch: on whom its reach hangs, how often the same people meet it."""
    table = Table(title="What the pilot saw", title_justify="left")
    for column in ("strategy", "largest account", "reach gone without it", "reads through it", "met 4 times or more"):
        table.add_column(column, justify="left" if column in ("strategy", "largest account") else "right")
    for name, row in strategies.items():
        shares = (row[key] for key in ("largest_share_of_reach", "largest_share_of_reads", "met_often"))
        cells = ("-" if share is None else f"{100 * share:.0f}%" for share in shares)
        table.add_row(Text(name), Text(row["largest_account"] or "-"), *cells)
    out.print(table)


def tell(text: str) -> None:
    """A line for the person on stderr; stdout is for results."""
    err.print(Text(text))


def facts(rows: list[tuple[str, str]]) -> None:
    """Label and text, one per line."""
    table = Table(show_header=False, box=None)
    for label, text in rows:
        table.add_row(Text(label), Text(text))
    out.print(table)


def targets(found: dict[str, Any]) -> None:
    """The targets of a validation: observed, simulated, band, Kolmogorov-Smirnov distance, pass or fail."""
    out.print(Text(f"{found['passed']} of {found['total']} targets pass.", style="bold"))
    for title, rows in [("all", found["targets"]), *found.get("populations", {}).items()]:
        table = Table(title=f"{title} roots", title_justify="left")
        for column in ("#", "target", "observed", "simulated", "band", "KS", ""):
            table.add_column(column, justify="left" if column == "target" else "right")
        for row in rows:
            ks = "-" if row["ks"] is None else f"{row['ks']:.3f}"
            verdict = Text("pass" if row["pass"] else "fail", style="green" if row["pass"] else "red")
            values = (_short(row[name]) for name in ("observed", "simulated", "band"))
            table.add_row(str(row["id"]), Text(row["name"]), *values, ks, verdict)
        out.print(table)
    out.print(
        Text(
            f"{found['cascades']:,} cascades for {found['roots']:,} roots on {found['accounts']:,} accounts; "
            f"{found['unplaced_roots']} roots found none in the window; seed {found['seed']}, {found['seconds']} s"
        )
    )


def fitted(found: dict[str, Any]) -> None:
    """A fit to a planner's own posts: the grade, then every parameter before and after."""
    out.print(Text(found["grade"], style="bold"))
    for note in found["notes"]:
        out.print(Text(note))
    table = Table(title=f"{found['scenario']}: {found['posts']} posts of {found['observed']}", title_justify="left")
    for column in ("parameter", "before", "from the posts", "95% interval", "into the scenario"):
        table.add_column(column, justify="left" if column == "parameter" else "right")
    for row in found["parameters"]:
        ends = f"{row['low']:.3g} to {row['high']:.3g}"
        table.add_row(
            Text(row["name"]), f"{row['declared']:.3g}", f"{row['value']:.3g}", ends, "yes" if row["fitted"] else "no"
        )
    out.print(table)
    for quantity, inside in found["predictive"].items():
        out.print(Text(f"{quantity}: {inside['inside_90']:.0%} of the posts lie within the model's 90% range"))


def _short(value: Any) -> str:
    """A number, or a list or table of them, in few characters."""
    if isinstance(value, dict):
        return _short(list(value.values()))
    if isinstance(value, list | tuple):
        shown = [_short(inner) for inner in value[:6]]
        return " ".join(shown) + (" .." if len(value) > 6 else "")
    return "-" if value is None else f"{value:.3g}" if isinstance(value, float) else str(value)


def frame(rows: pd.DataFrame, as_csv: bool = False) -> None:
    """A table of answers, or CSV."""
    if as_csv:
        sys.stdout.write(rows.to_csv(index=False))
        return
    table = Table()
    for name in rows.columns:
        table.add_column(str(name), justify="right" if pd.api.types.is_numeric_dtype(rows[name]) else "left")
    for row in rows.itertuples(index=False):
        table.add_row(*(Text(f"{value:,.6g}" if isinstance(value, float) else str(value)) for value in row))
    out.print(table)


def audiences(found: dict[str, Any]) -> None:
    """Who follows the cast, by segment, and how far audiences overlap."""
    scale = f"{found['accounts']:,} simulated accounts, each for {found['market_factor']:g}"
    table = Table(title=f"{found['title'] or found['scenario']}: audiences ({scale})", title_justify="left")
    for column in ("account", "followers", "care", "read at all"):
        table.add_column(column, justify="left" if column == "account" else "right")
    names = [row["name"] if row["accounts"] == 1 else f"{row['name']} ({row['accounts']:,})" for row in found["roles"]]
    for name, row in zip(names, found["roles"], strict=True):
        table.add_row(Text(name), f"{row['followers']:,.0f}", _share(row["interested"]), _share(row["active"]))
    out.print(table)
    segments = [name for name in found["roles"][0].get("segments", {}) if name != "others"]
    if segments:
        table = Table(title="Segments of the followers", title_justify="left")
        for column in ("account", *segments):
            table.add_column(column, justify="left" if column == "account" else "right")
        for name, row in zip(names, found["roles"], strict=True):
            table.add_row(Text(name), *(_share(row["segments"][segment]) for segment in segments))
        out.print(table)
    shared = [pair for pair in found["overlap"] if pair["shared"]]
    if not shared:
        out.print("No two audiences overlap.")
        return
    table = Table(title="Overlap of audiences", title_justify="left")
    for column in ("account", "and", "follow both", "of the first", "of the second"):
        table.add_column(column, justify="left" if column in ("account", "and") else "right")
    for pair in sorted(shared, key=lambda one: -one["shared"])[:OVERLAPS]:
        table.add_row(
            Text(pair["a"]), Text(pair["b"]), f"{pair['shared']:,.0f}", _share(pair["of_a"]), _share(pair["of_b"])
        )
    out.print(table)
    if len(shared) > OVERLAPS:
        out.print(f"The {len(shared) - OVERLAPS} smaller overlaps stand in --json.")


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f}%"
