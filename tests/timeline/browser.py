"""A headless Chromium for tests of pages; skipped by name where there is none, unless the tests are to have one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

REQUIRED = "STREAMKIT_BROWSER"
"""The variable that makes a missing browser an error."""

_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # root has none
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--font-render-hinting=none",
)


def _found() -> tuple[str, str]:
    """Return the paths of the browser and its driver, or skip."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        missing = "a headless Chromium and its chromedriver: apt-get install chromium chromium-driver"
        if os.environ.get(REQUIRED):
            pytest.fail(f"{REQUIRED} is set, and this machine has not {missing}")
        pytest.skip(missing)
    return browser, driver


class Browser:
    """A browser with one page.

    Args:
        driver: The driver.
        folder: A folder for pages.
    """

    def __init__(self, driver: Any, folder: Path) -> None:
        self.driver = driver
        self._folder = folder

    def open(self, html: str, *, width: int = 1280, height: int = 900, scheme: str = "light") -> None:
        """Open a page.

        Args:
            html: The page.
            width: Width of the window in pixels.
            height: Height of the window in pixels.
            scheme: ``light`` or ``dark``.
        """
        self.media(scheme=scheme)
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        path = self._folder / "page.html"
        path.write_text(html, encoding="utf-8")
        self.driver.get(path.as_uri())

    def media(self, *, scheme: str = "light", kind: str = "") -> None:
        """Show the page as another medium does.

        Args:
            scheme: ``light`` or ``dark``.
            kind: ``print`` or ``screen``; empty for the browser's own.
        """
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": features})

    def run(self, script: str, *arguments: object) -> Any:
        """Run JavaScript in the page, and return its value."""
        return self.driver.execute_script(script, *arguments)

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        for key in keys:
            code = {"key": key, "code": key, "windowsVirtualKeyCode": _KEYS.get(key, 0)}
            self.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "rawKeyDown", **code})
            self.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", **code})

    def messages(self) -> list[str]:
        """Return the messages of the console since the last time, without those of the browser's own pages."""
        found = [each["message"] for each in self.driver.get_log("browser")]
        return [each for each in found if not each.startswith("chrome://")]


_KEYS = {
    "Tab": 9,
    "Enter": 13,
    "End": 35,
    "Home": 36,
    "ArrowLeft": 37,
    "ArrowUp": 38,
    "ArrowRight": 39,
    "ArrowDown": 40,
}


@contextmanager
def opened(folder: Path) -> Generator[Browser]:
    """Start a browser, and end every process of it.

    Args:
        folder: A folder for its profile and its pages.
    """
    pytest.importorskip("selenium", reason="selenium is not installed here")
    from selenium import webdriver

    path, driver_path = _found()
    options = webdriver.ChromeOptions()
    options.binary_location = path
    for each in (*_ARGUMENTS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(driver_path, env={**os.environ, "TMPDIR": str(folder)})
    driver = webdriver.Chrome(options=options, service=service)
    started = psutil.Process(service.process.pid).children(recursive=True)
    try:
        yield Browser(driver, folder)
    finally:
        driver.quit()
        _, alive = psutil.wait_procs(started, timeout=10)
        for each in alive:
            each.kill()
