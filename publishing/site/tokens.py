"""The colours of the site: one name, one value for light and one for dark.

Contrast and colour-blind distance were computed when they were chosen (tests/publishing/site
checks the contrast): text at least 4.5 on its ground, marks that carry a value at least 3.
"""

from __future__ import annotations

COLOURS: dict[str, tuple[str, str]] = {
    "bg": ("#F6F5F2", "#111418"),
    "surface": ("#FFFFFF", "#191D22"),
    "sunken": ("#EFEDE8", "#22272D"),
    "ink": ("#191D22", "#EDEFF1"),
    "ink-2": ("#454C55", "#BDC4CC"),
    "ink-3": ("#626A74", "#969FAA"),
    "rule": ("#DEDBD4", "#2F353C"),
    "rule-strong": ("#878C93", "#717A85"),
    "grid": ("#EAE8E3", "#272C32"),
    "data": ("#20527F", "#78AFE6"),
    "data-soft": ("#CFDDEA", "#2A425A"),
    "data-mid": ("#7F9DBA", "#557798"),
    "muted": ("#8D949C", "#7A838D"),
    "muted-soft": ("#D5D6D6", "#3A4149"),
    "worse": ("#AE3F14", "#F39A73"),
    "worse-soft": ("#F7E4DA", "#40271C"),
    "better": ("#0B6B61", "#5CC7B6"),
    "better-soft": ("#DCEEEB", "#17352F"),
    "warn": ("#7D5600", "#E3B95B"),
    "warn-soft": ("#F6EBCF", "#382E17"),
    "link": ("#1B4F82", "#8FBFEF"),
    "focus": ("#1B4F82", "#F2C14E"),
}


def css() -> str:
    """The colours as custom properties that follow the page's colour scheme."""
    pairs = (f"--{name}:light-dark({light},{dark});" for name, (light, dark) in COLOURS.items())
    return ":root{" + "".join(pairs) + "}"


def colour(name: str) -> str:
    """A reference to a colour, for SVG attributes: theme and print switch without redrawing."""
    if name not in COLOURS:
        raise KeyError(f"no colour {name!r}; the colours are {', '.join(COLOURS)}")
    return f"var(--{name})"
