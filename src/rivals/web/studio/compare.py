"""The tab that puts another model beside this one, at the same seeds."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from rivals.web.studio import parts
from rivals.web.studio.shelf import Model, Shelf


def build(shelf: Shelf, model: Model) -> None:
    """Build the tab."""
    with gr.Row(equal_height=False):
        other = gr.Dropdown(
            list(model.others), value=model.others[0], interactive=True, label="Other model", min_width=220
        )
        seed, n = parts.seed(), parts.count(model)
        wishes, read = parts.wish(model)
    shown = gr.HTML(elem_id="compare-shown")

    def one(name: str, n: float, seed: float, *wanted: Any) -> str:
        chosen = shelf.model(name)
        made = chosen.trained.sample(int(n), seed=int(seed), label=read(*wanted))
        return parts.samples(made, chosen.made, f"{name}, seed {int(seed)}")

    def draw(other: str, seed: float, n: float, *wanted: Any) -> str:
        each = parts.sentence(shelf, one)
        both = (f"<div><h3>{escape(name)}</h3>{each(name, n, seed, *wanted)}</div>" for name in (model.name, other))
        return f"<div class='beside'>{''.join(both)}</div>"

    parts.lively(shelf, draw, [other, seed, n, *wishes], shown)
