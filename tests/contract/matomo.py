"""Matomo for tests: sites, and visits of a day, newest first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from tests.contract.vendor_server import TOKEN, Answer, Asked, Vendor

Action = dict[str, Any]


class Matomo(Vendor):
    """Publishes no description; the rules below are those of its code.

    Sites by id, each with the hours that its clock is ahead; visits by site and id.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sites: dict[str, dict[str, Any]] = {}
        self.hours: dict[str, int] = {}
        self.visits: dict[str, dict[str, dict[str, Any]]] = {}
        # What happens on the site when a page of visits has been read.
        self.happens_after_page: list[Callable[[], None]] = []

    def is_known(self, asked: Asked) -> bool:
        """A token for safe use is refused where it stands in an address, or in a GET."""
        given = parse_qs(asked.body).get("token_auth") if isinstance(asked.body, str) else None
        return asked.method == "POST" and given == [TOKEN] and "token_auth" not in asked.query

    def put_site(self, key: str, *, at: str, hours: int = 0) -> None:
        self.sites[key] = {"idsite": int(key), "ts_created": at, "timezone": f"UTC{hours:+d}"}
        self.hours[key] = hours

    def visit(
        self, site: str, key: str, *actions: Action, at: str, last: str = "", **fields: Any
    ) -> None:
        """A visit from a moment on, or what has become of it. Its own times are UTC; those of
        its actions are what the site's clock shows, as if that were UTC."""
        first = _epoch(at)
        ahead = self.hours[site] * 3600
        details = [{**each, "timestamp": first + each["timestamp"] + ahead} for each in actions]
        self.visits.setdefault(site, {})[key] = {
            "idSite": site,
            "idVisit": key,
            "visitorId": "a1b2c3d4e5f60718",
            "userId": None,
            "actionDetails": details,
            "firstActionTimestamp": first,
            "lastActionTimestamp": _epoch(last) if last else first,
            **fields,
        }

    def respond(self, asked: Asked) -> Answer:
        query = asked.query
        if asked.path != "/index.php" or query.get("format") != "JSON":
            return Answer({"message": "not here"}, 404)
        match query["method"]:
            case "SitesManager.getSitesWithAtLeastViewAccess":
                return Answer(list(self.sites.values()))
            case "Live.getLastVisitsDetails" if query["idSite"] in self.sites:
                return self._visits(query)
        # what is refused is answered like this, and with 200
        return Answer({"result": "error", "message": f"no view access for {query['idSite']}"})

    def _visits(self, query: dict[str, str]) -> Answer:
        assert query["period"] == "day", "an offset over several days leaves visits out"
        begin = datetime.fromisoformat(query["date"]).replace(tzinfo=UTC)
        begin -= timedelta(hours=self.hours[query["idSite"]])
        end = begin + timedelta(days=1)
        found = [
            each
            for each in self.visits.get(query["idSite"], {}).values()
            if begin.timestamp() <= each["lastActionTimestamp"] < end.timestamp()
            and each["lastActionTimestamp"] > int(query["minTimestamp"])
        ]
        found.sort(key=lambda each: each["lastActionTimestamp"], reverse=True)
        first, size = int(query["filter_offset"]), int(query["filter_limit"])
        answer = Answer(found[first : first + size])
        if found and self.happens_after_page:
            self.happens_after_page.pop(0)()
        return answer


def _epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def action(key: int, seconds: int, kind: str = "action", **fields: Any) -> Action:
    """Something done in a visit, so many seconds after its beginning."""
    return {"type": kind, "pageId": key, "timestamp": seconds, **fields}
