"""The studio's page: a choice of models, and a tab for each thing that the chosen one can do."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import NamedTuple

import gradio as gr

from rivals import catalog
from rivals.data import specs
from rivals.web.page import STYLE
from rivals.web.studio import codes, compare, complete, edit, live, parts, samples, styles, translate, walk
from rivals.web.studio.shelf import Model, Shelf


class Tab(NamedTuple):
    """A tab: its name, what builds it, and what a model must be able to do: verbs, and `ABILITIES`."""

    name: str
    build: Callable[[Shelf, Model], None]
    needs: frozenset[str]


TABS = (
    Tab("Samples", samples.build, frozenset({"sample"})),
    Tab("Walk", walk.build, frozenset({"walk"})),
    Tab("Styles", styles.build, frozenset({"mix"})),
    Tab("Edit", edit.build, frozenset({"edit", "pictures"})),
    Tab("Codes", codes.build, frozenset({"encode", "decode", "pictures"})),
    Tab("Translate", translate.build, frozenset({"translate", "pictures"})),
    Tab("Complete", complete.build, frozenset({"complete"})),
    Tab("Compare", compare.build, frozenset({"sample", "beside"})),
    Tab("Live", live.build, frozenset({"run"})),
)


GO = "name => { window.location.search = '?model=' + encodeURIComponent(name); }"
"""What the browser does with another choice."""


def blocks(shelf: Shelf) -> gr.Blocks:
    """The page."""
    page: gr.Blocks

    def chosen(request: gr.Request) -> tuple[str, str]:
        name = dict(request.query_params or {}).get("model", "")
        name = name if name in shelf.names else shelf.names[0]
        return name, name

    with gr.Blocks(title="rivals studio", analytics_enabled=False, fill_width=True) as page:
        with gr.Row(elem_id="top", equal_height=True):
            gr.HTML("<h1>rivals studio</h1>", elem_id="title")
            with gr.Column(min_width=280, elem_id="choice", visible=len(shelf.names) > 1):
                choice = gr.Dropdown(shelf.names, value=None, label="Model", interactive=True)

        # a page shows one model, which its address names: another choice is another page
        here = gr.State()
        page.load(chosen, None, [choice, here], show_progress="hidden", api_visibility="private")
        choice.input(None, choice, None, js=GO, api_visibility="private")

        @gr.render(inputs=[here], triggers=[here.change], show_progress="hidden")  # type: ignore[untyped-decorator]
        def show(name: str | None) -> None:
            if name is None:
                return
            model = shelf.model(name, fresh=True)
            gr.HTML(about(model), elem_id="about")
            fit = [tab for tab in TABS if tab.needs <= model.can]
            if not fit:  # the page's library cannot show tabs of which there are none
                return
            with gr.Tabs():
                for tab in fit:
                    with gr.Tab(tab.name, elem_id=f"tab-{tab.name.lower()}"):
                        tab.build(shelf, model)

    return page


def about(model: Model) -> str:
    """What the model is, or why there is none."""
    entry = catalog.entries().get(model.recipe)
    paper = f" · {entry.paper.title}, {entry.paper.year}" if entry is not None else ""
    line = f"<b>{escape(model.recipe or model.name)}</b>{escape(paper)}"
    if model.game is None:
        return f"<p>{line} · {escape(str(model.path))}</p>{parts.told(model.why, 'error')}"
    return f"<p>{line} · {escape(specs.spelled(model.data))} · {escape(str(model.path))}</p>"


def head() -> str:
    """Styles: those of reports inside of the page's own parts, and the studio's."""
    report = STYLE.read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", report, re.DOTALL)[:2]
    own = Path(__file__).with_name("studio.css").read_text(encoding="utf-8")
    inside = re.sub(r"@media \(prefers-color-scheme: dark\) \{ :root \{.*?\} \}", "", report, flags=re.DOTALL)
    return (
        f"<style>:root {{{light}}} .dark {{{dark}}} .html-container {{ {inside} }}\n{own}</style>"
        '<meta name="referrer" content="no-referrer">'
    )


def theme() -> gr.themes.Base:
    """Fonts of the system: no font is fetched."""
    plain, mono = ["system-ui", "sans-serif"], ["ui-monospace", "monospace"]
    return gr.themes.Default(primary_hue="blue", neutral_hue="slate", font=plain, font_mono=mono)
