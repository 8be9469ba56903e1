"""The studio in a real browser: every tab of small trained models is clicked through, by the system's chromium."""

import importlib.util
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from rivals import registry
from rivals.data import named
from rivals.errors import UsageError
from rivals.run import Run

CHROMIUM = shutil.which("chromium")
RIVALS = str(Path(sys.executable).with_name("rivals"))
SHOTS = Path(os.environ["STUDIO_SHOTS"]) if "STUDIO_SHOTS" in os.environ else None
NEED = {"gradio": "the extra studio is not installed", "playwright": "the extra dev is not installed"}
MISSING = [why for name, why in NEED.items() if importlib.util.find_spec(name) is None]
pytestmark = pytest.mark.skipif(bool(MISSING), reason="; ".join(MISSING))
browsed = pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium")

SMALL = {
    "cgan": ("digits", {"width": 8, "latent": 8}),
    "icgan-attributes": ("small-faces", {"width": 8, "latent": 4, "rate": 0.02}),
    "icgan": ("digits", {"width": 8, "latent": 4, "rate": 0.02}),
    "vae": ("digits", {"hidden": (16,), "latent": 4}),
    "stylegan": ("digits", {"width": 4, "most": 8, "latent": 8, "depth": 2}),
    "cyclegan": ("inverted-digits", {"width": 8, "blocks": 1}),
    "pixelcnn": ("digits", {"width": 3, "blocks": 1}),
    "wgan-gp": ("ring", {"width": 8, "latent": 4}),
}
LINES = "a small red bird\na large blue bird\na small blue house\na large red house\n" * 20
TRAIN = [
    RIVALS, "train", "gan", "--data", "digits", "--steps", "200000", "--batch", "16", "--set", "hidden=[16]",
    "--eval-every", "400",
]  # fmt: skip


def trained(name, data, options, folder):
    """A model after a few steps, saved."""
    source = named.load(data)
    game = registry.create(name.partition("-attributes")[0], source.spec, **options)
    Run(game, source, steps=10, batch=16).train()
    game.save_pretrained(folder)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    root = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RIVALS_CACHE", str(tmp_path_factory.mktemp("cache")))
        for name, (data, options) in SMALL.items():
            trained(name, data, options, root / name)
        (root / "lines.txt").write_text(LINES)
        trained("seqgan", f"text:{root / 'lines.txt'}", {"hidden": 8, "width": 0.02, "rollouts": 2}, root / "seqgan")
    newer = root / "newer"
    shutil.copytree(root / "vae", newer)
    config = (
        (newer / "config.json")
        .read_text()
        .replace('"options": {', '"versions": {"rivals": "99.1"}, "options": {"depth": 3, ')
    )
    (newer / "config.json").write_text(config)
    return root


class Studio:
    """A studio in a process of its own."""

    def __init__(self, folder, *arguments, **environment):
        self.process = subprocess.Popen(
            [RIVALS, "studio", str(folder), "--port", "0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment},
        )  # fmt: skip
        line = self.process.stdout.readline()
        found = re.search(r"at (http://\S+)", line)
        assert found, line + self.process.communicate(timeout=30)[1]
        self.address = found[1]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=20)[1]


@pytest.fixture(scope="module")
def studio(models):
    started = Studio(models)
    yield started
    assert "Traceback" not in started.end()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--no-first-run",
    ]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield opened
        opened.close()


class Seen:
    """A page, what it complained of, and which hosts it asked."""

    def __init__(self, browser, address, **how):
        self.page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **how})
        self.page.set_default_timeout(15_000)
        self.complaints, self.asked, self.address = [], [], address
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self):
        self.page.goto(self.address)
        self.page.wait_for_selector("#about")

    def model(self, name):
        self.page.goto(f"{self.address}/?model={name}")
        self.page.wait_for_selector(f"#about:has-text('/{name}')")

    def tab(self, name):
        self.page.get_by_role("tab", name=name, exact=True).click()

    def picture(self, where, other_than=None):
        """The picture in a place, once it is another one."""
        self.page.wait_for_function(
            "([where, old]) => { const i = document.querySelector(where + ' img'); return i && i.src !== old; }",
            arg=[where, other_than],
        )
        return self.page.eval_on_selector(f"{where} img", "i => i.src")

    def slide(self, label, value):
        number = self.page.get_by_label(f"number input for {label}", exact=True).locator("visible=true")
        number.fill(str(value))
        number.press("Tab")

    def shot(self, name):
        if SHOTS:
            SHOTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    def close(self):
        """Nothing was complained of, and nobody but the studio was asked."""
        self.page.close()
        assert not self.complaints
        assert [url for url in self.asked if not url.startswith((self.address, "data:", "blob:"))] == []


@pytest.fixture
def seen(studio, browser):
    looked = Seen(browser, studio.address)
    yield looked
    looked.close()


def png(side=40, grey=128):
    file = io.BytesIO()
    Image.new("L", (side, side), grey).save(file, "PNG")
    return file.getvalue()


def put(seen, blob, name="mine.png"):
    """Upload a file in the tab that is open, in place of what was there."""
    panel = seen.page.locator("[role=tabpanel]:visible")
    gone = panel.get_by_label("Clear", exact=True).or_(panel.get_by_label("Remove this file"))
    if gone.count():
        gone.first.click()
    panel.locator("input[type=file]").set_input_files({"name": name, "mimeType": "image/png", "buffer": blob})


def option(seen, label, name):
    box = seen.page.get_by_label(label, exact=True).locator("visible=true")
    box.click()
    chosen = box.get_attribute("aria-controls")
    seen.page.locator(f"#{chosen}").get_by_role("option", name=name, exact=True).click()


def sentence(seen, where):
    """What the studio says instead of a result."""
    return seen.page.locator(f"{where} [role=alert]").text_content()


# ---- in the browser --------------------------------------------------------------------------------------------------


@browsed
def test_samples_follow_their_sliders_and_the_class(seen):
    seen.model("cgan")
    first = seen.picture("#samples-shown")
    seen.slide("Seed", 3)
    second = seen.picture("#samples-shown", first)
    seen.slide("How many", 5)
    third = seen.picture("#samples-shown", second)
    option(seen, "Class", "7")
    fourth = seen.picture("#samples-shown", third)
    seen.slide("Seed", 0)
    seen.slide("How many", 16)
    option(seen, "Class", "each in turn")
    seen.page.wait_for_function("old => document.querySelector('#samples-shown img').src === old", arg=first)
    seen.shot("samples")
    assert len({first, second, third, fourth}) == 4


@browsed
def test_a_walk_begins_at_the_samples_of_its_seed_and_moves(seen):
    seen.model("cgan")
    start = seen.picture("#samples-shown")
    seen.tab("Walk")
    middle = seen.picture("#walk-shown")
    seen.shot("walk")
    seen.slide("Place on the way", 0)
    assert seen.picture("#walk-shown", middle) == start


@browsed
def test_styles_are_mixed_by_layer(seen):
    seen.model("stylegan")
    first = seen.picture("#samples-shown")
    seen.slide("Truncation ψ", 0)
    assert seen.picture("#samples-shown", first)
    seen.tab("Styles")
    table = seen.picture("#styles-shown")
    seen.shot("styles")
    seen.slide("Layer of the change", 0)
    assert seen.picture("#styles-shown", table)


@browsed
def test_a_sample_and_an_uploaded_picture_are_edited(seen):
    seen.model("icgan")
    seen.tab("Edit")
    sample = seen.picture("#edit-shown")
    option(seen, "Class", "3")
    edited = seen.picture("#edit-shown", sample)
    put(seen, png(grey=30))
    mine = seen.picture("#edit-shown", edited)
    seen.shot("edit")
    assert len({sample, edited, mine}) == 3


@browsed
def test_an_attribute_is_changed_alone_and_with_others(seen):
    seen.model("icgan-attributes")
    seen.tab("Edit")
    first = seen.picture("#edit-shown")
    seen.slide("Its value", 0.25)
    weaker = seen.picture("#edit-shown", first)
    option(seen, "Attribute", "smile")
    another = seen.picture("#edit-shown", weaker)
    option(seen, "Also with", "glasses")
    both = seen.picture("#edit-shown", another)
    seen.shot("edit-attributes")
    assert len({first, weaker, another, both}) == 4


@browsed
def test_the_numbers_of_a_code_change_a_picture(seen):
    seen.model("vae")
    seen.tab("Codes")
    sample = seen.picture("#codes-shown")
    seen.page.get_by_label(re.compile("number input for Change of number")).first.fill("2.5")
    moved = seen.picture("#codes-shown", sample)
    seen.shot("codes")
    assert moved != sample


@browsed
def test_a_picture_is_translated_both_ways(seen):
    seen.model("cyclegan")
    seen.tab("Translate")
    own = seen.picture("#translate-shown")
    seen.shot("translate")
    put(seen, png(grey=200))
    mine = seen.picture("#translate-shown", own)
    seen.page.get_by_label("y to x").check()
    assert seen.picture("#translate-shown", mine)


@browsed
def test_a_picture_and_a_line_are_completed(seen):
    seen.model("pixelcnn")
    seen.tab("Complete")
    seen.page.get_by_role("button", name="Complete").click()
    seen.picture("#complete-shown")
    seen.shot("complete")
    seen.model("seqgan")
    seen.tab("Complete")
    seen.page.get_by_label("Beginning").fill("a large")
    seen.page.wait_for_function(
        "() => [...document.querySelectorAll('#complete-shown li')].length === 8"
        " && [...document.querySelectorAll('#complete-shown li')].every(l => l.textContent.startsWith('a large'))"
    )
    seen.shot("complete-text")
    seen.page.get_by_label("Beginning").fill("a purple")
    assert "does not know 'purple'" in sentence(seen, "#complete-shown")


@browsed
def test_two_models_are_compared_at_the_same_seeds(seen):
    seen.model("cgan")
    seen.tab("Compare")
    option(seen, "Other model", "vae")
    seen.page.wait_for_selector("#compare-shown h3:has-text('vae') + figure img")
    before = seen.picture("#compare-shown")
    seen.slide("Seed", 4)
    assert seen.picture("#compare-shown", before)
    seen.shot("compare")


@browsed
@pytest.mark.parametrize(
    ("blob", "why"),
    [
        (b"GIF89a is no picture", "damaged"),
        (png()[:60], "damaged"),
        (png(5000), "16,000,000 pixels"),
    ],
    ids=["garbage", "cut short", "too many pixels"],
)
def test_wrong_uploads_get_a_sentence(seen, blob, why):
    seen.model("icgan")
    seen.tab("Edit")
    put(seen, blob)
    assert why in sentence(seen, "#edit-shown")


@browsed
def test_an_upload_that_is_too_large_never_leaves_the_browser(seen):
    seen.model("icgan")
    seen.tab("Edit")
    own = seen.picture("#edit-shown")
    put(seen, png() + bytes(20 * 2**20))
    assert seen.page.get_by_text("exceed the maximum allowed size of 20").text_content()
    assert seen.page.eval_on_selector("#edit-shown img", "i => i.src") == own
    assert [url for url in seen.asked if "/upload?" in url] == []
    seen.complaints[:] = [said for said in seen.complaints if "404" not in said and said != "Response"]  # no progress


@browsed
def test_a_model_of_a_newer_version_says_so_and_the_others_go_on(seen):
    seen.model("newer")
    assert "rivals 99.1 wrote it" in sentence(seen, "#about")
    seen.shot("newer")
    option(seen, "Model", "wgan-gp")
    seen.page.wait_for_selector("#about:has-text('/wgan-gp')")
    seen.picture("#samples-shown")
    seen.shot("points")


@browsed
def test_a_run_is_watched_and_stopped(tmp_path, browser):
    with (tmp_path / "log").open("w") as log:
        training = subprocess.Popen([*TRAIN, "--out", str(tmp_path / "run")], stdout=log, stderr=subprocess.STDOUT)
    try:
        while not (tmp_path / "run" / "checkpoints").is_dir() and training.poll() is None:
            time.sleep(0.1)
        studio = Studio(tmp_path / "run")
        seen = Seen(browser, studio.address)
        seen.open()
        seen.tab("Live")
        seen.page.wait_for_selector("#live-curves svg")
        seen.picture("#live-samples")
        seen.page.wait_for_selector("#live-state .badge.running")
        seen.shot("live")
        seen.page.get_by_role("button", name="Stop the run").click()
        seen.page.wait_for_selector("#live-said .told.good")
        assert training.wait(30) == 143
        seen.page.wait_for_selector("#live-state .badge.interrupted")
        seen.page.wait_for_selector("#live-stop", state="hidden")
        seen.shot("live-stopped")
        seen.close()
        assert "Traceback" not in studio.end()
    finally:
        training.kill()


@browsed
def test_others_are_asked_for_the_password(models, browser):
    studio = Studio(models / "vae", "--host", "127.0.0.1", RIVALS_STUDIO_PASSWORD="correct horse")
    seen = Seen(browser, studio.address)
    seen.page.goto(studio.address)
    seen.page.get_by_label("username").fill("anybody")
    seen.page.get_by_label("password").fill("correct horse")
    seen.shot("login")
    seen.page.get_by_role("button", name="Login").click()
    seen.picture("#samples-shown")
    seen.close()
    studio.end()


@browsed
@pytest.mark.parametrize(
    "how", [{"color_scheme": "dark"}, {"viewport": {"width": 390, "height": 844}}], ids=["dark", "narrow"]
)
def test_dark_and_narrow_pages_hold_all(studio, browser, how):
    seen = Seen(browser, studio.address, **how)
    seen.model("cgan")
    seen.picture("#samples-shown")
    seen.shot("-".join(how))
    assert seen.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    seen.close()


# ---- without a browser -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "password", "why"),
    [("0.0.0.0", None, "--host 0.0.0.0 lets others in"), ("0.0.0.0", "short", "at least 8")],
)
def test_others_come_in_with_a_password_only(host, password, why):
    from rivals.web.studio import server

    with pytest.raises(UsageError, match=why):
        server.check(host, password)


@pytest.mark.parametrize("made", ["nothing", "empty"])
def test_a_wrong_folder_gets_a_sentence(tmp_path, made):
    from rivals.web.studio.shelf import Shelf

    if made == "empty":
        (tmp_path / "here").mkdir()
    with pytest.raises(UsageError, match="no folder" if made == "nothing" else "no run and no saved model"):
        Shelf(tmp_path / "here")
