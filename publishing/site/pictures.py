"""Small pictures drawn at build time: SVG with no script and no inline style.

Coordinates are per cent of the width, so a picture stretches with its box; the classes take
their colours from the page. Shares run 0..1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

SPARK_HEIGHT = 52
_FIRST, _SPREAD = 1.5, 96.0  # where the first point stands, and how far the last is from it


@dataclass(frozen=True)
class Point:
    """A period of a small line: its value and interval; `value` None is a gap."""

    value: float | None
    low: float | None
    high: float | None


def _svg(body: str, *, height: int, name: str) -> Markup:
    # Everything put into `body` is a number or a class name of this module.
    return Markup(  # noqa: S704
        f'<svg class="micro {name}" width="100%" height="{height}" aria-hidden="true" '
        f'focusable="false">{body}</svg>'
    )


def _at(share: float) -> str:
    return f"{share * 100:.2f}%"


def range_bar(
    point: Point,
    *,
    domain: tuple[float, float],
    target: float | None = None,
    previous: float | None = None,
    tone: str = "data",
    height: int = 28,
    is_provisional: bool = False,
) -> Markup:
    """A number line: interval as a thin bar, value as a dot, target upright, previous hollow."""
    low_end, high_end = domain

    def share(value: float) -> float:
        return max(0.0, min(1.0, (value - low_end) / (high_end - low_end)))

    middle = height / 2
    ghost = " ghost" if is_provisional else ""
    if point.value is None:
        body = _hatched(0.0, 1.0, top=middle - 5, height=10)
    else:
        body = f'<rect class="rb-track" x="0" y="{middle - 3}" width="100%" height="6" rx="3"/>'
        if previous is not None:
            body += f'<circle class="rb-prev" cx="{_at(share(previous))}" cy="{middle}" r="4"/>'
        if point.low is not None and point.high is not None:
            width = share(point.high) - share(point.low)
            body += (
                f'<rect class="rb-ci {tone}{ghost}" x="{_at(share(point.low))}" '
                f'y="{middle - 3}" width="{_at(width)}" height="6" rx="3"/>'
            )
        radius = 5.5 if height > 24 else 4
        body += (
            f'<circle class="rb-pt {tone}{ghost}" cx="{_at(share(point.value))}" '
            f'cy="{middle}" r="{radius}"/>'
        )
    if target is not None:
        x = _at(share(target))
        body += f'<line class="rb-target" x1="{x}" x2="{x}" y1="1" y2="{height - 1}"/>'
    return _svg(body, height=height, name="range")


def _hatched(start: float, width: float, *, top: float, height: float) -> str:
    place = f'x="{_at(start)}" y="{top}" width="{_at(width)}" height="{height}" rx="3"'
    return f'<rect class="hatch-bg" {place}/><rect fill="url(#hatch)" {place}/>'


def spark(points: Sequence[Point], *, tone: str = "data", is_provisional: bool = False) -> Markup:
    """The periods up to now: interval band and line; gaps where nothing is shown."""
    shown = [p for p in points if p.value is not None]
    if len(points) < 2 or not shown:
        return Markup("")
    scale = _Scale.over(shown, count=len(points))
    inner = "".join(
        scale.run(points, start, end, dashed_end=is_provisional and end == len(points))
        for start, end in _runs(points)
    )
    body = (
        f'<svg width="100%" height="{SPARK_HEIGHT}" viewBox="0 0 100 {SPARK_HEIGHT}" '
        f'preserveAspectRatio="none">{inner}</svg>'
    )
    last = points[-1]
    x = scale.x(len(points) - 1) / 100
    if last.value is None:
        body += _hatched(x - 0.045, 0.06, top=4, height=SPARK_HEIGHT - 8)
    else:
        kind = "hollow" if is_provisional else tone
        body += (
            f'<circle class="sp-dot {kind}" cx="{_at(x)}" cy="{scale.y(last.value):.2f}" r="4"/>'
        )
    return _svg(body, height=SPARK_HEIGHT, name="spark")


def _runs(points: Sequence[Point]) -> list[tuple[int, int]]:
    """The stretches without a gap, as half-open index ranges."""
    runs: list[tuple[int, int]] = []
    start: int | None = None
    for index, point in enumerate([*points, Point(None, None, None)]):
        if point.value is not None and start is None:
            start = index
        if point.value is None and start is not None:
            runs.append((start, index))
            start = None
    return runs


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    count: int

    @classmethod
    def over(cls, points: Sequence[Point], *, count: int) -> _Scale:
        lows = [p.value if p.low is None else p.low for p in points]
        highs = [p.value if p.high is None else p.high for p in points]
        low = min(v for v in lows if v is not None)
        high = max(v for v in highs if v is not None)
        return cls(low, high if high > low else low + 1, count)

    def x(self, index: int) -> float:
        return _FIRST + index / (self.count - 1) * _SPREAD

    def y(self, value: float) -> float:
        return SPARK_HEIGHT - 4 - (value - self.low) / (self.high - self.low) * (SPARK_HEIGHT - 8)

    def run(self, points: Sequence[Point], start: int, end: int, *, dashed_end: bool) -> str:
        banded = [
            (i, p)
            for i, p in enumerate(points[start:end], start)
            if p.low is not None and p.high is not None
        ]
        upper = [f"{self.x(i):.2f},{self.y(p.high or 0.0):.2f}" for i, p in banded]
        lower = [f"{self.x(i):.2f},{self.y(p.low or 0.0):.2f}" for i, p in reversed(banded)]
        line = [
            f"{self.x(i):.2f},{self.y(p.value or 0.0):.2f}"
            for i, p in enumerate(points[start:end], start)
        ]
        body = f'<polygon class="sp-band" points="{" ".join(upper + lower)}"/>' if upper else ""
        solid = line[:-1] if dashed_end else line
        body += f'<polyline class="sp-line" points="{" ".join(solid)}"/>'
        if dashed_end:
            body += f'<polyline class="sp-line dashed" points="{" ".join(line[-2:])}"/>'
        return body


def bar(share: float, *, tone: str = "data", height: int = 12) -> Markup:
    """A magnitude from the inline start, as a share of the longest."""
    width = max(0.006, min(1.0, share))
    return _svg(
        f'<rect class="fill-{tone}" x="0" y="0" width="{_at(width)}" height="{height}" rx="1"/>',
        height=height,
        name="hbar",
    )


def whisker(
    point: Point, *, domain: tuple[float, float], tone: str = "mid", height: int = 20
) -> Markup:
    """A magnitude or a difference from zero, its interval as a line; left of zero is negative."""
    low_end, high_end = domain

    def share(value: float) -> float:
        return (value - low_end) / (high_end - low_end)

    if point.value is None:
        return _svg(_hatched(0.0, 1.0, top=height / 2 - 5, height=10), height=height, name="hbar")
    start, end = sorted((share(0.0), share(point.value)))
    middle = height / 2
    body = (
        f'<rect class="fill-{tone}" x="{_at(start)}" y="{middle - 6}" '
        f'width="{_at(max(0.004, end - start))}" height="12" rx="1"/>'
    )
    if point.low is not None and point.high is not None:
        low, high = _at(share(point.low)), _at(share(point.high))
        body += f'<line class="wh-ci" x1="{low}" x2="{high}" y1="{middle}" y2="{middle}"/>'
        body += "".join(
            f'<line class="wh-ci" x1="{x}" x2="{x}" y1="{middle - 4}" y2="{middle + 4}"/>'
            for x in (low, high)
        )
    if low_end < 0:
        zero = _at(share(0.0))
        body += f'<line class="wh-zero" x1="{zero}" x2="{zero}" y1="0" y2="{height}"/>'
    # a magnitude grows from where the reader begins; a line of numbers runs to the right for all
    return _svg(body, height=height, name="range" if low_end < 0 else "hbar")


def stroke(tone: str, dashes: str) -> Markup:
    """How a curve is drawn, for the key beside its name."""
    pattern = f' stroke-dasharray="{dashes}"' if dashes else ""
    return Markup(  # noqa: S704 - names and numbers of charts.LOOKS
        '<svg class="stroke" width="28" height="8" aria-hidden="true" focusable="false">'
        f'<line class="stroke-{tone}" x1="0" x2="28" y1="4" y2="4"{pattern}/></svg>'
    )


def stacked(parts: Sequence[tuple[str, float]], *, height: int = 36) -> Markup:
    """Shares of one whole side by side, as (tone, share); hair gaps keep them apart."""
    body, x = "", 0.0
    for tone, share in parts:
        if share > 0:
            width = max(0.0015, share - 0.0012)
            body += (
                f'<rect class="fill-{tone}" x="{_at(x)}" y="0" width="{_at(width)}" '
                f'height="{height}"/>'
            )
        x += share
    return _svg(body, height=height, name="account")


def lens(share: float) -> Markup:
    """The wedge that leads from the last `share` of one bar to the whole of the bar below."""
    x = 100 - share * 100
    return Markup(  # noqa: S704 - one number
        '<svg class="lens" width="100%" height="20" viewBox="0 0 100 20" '
        f'preserveAspectRatio="none" aria-hidden="true"><path d="M{x:.3f} 0H100V20H0Z"/></svg>'
    )


_TICKS = {
    "passed": ("fill-muted", 9, 5),
    "acknowledged": ("fill-muted", 7, 7),
    "warned": ("fill-warn", 5, 9),
    "failed": ("fill-worse", 0, 14),
    "errored": ("fill-worse", 0, 14),
}


def history(statuses: Sequence[str | None]) -> Markup:
    """A tick a run, oldest first: its height says how bad, so colour is not needed to read it."""
    body = ""
    for index, status in enumerate(statuses):
        x = index * 9
        if status in _TICKS:
            tone, y, height = _TICKS[status]
            body += f'<rect class="{tone}" x="{x}" y="{y}" width="6" height="{height}"/>'
        else:
            body += f'<rect class="ev-empty" x="{x + 0.5}" y="9.5" width="5" height="4"/>'
    width = max(9, len(statuses) * 9)
    return Markup(  # noqa: S704 - numbers and class names
        f'<svg class="squares" width="{width}" height="14" viewBox="0 0 {width} 14" '
        f'aria-hidden="true">{body}</svg>'
    )


def squares(measured: Sequence[bool]) -> Markup:
    """A square a piece of evidence: full where it is measured, dashed where it is not."""
    body = "".join(
        f'<rect class="{"fill-data" if is_there else "ev-empty"}" x="{i * 16 + 1}" y="1" '
        'width="11" height="11"/>'
        for i, is_there in enumerate(measured)
    )
    width = max(16, len(measured) * 16)
    return Markup(  # noqa: S704 - numbers and class names
        f'<svg class="squares" width="{width}" height="14" viewBox="0 0 {width} 14" '
        f'aria-hidden="true">{body}</svg>'
    )
