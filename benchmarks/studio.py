"""How long the studio takes from a slider's move to the new picture, in a real browser: 16 samples of MNIST's size.

Needs the extras studio and dev, and chromium. Prints milliseconds, median and slowest of the moves of each tab.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from rivals import registry
from rivals.data.specs import Images

MOVES = 15
MOVE = """([label, where, value]) => new Promise((done) => {
  const slider = [...document.querySelectorAll(`[aria-label="range slider for ${label}"]`)].find((s) => s.offsetParent);
  const before = document.querySelector(where + " img").src;
  const start = performance.now();
  const seen = new MutationObserver(() => {
    const image = document.querySelector(where + " img");
    if (image && image.src !== before) {
      seen.disconnect();
      image.decode().then(() => requestAnimationFrame(() => done(performance.now() - start)));
    }
  });
  seen.observe(document.querySelector(where), { subtree: true, childList: true, attributes: true });
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(slider, value);
  for (const kind of ["input", "change"]) slider.dispatchEvent(new Event(kind, { bubbles: true }));
})"""
"""Moves a slider, and waits until another picture is drawn."""


def main() -> None:
    """Measure."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        game = registry.create("dcgan", Images(1, 28, 28), width=64)
        game.save_pretrained(Path(folder) / "dcgan")
        rivals = Path(sys.executable).with_name("rivals")
        studio = subprocess.Popen(
            [rivals, "studio", f"{folder}/dcgan", "--port", "0"], stdout=subprocess.PIPE, text=True
        )  # fmt: skip
        try:
            assert studio.stdout is not None
            (address,) = re.findall(r"http://\S+", studio.stdout.readline())
            arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address)
            page.wait_for_selector("#samples-shown img")
            page.wait_for_timeout(1500)
            report("Samples, seed", [page.evaluate(MOVE, ["Seed", "#samples-shown", i + 1]) for i in range(MOVES)])
            page.get_by_role("tab", name="Walk").click()
            page.wait_for_selector("#walk-shown img")
            page.wait_for_timeout(1500)
            places = [(i + 1) / (MOVES + 2) for i in range(MOVES)]
            times = [page.evaluate(MOVE, ["Place on the way", "#walk-shown", f"{t:.2f}"]) for t in places]
            report("Walk, place on the way", times)
            browser.close()
        finally:
            studio.terminate()


def report(what: str, times: list[float]) -> None:
    """One line."""
    print(f"{what:>24}  median {statistics.median(times):6.0f} ms, slowest {max(times):6.0f} ms of {len(times)}")


if __name__ == "__main__":
    main()
