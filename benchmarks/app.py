"""The app measured in a real browser: `python -m benchmarks.app`.

Prints first page, tab switch, first answer, stop, clicks while four runs compute, and memory over 20 sessions, each
with the machine's load, because all of them wait for the same cores.
"""

import os
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser import visitor

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
TABS = ("Watch", "KOLs", "Sweeps", "Evidence", "Planner")
TICKS = os.sysconf("SC_CLK_TCK")


def told(what: str, values: list[float], unit: str = "s") -> None:
    """One line: median and worst of VALUES."""
    load = os.getloadavg()[0]
    print(
        f"{what:<58} median {statistics.median(values):8.3f} {unit}   worst {max(values):8.3f} {unit}"
        f"   n {len(values):>3}   load {load:.1f} on {os.cpu_count()} cores",
        flush=True,
    )


def timed(act: Callable[[], Any]) -> float:
    """Seconds that ACT takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def opened(browser: Browser, address: str) -> Page:
    """The app in a session of its own."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(180_000)
    page.goto(address)
    page.wait_for_selector(".dl-run")
    return page


def leave(page: Page) -> None:
    """Close the tab as a person does, so that the page can say so; a context that is torn down cannot."""
    page.goto("about:blank")
    page.wait_for_timeout(100)
    page.context.close()


def memory(process: int) -> float:
    """Resident memory of PROCESS in MB."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def busy(process: int, seconds: float = 0.2) -> float:
    """Cores that PROCESS uses, over SECONDS."""

    def used() -> int:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    before = used()
    time.sleep(seconds)
    return (used() - before) / TICKS / seconds


def first_page(browser: Browser, address: str) -> None:
    """From the address to the run button."""
    values = [timed(lambda: opened(browser, address).context.close()) for _ in range(7)]
    told("first page (goal under 3 s)", values)


def tabs(browser: Browser, address: str) -> None:
    """From a click to the other page's heading; the second time around."""
    page = opened(browser, address)
    visitor.upload(page, visitor.SMALL, "small.toml")
    page.wait_for_selector("text=A scenario that runs in a second.")
    values: list[float] = []
    for turn in range(3):
        for tab in TABS:

            def switch(tab: str = tab) -> None:
                page.click(f".dl-tabs button:has-text('{tab}')")
                page.wait_for_selector(".dl-run" if tab == "Planner" else ".dl-page h1")

            seconds = timed(switch)
            if turn:
                values.append(seconds)
            page.wait_for_timeout(600)
    told("tab switch (goal under 0.5 s)", values)
    leave(page)


def answer_and_stop(browser: Browser, address: str, process: int) -> None:
    """The preset: from Run to the first sentence; from Stop to the run button, and until the cores are free."""
    first, stopped, free = [], [], []
    for _ in range(3):
        page = opened(browser, address)
        began = time.perf_counter()
        page.click(".dl-run")
        page.wait_for_selector(".dl-headline h1")
        first.append(time.perf_counter() - began)
        page.wait_for_timeout(1500)
        began = time.perf_counter()
        page.click(".dl-stop")
        page.wait_for_selector(".dl-run")
        stopped.append(time.perf_counter() - began)
        while busy(process) > 0.3:
            pass
        free.append(time.perf_counter() - began)
        leave(page)
    told("first answer, 100,000 accounts (goal under 5 s)", first)
    told("stop, until the page shows it (goal under 1 s)", stopped)
    told("stop, until the cores are free", free)


def clicks(browser: Browser, address: str) -> None:
    """A card opened and closed, a round trip through the server each, while four other sessions compute."""
    idle = opened(browser, address)
    told("click, nothing computing", [click(idle) for _ in range(30)])
    others = [opened(browser, address) for _ in range(4)]
    for page in others:
        page.click(".dl-run")
    idle.wait_for_timeout(1500)
    values = [click(idle) for _ in range(40)]
    running = sum(page.locator(".dl-stop").count() for page in others)
    told(f"click, {running} runs computing (goal under 0.1 s)", values)
    for page in [*others, idle]:
        leave(page)


def click(page: Page) -> float:
    """Seconds from a click on the first card to the changed page, measured inside the page."""
    return float(
        page.evaluate(
            """() => new Promise((done) => {
              const head = document.querySelector('.dl-strategy-head');
              const was = head.getAttribute('aria-expanded');
              const began = performance.now();
              const look = new MutationObserver(() => {
                if (document.querySelector('.dl-strategy-head').getAttribute('aria-expanded') !== was) {
                  look.disconnect();
                  done((performance.now() - began) / 1000);
                }
              });
              const all = { subtree: true, attributes: true, childList: true };
              look.observe(document.querySelector('.dl-strategies'), all);
              head.click();
            })"""
        )
    )


def sessions(browser: Browser, address: str, process: int) -> None:
    """Twenty sessions with a run each, closed; three rounds: does memory keep growing?"""
    levels = [memory(process)]
    for _ in range(3):
        for _ in range(20):
            page = opened(browser, address)
            visitor.upload(page, visitor.SMALL, "small.toml")
            page.wait_for_selector("text=A scenario that runs in a second.")
            page.click(".dl-run")
            page.wait_for_selector(".dl-headline h1")
            leave(page)
        time.sleep(2)
        levels.append(memory(process))
    grown = ", ".join(f"{level:,.0f}" for level in levels)
    print(f"memory of the server, MB, before and after each 20 sessions with a run: {grown}", flush=True)


def main() -> None:
    """All of it, on one server."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    folder = Path(mkdtemp())
    process, address = visitor.start({"DANDELION_RUNS": "4", "DANDELION_RESULTS": str(folder)}, folder / "log.txt")
    try:
        time.sleep(8)  # its own warm-up
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
            first_page(browser, address)
            tabs(browser, address)
            answer_and_stop(browser, address, process.pid)
            clicks(browser, address)
            sessions(browser, address, process.pid)
            browser.close()
    finally:
        visitor.stop(process)


if __name__ == "__main__":
    main()
