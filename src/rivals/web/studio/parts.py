"""What the tabs are made of: samples as HTML, errors as sentences, controls, and events of which the last one wins."""

from __future__ import annotations

import base64
import csv
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from html import escape
from typing import Any

import gradio as gr
from PIL import Image
from torch import Tensor

from rivals.conditions import Attributes, Labels, Wanted
from rivals.data import specs
from rivals.data.specs import Images, Points, Spec
from rivals.errors import RivalsError
from rivals.game import Game
from rivals.pictures import ARRAY, WRITERS, grid, scatter
from rivals.priors import Truncated
from rivals.styled import StyleGAN
from rivals.web.studio import uploads
from rivals.web.studio.shelf import Model, Shelf

SEEDS = 9999
"""The largest seed of a slider."""
WIDE = 620
"""Pixels from which on a picture is not enlarged."""
ROWS = 30
"""Lines of a table that are shown."""


# ---- what is shown ---------------------------------------------------------------------------------------------------


def samples(x: Tensor, spec: Spec, caption: str) -> str:
    """Samples (N, ...) as HTML: a picture, text, a table or sound, as their kind is written to files."""
    draw = specs.lookup(DRAWN, spec)
    if draw is not None:  # quicker than a file that is small
        return picture(draw(x), caption)
    writers = specs.lookup(WRITERS, spec) or ARRAY
    endings = [ending for ending in writers if ending in SHOWN]
    chosen = endings[:1] + [ending for ending in endings[1:] if ending == ".wav"]
    if not chosen:
        return told("samples of this kind cannot be shown: `rivals sample` writes them to a file")
    content = [SHOWN[ending](blob, caption) for ending in chosen if isinstance(blob := writers[ending](x, spec), bytes)]
    return "".join(content)


def picture(image: Image.Image, caption: str) -> str:
    """A picture as HTML."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return _image("png")(file.getvalue(), caption)


def told(sentence: str, kind: str = "note") -> str:
    """A sentence instead of a result; kind is note, good or error."""
    role = "alert" if kind == "error" else "status"
    return f"<p class='told {kind}' role='{role}'>{escape(sentence)}</p>"


def _image(kind: str) -> Callable[[bytes, str], str]:
    def show(blob: bytes, caption: str) -> str:
        data = f"data:image/{kind};base64,{base64.b64encode(blob).decode()}"
        small = " small" if kind == "png" and int.from_bytes(blob[16:20], "big") < WIDE else ""
        name = f"{'-'.join(caption.lower().split()[:4])}.{kind}"
        save = "this.href=this.closest('figure').querySelector('img').src"
        return (
            f'<figure class="shown{small}"><img alt="{escape(caption)}" src="{data}"><figcaption>'
            f'<span>{escape(caption)}</span> <a href="#" download="{escape(name)}" onclick="{save}">Save</a>'
            "</figcaption></figure>"
        )

    return show


def _text(blob: bytes, caption: str) -> str:
    lines = "".join(f"<li>{escape(line) or '<i>empty</i>'}</li>" for line in blob.decode().splitlines())
    return f"<figure class='shown'><ol class='lines'>{lines}</ol><figcaption>{escape(caption)}</figcaption></figure>"


def _table(blob: bytes, caption: str) -> str:
    head, *rows = list(csv.reader(io.StringIO(blob.decode())))[: ROWS + 1]
    line = "<tr>{}</tr>".format
    body = [line("".join(f"<td>{escape(cell)}</td>" for cell in row)) for row in rows]
    top = line("".join(f"<th scope='col'>{escape(cell)}</th>" for cell in head))
    table = f"<div class='wide'><table><thead>{top}</thead><tbody>{''.join(body)}</tbody></table></div>"
    return f"<figure class='shown'>{table}<figcaption>{escape(caption)}</figcaption></figure>"


def _sound(blob: bytes, caption: str) -> str:
    data = f"data:audio/wav;base64,{base64.b64encode(blob).decode()}"
    return f'<audio controls src="{data}" aria-label="{escape(caption)}"></audio>'


SHOWN: dict[str, Callable[[bytes, str], str]] = {
    ".png": _image("png"),
    ".gif": _image("gif"),
    ".txt": _text,
    ".csv": _table,
    ".wav": _sound,
}
"""Ending of a file -> its content as HTML."""


DRAWN: dict[type, Callable[[Tensor], Image.Image]] = {Images: grid, Points: scatter}
"""Kind -> its samples as a picture."""


# ---- events ----------------------------------------------------------------------------------------------------------


def sentence(shelf: Shelf, draw: Callable[..., str]) -> Callable[..., str]:
    """A function that gives HTML, one at a time; what goes wrong becomes a sentence."""

    @wraps(draw)
    def drawn(*values: Any) -> str:
        try:
            with shelf.lock:
                return draw(*values)
        except RivalsError as error:
            return told(str(error), "error")
        except Exception as error:  # a page has nobody to read a traceback
            print(f"studio: {draw.__module__}: {type(error).__name__}: {error}", file=sys.stderr)
            return told(f"this model could not do that ({type(error).__name__}: {str(error)[:200]})", "error")

    return drawn


def lively(shelf: Shelf, draw: Callable[..., str], inputs: Sequence[Any], output: gr.HTML) -> None:
    """Draw anew whenever an input changes or the tab is opened.

    While one picture is being made further changes wait, and only the last of them is drawn.

    Args:
        shelf: of the models.
        draw: values of the inputs -> HTML.
        inputs: components.
        output: where it is shown.
    """
    gr.on(
        [*(component.change for component in inputs), *opened(output)], sentence(shelf, draw), list(inputs), output,
        trigger_mode="always_last", show_progress="hidden", api_visibility="private", queue=False,
    )  # fmt: skip


def opened(component: gr.HTML) -> list[Any]:
    """The event that the tab in which a component lies is opened."""
    place = component.parent
    while place is not None and not isinstance(place, gr.Tab):
        place = place.parent
    return [place.select] if place is not None else []


# ---- controls --------------------------------------------------------------------------------------------------------


def seed(label: str = "Seed", value: int = 0, info: str | None = None) -> gr.Slider:
    """A slider of seeds."""
    return gr.Slider(0, SEEDS, value, step=1, interactive=True, label=label, info=info)


def count(model: Model, value: int = 16, most: int = 64) -> gr.Slider:
    """A slider for how many; of samples that are single points, more."""
    value, most = (1000, 2000) if len(model.made.shape) == 1 and "text" not in model.can else (value, most)
    most = min(most, model.trained.most or most)
    return gr.Slider(1, most, min(value, most), step=1, interactive=True, label="How many")


def wish(model: Model) -> tuple[list[Any], Callable[..., Wanted]]:
    """Controls of what samples are asked to be, and what their values mean; none for a game without a condition."""
    condition = model.trained.condition
    if isinstance(condition, Labels):
        names = getattr(model.made, "names", ()) or range(condition.classes)
        choices = [("each in turn", -1), *((str(name), i) for i, name in enumerate(names))]
        return [
            gr.Dropdown(choices, value=-1, interactive=True, label="Class")
        ], lambda k: None if k is None or k < 0 else int(k)
    if isinstance(condition, Attributes):
        names = list(condition.names)
        both = [
            gr.Dropdown(names, value=[], multiselect=True, interactive=True, label=label)
            for label in ("With", "Without")
        ]
        return both, lambda yes, no: dict.fromkeys(no or (), 0.0) | dict.fromkeys(yes or (), 1.0)
    return [], lambda: None


def truncation(game: Game) -> tuple[list[Any], Callable[..., Any]]:
    """A slider of the truncation, and a context in which its value holds; none for a game without truncation."""
    if isinstance(game, StyleGAN):
        slider = gr.Slider(
            -1, 1.5, game.truncation, step=0.05, interactive=True, label="Truncation ψ", info="0 is the mean picture"
        )
        return [slider], lambda value: _held(game, "truncation", value)
    prior = getattr(game, "prior", None)
    if isinstance(prior, Truncated):
        info = "latents beyond ±t are drawn anew; 0 truncates nothing"
        slider = gr.Slider(0, 3, prior.threshold, step=0.05, interactive=True, label="Truncation t", info=info)
        return [slider], lambda value: _held(prior, "threshold", value)
    return [], lambda: _held(game, "chunk", game.chunk)


@contextmanager
def _held(owner: Any, name: str, value: float) -> Iterator[None]:
    before = getattr(owner, name)
    try:
        setattr(owner, name, value)
        yield
    finally:
        setattr(owner, name, before)


def upload(label: str) -> gr.File:
    """A field for a picture; its value is the file's content."""
    return gr.File(interactive=True, label=label, file_types=uploads.ENDINGS, type="binary", height=130)


def subject(model: Model, blob: bytes | None, seed: float) -> Tensor:
    """The uploaded picture, or where there is none a sample, (1, C, H, W)."""
    if blob:
        return uploads.picture(blob, model.given)
    return model.trained.sample(1, seed=int(seed)).cpu()
