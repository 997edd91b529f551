"""What a measurement looks like: Markdown, a chart, plain values for JSON."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from sim.bench import peers
from sim.bench.rounds import Agreement, Row
from sim.results import charts

MEASURED, ELSEWHERE = "#0072B2", "#BBBBBB"
HEAD = "| peer | workload | metric | ours | theirs | ratio | agreement |"
BOUND_HEAD = (
    "| kernel | workload | working set | random reads/s | in order | reads | rate "
    "| of the random-read bound | of the same reads |"
)


def plain(found: dict[str, Any]) -> dict[str, Any]:
    """FOUND as the contract's JSON: rows with exactly the contract's keys, NaN nowhere."""
    return {
        "rows": [row._asdict() for row in found["rows"]],
        "bound": found["bound"],
        "agreement": [one._asdict() | {"quartiles": list(one.quartiles)} for one in found["agreement"]],
        "absent": found["absent"],
        "versions": found["versions"],
        "machine": found["machine"],
        "quick": found["quick"],
        "seconds": found["seconds"],
    }


def markdown(found: dict[str, Any]) -> str:
    """The tables for a reader, with where and when they were measured."""
    agreed = {one[:3]: one for one in found["agreement"]}
    lines = [HEAD, "|---|---|---|---:|---:|---:|---|"]
    lines += [_row(row, agreed.get(row[:3])) for row in found["rows"]]
    lines += ["", BOUND_HEAD, "|---|---|---:|---:|---:|---:|---:|---:|---:|"]
    lines += [_bound(workload, one) for workload, one in found["bound"].items()]
    lines.append("")
    for one in found["absent"]:
        lines += [f"Not here: {one['peer']} ({one['install']}).", ""]
    where, versions = found["machine"], found["versions"]
    named = ", ".join(f"{name} {version}" for name, version in versions.items() if version is not None)
    lines.append(
        f"{where['when']}, {where['processor']}, {where['cores']} cores, load {where['load']} when it began; "
        f"{'quick, ' if found['quick'] else ''}{found['seconds']:.0f} s. {named}."
    )
    return "\n".join(lines)


def _row(row: Row, agreement: Agreement | None) -> str:
    numbers = [
        "" if value is None else f"{value:,.{0 if value >= 100 else 1}f}" for value in (row.ours, row.theirs, row.ratio)
    ]
    said = ""
    if agreement is not None:
        verdict = "" if agreement.agree else "DISAGREES: "
        said = f"{verdict}{agreement.ours:,.0f} and {agreement.theirs:,.0f}, {abs(agreement.gap):.1f} standard errors"
    elif row.ours is None:
        said = "not run"
    return "| " + " | ".join([row.peer, row.workload, row.metric, *numbers, said]) + " |"


def _bound(workload: str, one: dict[str, Any]) -> str:
    same = one["fraction_same_reads"]
    cells = (
        one["kernel"], workload, f"{one['working_set_bytes'] / 1e6:,.0f} MB",
        f"{one['random_reads_per_second'] / 1e6:,.0f} M", f"{one['sequential_bytes_per_second'] / 1e9:.1f} GB/s",
        f"{one['reads']:,.0f}", f"{one['per_second']:,.0f} {one['unit']}/s", f"{one['fraction']:.0%}",
        "" if same is None else f"{same:.0%}",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def chart(found: dict[str, Any]) -> str:
    """Ratios as bars on a logarithmic scale (SVG); pale: recorded on another machine."""
    rows = [row for row in found["rows"] if row.ratio is not None and not row.peer.startswith("Dandelion")]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        pale = f" ({peers.RECORDED})"
        names = [
            f"{row.peer.replace(pale, '')}, {row.workload}" + (", same worlds" if "same" in row.metric else "")
            for row in rows
        ]
        ratios = [row.ratio or 0.0 for row in rows]
        colours = [ELSEWHERE if pale in row.peer else MEASURED for row in rows]
        bars = axes.barh(np.arange(len(rows)), ratios, color=colours)
        axes.bar_label(bars, labels=[f"{ratio:,.0f}x" for ratio in ratios], padding=3)
        axes.set_yticks(np.arange(len(rows)), names)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.0f}x")
        axes.xaxis.set_minor_formatter("")
        axes.set_xlim(1, 4 * max([*ratios, 1.0]))
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()
        axes.set_xlabel(f"cascades per second, ours over theirs, one thread; grey: {peers.RECORDED}")

    return charts.draw(paint, 8.5, 0.3 * len(rows) + 1.0, "bench")
