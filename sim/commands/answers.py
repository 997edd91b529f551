"""The answers of the planning commands as tables and sentences."""

from typing import Any

from rich.table import Table
from rich.text import Text

from sim import console
from sim.results import metrics

MOST = 12  # accounts in a matrix on the screen; --json has them all


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
    if found["gap"] is not None:
        gap = console.estimate(found["gap"], declared)
        console.out.print(Text(f"Gap to the nearest rule, {found['gap']['to'].replace('_', ' ')}: {gap}"))
    console.out.print(Text(f"Pushes of the launch by hop 0 / 1 / 2+: {_percents(found['hops'])}"))
    _casting(found)
    _overlap(found["overlap"])
    _proxy(found["proxy"])
    console.out.print(
        Text(
            f"Fees {spend['fees']:,.0f}, rest of the launch {spend['rest']:,.0f}, left {spend['remainder']:,.0f} RMB; "
            f"{found['replicates']} replicates, {found['accounts']:,} accounts, seed {found['seed']}."
            + (f" Not played: {', '.join(found['left_out'])}." if found["left_out"] else "")
        )
    )


def _percents(shares: list[float]) -> str:
    return " / ".join(f"{100 * share:.0f}%" for share in shares)


def _casting(found: dict[str, Any]) -> None:
    """How near the casting of the hired came to what was declared of them."""
    hired = [row["name"] for row in found["roster"]]
    table = Table(title="Cast onto audiences: as declared > as cast", title_justify="left")
    for column in ("account", "followers", "care", "segments and overlaps", "largest error"):
        table.add_column(column, justify="left" if column == "account" else "right")
    for row in found["casting"]:
        if row["name"] not in hired:
            continue
        parts = [(part["segment"], part) for part in row["segments"] if part["wanted"] is not None]
        parts += [(f"of {part['with']}", part) for part in row["overlaps"]]
        table.add_row(
            Text(row["name"]),
            f"{row['followers_wanted']:,.0f} > {row['followers']:,.0f}",
            f"{100 * row['fit_wanted']:.0f}% > {100 * row['fit']:.0f}%",
            Text(", ".join(f"{name} {100 * one['wanted']:.1f}% > {100 * one['share']:.1f}%" for name, one in parts)),
            f"{100 * row['error']:.1f} points",
        )
    console.out.print(table)
    worst = max(found["casting"], key=lambda row: row["error"])
    console.out.print(
        Text(
            f"Worst of all {len(found['casting'])} candidates: {worst['name']}, {100 * worst['error']:.1f} points off."
        )
    )


def _overlap(shared: dict[str, Any]) -> None:
    if len(shared["names"]) < 2:
        return
    console.out.print(Text("Share of the row's followers who follow the column too", style="italic"))
    table = Table()
    table.add_column("")
    for name in shared["names"][:MOST]:
        table.add_column(Text(name), justify="right")
    for name, row in list(zip(shared["names"], shared["share"], strict=True))[:MOST]:
        table.add_row(Text(name), *(f"{100 * share:.0f}%" for share in row[:MOST]))
    console.out.print(table)


def _proxy(judged: dict[str, Any]) -> None:
    """What the proxy promises, and how it stands against full simulation."""
    promise = "" if judged["guarantee"] is None else f", guaranteed {100 * judged['guarantee']:.0f}% (of the proxy)"
    share = "-" if judged["share_of_bound"] is None else f"{100 * judged['share_of_bound']:.0f}%"
    rank, corrected = judged["rank_correlation"], judged["rank_correlation_corrected"]
    ranked = _number(rank, judged["rank_correlation_ci95"], "{:.2f}")
    if corrected is not None and rank is not None and abs(corrected - rank) >= 0.005:
        ranked += f" (with the simulation's own noise allowed for {corrected:.2f})"
    console.out.print(
        Text(
            f"Proxy: at least {share} of its best possible reach{promise}. Against full simulation: its roster is off "
            f"by {_number(judged['error'], judged['error_ci95'], '{:+.0%}')}, single accounts by "
            f"{_number(judged['error_of_singles'], judged['error_of_singles_ci95'], '{:.0%}')} on average, rank "
            f"correlation {ranked} over {judged['singles']} accounts."
        )
    )


def _number(value: float | None, ends: list[float | None] | None, form: str) -> str:
    if value is None:
        return "-"
    if ends is None or None in ends:
        return form.format(value)
    return f"{form.format(value)} [{', '.join(form.format(end) for end in ends)}]"


def flips(found: dict[str, Any]) -> None:
    """Where the answer flips, in a sentence and as the curve or the map behind it."""
    console.out.print(Text(found["sentence"], style="bold"))
    declared = measure(found["goal"])
    title = f"{found['a']} against {found['b']}: lead on {declared.label}"
    if "map" in found:
        _parted(found, declared, title)
    else:
        table = Table(title=f"{title} [95%]", title_justify="left")
        table.add_column(found["over"][0]["knob"], justify="right")
        table.add_column("lead", justify="right")
        for point in found["curve"]:
            lead = console.estimate({"mean": point["difference"], "ci95": point["ci95"]}, declared)
            table.add_row(f"{point['at']:.3g}", lead)
        console.out.print(table)
    console.out.print(Text(f"{found['replicates']} replicates, {found['accounts']:,} accounts, seed {found['seed']}"))


def _parted(found: dict[str, Any], declared: metrics.Metric, title: str) -> None:
    """The map of two knobs, largest value of the second on top, and the line that parts it."""
    first, second = (knob["knob"] for knob in found["over"])
    xs = list(dict.fromkeys(cell["first"] for cell in found["map"]))
    table = Table(title=f"{title} (~: 0 lies within its 95%)", title_justify="left")
    table.add_column(f"{second} \\ {first}", justify="right")
    for x in xs:
        table.add_column(f"{x:.3g}", justify="right")
    for row in reversed(found["rows"]):
        cells = [cell for cell in found["map"] if cell["second"] == row["second"]]
        table.add_row(f"{row['second']:.3g}", *(_lead(cell, declared) for cell in cells))
    console.out.print(table)
    if not found["flips"]:
        return
    table = Table(title="The line between them", title_justify="left")
    for column in (second, f"flips at {first}", "luck, 95%", "plausible worlds, 80%", f"{found['a']} is ahead"):
        table.add_column(column, justify="right")
    for flip in reversed(found["flips"]):
        spans = (_span(flip["luck95"]), "-" if flip["assumptions80"] is None else _span(flip["assumptions80"]))
        table.add_row(f"{flip['second']:.3g}", f"{flip['first']:.3g}", *spans, flip["a_ahead"])
    console.out.print(table)


def _lead(cell: dict[str, Any], declared: metrics.Metric) -> str:
    if cell["difference"] is None:
        return "-"
    ends = cell["ci95"]
    unsure = ends is not None and ends[0] < 0.0 < ends[1]
    return ("~ " if unsure else "") + metrics.write(cell["difference"], declared)


def _span(ends: list[float | None]) -> str:
    low, high = ("beyond" if end is None else f"{end:.3g}" for end in ends)
    return f"{low} to {high}"


def front(found: dict[str, Any]) -> None:
    """Plans of which none is better in result, cost and risk at once, and the scenario's own beside them."""
    declared = measure(found["goal"])
    title = f"{found['scenario']}: plans within {found['budget']:,.0f} RMB, on luck the search never saw"
    table = Table(title=title, title_justify="left")
    bad = bad_tenth(declared)
    rough = any(row["risk"] is not None for row in found["front"])
    tenth = f"{bad.upper()} with mishaps" if rough else bad.upper()
    for column in ("plan", f"{declared.label} [95%]", tenth, "cost, RMB", "misses the target"):
        table.add_column(column, justify="left" if column == "plan" else "right")
    rows = [(f"front {n}", row) for n, row in enumerate(found["front"], 1)]
    for name, row in [*rows, *found["strategies"].items()]:
        risk = row["risk"] or row
        low = "-" if risk[bad] is None else metrics.write(risk[bad], declared)
        missed = console.percent(risk["chance_of_missing"])
        table.add_row(Text(name), console.estimate(row, declared), low, f"{row['cost']:,.0f}", missed)
    console.out.print(table)
    for name, row in rows:
        knobs = ", ".join(
            f"{knob} {value:.2g}" if isinstance(value, float) else f"{knob} {value}"
            for knob, value in row["knobs"].items()
        )
        console.out.print(Text(f"{name}: {knobs}"))
    if rough:
        _rough(rows, found["strategies"], declared)
    lead = found["lead"]
    if lead is not None:
        console.out.print(Text(f"The first against {lead['over']}, same luck: {console.estimate(lead, declared)}"))
    console.out.print(
        Text(
            f"{found['plans']} plans searched, {found['replicates']} replicates, {found['accounts']:,} accounts, "
            f"seed {found['seed']}"
        )
    )


def _written(value: float | None, declared: metrics.Metric) -> str:
    return "-" if value is None else metrics.write(value, declared)


def _hangs(accounts: list[dict[str, Any]]) -> str:
    """The account without which most is lost."""
    if not accounts or accounts[0]["share"] is None:
        return "-"
    return f"{accounts[0]['name']}: {100 * accounts[0]['share']:.0f}%"


def _rough(front: list[tuple[str, dict[str, Any]]], own: dict[str, Any], declared: metrics.Metric) -> None:
    """What each plan keeps when things go wrong, at both ends of the rates' doubt, and on whom it hangs."""
    table = Table(title="When things go wrong", title_justify="left")
    for column in ("plan", f"{declared.label} [95%]", "low / high rates", "costs most", "hangs most on"):
        table.add_column(column, justify="left" if column == "plan" else "right")
    for name, row in [*front, *own.items()]:
        risk = row["risk"]
        worst = max(risk["causes"], key=lambda one: one["mean"] or 0.0)
        table.add_row(
            Text(name),
            console.estimate(risk, declared),
            " / ".join(_written(one["mean"], declared) for one in risk["sweep"]),
            Text(f"{worst['meaning']}: {_written(worst['mean'], declared)}" if worst["mean"] else "-"),
            Text(_hangs(risk["accounts"])),
        )
    console.out.print(table)


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
    swept = " / ".join(_written(one["mean"], declared) for one in found["sweep"])
    line += f"; with all rates at the low / high ends of their doubt {swept}; hangs most on {_hangs(found['accounts'])}"
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


def seeding(found: dict[str, Any]) -> None:
    """Whom to seed, how far that goes, and how sure it is."""
    console.out.print(
        Text(
            f"{len(found['seeds'])} accounts reach {found['spread']:,.0f} of {found['accounts']:,} (standard error "
            f"{found['standard_error']:,.1f}); the most followed {len(found['seeds'])} reach "
            f"{found['most_followed']['spread']:,.0f}.",
            style="bold",
        )
    )
    table = Table()
    for column in ("account", "followers", "adds"):
        table.add_column(column, justify="left" if column == "account" else "right")
    for row in found["seeds"]:
        table.add_row(Text(str(row["account"])), f"{row['followers']:,}", f"{row['adds']:,.1f}")
    console.out.print(table)
    promise = "promised" if found["certified"] else "NOT reached, promised"
    console.out.print(
        Text(
            f"At least {100 * found['certain_share']:.0f}% of the best possible with probability "
            f"{1 - found['failure']:g} ({promise}: 1 - 1/e - epsilon = {100 * found['promised_share']:.0f}%, epsilon "
            f"{found['epsilon']:g}); {found['sets']:,} sets, seed {found['seed']}."
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
