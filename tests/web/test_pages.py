"""An exported page and a report in a real browser: what moves when it is moved, and that nobody else is asked."""

from __future__ import annotations

import importlib.util
import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import rivals
from rivals.errors import RivalsError
from rivals.exporting import export
from rivals.web import visitor

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or importlib.util.find_spec("playwright") is None, reason="there is no chromium, or no playwright"
)
SHOTS = Path(os.environ["PAGE_SHOTS"]) if "PAGE_SHOTS" in os.environ else None


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RIVALS_CACHE", str(tmp_path_factory.mktemp("cache")))
        rivals.train("cgan", "digits", steps=40, batch=16, width=4, latent=4, eval_every=15, out=folder)
    return folder


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield opened
        opened.close()


@pytest.fixture
def opened(browser):
    """Opens an address, and looks at the end whether the page complained or asked somebody else."""
    pages = []

    def at(address, **how):
        page = browser.new_page(viewport={"width": 1100, "height": 900}, **how)
        page.set_default_timeout(20_000)
        complaints, asked = [], []
        page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        pages.append((page, address, complaints, asked))
        page.goto(address)
        return page

    yield at
    for page, address, complaints, asked in pages:
        home = address.rsplit("/", 1)[0]
        assert not complaints
        assert all(url.startswith((home, "blob:", "data:")) for url in asked), asked
        page.close()


def move(page, selector, value):
    page.eval_on_selector(
        selector, "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', { bubbles: true })); }", value
    )


def shot(page, name):
    if SHOTS:
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def test_a_generator_runs_in_its_visitors_browser(run, opened, tmp_path):
    pytest.importorskip("onnxruntime")
    try:
        visitor.runtime()
    except RivalsError as error:
        pytest.skip(str(error))
    place, _ = export(rivals.load(run), "web", tmp_path / "page")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(place)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = opened(f"http://127.0.0.1:{server.server_port}/index.html")
    page.wait_for_selector("#all:not([hidden])")
    drawn = "document.getElementById('canvas').toDataURL()"
    shot(page, "page")
    for selector, value in (("#seed", 3), ("#label", "7"), ("#way", 0.5), ("#towards", 9)):
        before = page.evaluate(drawn)
        move(page, selector, value)
        page.wait_for_function(f"before => {drawn} !== before", arg=before)
    move(page, "#way", 0)
    page.wait_for_function("document.getElementById('way-said').textContent === '0.00'")
    settled = page.evaluate(drawn)
    page.click("#walk")
    page.wait_for_function(f"before => {drawn} !== before", arg=settled)
    page.click("#walk")
    with page.expect_download() as download:
        page.click("#save")
    assert download.value.suggested_filename == "cgan.png"
    server.shutdown()
    server.server_close()


def test_a_report_moves(run, opened):
    page = opened(f"file://{run}/report.html")
    shot(page, "report")
    shown = "[...document.querySelectorAll('.history figure')].filter(f => !f.hidden).map(f => f.innerText)"
    assert page.evaluate(shown) == ["final"]
    move(page, ".history input", 0)
    assert page.evaluate(shown) == ["step-000000015"]

    section = page.locator("section", has_text="Norm of the gradient")
    section.get_by_label("over seconds").check()
    clocks = "s => [...s.querySelectorAll('.charts')].filter(c => !c.hidden).map(c => c.dataset.clock)"
    assert section.evaluate(clocks) == ["seconds"]
    section.get_by_label("over steps").check()
    chart = section.locator(".charts:not([hidden]) svg[data-scale]").first
    chart.scroll_into_view_if_needed()
    whole = chart.evaluate("c => c.querySelector('svg').getAttribute('viewBox')")
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 60)
    page.mouse.up()
    zoomed = chart.evaluate("c => c.querySelector('svg').getAttribute('viewBox')")
    assert float(zoomed.split()[2]) < 0.5 * float(whole.split()[2])
    ticks = [
        float(t)
        for t in chart.evaluate("c => [...c.querySelectorAll('text[text-anchor=middle]')].map(t => t.textContent)")
    ]
    assert ticks
    assert 40 * 0.2 < min(ticks) <= max(ticks) < 40 * 0.8
    shot(page, "zoomed")
    chart.dblclick()
    assert chart.evaluate("c => c.querySelector('svg').getAttribute('viewBox')").split() == whole.split()


def test_a_report_is_whole_on_a_narrow_dark_screen_and_without_scripts(run, browser, opened):
    page = opened(f"file://{run}/report.html", color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "narrow")
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(f"file://{run}/report.html")
    assert plain.locator(".history figure:visible").count() == 1
    assert plain.locator(".history figure:visible").inner_text() == "final"
    assert not plain.locator(".history input:visible").count()
