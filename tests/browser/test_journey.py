"""A first-time planner's way through the app, in a real browser."""

import csv
import io
import time
import tomllib

import pytest

from sim.scenario import read
from sim.scenario.schema import Scenario
from sim.ui import link
from sim.ui.state import Inputs
from tests.browser import visitor

pytestmark = pytest.mark.browser


def test_the_whole_journey(small):
    """From a file to the client's afternoon: run, read, change, run again, take away."""
    visitor.run(small)
    sentence = small.inner_text(".dl-headline h1")
    assert "reach" in sentence
    assert "%" in sentence
    small.wait_for_selector(".dl-certainty >> nth=1", state="attached")
    assert small.locator(".dl-certainty").count() == 2
    cards = small.locator(".dl-card")
    assert 3 <= cards.count() <= 5
    assert small.locator(".dl-card-note").first.inner_text().strip()
    small.wait_for_selector(".dl-chart canvas >> nth=0", state="attached")
    assert small.locator(".dl-chart canvas").count() == 1
    small.wait_for_selector(".dl-forest-row >> nth=1", state="attached")
    assert small.locator(".dl-forest-row").count() == 2
    small.wait_for_selector(".dl-table tbody tr >> nth=2", state="attached")
    assert small.locator(".dl-table tbody tr").count() == 3
    visitor.shot(small, "planner")

    small.click("text=Seeding >> nth=0")
    small.fill(".dl-strategy-body .dl-form.is-group >> nth=1 >> input[type=number] >> nth=0", "3")
    small.keyboard.press("Tab")
    small.wait_for_selector(".dl-notice.is-changed")
    assert small.inner_text(".dl-headline h1") == sentence, "results stay while inputs change"
    small.wait_for_selector(".dl-strategy .dl-dot >> nth=0", state="attached")
    assert small.locator(".dl-strategy .dl-dot").count() == 1
    small.click(".dl-run")
    small.wait_for_selector(".dl-notice.is-changed", state="detached")

    with small.expect_download() as waiting:
        small.click("text=Scenario (TOML)")
    table = tomllib.loads(waiting.value.path().read_text())
    assert table["strategies"]["seeding"]["posts"][1]["at"] == 3.0
    with small.expect_download() as waiting:
        small.click("text=Figures (CSV)")
    raw = waiting.value.path().read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    reach = next(row for row in rows if row["strategy"] == "seeding" and row["metric"] == "reach")
    assert float(reach["mean"]) > 0
    assert reach["label_zh"] == "覆盖人数"
    with small.expect_download() as waiting:
        small.click("text=Report (HTML)")
    report = waiting.value.path().read_text()
    assert "Seeding" in report
    assert 'src="http' not in report
    with small.expect_download() as waiting:
        small.click("text=Save as PNG")
    assert waiting.value.path().read_bytes().startswith(b"\x89PNG")


def test_cards_are_duplicated_renamed_reset_and_deleted(small):
    small.click("text=Seeding")
    small.click("text=Duplicate")
    small.wait_for_selector("text=Seeding (2)")
    # The copy's card opens a moment after its name appears.
    small.wait_for_function("document.querySelector('.dl-strategy-body input[type=text]')?.value === 'Seeding (2)'")
    small.fill(".dl-strategy-body input[type=text]", "Later seeding")
    small.keyboard.press("Tab")
    small.wait_for_selector(".dl-strategy-title:has-text('Later seeding')")
    small.click("text=Delete")
    small.wait_for_selector("text=Later seeding", state="detached")
    small.click("text=Seeding")
    small.click("[aria-label='Remove these posts'] >> nth=1")
    small.wait_for_function("document.querySelectorAll('.dl-strategy-body .is-group').length === 1")
    small.click("text=Reset")
    small.wait_for_function("document.querySelectorAll('.dl-strategy-body .is-group').length === 2")


def test_controls_say_range_meaning_and_evidence_and_refuse_the_rest(small):
    small.click("text=Seeding")
    first = ".dl-strategy-body .dl-field:has(label:has-text('First post')) >> nth=0 >> "
    tip = small.locator(f"{first}.dl-tip")
    small.hover(f"{first}.dl-why")
    text = tip.inner_text()
    assert "hours after the start" in text
    assert "Allowed: 0 to 8,784" in text
    assert "assumed" in text
    box = ".dl-strategy-body .dl-form.is-group >> nth=0 >> input[type=number] >> nth=0"
    small.fill(box, "-5")
    small.keyboard.press("Tab")
    assert "Allowed is 0 to 8,784" in small.inner_text(".dl-wrong")
    small.fill(box, "100")
    small.keyboard.press("Tab")
    small.wait_for_selector(".dl-notice.is-problem:has-text('beyond the horizon')")


def test_stop_stops_within_a_second_and_the_first_look_stays(visit):
    page = visit()
    page.click(".dl-run")
    page.wait_for_selector(".dl-headline h1")
    page.wait_for_selector(".dl-stop")
    began = time.monotonic()
    page.click(".dl-stop")
    page.wait_for_selector(".dl-run")
    waited = time.monotonic() - began
    page.wait_for_selector(".dl-headline h1 >> nth=0", state="attached")
    assert page.locator(".dl-headline h1").count() == 1
    assert "First look" in page.inner_text(".dl-stage")
    page.wait_for_timeout(1500)
    assert page.locator(".dl-stop").count() == 0
    print(f"stopped after {waited:.2f} s")


def test_a_link_restores_the_page(small, visit):
    small.click("text=Seeding")
    small.fill(".dl-strategy-body input[type=text]", "Übersäen 播种")
    small.keyboard.press("Tab")
    small.wait_for_selector(".dl-strategy-title:has-text('播种')")
    small.wait_for_function("document.querySelector('.dl-take input').value.includes('?s=')")
    link = small.evaluate("document.querySelector('.dl-take input').value")
    again = visit("?" + link.split("?", 1)[1])
    again.wait_for_selector(".dl-strategy-title:has-text('Übersäen 播种')")


def test_the_address_carries_the_plan_the_page_and_the_language(small, visit):
    """So a reload finds them again."""
    small.click("text=Seeding")
    small.fill(".dl-strategy-body input[type=text]", "Mine")
    small.keyboard.press("Tab")
    small.wait_for_selector(".dl-strategy-title:has-text('Mine')")
    small.click("text=中文")
    small.wait_for_function("location.search.includes('?s=') && location.search.includes('language=zh')")
    before = small.evaluate("location.search")
    visit(before).wait_for_selector(".dl-strategy-title:has-text('Mine')")
    small.click(".dl-tabs button:has-text('达人')")
    small.wait_for_function("(before) => location.search !== before", arg=before)
    visit(small.evaluate("location.search")).wait_for_selector("h1:has-text('该请谁')")


def test_a_chinese_browser_is_spoken_to_in_chinese(visit, browser):
    chinese = browser.new_context(locale="zh-CN")
    page = visit(into=chinese)
    page.wait_for_selector(".dl-tabs button:has-text('方案')")
    chinese.close()


def test_two_sessions_know_nothing_of_each_other(small, visit, browser, server):
    other_context = browser.new_context()
    other = visit(into=other_context)
    small.click("text=Seeding")
    small.fill(".dl-strategy-body input[type=text]", "Only mine")
    small.keyboard.press("Tab")
    small.wait_for_selector(".dl-strategy-title:has-text('Only mine')")
    visitor.run(small)
    assert other.locator("text=Only mine").count() == 0
    assert other.locator(".dl-headline").count() == 0
    assert other.locator("text=A phone is launched on Weibo").count() >= 1
    other_context.close()


def test_the_keyboard_alone_is_enough(small):
    """From the top of the page to an answer without a mouse."""
    small.evaluate("document.activeElement.blur()")
    for _ in range(60):
        small.keyboard.press("Tab")
        if small.evaluate("document.activeElement.className") == "dl-run":
            break
    assert small.evaluate("document.activeElement.className") == "dl-run"
    small.keyboard.press("Enter")
    small.wait_for_selector(".dl-headline h1")


def test_a_prize_is_ticked_and_set(small):
    """Optional tables of a strategy appear by themselves, from their declaration."""
    small.click("text=Seeding")
    small.click("text=Prize draw")
    box = "label:has-text('Prizes') >> xpath=../.. >> input[type=number]"
    small.fill(box, "12")
    small.keyboard.press("Tab")
    small.wait_for_function("document.querySelector('.dl-take input').value.includes('?s=')")
    with small.expect_download() as waiting:
        small.click("text=Scenario (TOML)")
    assert tomllib.loads(waiting.value.path().read_text())["strategies"]["seeding"]["prize"]["number"] == 12


def test_what_else_is_at_work_is_ticked_and_what_is_needed_stays(visit):
    """A mechanism joins the tables that can be edited; one that a strategy needs stays, and its tick with it."""
    page = visit()
    visitor.choose(page, "airline_reply")
    page.click("summary:has-text('What else is at work')")
    page.click("label:has-text('Mishaps')")
    page.click("summary:has-text('Cast, prices and assumptions')")
    page.wait_for_selector("option[value=mishaps]", state="attached")
    page.click("label:has-text('Customer service')")
    page.wait_for_selector(".dl-notice.is-problem:has-text('service')")
    page.wait_for_function(
        "[...document.querySelectorAll('.dl-check')].find((one) => one.textContent.includes('Customer service'))"
        ".querySelector('input').checked"
    )


def test_calendar_hours_desk_and_group_have_controls(visit):
    """What a strategy may say, in the preset that says it."""
    page = visit()
    visitor.choose(page, "account_groups")
    page.click(".dl-strategy-head >> nth=2")
    page.wait_for_selector(".dl-strategy-body label:has-text('Account group')")
    page.click("text=Service desk")
    for label in ("Opens at", "Closes at", "Tone", "Agents"):
        page.wait_for_selector(f".dl-strategy-body label:has-text('{label}')")
    tip = page.locator(".dl-strategy-body .dl-field:has(label:has-text('Opens at')) .dl-tip")
    assert "hour of the day" in tip.text_content()
    for label in ("First post", "Then every", "Taking part"):
        page.wait_for_selector(f".dl-strategy-body label:has-text('{label}')")


def test_the_command_tells_when_to_stop_and_then_repeats_the_run(small):
    assert "--max-seconds 120" in small.inner_text(".dl-command code")
    visitor.run(small)
    assert "--max-seconds" not in small.inner_text(".dl-command code")
    assert "Repeats this run to the last digit" in small.inner_text(".dl-command")


@pytest.mark.parametrize("preset", sorted(read.presets()))
def test_every_shipped_scenario_opens(visit, preset):
    page = visit()
    visitor.choose(page, preset)
    assert page.locator(".dl-notice.is-problem").count() == 0
    page.click(".dl-strategy-head >> nth=1")
    page.wait_for_selector(".dl-strategy-body input")


def endless() -> str:
    """The link to a run that goes on for long: two strategies alike but for a minute, an interval never as narrow."""
    often = 'by = "brand", times = 200, every = 3.0'
    text = visitor.SMALL.replace("8_000", "1_000_000").replace("days = 1", "days = 28\nwidth = 0.0001")
    text = text.replace('by = "brand", times = 2, every = 6.0', often)
    text = text.replace('{ by = "brand" }, { by = "kols", at = 0.5 }', f"{{ {often}, at = 0.02 }}")
    scenario = read.parse(text, Scenario)
    return link.query(Inputs("endless", scenario, scenario, minutes=60.0), "planner")


def test_a_run_waits_for_a_seat_and_a_closed_tab_gives_its_own_back(tmp_path, browser):
    """One run at a time: the second says that it waits, and goes on when the first one's tab is closed."""
    process, address = visitor.start({"DANDELION_RUNS": "1", "DANDELION_PASSWORD": ""}, tmp_path / "log.txt")
    begun = ".dl-phase:text-matches('First look on|Growing|Refining')"
    try:
        first, second = (browser.new_context().new_page() for _ in range(2))
        for page in (first, second):
            page.set_default_timeout(visitor.PATIENCE)
            page.goto(f"{address}/{endless()}")
            page.click(".dl-run")
            if page is first:
                page.wait_for_selector(begun)
        second.wait_for_selector(".dl-phase:has-text('1 before you')")
        first.goto("about:blank")
        second.wait_for_selector(begun)
        second.click(".dl-stop")
        second.wait_for_selector(".dl-run")
        for page in (first, second):
            page.context.close()
    finally:
        visitor.stop(process)
