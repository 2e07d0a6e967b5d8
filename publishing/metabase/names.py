"""Names for what has a number on one server: objects, columns, tabs, marks.

Everything that is wanted, compared or remembered is written with names (`{"$ref": "card:voice/n"}`,
`{"$column": "marts.rpt_metrics.value"}`), so that it reads the same on every server, and before
anything has been made. Only a request to the server carries its numbers.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_MARK = re.compile(r"\[(cx:[^\]\s]+)\]\s*\Z")

Fields = Mapping[str, Any]


class Unresolved(LookupError):
    """A name that has no number on this server (yet)."""


def ref(kind: str, key: str) -> dict[str, str]:
    return {"$ref": f"{kind}:{key}"}


def column(name: str) -> dict[str, str]:
    """A column as `schema.table.column`."""
    return {"$column": name}


def mark(space: str, kind: str, key: str) -> str:
    """What tells an object of ours from a person's; it ends the description."""
    return f"cx:{space}:{kind}:{key}"


def marked(description: str, written: str) -> str:
    return f"{description}\n\n[{written}]".lstrip()


def mark_in(description: str | None) -> str | None:
    found = _MARK.search(description or "")
    return found[1] if found else None


def entity_id(written: str) -> str:
    """21 characters, always the same for one mark."""
    digest = hashlib.sha256(written.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:21]


@dataclass
class Names:
    """Both directions between the names of one publication and the numbers of one server."""

    space: str
    _ids: dict[str, int] = field(default_factory=dict)
    _refs: dict[tuple[str, int], str] = field(default_factory=dict)
    _columns: dict[str, int] = field(default_factory=dict)
    _column_names: dict[int, str] = field(default_factory=dict)
    _tabs: dict[tuple[str, int], str] = field(default_factory=dict)

    def recall(self, kind: str, key: str, number: int) -> None:
        """A number of an earlier run: it tells what is met, and is not yet known to be there."""
        self._refs[kind, number] = f"{kind}:{key}"

    def learn(self, kind: str, key: str, number: int) -> None:
        self._ids[f"{kind}:{key}"] = number
        self._refs[kind, number] = f"{kind}:{key}"

    def learn_columns(self, tables: Iterable[Mapping[str, Any]]) -> None:
        for table in tables:
            for found in table.get("fields", ()):
                name = f"{table['schema']}.{table['name']}.{found['name']}"
                self._columns[name] = found["id"]
                self._column_names[found["id"]] = name

    def learn_tab(self, dashboard: str, number: int, key: str) -> None:
        self._tabs[dashboard, number] = key

    def tabs(self, dashboard: str) -> dict[str, int]:
        """The tabs of a dashboard of ours, by key."""
        return {key: number for (owner, number), key in self._tabs.items() if owner == dashboard}

    def tab(self, dashboard: str, number: int | None) -> str | int | None:
        """A tab's key; the number itself where it is a person's."""
        return None if number is None else self._tabs.get((dashboard, number), number)

    def number(self, kind: str, key: str) -> int:
        return int(self.resolve(ref(kind, key)))

    def known(self, kind: str) -> dict[str, int]:
        """The numbers of all objects of a kind that are there, by key."""
        lead = f"{kind}:"
        return {r.removeprefix(lead): n for r, n in self._ids.items() if r.startswith(lead)}

    def recalled(self, kind: str) -> dict[str, int]:
        """As `known`, and those of earlier runs."""
        past = {r.partition(":")[2]: n for (k, n), r in self._refs.items() if k == kind}
        return past | self.known(kind)

    def symbol(self, kind: str, number: int | None) -> dict[str, str] | int | None:
        """An object's name; the number itself where it is none of ours."""
        if number is None or (kind, number) not in self._refs:
            return number
        return {"$ref": self._refs[kind, number]}

    def column_symbol(self, number: Any) -> dict[str, str] | Any:
        known = isinstance(number, int) and number in self._column_names
        return column(self._column_names[number]) if known else number

    def missing(self, columns: Iterable[str]) -> list[str]:
        return sorted(set(columns) - set(self._columns))

    def resolve(self, value: Any) -> Any:
        """A value with every name in it replaced by this server's number.

        Raises:
            Unresolved: a name has none.
        """
        if isinstance(value, Mapping):
            for kind, known in (("$ref", self._ids), ("$column", self._columns)):
                if kind in value:
                    if value[kind] not in known:
                        raise Unresolved(value[kind])
                    return known[value[kind]]
            return {name: self.resolve(part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.resolve(part) for part in value]
        return value
