"""A line chart as a picture: an SVG of our own, and its PNG where the extra `charts` is installed.

Colours are Okabe and Ito's, told apart by the colour-blind; each line has a marker of its own shape
as well. Names stand at the ends of their lines instead of in a legend. The picture has its own
background, so that it looks the same in a light and in a dark chat.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from importlib.util import find_spec
from pathlib import Path

WIDTH, HEIGHT, SCALE = 800, 500, 2
MOST = 3
"""Lines in one chart."""

_FONT = Path(__file__).with_name("fonts") / "charts.otf"
_FAMILY = "Jianbao Charts"
_PAPER, _INK, _SOFT, _GRID = "#FBFAF7", "#1F2328", "#5B636B", "#DEDCD5"
_COLOURS = ("#0072B2", "#D55E00", "#009E73")  # Okabe and Ito: blue, vermilion, bluish green
_TOP, _BOTTOM, _LEFT, _EDGE = 132, 430, 64, 28
_NAME, _TICK, _LINE = 23, 20, 28  # sizes of letters, and from one name to the next below
_WIDEST = 216  # of a name at the end of its line
_OPENING = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
    f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{_FAMILY}">'
)
_UNWRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Series:
    """One line: a name, and a count for every point of the chart."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn. `labels` name the points, `breaks` are those before which time was left out.

    `title` and `subtitle` stand above; `short` is the title where `title` is too wide.
    """

    title: str
    short: str
    subtitle: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    breaks: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where values stand on the paper."""

    right: float
    top: int
    points: int

    def x(self, at: int) -> float:
        return _LEFT + (self.right - _LEFT) * (at / (self.points - 1) if self.points > 1 else 0.5)

    def y(self, value: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * value / self.top


def can_draw() -> bool:
    """Whether the extra `charts` is installed."""
    return find_spec("resvg_py") is not None


def png(drawing: str) -> bytes:
    """The picture of an SVG, 1,600 by 1,000 points. ImportError without the extra `charts`."""
    import resvg_py

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=drawing,
            zoom=SCALE,
            font_files=[str(_FONT)],
            skip_system_fonts=True,
            font_family=_FAMILY,
        )
    )


def svg(chart: Chart) -> str:
    """The chart as an SVG text. At most three series, each as long as `labels`, one point or more."""
    top = ceiling(max(value for series in chart.series for value in series.values))
    names = [fitted(series.name, _NAME, _WIDEST) for series in chart.series]
    widest = max(width(name, _NAME) for name in names)
    frame = _Frame(WIDTH - _EDGE - widest - _beside(chart), top, len(chart.labels))
    body = [
        _OPENING,
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{_PAPER}"/>',
        *_head(chart),
        *_grid(frame),
        *_times(chart, frame),
    ]
    if len(chart.series) == 1:
        body.append(_area(chart.series[0], frame))
    for place in reversed(range(len(chart.series))):  # the first one named lies on top
        body += _drawn(chart, place, frame)
    body += _ends(chart, names, frame)
    return "".join((*body, "</svg>"))


def ceiling(most: int) -> int:
    """The top of the scale: an even round number not below `most`, and 2 at least."""
    if most <= 2:
        return 2
    step = 10 ** (len(str(most)) - 1)
    steps = (step // 5, step // 2, step) if step >= 10 else (2,)
    return next(top for size in steps if size for top in (-(-most // size) * size,) if top % 2 == 0)


def width(text: str, size: float) -> float:
    """About how wide a text is drawn: a Hangul or Hanzi is as wide as high, the rest a bit more than half."""
    return sum(1.0 if unicodedata.east_asian_width(char) in "WF" else 0.57 for char in text) * size


def fitted(text: str, size: float, most: float) -> str:
    """The text, cut short where it is too wide."""
    if width(text, size) <= most:
        return text
    while text and width(f"{text}…", size) > most:
        text = text[:-1]
    return f"{text.rstrip()}…"


def ticks(points: int, most: int) -> list[int]:
    """Which points are named below: evenly, counted from the last."""
    step = -(-points // most)
    return list(range(points - 1, -1, -step))[::-1]


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Heights at least `gap` apart, in the order of `wanted`, near them, between low and high."""
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    placed = [0.0] * len(wanted)
    floor = low
    for at in order:
        placed[at] = max(wanted[at], floor)
        floor = placed[at] + gap
    roof = high
    for at in reversed(order):
        placed[at] = min(placed[at], roof)
        roof = placed[at] - gap
    return placed


def _head(chart: Chart) -> Iterator[str]:
    room = WIDTH - 2 * _EDGE
    title, size = chart.title, 32
    while width(title, size) > room and size > 24:
        size -= 2
    if width(title, size) > room:
        title, size = fitted(chart.short, 32, room), 32
    yield _text(_EDGE, 54, title, size, _INK)
    yield _text(_EDGE, 90, fitted(chart.subtitle, _TICK, room), _TICK, _SOFT)


def _grid(frame: _Frame) -> Iterator[str]:
    """The ground line, half way and the top, with their numbers."""
    for value in (0, frame.top // 2, frame.top):
        y = frame.y(value)
        colour = _SOFT if value == 0 else _GRID
        yield _stroke((_LEFT, y), (frame.right, y), colour, 1.5)
        yield _text(_LEFT - 12, y + 7, f"{value:,}", _TICK, _SOFT, anchor="end")


def _times(chart: Chart, frame: _Frame) -> Iterator[str]:
    widest = max(width(label, _TICK) for label in chart.labels)
    most = max(2, int((frame.right - _LEFT) / (widest * 1.35)) + 1)
    for at in ticks(frame.points, most):
        x = frame.x(at)
        yield _stroke((x, _BOTTOM), (x, _BOTTOM + 7), _SOFT, 1.5)
        yield _text(x, _BOTTOM + 34, chart.labels[at], _TICK, _SOFT, anchor="middle")


def _area(series: Series, frame: _Frame) -> str:
    line = " ".join(f"{frame.x(at):.1f},{frame.y(value):.1f}" for at, value in enumerate(series.values))
    first, last = frame.x(0), frame.x(frame.points - 1)
    corners = f"{first:.1f},{_BOTTOM} {line} {last:.1f},{_BOTTOM}"
    return f'<polygon points="{corners}" fill="{_COLOURS[0]}" fill-opacity="0.10"/>'


def _drawn(chart: Chart, place: int, frame: _Frame) -> Iterator[str]:
    """A line, dashed where weeks were left out, with its markers and the number of its peak."""
    values, colour = chart.series[place].values, _COLOURS[place]
    points = [(frame.x(at), frame.y(value)) for at, value in enumerate(values)]
    for at in range(1, len(values)):
        yield _stroke(points[at - 1], points[at], colour, 4, dots=at in chart.breaks)
    peak = max(range(len(values)), key=lambda at: (values[at], at))
    marked = range(len(values)) if len(values) <= 16 else (peak, len(values) - 1)
    for at in marked:
        yield _marker(place, *points[at])
    if values[peak] and len(chart.series) == 1 and 0 < peak < len(values) - 1:
        yield _text(
            frame.x(peak), frame.y(values[peak]) - 16, f"{values[peak]:,}", _TICK, colour, anchor="middle"
        )


def _marker(place: int, x: float, y: float) -> str:
    """A circle, a square or a triangle: colour is never the only difference."""
    colour = f'fill="{_COLOURS[place]}" stroke="{_PAPER}" stroke-width="2"'
    if place == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" {colour}/>'
    if place == 1:
        return f'<rect x="{x - 6.5:.1f}" y="{y - 6.5:.1f}" width="13" height="13" {colour}/>'
    corners = f"{x:.1f},{y - 9:.1f} {x + 8.5:.1f},{y + 6.5:.1f} {x - 8.5:.1f},{y + 6.5:.1f}"
    return f'<polygon points="{corners}" {colour}/>'


def _beside(chart: Chart) -> float:
    """From the end of the lines to the names."""
    return 18 if len(chart.series) == 1 else 42


def _ends(chart: Chart, names: Sequence[str], frame: _Frame) -> Iterator[str]:
    """Each name with its last number, beside the end of its line and clear of the others; with
    several, each has its line's marker again, for lines may end in one point.
    """
    wanted = [frame.y(series.values[-1]) for series in chart.series]
    heights = apart(wanted, 2 * _LINE + 2, _TOP - 8, _BOTTOM - _LINE + 8)
    for place, height in enumerate(heights):
        x, last = frame.right + _beside(chart), chart.series[place].values[-1]
        if len(heights) > 1:
            yield _marker(place, x - 15, height - 4)
        yield _text(x, height + 4, names[place], _NAME, _COLOURS[place])
        yield _text(x, height + 4 + _LINE, f"{last:,}", _NAME, _COLOURS[place])


def _stroke(
    begin: tuple[float, float], end: tuple[float, float], colour: str, thick: float, *, dots: bool = False
) -> str:
    dotted = ' stroke-dasharray="3 9"' if dots else ""
    cap = "round" if thick > 2 else "butt"
    return (
        f'<line x1="{begin[0]:.1f}" y1="{begin[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" '
        f'stroke="{colour}" stroke-width="{thick}" stroke-linecap="{cap}"{dotted}/>'
    )


def _text(x: float, y: float, text: str, size: float, colour: str, *, anchor: str = "start") -> str:
    said = escape(_UNWRITTEN.sub("", text))
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {place} fill="{colour}">{said}</text>'
