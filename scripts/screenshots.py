"""Take the docs' screenshots from real runs: each tab of the studio where a model first has it, a report, a web export.

    python scripts/screenshots.py runs/stylegan-fashion runs/icgan-faces runs/cgan-digits

Needs the extras studio, export and dev, and chromium. The report and the export are those of the last run named.
"""

from __future__ import annotations

import http.server
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

SHOTS = Path(__file__).parents[1] / "docs/screenshots"
RIVALS = str(Path(sys.executable).with_name("rivals"))
SIZE = {"width": 1200, "height": 760}
SETTLED = "() => !document.querySelector('.pending, .generating, .progress-text')"


@contextmanager
def studio(folder: Path) -> Iterator[str]:
    """The address of a studio of a folder, whose own name is all that it shows of where it is."""
    command = [RIVALS, "studio", folder.name, "--port", "0"]
    with subprocess.Popen(command, cwd=folder.parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        try:
            if not found:
                raise SystemExit("the studio did not start")
            yield found[0]
        finally:
            process.terminate()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a folder's files."""
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


def keep(page: Any, name: str, whole: bool = True) -> None:
    """A screenshot of few colours, which is small."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    path = SHOTS / f"{name}.png"
    page.wait_for_timeout(1500)
    page.screenshot(path=path, full_page=whole)
    with Image.open(path) as picture:
        few = picture.convert("RGB").quantize(128)
    few.save(path, optimize=True)
    print(path)


def main(runs: list[Path]) -> None:
    """See the module."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as kept:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE)
        page.set_default_timeout(60_000)
        shelf, shot = Path(kept, "runs"), set[str]()
        shelf.mkdir()
        for run in runs:
            shutil.copytree(run, shelf / run.name)
        with studio(shelf) as address:
            for run in runs:
                page.goto(f"{address}/?model={run.name}")
                page.wait_for_selector(f"#about:has-text('/{run.name}')")
                for tab in page.get_by_role("tab").all():
                    name = tab.inner_text().strip().lower()
                    if name not in shot:
                        shot.add(name)
                        tab.click()
                        panel = page.locator("[role=tabpanel]:visible")
                        button = panel.get_by_role("button", name="Complete")
                        if button.count():
                            button.first.click()
                        page.wait_for_timeout(2500)
                        page.wait_for_function(SETTLED)
                        keep(page, f"studio-{name}")
        page.goto((runs[-1] / "report.html").resolve().as_uri())
        keep(page, "report", whole=False)
        subprocess.run([RIVALS, "export", str(runs[-1]), "--to", "web", "--out", f"{kept}/page"], check=True)
        with served(Path(kept, "page")) as address:
            page.goto(address)
            page.wait_for_selector("canvas")
            page.wait_for_timeout(4000)
            keep(page, "web-export")
        browser.close()


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
