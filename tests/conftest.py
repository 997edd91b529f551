"""What every test may ask for: the real data, a browser, one hypothesis profile."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings

from sim import cli
from tests.reference import luck, uncompiled

uncompiled.spell_out()
luck.refresh()

# No test may depend on how fast the machine is, and a suite that fails must
# fail again: examples are derived from the test, not from the clock.
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fresh", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(  # for tests.mutation: the verdict only, no smallest example
    "broken",
    deadline=None,
    derandomize=True,
    max_examples=30,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real cascades and graphs, named by DANDELION_DATA; unset or missing is a visible skip."""
    named = os.environ.get("DANDELION_DATA")
    if not named:
        pytest.skip("DANDELION_DATA is not set: no real data here")
    folder = Path(named)
    if not folder.is_dir():
        pytest.skip(f"DANDELION_DATA={named} is not a folder")
    return folder


@pytest.fixture
def dandelion(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run the command in this process: (exit code, stdout, stderr)."""

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["dandelion", *map(str, words)])
        code = cli._run()
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium instead of a downloaded one; its sandbox does not work for root."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": ["--no-sandbox", "--disable-gpu"]}


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") is not None and CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI=true and no Chromium: a browser test that never runs is no test", pytrace=False)
        pytest.skip("no Chromium on this machine (apt install chromium)")
