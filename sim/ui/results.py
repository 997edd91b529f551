"""The right side of the planner: the answer as a sentence, then the figures behind it."""

from typing import Any

import solara

from sim.results import metrics
from sim.ui import figures, i18n, link, pictures, takeaway
from sim.ui.i18n import Language
from sim.ui.save import SavePicture
from sim.ui.state import Found, Inputs
from sim.ui.widgets import views
from sim.ui.widgets.chart import Chart


@solara.component
def Answer(found: Found, stale: bool, running: bool, language: Language) -> None:
    """The sentence with both certainties."""
    head = solara.use_memo(lambda: figures.headline(found, language), [found, language])
    stage = "" if found.final else i18n.say("first_look" if running else "only_first_look", language)
    views.Headline(
        head=head,
        flags={"stale": stale, "stage": stage, "live": running},
        words=i18n.words(language, "shipped", "in_doubt", "shipped_note", "doubt_note"),
    )


@solara.component
def Numbers(found: Found, language: Language) -> None:
    """Metric cards of one strategy, with every other as a dot."""
    wanted, want = solara.use_state("")
    names = figures.titles(found, language)
    shown = wanted if wanted in names else figures.leader(found)
    rows = solara.use_memo(lambda: figures.cards(found, shown, language), [found, shown, language])
    with solara.Div(classes=["dl-section"]), solara.Div(classes=["dl-tools"]):
        views.Choose(
            value=shown,
            options=figures.options(list(names), names),
            label=i18n.say("figures_of", language),
            event_choose=lambda name: want(str(name)),
        )
    views.Cards(cards=rows)


@solara.component
def Curves(found: Found, dark: bool, language: Language) -> None:
    """Every strategy over time, on real dates; FOUND has a curve that moves."""
    wanted, want = solara.use_state("")
    added, add = solara.use_state("cumulative")
    names = figures.curve_names(found)
    metric = next(name for name in (wanted, figures.goal_name(found), "reach", *names) if name in names)
    data = solara.use_memo(
        lambda: figures.curves(found, metric, added == "cumulative", language), [found, metric, added, language]
    )
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("curves", language), note=i18n.say("band_note", language))
        with solara.Div(classes=["dl-panel"]):
            with solara.Div(classes=["dl-tools"]):
                views.Segments(
                    value=metric,
                    options=[{"value": name, "text": i18n.label(metrics.METRICS[name], language)} for name in names],
                    label=i18n.say("metric", language),
                    event_choose=lambda name: want(str(name)),
                )
                views.Segments(
                    value=added,
                    options=[{"value": key, "text": i18n.say(key, language)} for key in ("cumulative", "hourly")],
                    label=i18n.say("curves", language),
                    event_choose=lambda key: add(str(key)),
                )
            Chart.element(data=data, dark=dark, save_text=i18n.say("save_png", language))


@solara.component
def Differences(found: Found, language: Language) -> None:
    """Paired differences against a baseline of one's choice."""
    chosen, choose = solara.use_state("")
    wanted, want = solara.use_state("")
    names = figures.titles(found, language)
    baseline = chosen if chosen in names else figures.rival(found)
    goal = figures.goal_name(found)
    cards = figures.card_metrics(found)
    options = list(dict.fromkeys([goal, *cards]))
    metric = wanted if wanted in options else goal
    rows = solara.use_memo(
        lambda: figures.differences(found, metric, baseline, language), [found, metric, baseline, language]
    )
    labels = {name: i18n.label(figures.measure_of(found, name), language) for name in options}
    notes = ["differences_note", *(["wider_note"] if found.verdict.stopped == "leader" else [])]
    with solara.Div(classes=["dl-section"]):
        views.Heading(
            text=i18n.say("differences", language),
            note=(" " if language == "en" else "").join(i18n.say(key, language) for key in notes),
        )
        with solara.Div(classes=["dl-panel"]):
            with solara.Div(classes=["dl-tools"]):
                views.Segments(
                    value=metric,
                    options=figures.options(options, labels),
                    label=i18n.say("metric", language),
                    event_choose=lambda name: want(str(name)),
                )
                views.Choose(
                    value=baseline,
                    options=figures.options(list(names), names),
                    label=i18n.say("baseline", language),
                    event_choose=lambda name: choose(str(name)),
                )
            views.Differences(found=rows, words=i18n.words(language, "shipped", "in_doubt"))
            SavePicture(
                lambda: pictures.differences(rows, labels[metric], names[baseline]),
                f"{found.findings['scenario']}-differences-{metric}.png",
                language,
            )


@solara.component
def Best(found: Found, language: Language) -> None:
    """P(best) by both certainties, and what the verdict hangs on."""
    rows = solara.use_memo(lambda: figures.chances(found, language), [found, language])
    head = solara.use_memo(lambda: figures.headline(found, language), [found, language])
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("chances", language), note=i18n.say("chances_note", language))
        with solara.Div(classes=["dl-panel"]):
            views.Chances(rows=rows, words=i18n.words(language, "shipped", "in_doubt"))
            SavePicture(
                lambda: pictures.chances(rows, i18n.say("chances", language)),
                f"{found.findings['scenario']}-best.png",
                language,
            )
        if head["hangs"]:
            views.Line(text=i18n.say("hangs" if head["clear"] else "hangs_little", language))
            views.Points(
                points=[f"{one['title']} ({one['name']}): {one['meaning']}; {one['note']}" for one in head["hangs"]]
            )


@solara.component
def AllFigures(found: Found, language: Language) -> None:
    """Spend and the sortable table."""
    data = solara.use_memo(lambda: figures.table(found, language), [found, language])
    spent = solara.use_memo(lambda: figures.money(found, language), [found, language])
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("money", language))
        with solara.Div(classes=["dl-panel"]):
            views.Money(rows=spent)
            SavePicture(
                lambda: pictures.money(found, language),
                f"{found.findings['scenario']}-spend.png",
                language,
            )
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("table", language), note=i18n.say("table_note", language))
        views.Table(
            columns=data["columns"],
            rows=data["rows"],
            words={"head": i18n.say("strategy", language)},
            caption=i18n.say("table", language),
        )


@solara.component
def TakeAway(inputs: Inputs, found: Found | None, tab: str, language: Language) -> None:
    """Scenario, figures, report, link and command."""
    file, give = solara.use_state({"number": 0, "name": "", "mime": "", "text": ""})

    def ask(asked: dict[str, Any]) -> None:
        key = asked.get("key")
        made: tuple[str, str] | None = None
        mime = "text/plain;charset=utf-8"
        if key == "scenario":
            made = takeaway.scenario_file(inputs)
        elif key == "csv" and found is not None:
            made, mime = takeaway.figures_csv(found), "text/csv;charset=utf-8"
        elif key == "report" and found is not None:
            made, mime = takeaway.html_report(found, language), "text/html;charset=utf-8"
        if made is not None:
            give({"number": asked.get("number"), "name": made[0], "mime": mime, "text": made[1]})

    items = [
        {"key": "scenario", "text": i18n.say("take_scenario", language), "off": False},
        {"key": "csv", "text": i18n.say("take_csv", language), "off": found is None},
        {
            "key": "report",
            "text": i18n.say("take_report", language),
            "off": found is None,
        },
    ]
    command, repeats = takeaway.command(inputs, found)
    words = i18n.words(language, "take_link", "take_command", "copied", "link_too_long")
    with solara.Div(classes=["dl-section"]):
        views.Heading(text=i18n.say("take_away", language))
        views.TakeAway(
            items=items,
            file=file,
            words=words | {"command_note": i18n.say("command_note" if repeats else "command_first", language)},
            query=link.query(inputs, tab),
            command=command,
            event_ask=ask,
        )
