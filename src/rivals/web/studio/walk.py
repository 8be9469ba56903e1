"""The tab that walks from the latents of one seed to those of another."""

from __future__ import annotations

import gradio as gr

from rivals.pictures.shown import great_circle
from rivals.web.studio import parts
from rivals.web.studio.shelf import Model, Shelf


def build(shelf: Shelf, model: Model) -> None:
    """Build the tab."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=260):
            t = gr.Slider(
                0,
                1,
                0.5,
                step=0.01,
                interactive=True,
                label="Place on the way",
                info="0 is the first seed, 1 the second",
            )
            first, second, n = parts.seed("From seed", 0), parts.seed("To seed", 1), parts.count(model)
        with gr.Column(scale=2, min_width=280):
            shown = gr.HTML(elem_id="walk-shown")

    def draw(t: float, first: float, second: float, n: float) -> str:
        a, b = (model.latents(int(n), int(seed)) for seed in (first, second))
        caption = f"{t:.0%} of the way from seed {int(first)} to seed {int(second)}"
        return parts.samples(model.drawn(great_circle(a, b, float(t))), model.made, caption)

    parts.lively(shelf, draw, [t, first, second, n], shown)
