"""Reads the descriptions: `<dashboard>.yml`, and `measures.yml` for what they share.

dashboard.schema.json says what a file may hold (editors check it as one types); this module
refuses what a schema cannot see, such as a tile that asks for a measure nobody described.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

HERE = Path(__file__).parent
LANGUAGES = ("en", "fa", "ar")

# The loader in C is ten times as quick; PyYAML comes without it where libyaml is missing.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# A text in every language, by its code.
Text = Mapping[str, str]


class DescriptionError(ValueError):
    """A description cannot be used: which file, where in it, and what is wrong."""


@dataclass(frozen=True)
class Measure:
    """How a metric of `rpt_metrics` is shown, wherever it is shown.

    `domain` is the track of its number line, in the metric's own unit; of `scopes` the first
    that has answers is taken; `units` words the unit of single scales.
    """

    metric: str
    name: Text
    unit: Text
    empty: Text
    scopes: tuple[str, ...]
    domain: tuple[float, float]
    units: Mapping[str, Text] = field(default_factory=dict)
    # a report other than rpt_metrics that holds it, with the conditions that choose its rows
    cohorts: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Column:
    """A column of a tile's rows as a reader sees it.

    `low`, `high` and `n` name the columns of its interval and its number of answers; `domain`
    draws it on a number line; `bar` draws it as a length beside the longest; `hidden` keeps it
    for the finding alone.
    """

    name: str
    shown_as: str
    label: Text | None = None
    low: str | None = None
    high: str | None = None
    n: str | None = None
    domain: tuple[float, float] | None = None
    bar: bool = False
    unit: str | None = None
    hidden: bool = False


@dataclass(frozen=True)
class Tile:
    """One answer on a dashboard: what is asked, which rows answer it, and how they are drawn.

    Either `metrics` (rows of `rpt_metrics`) or `rows` (SQL over the published reports).
    `definition` is the metric whose entry in the catalogue explains it.
    """

    key: str
    kind: str
    width: int
    title: Text | None = None
    about: Text | None = None
    question: Text | None = None
    finding: Text | None = None
    note: Text | None = None
    empty: Text | None = None
    metrics: tuple[str, ...] = ()
    dimension: str | None = None
    definition: str | None = None
    rows: str | None = None
    columns: tuple[Column, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Dashboard:
    """One page of the site, one dashboard of Metabase."""

    key: str
    position: int
    title: Text
    question: Text
    tiles: tuple[Tile, ...]
    # the tile whose finding stands over the page
    headline: str | None = None


@cache
def load_measures() -> Mapping[str, Measure]:
    """Every measure by its metric.

    Raises:
        DescriptionError: measures.yml does not follow its schema.
    """
    found = _read(HERE / "measures.yml", "measures")
    return {
        metric: Measure(
            metric=metric,
            name=told["name"],
            unit=told["unit"],
            empty=told["empty"],
            scopes=tuple(told["scopes"]),
            domain=(float(told["domain"][0]), float(told["domain"][1])),
            units=told.get("units", {}),
            cohorts=told.get("cohorts"),
        )
        for metric, told in found["measures"].items()
    }


@cache
def load_dashboards() -> tuple[Dashboard, ...]:
    """Every dashboard, in the order in which they are read.

    Raises:
        DescriptionError: a file does not follow the schema, or asks for what is not there.
    """
    paths = sorted(path for path in HERE.glob("*.yml") if path.stem != "measures")
    dashboards = [_dashboard(_read(path, "dashboard"), path) for path in paths]
    return tuple(sorted(dashboards, key=lambda dashboard: dashboard.position))


def _dashboard(told: Mapping[str, Any], path: Path) -> Dashboard:
    if told["dashboard"] != path.stem:
        raise DescriptionError(
            f"{path.name} describes the dashboard {told['dashboard']!r}; name it {path.stem!r}"
        )
    tiles = tuple(_tile(tile, path) for tile in told["tiles"])
    keys = [tile.key for tile in tiles]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise DescriptionError(f"{path.name} has more than one tile named {', '.join(twice)}")
    headline = told.get("headline")
    if headline is not None and headline not in keys:
        raise DescriptionError(f"{path.name} has no tile {headline!r} to take its headline from")
    return Dashboard(
        key=told["dashboard"],
        position=told["position"],
        title=told["title"],
        question=told["question"],
        tiles=tiles,
        headline=headline,
    )


def _tile(told: Mapping[str, Any], path: Path) -> Tile:
    metrics = tuple(told.get("metrics", ()))
    unknown = [metric for metric in metrics if metric not in load_measures()]
    if unknown:
        raise DescriptionError(
            f"{path.name}, tile {told['tile']}: {', '.join(unknown)} is not in measures.yml; "
            "describe it there"
        )
    return Tile(
        key=told["tile"],
        kind=told["kind"],
        width=told.get("width", 12),
        metrics=metrics,
        dimension=told.get("dimension"),
        definition=told.get("definition", metrics[0] if metrics else None),
        rows=told.get("rows"),
        columns=tuple(_column(column) for column in told.get("columns", ())),
        options=told.get("options", {}),
        **{
            part: told[part]
            for part in ("title", "about", "question", "finding", "note", "empty")
            if part in told
        },
    )


def _column(told: Mapping[str, Any]) -> Column:
    domain = told.get("domain")
    return Column(
        name=told["name"],
        shown_as=told["as"],
        label=told.get("label"),
        low=told.get("low"),
        high=told.get("high"),
        n=told.get("n"),
        domain=(float(domain[0]), float(domain[1])) if domain else None,
        bar=told.get("bar", False),
        unit=told.get("unit"),
        hidden=told.get("hidden", False),
    )


def _read(path: Path, part: str) -> Mapping[str, Any]:
    try:
        told: Mapping[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - both loaders are safe ones
        _validator(part).validate(told)
    except yaml.YAMLError as error:
        raise DescriptionError(f"{path.name} is not YAML: {error}") from error
    except jsonschema.ValidationError as error:
        raise DescriptionError(
            f"{path.name}, at {_place(error, told)}: {error.message}; "
            "dashboard.schema.json says what may stand there"
        ) from error
    return told


def _place(error: jsonschema.ValidationError, told: Mapping[str, Any]) -> str:
    steps = list(error.absolute_path)
    if len(steps) > 1 and steps[0] == "tiles" and isinstance(steps[1], int):
        tile = told["tiles"][steps[1]]
        named = tile.get("tile", steps[1]) if isinstance(tile, Mapping) else steps[1]
        return ", ".join([f"tile {named}", *map(str, steps[2:])])
    return ", ".join(map(str, steps)) or "its top"


@cache
def _validator(part: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((HERE / "dashboard.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]})
