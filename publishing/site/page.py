"""What a page module hands to the builder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Page:
    """A page before it is rendered.

    `headline` is (finding, context, grounds); `charts` maps a chart's name to its Vega
    specification. Pages without charts carry no script for them.
    """

    template: str
    headline: tuple[str, str, str]
    context: Mapping[str, Any]
    charts: Mapping[str, Mapping[str, Any]]
