"""Dashboards: tabs, parameters and tiles on the grid of 24 columns.

The server replaces the arrays of tabs, tiles and parameters whole. So what people added is sent
back as it was found, with its id and `card_id`: what is left out would be deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publishing.metabase.kinds import Body, Kind, merged, part
from publishing.metabase.names import Fields
from publishing.metabase.wanted import Dashboard

# In a tile's visualization_settings: which of ours it is.
TILE_KEY = "cx.key"
_PARAMETER = ("name", "slug", "type", "sectionId", "default")
_KEPT = (
    "id",
    "card_id",
    "row",
    "col",
    "size_x",
    "size_y",
    "dashboard_tab_id",
    "parameter_mappings",
    "visualization_settings",
)
_KEPT_WHERE_GIVEN = ("inline_parameters", "series", "action_id")


class Dashboards(Kind[Dashboard]):
    kind = "dashboard"
    is_made_in_two = True

    def read(self, number: int) -> Body | None:
        return self.client.find(f"/api/dashboard/{number}")

    def candidates(self) -> list[Body]:
        """Those in our collections; one that was moved elsewhere is known by its id alone."""
        numbers = self.names.known("collection").values()
        return [
            body
            for number in sorted(numbers)
            for body in self.client.get(f"/api/collection/{number}/items", models="dashboard")[
                "data"
            ]
        ]

    def fields(self, body: Body, key: str) -> Fields:
        tiles = self._own_tiles(body)
        return {
            "name": body["name"],
            "description": body["description"],
            "collection": self.names.symbol("collection", body["collection_id"]),
            "archived": body["archived"],
            "width": body["width"],
            "embedding": _embedding(body),
            **{f"parameter.{p['id']}": _parameter(p) for p in body["parameters"]},
            **{
                f"tab.{self.names.tab(key, tab['id'])}": tab["name"]
                for tab in body["tabs"]
                if isinstance(self.names.tab(key, tab["id"]), str)
            },
            **{f"tile.{name}": self._tile(tile, key) for name, tile in tiles.items()},
        }

    def create(self, wanted: Dashboard) -> Body:
        """Empty, as the server will have it; its tiles are the update that follows."""
        fields = wanted.fields(self.names.space)
        sent = {
            "name": wanted.name,
            "description": fields["description"],
            "collection_id": self.names.resolve(fields["collection"]),
        }
        made = self.client.post("/api/dashboard", sent)
        return {"dashcards": [], "tabs": [], **made, "parameters": made["parameters"] or []}

    def update(self, body: Body, wanted: Dashboard, changes: Fields) -> Body:
        sent: dict[str, Any] = {
            name: changes[name]
            for name in ("name", "description", "archived", "width")
            if name in changes
        }
        if "collection" in changes:
            sent["collection_id"] = self.names.resolve(changes["collection"])
        if "embedding" in changes:
            sent["enable_embedding"] = changes["embedding"] is not None
            sent["embedding_params"] = dict.fromkeys(changes["embedding"] or (), "enabled")
        if parameters := part(changes, "parameter"):
            sent["parameters"] = _with_parameters(body["parameters"], parameters)
        tabs, tiles = part(changes, "tab"), part(changes, "tile")
        if tabs or tiles:
            drafts = self._with_tabs(body, wanted.key, tabs)
            sent["tabs"] = [{"id": tab["id"], "name": tab["name"]} for tab in drafts]
            sent["dashcards"] = self._with_tiles(body, tiles, drafts)
        answer = dict(self.client.put(f"/api/dashboard/{body['id']}", sent))
        self.learn_tabs(answer, wanted)
        return answer

    def archive(self, body: Body) -> None:
        self.client.put(f"/api/dashboard/{body['id']}", {"archived": True})

    def learn_tabs(self, body: Body, wanted: Dashboard) -> None:
        """Tabs have no mark: one that no record names is ours by the name that we gave it."""
        known = self.names.tabs(wanted.key)
        keys = {name: key for key, name in wanted.tabs if key not in known}
        for tab in body["tabs"]:
            if tab["id"] not in known.values() and tab["name"] in keys:
                self.names.learn_tab(wanted.key, tab["id"], keys.pop(tab["name"]))

    def _own_tiles(self, body: Body) -> dict[str, Body]:
        """Ours by key; of a tile that a person has duplicated, the first is ours."""
        own: dict[str, Body] = {}
        for tile in sorted(body["dashcards"], key=lambda tile: int(tile["id"])):
            key = tile["visualization_settings"].get(TILE_KEY)
            if key is not None:
                own.setdefault(key, tile)
        return own

    def _tile(self, tile: Body, dashboard: str) -> dict[str, Any]:
        mappings = tile["parameter_mappings"] or []
        return {
            "card": self.names.symbol("card", tile["card_id"]),
            "text": tile["visualization_settings"].get("text"),
            "tab": self.names.tab(dashboard, tile["dashboard_tab_id"]),
            "place": [tile["row"], tile["col"], tile["size_x"], tile["size_y"]],
            "filters": sorted(m["parameter_id"] for m in mappings if _is_own_mapping(m)),
        }

    def _with_tabs(self, body: Body, key: str, changes: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All tabs to be sent, each with its key; one that still holds a person's card stays."""
        own = {id(tile) for tile in self._own_tiles(body).values()}
        inhabited = {t["dashboard_tab_id"] for t in body["dashcards"] if id(t) not in own}
        drafts = []
        for tab in body["tabs"]:
            tab_key = self.names.tab(key, tab["id"])
            name = changes.get(str(tab_key), tab["name"])
            if name is not None or tab["id"] in inhabited:
                drafts.append({"id": tab["id"], "name": name or tab["name"], "key": tab_key})
        known = {draft["key"] for draft in drafts}
        new = [(k, name) for k, name in changes.items() if name is not None and k not in known]
        drafts += [{"id": -n, "name": name, "key": k} for n, (k, name) in enumerate(new, 1)]
        return drafts

    def _with_tiles(
        self,
        body: Body,
        changes: Mapping[str, Any],
        tabs: list[dict[str, Any]],
    ) -> list[dict[str, Any]]:
        own = {id(tile): name for name, tile in self._own_tiles(body).items()}
        numbers = {tab["key"]: tab["id"] for tab in tabs}
        sent, left = [], dict(changes)
        for tile in body["dashcards"]:
            kept = {name: tile.get(name) for name in _KEPT}
            kept |= {n: tile[n] for n in _KEPT_WHERE_GIVEN if tile.get(n) is not None}
            name = own.get(id(tile))
            if name is None or name not in changes:
                sent.append(_on_a_tab(kept, tabs))
            elif (wanted := left.pop(name)) is not None:
                sent.append({**kept, **self._to_send(wanted, name, numbers, kept)})
        new = [(name, wanted) for name, wanted in left.items() if wanted is not None]
        for number, (name, wanted) in enumerate(new, 1):
            sent.append({"id": -number, **self._to_send(wanted, name, numbers, {})})
        return _clear_of_ours(sent)

    def _to_send(
        self, wanted: Mapping[str, Any], name: str, tabs: Mapping[str, int], kept: Body
    ) -> dict[str, Any]:
        card = self.names.resolve(wanted["card"])
        row, column, width, height = wanted["place"]
        theirs = [m for m in kept.get("parameter_mappings") or [] if not _is_own_mapping(m)]
        ours = [
            {
                "parameter_id": slug,
                "card_id": card,
                "target": ["dimension", ["template-tag", slug]],
            }
            for slug in wanted["filters"]
        ]
        settings = {**(kept.get("visualization_settings") or {}), TILE_KEY: name}
        if wanted["text"] is not None:
            settings |= {"text": wanted["text"], "virtual_card": _HEADING}
        return {
            "card_id": card,
            "row": row,
            "col": column,
            "size_x": width,
            "size_y": height,
            "dashboard_tab_id": tabs.get(wanted["tab"], wanted["tab"]),
            "parameter_mappings": [*theirs, *ours],
            "visualization_settings": settings,
        }


_HEADING: dict[str, Any] = {
    "name": None,
    "display": "heading",
    "visualization_settings": {},
    "dataset_query": {},
    "archived": False,
}


def _embedding(body: Body) -> list[str] | None:
    """The filters that whoever embeds may set; None where it may not be embedded."""
    rights = body.get("embedding_params") or {}
    return (
        sorted(n for n, r in rights.items() if r == "enabled") if body["enable_embedding"] else None
    )


def _parameter(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in _PARAMETER if found.get(name) is not None}


def _with_parameters(
    found: list[dict[str, Any]], changes: Mapping[str, Any]
) -> list[dict[str, Any]]:
    kept = [
        merged(parameter, {**dict.fromkeys(_PARAMETER), **changes[parameter["id"]]})
        if changes.get(parameter["id"]) is not None
        else parameter
        for parameter in found
        if changes.get(parameter["id"], parameter) is not None
    ]
    there = {parameter["id"] for parameter in found}
    new = [{"id": k, **v} for k, v in changes.items() if k not in there and v is not None]
    return [*kept, *new]


def _is_own_mapping(mapping: Mapping[str, Any]) -> bool:
    """Ours map a parameter to the tag of the same name."""
    slug = mapping["parameter_id"]
    target = mapping["target"]
    return isinstance(target, list) and target[:2] == ["dimension", ["template-tag", slug]]


def _clear_of_ours(tiles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A person's tile that lies under one of ours moves below all of its tab."""
    ours = [tile for tile in tiles if TILE_KEY in tile["visualization_settings"]]
    cleared: list[dict[str, Any]] = []
    for tile in tiles:
        if tile not in ours and any(_overlap(tile, other) for other in ours):
            tab = [t for t in (*tiles, *cleared) if _same_tab(t, tile)]
            tile = {**tile, "row": max(t["row"] + t["size_y"] for t in tab)}
        cleared.append(tile)
    return cleared


def _same_tab(one: Body, other: Body) -> bool:
    return bool(one["dashboard_tab_id"] == other["dashboard_tab_id"])


def _overlap(one: Body, other: Body) -> bool:
    return (
        _same_tab(one, other)
        and one["row"] < other["row"] + other["size_y"]
        and other["row"] < one["row"] + one["size_y"]
        and one["col"] < other["col"] + other["size_x"]
        and other["col"] < one["col"] + one["size_x"]
    )


def _on_a_tab(tile: dict[str, Any], tabs: list[dict[str, Any]]) -> dict[str, Any]:
    """Where there are tabs, a tile that is on none of them would be seen nowhere."""
    there = [tab["id"] for tab in tabs]
    if tile["dashboard_tab_id"] in there:
        return tile
    return {**tile, "dashboard_tab_id": there[0] if there else None}
