"""The answers of the planning commands as tables and sentences."""

from typing import Any

from rich.table import Table
from rich.text import Text

from sim import console
from sim.results import metrics


def measure(goal: str) -> metrics.Metric:
    """How the goal's numbers are written."""
    return metrics.METRICS.get(goal) or metrics.Metric("goal", "goal", "points", True, "number", "")


def bad_tenth(declared: metrics.Metric) -> str:
    """Which tenth is the bad one."""
    return "p10" if declared.higher_is_better else "p90"


def roster(found: dict[str, Any]) -> None:
    """Whom to hire, what each is worth, and how the roster stands against the usual rules."""
    declared = measure(found["goal"])
    money = metrics.METRICS["cost"]
    names = ", ".join(row["name"] for row in found["roster"])
    spend = found["spend"]
    console.out.print(
        Text(f"Hire {names}: {declared.label} {console.estimate(found['result'], declared)}", style="bold")
    )
    for text in found["warnings"]:
        console.out.print(Text(f"warning  {text}"))
    console.out.print()
    table = Table(title="What each is worth, given the others [95%]", title_justify="left")
    for column in ("account", "fee", "fee up to", "adds", "met first through it", "fit", "hops 0 / 1 / 2+"):
        table.add_column(column, justify="left" if column == "account" else "right")
    for row in found["roster"]:
        added = {"mean": row["marginal"], "ci95": row["marginal_ci95"]}
        first = {"mean": row["reach"], "ci95": row["reach_ci95"]}
        ends = row["price_ceiling_ci95"]
        ceiling = "any" if row["price_ceiling"] is None else metrics.write(row["price_ceiling"], money)
        if row["price_ceiling"] is None and ends is None:
            ceiling = "-"
        elif ends is not None:
            low, high = ("any" if end is None else metrics.write(end, money) for end in ends)
            ceiling += f" [{low}, {high}]"
        table.add_row(
            Text(row["name"]),
            metrics.write(row["fee"], money),
            ceiling,
            console.estimate(added, declared),
            console.estimate(first, metrics.METRICS["reach"]),
            f"{100 * row['fit']:.0f}%",
            " / ".join(f"{100 * share:.0f}%" for share in row["hops"]),
        )
    console.out.print(table)
    table = Table(title="Against the usual rules, same budget, same luck", title_justify="left")
    for column in ("rule", "fees", declared.label, "lead of the roster [95%]"):
        table.add_column(column, justify="left" if column == "rule" else "right")
    for name, rule in found["baselines"].items():
        lead = "the same roster" if rule["same_roster"] else console.estimate(rule["lead"], declared)
        cells = (metrics.write(rule["fees"], money), console.estimate(rule["goal"], declared), lead)
        table.add_row(Text(name.replace("_", " ")), *cells)
    console.out.print(table)
    if found["selection"] is not None:
        console.out.print(Text(found["selection"]["sentence"]))
    if found["risk"] is not None:
        mishaps(found["risk"], declared)
    judged = found["proxy"]
    rank = "-" if judged["rank_correlation"] is None else f"{judged['rank_correlation']:.2f}"
    error = "-" if judged["error"] is None else f"{100 * judged['error']:+.0f}%"
    promise = "" if judged["guarantee"] is None else f", guaranteed {100 * judged['guarantee']:.0f}% (of the proxy)"
    share = "-" if judged["share_of_bound"] is None else f"{100 * judged['share_of_bound']:.0f}%"
    console.out.print(
        Text(
            f"Proxy: at least {share} of its best possible reach{promise}; against full simulation: error {error}, "
            f"rank correlation {rank} over {judged['singles']} accounts."
        )
    )
    console.out.print(
        Text(
            f"Fees {spend['fees']:,.0f}, rest of the launch {spend['rest']:,.0f}, left {spend['remainder']:,.0f} RMB; "
            f"{found['replicates']} replicates, {found['accounts']:,} accounts, seed {found['seed']}."
            + (f" Not played: {', '.join(found['left_out'])}." if found["left_out"] else "")
        )
    )


def flips(found: dict[str, Any]) -> None:
    """Where the answer flips, in a sentence and as the curve or the map behind it."""
    console.out.print(Text(found["sentence"], style="bold"))
    declared = measure(found["goal"])
    title = f"{found['a']} against {found['b']}: lead on {declared.label} [95%]"
    table = Table(title=title, title_justify="left")
    for knob in found["over"]:
        table.add_column(knob["knob"], justify="right")
    table.add_column("lead", justify="right")
    for point in found.get("curve") or found["map"]:
        at = [point["at"]] if "at" in point else [point["first"], point["second"]]
        lead = console.estimate({"mean": point["difference"], "ci95": point["ci95"]}, declared)
        table.add_row(*(f"{value:.3g}" for value in at), lead)
    console.out.print(table)
    console.out.print(Text(f"{found['replicates']} replicates, {found['accounts']:,} accounts, seed {found['seed']}"))


def front(found: dict[str, Any]) -> None:
    """Plans of which none is better in result, cost and risk at once, and the scenario's own beside them."""
    declared = measure(found["goal"])
    title = f"{found['scenario']}: plans within {found['budget']:,.0f} RMB, on luck the search never saw"
    table = Table(title=title, title_justify="left")
    bad = bad_tenth(declared)
    rough = any(row["risk"] is not None for row in found["front"])
    tenth = f"{bad.upper()} with mishaps" if rough else bad.upper()
    for column in ("plan", f"{declared.label} [95%]", tenth, "cost, RMB", "misses the target", "knobs"):
        table.add_column(column, justify="left" if column in ("plan", "knobs") else "right")
    rows = [(f"front {n}", row) for n, row in enumerate(found["front"], 1)]
    for name, row in [*rows, *found["strategies"].items()]:
        risk = row["risk"] or row
        low = "-" if risk[bad] is None else metrics.write(risk[bad], declared)
        missed = console.percent(risk["chance_of_missing"])
        knobs = ", ".join(
            f"{knob} {value:.2g}" if isinstance(value, float) else f"{knob} {value}"
            for knob, value in row.get("knobs", {}).items()
        )
        table.add_row(Text(name), console.estimate(row, declared), low, f"{row['cost']:,.0f}", missed, Text(knobs))
    console.out.print(table)
    lead = found["lead"]
    if lead is not None:
        console.out.print(Text(f"The first against {lead['over']}, same luck: {console.estimate(lead, declared)}"))
    console.out.print(
        Text(
            f"{found['plans']} plans searched, {found['replicates']} replicates, {found['accounts']:,} accounts, "
            f"seed {found['seed']}"
        )
    )


def mishaps(found: dict[str, Any], declared: metrics.Metric) -> None:
    """What going wrong costs one launch: mean, bad tenth, the causes."""
    bad = bad_tenth(declared)
    share = found["loss"]["share"]
    lost = "" if share is None else f" ({100 * share:.0f}% less)" if declared.higher_is_better else ""
    missed = found["chance_of_missing"]
    line = (
        f"When things go wrong: {declared.label} {console.estimate(found, declared)}{lost}; bad tenth "
        f"{metrics.write(found[bad], declared)}, as planned {metrics.write(found['planned'][bad], declared)}"
    )
    if missed is not None:
        line += f"; misses the target {console.percent(missed)} of the time"
    console.out.print(Text(line + "."))
    costs = [one for one in found.get("causes", ()) if one["mean"]]
    if costs:
        named = ", ".join(
            f"{one['meaning']} {metrics.write(one['mean'], declared)}"
            for one in sorted(costs, key=lambda one: -abs(one["mean"]))
        )
        console.out.print(Text(f"Cost on average: {named}."))


def trouble(found: dict[str, Any]) -> None:
    """Every strategy as planned and with mishaps, and on whom it hangs."""
    declared = measure(found["goal"])
    console.out.print(Text(found["sentence"], style="bold"))
    console.out.print()
    bad = bad_tenth(declared)
    table = Table(title=f"{found['scenario']}: {declared.label}, same luck", title_justify="left")
    for column in ("strategy", "as planned [95%]", "with mishaps [95%]", bad.upper(), "low / high rates", "misses"):
        table.add_column(column, justify="left" if column == "strategy" else "right")
    for name, row in found["strategies"].items():
        swept = " / ".join(metrics.write(one["mean"], declared) for one in row["sweep"])
        table.add_row(
            Text(name),
            console.estimate(row["planned"], declared),
            console.estimate(row, declared),
            metrics.write(row[bad], declared),
            swept,
            console.percent(row["chance_of_missing"]),
        )
    console.out.print(table)
    table = Table(title="What each mishap costs on average, alone [95%]", title_justify="left")
    table.add_column("mishap")
    for name in found["strategies"]:
        table.add_column(name, justify="right")
    for n, cause in enumerate(next(iter(found["strategies"].values()))["causes"]):
        cells = (console.estimate(row["causes"][n], declared) for row in found["strategies"].values())
        table.add_row(Text(f"{cause['meaning']} ({100 * cause['rate']:.2g}%)"), *cells)
    console.out.print(table)
    for name, row in found["strategies"].items():
        named = ", ".join(
            f"{one['name']} {console.estimate(one, declared)}"
            + ("" if one["share"] is None else f" ({100 * one['share']:.0f}%)")
            for one in row["accounts"][:6]
        )
        if named:
            console.out.print(Text(f"{name} without one of its accounts loses: {named}"))
    console.out.print(
        Text(
            f"{found['replicates']} replicates, {found['accounts']:,} accounts, seed {found['seed']}. Rates are "
            "assumed: [mishaps] in the scenario."
        )
    )


def selection(found: dict[str, Any]) -> None:
    """The winner of a race and how far everybody ran."""
    declared = measure(found["goal"])
    console.out.print(Text(found["sentence"], style="bold"))
    table = Table(title=f"{found['scenario']}: a race on {declared.label}", title_justify="left")
    for column in ("strategy", f"{declared.label} [95%]", "replicates", ""):
        table.add_column(column, justify="left" if column in ("strategy", "") else "right")
    for name, row in sorted(found["strategies"].items(), key=lambda item: -item[1]["replicates"]):
        state = "winner" if name == found["winner"] else "in the race" if row["alive"] else "left behind"
        table.add_row(Text(name), console.estimate(row, declared), f"{row['replicates']:,}", state)
    console.out.print(table)
    console.out.print(
        Text(
            f"{found['plays']:,} plays; margin {metrics.write(found['margin'], declared)} {declared.unit}".rstrip()
            + f", error {found['error']:g}; {found['accounts']:,} accounts, seed {found['seed']}"
        )
    )
