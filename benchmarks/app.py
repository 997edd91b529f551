"""The app measured in a real browser: `python -m benchmarks.app`.

Prints first page, tab switch, first answer, stop, clicks while four runs compute, and memory over 20 sessions, each
with the machine's load, because all of them wait for the same cores.
"""

import argparse
import contextlib
import os
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from sim.ui import i18n
from tests.browser import visitor

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
TABS = {
    "Watch": f"h1:has-text('{i18n.say('watch_title', 'en')}')",
    "KOLs": ".dl-table tbody tr >> nth=1",
    "Sweeps": f"h1:has-text('{i18n.say('sweeps_title', 'en')}')",
    "Evidence": ".dl-table.is-text tbody tr >> nth=20",
    "Planner": ".dl-strategy >> nth=2",
}
"""What stands on each page when it is there."""
CLICKS = 150
TICKS = os.sysconf("SC_CLK_TCK")


def told(what: str, values: list[float], unit: str = "s") -> None:
    """One line: median, 95th and 99th percentile and worst of VALUES."""
    load = os.getloadavg()[0]
    ordered = sorted(values)
    high = [ordered[min(len(ordered) - 1, int(part * len(ordered)))] for part in (0.95, 0.99)]
    print(
        f"{what:<52} median {statistics.median(values):6.3f} {unit}  p95 {high[0]:6.3f}  p99 {high[1]:6.3f}"
        f"  worst {max(values):6.3f}  n {len(values):>3}   load {load:.1f} on {os.cpu_count()} cores",
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


def family(process: int) -> list[int]:
    """PROCESS and those it started."""
    parents = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(place.parent.name)] = int(place.read_text().rsplit(")", 1)[1].split()[1])
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def memory(process: int) -> float:
    """Memory of PROCESS and those it started in MB, pages that several of them map counted once."""
    total = 0
    for one in family(process):
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1e3


def used(process: int) -> int:
    """Ticks of the processor that PROCESS and those it started have used."""
    total = 0
    for one in family(process):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
    return total


def busy(process: int, seconds: float = 0.2) -> float:
    """Cores that PROCESS and those it started use, over SECONDS."""
    before = used(process)
    time.sleep(seconds)
    return (used(process) - before) / TICKS / seconds


def first_page(browser: Browser, address: str) -> None:
    """From the address to the run button."""
    values = [timed(lambda: opened(browser, address).context.close()) for _ in range(7)]
    told("first page (goal under 3 s)", values)


def tabs(browser: Browser, address: str, runs: int = 0) -> None:
    """From a click to what stands on the other page: the first visit in a session, and the later ones."""
    first: dict[str, list[float]] = {tab: [] for tab in TABS}
    later: dict[str, list[float]] = {tab: [] for tab in TABS}
    others = [opened(browser, address) for _ in range(runs)]
    for page in others:
        page.click(".dl-run")
    for _ in range(5):
        page = opened(browser, address)
        for turn in range(2):
            for tab, there in TABS.items():
                page.wait_for_timeout(400)
                began = time.perf_counter()
                page.click(f".dl-tabs button:has-text('{tab}')")
                page.wait_for_selector(there)
                (later if turn or tab == "Planner" else first)[tab].append(time.perf_counter() - began)
        leave(page)
    for when, found in (("first visit", first), ("later visits", later)):
        for tab, values in found.items():
            if values:
                told(f"tab switch, {when}, {tab}{f', {runs} runs' if runs else ''} (goal .5 s)", values)
    for page in others:
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


def clicked(page: Page) -> list[float]:
    """Clicks as a quick hand makes them."""
    values = []
    for _ in range(CLICKS):
        values.append(click(page))
        page.wait_for_timeout(50)
    return values


def clicks(browser: Browser, others: Browser, address: str) -> None:
    """A card opened and closed, a round trip through the server each, while four other sessions compute.

    The four have a browser of their own, OTHERS, as people elsewhere would: one browser draws page after page.
    """
    idle = opened(browser, address)
    told("click, nothing computing", clicked(idle))
    pages = [opened(others, address) for _ in range(4)]
    for page in pages:
        page.click(".dl-run")
    for page in pages:
        page.wait_for_selector(".dl-headline h1")
    values = clicked(idle)
    running = sum(page.locator(".dl-stop").count() for page in pages)
    told(f"click, {running} of 4 runs still computing (goal under 0.1 s)", values)
    for page in [*pages, idle]:
        leave(page)


def live(browser: Browser, others: Browser, address: str) -> None:
    """Clicks while three others play Mesa's page, whose model steps in the server."""
    idle = opened(browser, address)
    pages = []
    for _ in range(3):
        pages.append(others.new_context().new_page())
        pages[-1].goto(f"{address}/live")
        pages[-1].click("button:has-text('▶')")
    told("click, 3 Mesa pages playing (goal under 0.1 s)", clicked(idle))
    for page in [*pages, idle]:
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
    """Twenty sessions with a run each, closed; two rounds: does memory keep growing?"""
    levels = [memory(process)]
    for _ in range(2):
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
    count = len(family(process)) - 1
    print(f"memory of the server and {count} processes, MB, before and after each 20 sessions: {grown}", flush=True)


def main() -> None:
    """All of it, or the parts that are named, on one server."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("parts", nargs="*", help="first, tabs, tabs4 (with four runs), stop, clicks, live, sessions")
    wanted = reader.parse_args().parts or ["first", "tabs", "stop", "clicks", "live", "sessions"]
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    folder = Path(mkdtemp())
    process, address = visitor.start({"DANDELION_RUNS": "4", "DANDELION_RESULTS": str(folder)}, folder / "log.txt")
    try:
        while len(family(process.pid)) < 3 or busy(process.pid, 1.0) > 0.2:
            pass  # its processes load their kernels
        with sync_playwright() as play:

            def launch() -> Browser:
                return play.chromium.launch(executable_path=chromium, args=list(FLAGS))

            browser, others = launch(), launch()
            parts: dict[str, Callable[[], None]] = {
                "first": lambda: first_page(browser, address),
                "tabs": lambda: tabs(browser, address),
                "tabs4": lambda: tabs(browser, address, 4),
                "stop": lambda: answer_and_stop(browser, address, process.pid),
                "clicks": lambda: clicks(browser, others, address),
                "live": lambda: live(browser, others, address),
                "sessions": lambda: sessions(browser, address, process.pid),
            }
            for part in wanted:
                parts[part]()
            browser.close()
            others.close()
    finally:
        visitor.stop(process)


if __name__ == "__main__":
    main()
