"""A real browser and real servers for tests: the system's Chromium, and our own commands as processes."""

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PROGRAM = ("-m", "app.main")
ANSWER_SECONDS = 120
"""A machine that does much else starts slowly."""
PHONE = {"width": 320, "height": 640}
DESK = {"width": 1280, "height": 720}


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, headless. A missing one fails the test: it is never skipped."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    assert found, "Chromium is missing: scripts/install-browser brings it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


def environment(home: Path, **settings: str) -> dict[str, str]:
    """What our commands see: this installation and nothing of the tester's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MIMAMORI_")}
    return kept | {"MIMAMORI_HOME": str(home), "PYTHONUNBUFFERED": "1"} | settings


def mimamori(home: Path, *arguments: str, typed: str = "") -> str:
    """Run a command to its end and return what it printed; a failure fails the test with the whole output.

    ``typed`` goes to its standard input.
    """
    done = subprocess.run(
        [sys.executable, *PROGRAM, *arguments],
        cwd=PROJECT,
        env=environment(home),
        input=typed,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"mimamori {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def serving(home: Path, log: Path, *arguments: str, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """Run a command that serves pages, and give the address that it prints first, once it answers there.

    The command is always ended.

    Its error output goes into ``log``.
    """
    with log.open("w") as errors:
        server = subprocess.Popen(
            [sys.executable, "-m", "app.main", *arguments],
            cwd=PROJECT,
            env=environment(home, **(settings or {})),
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            words = [word for word in line.split() if word.startswith("http://")]
            assert words, f"mimamori {' '.join(arguments)} said {line!r}\n{log.read_text()}"
            _wait_for_answer(words[0], server, log)
            yield words[0].rstrip("/")
        finally:
            server.terminate()
            try:
                server.communicate(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.communicate()


def _wait_for_answer(address: str, server: "subprocess.Popen[str]", log: Path) -> None:
    until = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            with urllib.request.urlopen(address, timeout=ANSWER_SECONDS):
                return
        except urllib.error.URLError:
            assert server.poll() is None, f"the server ended\n{log.read_text()}"
            assert time.monotonic() < until, f"no answer at {address}\n{log.read_text()}"
            time.sleep(0.1)  # between two looks, not instead of one
