"""Typeform for tests: forms, their definitions, and responses by the time of submission."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.contract.vendor_server import Answer, Asked, Vendor

_LARGEST_PAGE = {"forms": 200, "responses": 1000}
_SHOWN_IN_LIST = ("id", "title", "last_updated_at")


class Typeform(Vendor):
    """Publishes no description; the rules below are those of its reference pages."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, Any]] = {}
        self.responses: dict[str, list[dict[str, Any]]] = {}

    def put_form(self, key: str, *fields: dict[str, Any], at: str, workspace: str = "w") -> None:
        """Makes or changes a form."""
        self.forms[key] = {
            "id": key,
            "type": "quiz",
            "title": f"Form {key}",
            "workspace": {"href": f"https://api.typeform.com/workspaces/{workspace}"},
            "settings": {"language": "en"},
            "last_updated_at": at,
            "fields": list(fields),
        }

    def submit(
        self,
        form: str,
        token: str,
        *answers: dict[str, Any],
        landed: str,
        at: str | None,
        hidden: dict[str, str] | None = None,
    ) -> None:
        """A response; without a time of submission it is partial."""
        response: dict[str, Any] = {
            "landing_id": token,
            "token": token,
            "response_id": token,
            "response_type": "partial" if at is None else "completed",
            "landed_at": landed,
            "metadata": {"user_agent": "Mozilla/5.0 (Windows NT 10.0)", "platform": "other"},
            "hidden": hidden or {},
            "answers": list(answers),
        }
        if at is not None:
            response["submitted_at"] = at
        self.responses.setdefault(form, []).append(response)

    def delete(self, form: str, token: str) -> None:
        kept = [each for each in self.responses[form] if each["token"] != token]
        self.responses[form] = kept

    def respond(self, asked: Asked) -> Answer:
        parts = asked.path.strip("/").split("/")
        if int(asked.query.get("page_size", "1")) > _LARGEST_PAGE.get(parts[-1], 1):
            return Answer({"code": "INVALID_PAGE_SIZE"}, 400)
        match parts:
            case ["forms"]:
                return self._list(asked.query)
            case ["forms", key] if key in self.forms:
                return Answer(self.forms[key])
            case ["forms", key, "responses"] if key in self.forms:
                return self._responses(self.responses.get(key, []), asked.query)
        return Answer({"code": "FORM_NOT_FOUND"}, 404)

    def _list(self, query: dict[str, str]) -> Answer:
        workspace = query.get("workspace_id", "")
        found = [
            {name: form[name] for name in _SHOWN_IN_LIST}
            for form in self.forms.values()
            if form["workspace"]["href"].endswith(workspace)
        ]
        size = int(query.get("page_size", "10"))
        first = (int(query.get("page", "1")) - 1) * size
        pages = -(-len(found) // size)
        items = found[first : first + size]
        return Answer({"total_items": len(found), "page_count": pages, "items": items})

    def _responses(self, responses: list[dict[str, Any]], query: dict[str, str]) -> Answer:
        """Completed ones unless others are asked for; `since` and `until` include their second."""
        types = query.get("response_type", "completed").split(",")
        time = "submitted_at" if "completed" in types else "landed_at"
        since, until = int(query.get("since", "0")), int(query.get("until", "9999999999"))
        found = [
            each
            for each in responses
            if each["response_type"] in types and since <= _seconds(each[time]) <= until
        ]
        found.sort(key=lambda each: _seconds(each[time]), reverse=True)
        if before := query.get("before"):
            tokens = [each["token"] for each in found]
            found = found[tokens.index(before) + 1 :]
        size = int(query.get("page_size", "25"))
        pages = -(-len(found) // size)
        return Answer({"total_items": len(found), "page_count": pages, "items": found[:size]})


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


def field(key: str, kind: str, *, ref: str | None = None, **properties: Any) -> dict[str, Any]:
    """A question of a form; Typeform makes up a ref where none is given."""
    return {
        "id": key,
        "ref": ref or f"made-up-{key}",
        "type": kind,
        "title": f"What about {ref or key}?",
        "properties": properties,
    }


def answer(to: dict[str, Any], kind: str, value: Any) -> dict[str, Any]:
    """An answer bears its value under the name of its own type."""
    asked = {name: to[name] for name in ("id", "type", "ref")}
    return {"field": asked, "type": kind, kind: value}
