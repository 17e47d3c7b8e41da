"""Pages in a real browser: nothing complains, and nothing is wider than the window.

Needs Chromium; skipped where there is none.
"""

from __future__ import annotations

import html
import re
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from rtm_flows.report import page
from rtm_flows.report.run import run_page
from tests.measure.overview.overviews import overview
from tests.report.tables import report

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
POLICY = re.compile('<meta http-equiv="Content-Security-Policy"[^>]*>')
PAGES: dict[str, Callable[[], str]] = {
    "card": lambda: page(report(), "rtm evaluate " + "--exclude a_long_name " * 20),
    "run": lambda: run_page(overview(name="a_run_of_a_very_long_name" * 3)),
}
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


@pytest.mark.parametrize("which", PAGES)
def test_the_browser_complains_of_nothing(browser: str, tmp_path: Path, which: str) -> None:
    """Its console stays empty; of an image from elsewhere it would speak."""
    sound, broken = tmp_path / "page.html", tmp_path / "broken.html"
    text = PAGES[which]()
    sound.write_text(text, encoding="utf-8")
    broken.write_text(text.replace("</body>", '<img src="http://x.test/a.png"/></body>'))

    assert "CONSOLE" not in opened(browser, sound, tmp_path).stderr
    assert "CONSOLE" in opened(browser, broken, tmp_path).stderr


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("which", PAGES)
def test_the_page_is_not_wider_than_its_window(
    browser: str, tmp_path: Path, which: str, width: int
) -> None:
    """Nothing has to be scrolled sideways but tables, each by itself."""
    text = POLICY.sub("", PAGES[which]())
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


TINY = """<script>
const shown = [...document.querySelectorAll("svg[role=img] text")].filter(t => t.textContent);
const boxes = svg => [...svg.querySelectorAll("text")].filter(t => t.textContent)
  .map(t => t.getBoundingClientRect());
const meet = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
  && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
let met = 0;
for (const svg of document.querySelectorAll("svg[role=img]")) {
  const all = boxes(svg);
  all.forEach((one, at) => all.slice(at + 1).forEach(other => { met += meet(one, other); }));
}
const sizes = shown.map(t => {
  const svg = t.ownerSVGElement;
  return parseFloat(getComputedStyle(t).fontSize) * svg.getScreenCTM().a;
});
parent.document.body.dataset.seen = [shown.length, met, Math.min(...sizes).toFixed(1)].join(" ");
</script></body>"""


@pytest.mark.parametrize("width", [390, 1280])
def test_letters_in_plots_can_be_read(browser: str, tmp_path: Path, width: int) -> None:
    """None is smaller than ten pixels, and none stands on another, on a phone and on a desk."""
    framed = html.escape(POLICY.sub("", PAGES["run"]()).replace("</body>", TINY))
    harness = tmp_path / "harness.html"
    harness.write_text(
        f'<!DOCTYPE html><body><iframe width="{width}" height="900" srcdoc="{framed}"></iframe>',
        encoding="utf-8",
    )

    seen = re.search(r'data-seen="(\d+) (\d+) ([\d.]+)"', opened(browser, harness, tmp_path).stdout)

    assert seen is not None
    assert int(seen[1]) > 50
    assert int(seen[2]) == 0
    assert float(seen[3]) >= 10.0


@pytest.mark.parametrize("dark", [False, True])
def test_the_screen_is_light_or_dark_as_asked(browser: str, tmp_path: Path, dark: bool) -> None:
    """A screenshot of the page has the colour of its ground in a corner."""
    path, shot = tmp_path / "page.html", tmp_path / "shot.png"
    path.write_text(PAGES["run"](), encoding="utf-8")
    setting = ["--blink-settings=preferredColorScheme=0"] if dark else []
    subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1280,900"),
            *(f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={shot}", *setting),
            path.as_uri(),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    assert corner(shot.read_bytes()) == ((14, 18, 23) if dark else (246, 247, 249))


def corner(png: bytes) -> tuple[int, int, int]:
    """Return the colour of the first pixel of a picture."""
    at, data = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    # Of the first row of pixels the first has no neighbour, so no filter changes it.
    red, green, blue = zlib.decompress(data)[1:4]
    return red, green, blue
