"""Every page, in both languages, both themes and on a phone: it shows what it should and asks nobody else."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from sim.runs import compare, design, findings, keep, sweep, workers
from sim.scenario import read
from sim.scenario.schema import Scenario
from tests.browser import visitor

pytestmark = pytest.mark.browser
TABS = ("Planner", "Watch", "KOLs", "Sweeps", "Evidence")
ZH = {"Planner": "方案", "Watch": "传播", "KOLs": "达人", "Sweeps": "扫描", "Evidence": "依据"}

SERIOUS = {"serious", "critical"}


@pytest.fixture(scope="module")
def kept(results):
    """A result folder as the command line writes it."""
    scenario = read.parse(visitor.SMALL, Scenario)
    found = compare.compare(scenario, replicates=4, jobs=2)
    with keep.place(results / "small_launch") as draft:
        keep.fill(draft, found, findings.findings(found))
    return results / "small_launch"


def open_tab(page, name):
    page.click(f".dl-tabs button:has-text('{name}')")
    page.wait_for_selector(f".dl-tabs button.is-on:has-text('{name}')")


def axe_findings(page):
    """Serious findings of axe-core, as rule and selector; the widget library's own are told apart by their place."""
    found = Axe().run(page).response["violations"]
    return [(rule["id"], node["target"][0]) for rule in found if rule["impact"] in SERIOUS for node in rule["nodes"]]


def test_every_page_opens_in_light_dark_and_chinese_without_a_serious_finding(small, kept):
    visitor.run(small)
    for theme in ("light", "dark"):
        for name in TABS:
            open_tab(small, name)
            if name == "KOLs":
                small.wait_for_selector(".dl-matrix")
            small.wait_for_timeout(400)
            visitor.shot(small, f"{name.lower()}-{theme}")
            assert axe_findings(small) == [], f"{name}, {theme}"
        small.click("[aria-label='Switch to dark colours'], [aria-label='Switch to light colours']")
        small.wait_for_selector(".v-application.theme--" + ("dark" if theme == "light" else "light"))
    small.click("text=中文")
    for name in TABS:
        open_tab(small, ZH[name])
        small.wait_for_timeout(300)
        visitor.shot(small, f"{name.lower()}-chinese")
    open_tab(small, ZH["Planner"])
    assert "覆盖人数" in small.inner_text(".dl-headline h1")
    assert small.get_attribute("html", "lang") == "zh-CN"


def test_a_phone_needs_no_sideways_scrolling(visit, browser, kept):
    phone = browser.new_context(viewport={"width": 390, "height": 844}, device_scale_factor=2, has_touch=True)
    page = visit(into=phone)
    visitor.upload(page, visitor.SMALL, "small.toml")
    page.wait_for_selector("text=A scenario that runs in a second.")
    visitor.run(page)
    for name in TABS:
        open_tab(page, name)
        page.wait_for_timeout(400)
        wide = page.evaluate("document.documentElement.scrollWidth")
        visitor.shot(page, f"{name.lower()}-phone")
        assert wide <= 390, name
    phone.close()


def test_watch_plays_a_launch(small):
    open_tab(small, "Watch")
    small.select_option(".dl-choose select", "seeding")
    small.click("text=Play this launch")
    small.wait_for_selector(".dl-film-line")
    small.wait_for_function("Number(document.querySelector('.dl-film').dataset.hour) > 2")
    small.click(".dl-film-play")
    held = small.get_attribute(".dl-film", "data-hour")
    small.wait_for_timeout(300)
    assert small.get_attribute(".dl-film", "data-hour") == held
    small.evaluate(
        "(s => { s.value = 24; s.dispatchEvent(new Event('input')); })(document.querySelector('.dl-film-strip input'))"
    )
    assert small.get_attribute(".dl-film", "data-hour") == "24.0"
    small.focus(".dl-film canvas")
    small.keyboard.press("Enter")
    small.wait_for_selector(".dl-film-card h3")
    assert small.locator(".dl-film-card dd").count() >= 5
    totals = small.locator(".dl-film-totals b").all_inner_texts()
    assert totals[0] != "0"
    visitor.shot(small, "watch-playing")


def test_a_roster_is_found_for_a_budget_and_added_with_one_click(small):
    """The planning's own answer: whom to hire, what each adds, up to which fee."""
    open_tab(small, "KOLs")
    small.wait_for_selector(".dl-matrix")
    small.fill(".dl-page input[type=number]", "5000")
    small.keyboard.press("Tab")
    small.click("text=Find whom to hire")
    small.wait_for_selector(".dl-advice")
    assert "Hire KOL" in small.inner_text(".dl-advice h2")
    small.wait_for_selector("td:has-text('…')")  # an interval stands there
    small.wait_for_selector("text=Against rules of thumb")
    visitor.shot(small, "kols-roster")
    small.click("text=Add this roster as a strategy")
    small.wait_for_selector("text=Roster is now a strategy in the planner.")
    small.select_option(".dl-choose select", "brand_only")
    small.click("[aria-label='Add to Brand only: KOL 2']")
    small.wait_for_selector("text=KOL 2 was added to Brand only.")
    open_tab(small, "Planner")
    small.wait_for_selector(".dl-summary:has-text('KOL 2')")
    small.wait_for_selector(".dl-strategy-title:has-text('Roster')")


def test_choosing_stops_when_asked(visit):
    page = visit()
    open_tab(page, "KOLs")
    page.wait_for_selector(".dl-matrix")
    page.fill(".dl-page input[type=number]", "200000")
    page.keyboard.press("Tab")
    page.click("text=Find whom to hire")
    page.wait_for_selector("text=/Comparing rosters|Measuring who/")
    page.click(".dl-page .dl-button:has-text('Stop')")
    page.wait_for_selector("text=/Comparing rosters|Measuring who/", state="detached")
    page.wait_for_selector("text=Find whom to hire")
    page.wait_for_timeout(1_500)
    assert page.locator(".dl-notice").count() == 0, "what is stopped says nothing more"


def png_of(page, place):
    """The picture behind the PLACE-th button that saves one."""
    with page.expect_download() as waiting:
        page.click(f"text=Save as PNG >> nth={place}")
    raw = waiting.value.path().read_bytes()
    assert raw.startswith(b"\x89PNG")
    assert len(raw) > 2_000
    return raw


def test_every_chart_is_saved_as_a_picture(small, swept):
    visitor.run(small)
    pictures = [png_of(small, place) for place in range(small.locator("text=Save as PNG").count())]
    assert len(pictures) == 4  # curves, differences, chances, spend
    open_tab(small, "KOLs")
    small.wait_for_selector(".dl-matrix")
    pictures.append(png_of(small, 0))
    open_tab(small, "Sweeps")
    small.select_option(".dl-choose select", "swept")
    small.wait_for_selector(".dl-heat")
    pictures += [png_of(small, place) for place in range(2)]
    open_tab(small, "Evidence")
    small.wait_for_selector(".dl-figure")
    pictures.append(png_of(small, 0))
    open_tab(small, "Watch")
    small.click("text=Play this launch")
    small.wait_for_selector(".dl-film-line")
    with small.expect_download() as waiting:
        small.click("[aria-label='Save as PNG']")
    pictures.append(waiting.value.path().read_bytes())
    assert len(set(pictures)) == len(pictures)


@pytest.fixture(scope="module")
def swept(results):
    """The folder of a sweep over two knobs, with a flip between them."""
    scenario = read.parse(visitor.SMALL, Scenario)
    knobs = (
        {"name": "contents.launch.quality", "values": (1.0, 4.0)},
        {"name": "cast.brand.followers", "values": (20_000, 60_000)},
    )
    wanted = design.Sweep(scenarios=("small",), strategies=("brand_only", "seeding"), replicates=2, knobs=knobs)
    plan = design.of(wanted, {"small_launch": scenario})
    with workers.engine("threads", 2) as engine:
        sweep.run(plan, results / "swept", engine=engine)
    return results / "swept"


def test_a_sweep_shows_map_flip_tornado_and_runs(small, swept):
    open_tab(small, "Sweeps")
    small.wait_for_selector("option[value='swept']", state="attached")
    small.select_option(".dl-choose select", "swept")
    small.wait_for_selector(".dl-heat tbody tr >> nth=1", state="attached")
    assert small.locator(".dl-heat tbody td").count() == 4
    assert small.locator(".dl-tornado-row").count() == 2
    assert "16 runs" in small.inner_text(".dl-page")
    assert small.locator(".dl-table >> nth=1 >> tbody tr").count() == 16
    assert "The brand · Followers" in small.inner_text(".dl-tornado")


def test_what_the_command_line_kept_opens(small, kept):
    open_tab(small, "Sweeps")
    small.wait_for_selector("option[value='small_launch']", state="attached")
    small.select_option(".dl-choose select", "small_launch")
    small.wait_for_selector(".dl-heading:has-text('A small launch')")
    small.wait_for_selector(".dl-table tbody tr")
    small.click("text=Open small_launch in the planner")
    small.wait_for_selector(".dl-tabs button.is-on:has-text('Planner')")
    small.wait_for_selector(".dl-strategy >> nth=2", state="attached")
    assert small.locator(".dl-strategy").count() == 3


def test_evidence_names_every_parameter_and_can_be_searched(small):
    open_tab(small, "Evidence")
    small.wait_for_selector(".dl-table tbody tr")
    assert small.locator(".dl-figure polyline").count() >= 16, "model and reality over each other"
    everything = small.locator(".dl-table.is-text tbody tr").count()
    assert everything > 50
    small.fill("input[type=search]", "repost_rate")
    small.wait_for_function("document.querySelectorAll('.dl-table.is-text tbody tr').length < 5")
    assert "response.repost_rate" in small.inner_text(".dl-table.is-text tbody")


def test_mesas_own_page_steps_the_model(visit):
    page = visit("live", bar=False)
    page.wait_for_selector("button:has-text('Step')")
    page.click("button:has-text('Step')")
    page.wait_for_selector("text=/(Step|Time): 1/", state="attached")  # Mesa 3.5 tells the time
    page.wait_for_selector(".dl-chart canvas >> nth=1", state="attached")
    page.wait_for_function(  # the chart has drawn what the step collected
        "!document.querySelector('.dl-chart [role=img]').ariaLabel.includes('Reads 0')"
    )
    page.focus(".v-slider__thumb-container >> nth=2")  # another seed
    page.keyboard.press("ArrowRight")
    page.click("button:has-text('Reset')")
    page.wait_for_selector("text=/(Step|Time): 0/", state="attached")
    page.click("button:has-text('Step')")
    page.wait_for_selector("text=/(Step|Time): 1/", state="attached")


def test_mesas_own_page_explains_itself_in_chinese(visit):
    page = visit("live?language=zh", bar=False)
    page.wait_for_selector("button:has-text('Step')")
    page.wait_for_selector(".dl-chart-legend:has-text('覆盖人数')")
    page.wait_for_selector("text=Reset 按所选方案与种子重新开始")
