"""Native queries in both forms that Metabase answers with, and in the one that we send.

Legacy: `{"type": "native", "native": {"query": ..., "template-tags": {...}}}`; staged (v57 and
later): `{"lib/type": "mbql/query", "stages": [{"native": ..., "template-tags": ...}]}`, the tags
a map or, from v63, a list. We send the legacy form, which all versions take.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publishing.metabase.names import Names
from publishing.metabase.wanted import tag_id

_COMPARED = ("type", "display-name", "widget-type", "default", "required")


def to_send(query: Mapping[str, Any], names: Names, card: str) -> dict[str, Any]:
    """The legacy form of a wanted query.

    Raises:
        Unresolved: the connection or a column of a filter is not known to the server.
    """
    tags = {
        slug: {
            **names.resolve({name: part for name, part in tag.items() if name != "dimension"}),
            "id": tag_id(names.space, card, slug),
            "name": slug,
            "dimension": ["field", names.resolve(tag["dimension"]), None],
        }
        for slug, tag in query["tags"].items()
    }
    native = {"query": query["sql"], "template-tags": tags}
    return {"type": "native", "database": names.resolve(query["database"]), "native": native}


def as_fields(query: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """A query of the server as it is compared; one that is not native is told by its own form."""
    native = _native(query)
    database = names.symbol("database", query.get("database"))
    if native is None:
        return {"database": database, "other": {k: v for k, v in query.items() if k != "database"}}
    sql, tags = native
    listed = tags if isinstance(tags, list) else [{"name": n} | dict(t) for n, t in tags.items()]
    return {
        "database": database,
        "sql": sql.strip(),
        "tags": {tag["name"]: _tag(tag, names) for tag in listed},
    }


def _native(query: Mapping[str, Any]) -> tuple[str, Any] | None:
    if query.get("type") == "native":
        native = query["native"]
        return native["query"], native.get("template-tags") or {}
    stages = query.get("stages") or []
    if len(stages) == 1 and isinstance(stages[0].get("native"), str):
        return stages[0]["native"], stages[0].get("template-tags") or {}
    return None


def _tag(tag: Mapping[str, Any], names: Names) -> dict[str, Any]:
    told = {name: tag[name] for name in _COMPARED if tag.get(name) not in (None, False)}
    if tag.get("dimension") is not None:
        told["dimension"] = names.column_symbol(_field_id(tag["dimension"]))
    return told


def _field_id(reference: Any) -> Any:
    """`["field", 7, null]`, or `["field", {...}, 7]` of the staged form."""
    numbers = [part for part in reference if isinstance(part, int)]
    return numbers[0] if len(numbers) == 1 else reference
