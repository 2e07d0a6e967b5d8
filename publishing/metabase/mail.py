"""What comes by mail: dashboards on a schedule, and alerts when a card crosses its goal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publishing.metabase.kinds import Body, Kind
from publishing.metabase.names import Fields
from publishing.metabase.wanted import Alert, Subscription

_RAW = "notification-recipient/raw-value"
_EMAIL = "channel/email"


class Subscriptions(Kind[Subscription]):
    kind = "subscription"
    bears_mark = False
    is_unique_by_name = True

    def read(self, number: int) -> Body | None:
        return self.client.find(f"/api/pulse/{number}")

    def candidates(self) -> list[Body]:
        dashboards = self.names.known("dashboard").values()
        return [
            body
            for number in sorted(dashboards)
            for body in self.client.get("/api/pulse", dashboard_id=number)
        ]

    def by_name(self, wanted: Subscription) -> list[Body]:
        number = self.names.number("dashboard", wanted.dashboard)
        return [b for b in super().by_name(wanted) if b["dashboard_id"] == number]

    def fields(self, body: Body, key: str) -> Fields:
        del key
        mail = _mail(body)
        return {
            "name": body["name"],
            "dashboard": self.names.symbol("dashboard", body["dashboard_id"]),
            "schedule": [mail["schedule_type"], mail["schedule_day"], mail["schedule_hour"]]
            if mail
            else None,
            "recipients": sorted(r["email"] for r in mail["recipients"]) if mail else [],
            "archived": body["archived"],
        }

    def create(self, wanted: Subscription) -> Body:
        fields = wanted.fields(self.names.space)
        number = self.names.resolve(fields["dashboard"])
        tiles = self.client.get(f"/api/dashboard/{number}")["dashcards"]
        sent = {
            "name": wanted.name,
            "dashboard_id": number,
            "cards": [_card(tile) for tile in tiles if tile["card_id"]],
            "channels": [_channel(fields)],
            "skip_if_empty": True,
        }
        return dict(self.client.post("/api/pulse", sent))

    def update(self, body: Body, wanted: Subscription, changes: Fields) -> Body:
        # Left out, both of these become false.
        sent: dict[str, Any] = {
            "skip_if_empty": body["skip_if_empty"],
            "archived": changes.get("archived", body["archived"]),
        }
        if "name" in changes:
            sent["name"] = changes["name"]
        if {"schedule", "recipients"} & set(changes):
            fields = {**self.fields(body, wanted.key), **changes}
            others = [c for c in body["channels"] if c["channel_type"] != "email"]
            kept = {n: v for n, v in (_mail(body) or {}).items() if n == "id"}
            sent["channels"] = [*others, {**kept, **_channel(fields)}]
        return dict(self.client.put(f"/api/pulse/{body['id']}", sent))

    def archive(self, body: Body) -> None:
        sent = {"archived": True, "skip_if_empty": body["skip_if_empty"]}
        self.client.put(f"/api/pulse/{body['id']}", sent)


def _mail(body: Body) -> Mapping[str, Any] | None:
    return next((c for c in body["channels"] if c["channel_type"] == "email"), None)


def _channel(fields: Fields) -> dict[str, Any]:
    often, day, hour = fields["schedule"]
    return {
        "channel_type": "email",
        "enabled": True,
        "schedule_type": often,
        "schedule_day": day,
        "schedule_hour": hour,
        "recipients": [{"email": address} for address in fields["recipients"]],
        "details": {},
    }


def _card(tile: Body) -> dict[str, Any]:
    return {
        "id": tile["card_id"],
        "dashboard_card_id": tile["id"],
        "include_csv": False,
        "include_xls": False,
    }


class Alerts(Kind[Alert]):
    kind = "alert"
    bears_mark = False
    is_unique_by_name = True

    def read(self, number: int) -> Body | None:
        return self.client.find(f"/api/notification/{number}")

    def candidates(self) -> list[Body]:
        # v54 read another spelling of payload_type and answers with all: filtered here too.
        found = self.client.get("/api/notification", payload_type="notification/card")
        return [body for body in found if body["payload_type"] == "notification/card"]

    def by_name(self, wanted: Alert) -> list[Body]:
        """An alert has no name: of the same card, on the same condition, made by our account.
        Whoever reads the card may have an alert of his own on it.
        """
        card = self.names.number("card", wanted.card)
        same = (card, wanted.condition, self.client.user_id)
        return [
            body
            for body in self.listed()
            if (_watched(body), body["payload"]["send_condition"], body["creator_id"]) == same
        ]

    def fields(self, body: Body, key: str) -> Fields:
        del key
        crons = [s["cron_schedule"] for s in body["subscriptions"] if s.get("cron_schedule")]
        return {
            "card": self.names.symbol("card", _watched(body)),
            "condition": body["payload"]["send_condition"],
            "cron": crons[0] if crons else None,
            "recipients": sorted(
                r["details"]["value"]
                for handler in body["handlers"]
                for r in handler.get("recipients", ())
                if r["type"] == _RAW and r.get("details")
            ),
            "active": body["active"],
        }

    def create(self, wanted: Alert) -> Body:
        return dict(self.client.post("/api/notification", self._to_send({}, wanted.fields(""))))

    def update(self, body: Body, wanted: Alert, changes: Fields) -> Body:
        fields = {**self.fields(body, wanted.key), **changes}
        return dict(self.client.put(f"/api/notification/{body['id']}", self._to_send(body, fields)))

    def archive(self, body: Body) -> None:
        fields = {**self.fields(body, ""), "active": False}
        self.client.put(f"/api/notification/{body['id']}", self._to_send(body, fields))

    def _to_send(self, body: Body, fields: Fields) -> dict[str, Any]:
        payload = {
            **(body.get("payload") or {"send_once": False}),
            "card_id": self.names.resolve(fields["card"]),
            "send_condition": fields["condition"],
        }
        schedules = [dict(s) for s in body.get("subscriptions", ())] or [
            {"type": "notification-subscription/cron", "ui_display_type": "cron/raw"}
        ]
        schedules[0]["cron_schedule"] = fields["cron"]
        return {
            **({"id": body["id"]} if "id" in body else {}),
            "payload_type": "notification/card",
            "payload": payload,
            "active": fields["active"],
            "subscriptions": schedules,
            "handlers": _handlers(body.get("handlers", ()), fields["recipients"]),
        }


def _watched(body: Body) -> int:
    return int(body["payload"]["card_id"])


def _handlers(found: Any, recipients: list[str]) -> list[dict[str, Any]]:
    """One mail handler with our addresses; users, groups and other channels stay."""
    ours = [{"type": _RAW, "details": {"value": address}} for address in recipients]
    handlers = [dict(handler) for handler in found]
    mails = [handler for handler in handlers if handler["channel_type"] == _EMAIL]
    if not mails:
        return [*handlers, {"channel_type": _EMAIL, "recipients": ours}]
    for handler in mails:
        theirs = [r for r in handler.get("recipients", ()) if r["type"] != _RAW]
        handler["recipients"] = [*theirs, *(ours if handler is mails[0] else [])]
    return handlers
