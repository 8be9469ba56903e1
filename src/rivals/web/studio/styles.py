"""The tab of generators ruled by styles: coarse layers of one picture, fine ones of another."""

from __future__ import annotations

import gradio as gr

from rivals.pictures.styles import mixing
from rivals.styled import StyleGAN
from rivals.web.studio import parts
from rivals.web.studio.shelf import Model, Shelf


def build(shelf: Shelf, model: Model) -> None:
    """Build the tab."""
    game = model.trained
    assert isinstance(game, StyleGAN)
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=260):
            info = "up to this layer the styles are the row's, from there on the column's"
            layer = gr.Slider(
                0, game.layers, game.layers // 2, step=1, interactive=True, label="Layer of the change", info=info
            )
            rows = gr.Slider(1, 6, 3, step=1, interactive=True, label="Rows")
            columns = gr.Slider(1, 8, 4, step=1, interactive=True, label="Columns")
            seed = parts.seed()
        with gr.Column(scale=2, min_width=280):
            shown = gr.HTML(elem_id="styles-shown")

    def draw(layer: float, rows: float, columns: float, seed: float) -> str:
        table = mixing(game, int(layer), int(rows), int(columns), int(seed))
        caption = f"Styles of the rows up to layer {int(layer)} of {game.layers}, of the columns from there on"
        return parts.picture(table, caption)

    parts.lively(shelf, draw, [layer, rows, columns, seed], shown)
