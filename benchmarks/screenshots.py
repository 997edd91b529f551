"""Pictures of the app's pages for the docs: `python -m benchmarks.screenshots [FOLDER] [--results RESULTS] [--all]`.

Plays the first preset in a real browser and keeps one small PNG (256 colours) per page in FOLDER (docs/images).
RESULTS holds what the Sweeps page shows: make it with `dandelion sweep kol_or_employees -o RESULTS/kol_or_employees`.
--all also keeps every page in dark, in Chinese and on a phone, whole, to be looked at.
"""

import argparse
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import app
from tests.browser import visitor

NAMES = {
    "en": ("Planner", "Watch", "KOLs", "Sweeps", "Evidence"),
    "zh": ("方案", "传播", "达人", "扫描", "依据"),
}
COLOURS = 256


def keep(raw: bytes, path: Path) -> None:
    """A screenshot with a palette: a third of its size, and nobody sees it (a median cut would grey the small dots)."""
    how = Image.Quantize.FASTOCTREE
    picture = Image.open(io.BytesIO(raw)).convert("RGB").quantize(COLOURS, method=how, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    print(f"{path}  {path.stat().st_size // 1000} kB", flush=True)


def tab(page: Page, language: str, place: int) -> None:
    """Open the page number PLACE."""
    page.click(f".dl-tabs button:has-text('{NAMES[language][place]}')")
    page.wait_for_selector(f".dl-tabs button.is-on:has-text('{NAMES[language][place]}')")
    page.wait_for_timeout(800)


def answered(page: Page) -> None:
    """Run the first preset to its end."""
    page.click(".dl-run")
    page.wait_for_selector(".dl-headline h1")
    page.wait_for_selector(".dl-run")
    page.wait_for_selector(".dl-stage", state="detached")
    page.wait_for_timeout(800)


def played(page: Page, strategy: str = "celebrity_seeding") -> None:
    """A launch in the middle of its film."""
    page.select_option(".dl-choose select", strategy)
    page.click(".dl-page .dl-button >> nth=0")
    page.wait_for_selector(".dl-film-line")
    page.wait_for_function("Number(document.querySelector('.dl-film').dataset.hour) > 25")
    page.click(".dl-film-play")
    page.wait_for_timeout(500)


def hired(page: Page, budget: int = 200_000) -> None:
    """A roster for BUDGET."""
    page.wait_for_selector(".dl-matrix")
    page.fill(".dl-page input[type=number]", str(budget))
    page.keyboard.press("Tab")
    page.click(".dl-page .dl-button >> nth=0")
    page.wait_for_selector(".dl-advice")
    page.mouse.move(5, 5)
    page.wait_for_timeout(500)


def read(page: Page) -> None:
    """The newest folder of results, or the line that says that there is none."""
    page.wait_for_selector(".dl-page .dl-table, .dl-page .dl-notice")
    page.wait_for_timeout(500)


def stepped(page: Page) -> None:
    """Mesa's own page after some hours."""
    page.wait_for_selector("button:has-text('Step')")
    page.wait_for_selector(".dl-chart canvas >> nth=1", state="attached")
    for hour in range(1, 13):
        page.click("button:has-text('Step')")
        page.wait_for_selector(f"text=/(Step|Time): {hour}\\b/", state="attached")
    page.wait_for_timeout(500)


def shown(browser: Browser, address: str, language: str, dark: bool, **how: Any) -> Page:
    """The app as a browser in LANGUAGE and with DARK colours opens it."""
    locale, colours = "zh-CN" if language == "zh" else "en-GB", "dark" if dark else "light"
    page = browser.new_context(locale=locale, color_scheme=colours, timezone_id="UTC", **how).new_page()
    page.set_default_timeout(300_000)
    page.goto(address)
    page.wait_for_selector(".dl-run")
    return page


def docs(browser: Browser, address: str, folder: Path) -> None:
    """The pictures of the docs."""
    page = shown(browser, address, "en", False, viewport={"width": 1280, "height": 1240})
    answered(page)

    def take(name: str, height: int) -> None:
        page.set_viewport_size({"width": 1280, "height": height})
        page.wait_for_timeout(600)
        keep(page.screenshot(), folder / f"{name}.png")

    take("planner", 1240)
    tab(page, "en", 1)
    page.set_viewport_size({"width": 1280, "height": 880})
    played(page)
    take("watch", 880)
    tab(page, "en", 2)
    hired(page)
    take("kols", 1080)
    tab(page, "en", 3)
    read(page)
    take("sweeps", 1120)
    tab(page, "en", 4)
    take("evidence", 1340)
    page.context.close()
    phone = shown(browser, address, "zh", False, viewport={"width": 390, "height": 844}, has_touch=True)
    answered(phone)
    phone.evaluate("document.querySelector('.dl-headline').scrollIntoView()")
    phone.wait_for_timeout(400)
    keep(phone.screenshot(), folder / "phone.png")
    phone.context.close()


def everything(browser: Browser, address: str, folder: Path) -> None:
    """Every page, whole, in each look."""
    wide, narrow = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
    looks: dict[str, tuple[str, bool, dict[str, int]]] = {
        "light": ("en", False, wide),
        "dark": ("en", True, wide),
        "chinese": ("zh", False, wide),
        "phone": ("en", False, narrow),
        "phone-dark-chinese": ("zh", True, narrow),
    }
    for look, (language, dark, size) in looks.items():
        page = shown(browser, address, language, dark, viewport=size)
        keep(page.screenshot(full_page=True), folder / f"begin-{look}.png")
        page.click(".dl-strategy-head >> nth=2")
        page.wait_for_timeout(800)
        keep(page.screenshot(full_page=True), folder / f"card-{look}.png")
        answered(page)
        acts: list[Callable[[Page], None]] = [lambda _: None, played, hired, read, lambda _: None]
        for place, act in enumerate(acts):
            tab(page, language, place)
            act(page)
            keep(page.screenshot(full_page=True), folder / f"{NAMES['en'][place].lower()}-{look}.png")
        page.goto(address + "/live")
        stepped(page)
        keep(page.screenshot(full_page=True), folder / f"live-{look}.png")
        page.context.close()


def main() -> None:
    """One server, one browser."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("folder", nargs="?", type=Path, default=visitor.HOUSE / "docs" / "images")
    reader.add_argument("--results", type=Path, default=visitor.HOUSE / "results")
    reader.add_argument("--all", action="store_true")
    given = reader.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    log = Path(mkdtemp()) / "log.txt"
    process, address = visitor.start({"DANDELION_RESULTS": str(given.results.resolve())}, log)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=list(app.FLAGS))
            (everything if given.all else docs)(browser, address, given.folder)
            browser.close()
    finally:
        visitor.stop(process)


if __name__ == "__main__":
    main()
