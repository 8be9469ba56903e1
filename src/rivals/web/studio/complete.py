"""The tab that goes on from what is given: the upper part of a picture, or the beginning of a line."""

from __future__ import annotations

import gradio as gr
import torch
from torch import Tensor

from rivals.data import specs
from rivals.data.readers.text import RARE
from rivals.data.specs import Images, Tokens
from rivals.errors import UsageError
from rivals.pictures.styles import grid_of
from rivals.web.studio import parts
from rivals.web.studio.shelf import Model, Shelf

TRIES = 4
"""Ways in which a picture goes on."""


def build(shelf: Shelf, model: Model) -> None:
    """Build the tab."""
    build_for = specs.lookup(BUILDERS, model.made)
    if build_for is None:
        gr.HTML(parts.told("this model completes samples that cannot be typed or uploaded"))
        return
    build_for(shelf, model)


def _picture(shelf: Shelf, model: Model) -> None:
    game = model.trained
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=260):
            file, seed = parts.upload("Your picture"), parts.seed(info="Of the sample, where nothing is uploaded")
            share = gr.Slider(0, 1, 0.5, step=0.05, interactive=True, label="Known part from above")
            go = gr.Button("Complete", variant="primary")
        with gr.Column(scale=2, min_width=280):
            hint = parts.told("Complete draws the lower part, place by place: that can take a while.")
            shown = gr.HTML(hint, elem_id="complete-shown")

    def draw(blob: bytes | None, seed: float, share: float) -> str:
        x = parts.subject(model, blob, seed)
        known = torch.zeros_like(x, dtype=torch.bool)
        known[:, :, : round(share * x.shape[2])] = True
        made = game.complete(x.repeat(TRIES, 1, 1, 1), known.repeat(TRIES, 1, 1, 1)).cpu()  # type: ignore[operator]
        row = torch.cat([x, torch.where(known, x, 1.0), made])
        return parts.picture(grid_of(row[None]), f"The picture, its upper {share:.0%}, and {TRIES} ways to go on")

    go.click(parts.sentence(shelf, draw), [file, seed, share], shown, api_visibility="private")


def _text(shelf: Shelf, model: Model) -> None:
    game, spec = model.trained, model.made
    assert isinstance(spec, Tokens)
    unit = "Words" if spec.symbols and spec.joined else "Characters" if spec.symbols else "Numbers"
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=260):
            info = f"{unit} that the model knows; up to {spec.length} make a line"
            start = gr.Textbox("", interactive=True, label="Beginning", info=info, max_length=4096)
            n = gr.Slider(1, 32, 8, step=1, interactive=True, label="How many")
        with gr.Column(scale=2, min_width=280):
            shown = gr.HTML(elem_id="complete-shown")

    def draw(start: str, n: float) -> str:
        line = read(start, spec)
        x = torch.zeros(int(n), spec.length, dtype=torch.long)
        x[:, : len(line)] = line
        known = (torch.arange(spec.length) < len(line)).expand_as(x)
        made = game.complete(x, known).cpu()  # type: ignore[operator]
        return parts.samples(made, spec, f"{int(n)} ways to go on")

    parts.lively(shelf, draw, [start, n], shown)


def read(line: str, spec: Tokens) -> Tensor:
    """The symbols of a line as it is typed, int64 (T,).

    Raises:
        UsageError: for a symbol that the model does not know, or a line as long as its lines or longer.
    """
    typed = line.split() if spec.joined or not spec.symbols else list(line)
    places = {symbol: i for i, symbol in enumerate(spec.symbols) if symbol} or {
        str(i): i for i in range(spec.vocabulary)
    }
    unknown = [symbol for symbol in typed if symbol not in places and RARE not in places]
    if unknown:
        some = ", ".join(list(places)[:8])
        raise UsageError(f"the model does not know '{unknown[0][:40]}': it knows {len(places):,} symbols, {some}, …")
    if len(typed) >= spec.length:
        raise UsageError(f"the beginning has {len(typed)} symbols, and a line of this model has {spec.length} in all")
    return torch.tensor([places.get(symbol, places.get(RARE, 0)) for symbol in typed], dtype=torch.long)


BUILDERS = {Images: _picture, Tokens: _text}
"""Kind -> what builds the tab."""
