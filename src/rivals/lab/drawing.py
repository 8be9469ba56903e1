"""How the pictures of the lab look: one style, colours that the colour-blind can tell apart, small files."""

from __future__ import annotations

import io
from typing import Any, Literal, TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from PIL import Image

from rivals.lab.experiment import Result

BLUE, ORANGE, GREEN, PINK, SKY, BLACK = "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#222222"
COLOURS = (BLUE, ORANGE, GREEN, PINK, SKY, BLACK, "#e69f00")
"""After Okabe and Ito, "Color universal design"; they differ in brightness as well."""

GREY = "#888888"
"""What theory says, beside what was measured."""

SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#cfe3f2", BLUE, "#00304d"])
"""From nothing to much, in one hue."""

Place: TypeAlias = Literal["upper left", "upper right", "lower left", "lower right", "center right", "best"]

DPI, TONES = 110, 96
"""Of a picture; colours in its palette."""


def panels(figure: Figure, count: int, rows: int = 1, **named: Any) -> list[Axes]:
    """Panels in the house's style, row by row."""
    axes = figure.subplots(rows, count, squeeze=False, **named)
    return [style(each) for each in axes.flat]


def style(axes: Axes) -> Axes:
    """No frame above and to the right, a light grid behind, small grey ticks."""
    axes.set_axisbelow(True)
    axes.grid(color="#ececec")
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("#bbbbbb")
    axes.tick_params(colors="#555555", length=0, labelsize=8)
    return axes


def label(axes: Axes, title: str, x: str = "", y: str = "", *, legend: Place | None = None) -> None:
    """Name a panel and its axes, with a legend at a place where one is asked for."""
    axes.set_title(title, fontsize=10, color="#333333", loc="left")
    axes.set_xlabel(x, fontsize=9, color="#444444")
    axes.set_ylabel(y, fontsize=9, color="#444444")
    if legend:
        axes.legend(fontsize=8, frameon=False, loc=legend)


def png(result: Result) -> bytes:
    """The picture of a result, with a palette, which keeps it small."""
    figure = Figure(figsize=result.size, dpi=DPI, facecolor="white", layout="constrained")
    canvas = FigureCanvasAgg(figure)
    result.draw(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    whole = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]
    file = io.BytesIO()
    whole.quantize(TONES, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()
