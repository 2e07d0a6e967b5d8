"""What is said of a published table to whoever reads it elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Described:
    """What a table's readers should know of it, and the columns that name a row."""

    comment: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()
