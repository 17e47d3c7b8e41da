"""The page in a real browser: nothing complains, and nothing is wider than the window.

Needs Chromium; skipped where there is none.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rtm_flows.report import page
from tests.report.tables import report

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
POLICY = re.compile('<meta http-equiv="Content-Security-Policy"[^>]*>')
TELL = (
    "<script>parent.document.body.dataset.seen ="
    " [innerWidth, document.documentElement.scrollWidth].join(' ')</script></body>"
)


@pytest.fixture(scope="module")
def browser() -> str:
    """The program that opens pages."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"needs one of {', '.join(BROWSERS)}")
    return found


def opened(browser: str, path: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what is left of a page once it was shown: its elements, and the browser's log."""
    return subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"),
            *(f"--user-data-dir={folder / 'profile'}", "--dump-dom", path.as_uri()),
        ],
        check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def test_the_browser_complains_of_nothing(browser: str, tmp_path: Path) -> None:
    """Its console stays empty; of an image from elsewhere it would speak."""
    sound, broken = tmp_path / "card.html", tmp_path / "broken.html"
    text = page(report())
    sound.write_text(text, encoding="utf-8")
    broken.write_text(text.replace("</body>", '<img src="http://x.test/a.png"/></body>'))

    assert "CONSOLE" not in opened(browser, sound, tmp_path).stderr
    assert "CONSOLE" in opened(browser, broken, tmp_path).stderr


@pytest.mark.parametrize("width", [400, 1280])
def test_the_page_is_not_wider_than_its_window(browser: str, tmp_path: Path, width: int) -> None:
    """Nothing has to be scrolled sideways but tables, each by itself."""
    text = POLICY.sub("", page(report(), "rtm evaluate " + "--exclude a_long_name " * 20))
    framed = html.escape(text.replace("</body>", TELL))
    harness = tmp_path / "harness.html"
    harness.write_text(
        f'<!DOCTYPE html><body><iframe width="{width}" height="900" srcdoc="{framed}"></iframe>',
        encoding="utf-8",
    )

    seen = re.search(r'data-seen="(\d+) (\d+)"', opened(browser, harness, tmp_path).stdout)

    assert seen is not None
    assert int(seen[1]) == width
    assert int(seen[2]) <= width
