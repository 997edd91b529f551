"""What the browser tests do again and again: start a server, open a file, run, take a picture."""

import functools
import http.client
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

HOUSE = Path(__file__).resolve().parent.parent.parent
SHOTS = HOUSE / "screenshots"
PATIENCE = 180_000
"""Milliseconds that a page may take for anything: a slow machine is no defect, a page that never comes is."""

SMALL = """schema_version = 1
name = "small_launch"
title = "A small launch"
about = "A scenario that runs in a second."
start = 2010-08-17T20:00:00+08:00
days = 1
market = 1_000_000
budget = 100_000

[graph]
accounts = 8_000

[cast.brand]
followers = 60_000

[[cast.kols]]
name = "kol_1"
followers = 200_000

[[cast.kols]]
name = "kol_2"
followers = 100_000

[contents.launch]
quality = 4.0

[strategies.control]
title = "Control"
reference = true

[strategies.brand_only]
title = "Brand only"
posts = [{ by = "brand", times = 2, every = 6.0 }]

[strategies.seeding]
title = "Seeding"
posts = [{ by = "brand" }, { by = "kols", at = 0.5 }]
"""


@functools.cache
def warm() -> None:
    """Compile the kernels into the cache once, so that no test waits for the compiler."""
    code = "from sim.ui import hand; hand.warm_up()"
    subprocess.run([sys.executable, "-c", code], cwd=HOUSE, check=True, timeout=900)


def start(environment: dict[str, str], log: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A server in a process of its own, and its address."""
    warm()
    code = "import sys; from sim.ui import server; server.serve(port=0, ready=lambda a: print(a, flush=True))"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=HOUSE,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    line = process.stdout.readline().decode().strip() if process.stdout else ""
    if not line.startswith("http://"):
        process.kill()
        pytest.fail(f"the server did not start: {log.read_text()[-2000:]}")
    address = line.replace("localhost", "127.0.0.1").rstrip("/")
    place = urlsplit(address)
    for _ in range(60):
        try:
            answering = http.client.HTTPConnection(place.hostname or "", place.port or 80, timeout=60)
            answering.request("GET", "/readyz")
            answering.getresponse().read()
            answering.close()
            break
        except OSError:
            time.sleep(0.5)
    return process, address


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, as Ctrl-C does."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    if process.stdout:
        process.stdout.close()


def upload(page: Any, text: str | bytes, name: str) -> None:
    """Give PAGE a file through its file input."""
    raw = text.encode() if isinstance(text, str) else text
    page.set_input_files("input[type=file]", files=[{"name": name, "mimeType": "text/plain", "buffer": raw}])


def choose(page: Any, preset: str) -> None:
    """Pick PRESET among the shipped scenarios."""
    page.select_option("select.dl-big", preset)
    page.wait_for_function(f"document.querySelector('.dl-command code').textContent.includes('compare {preset} ')")


def run(page: Any) -> None:
    """Press Run and wait for the final answer."""
    page.click(".dl-run")
    page.wait_for_selector(".dl-headline h1")
    page.wait_for_selector(".dl-run")
    page.wait_for_selector(".dl-stage", state="detached")


def shot(page: Any, name: str) -> None:
    """Keep a picture of PAGE in the folder that git does not track."""
    SHOTS.mkdir(exist_ok=True)
    time.sleep(0.3)
    page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)
