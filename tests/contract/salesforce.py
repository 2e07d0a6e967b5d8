"""Salesforce for tests: objects with the fields that there are, SOQL as far as it is asked,
locators of further pages, the recycle bin, merges, and tokens."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from tests.contract.app_vendor import AppVendor
from tests.contract.vendor_server import Answer, Asked

# So few records to a page, so that a few records make several.
PAGE = 2
API = "/services/data/v62.0"
# What stands at the other end of a reference.
_NAMES = {
    "Account": ("AccountId", "Account"),
    "Contact": ("ContactId", "Contact"),
    "ConvertedContact": ("ConvertedContactId", "Contact"),
    "Who": ("WhoId", "Contact"),
}
_COMMON = ("Id", "CreatedDate", "SystemModstamp", "IsDeleted")
_STANDARD = {
    "User": "IsActive UserType Department Title",
    "Account": "MasterRecordId Name Industry BillingCountry OwnerId",
    "Contact": "MasterRecordId Email Phone MobilePhone AccountId MailingCountry MailingState "
    "MailingCity Birthdate LeadSource HasOptedOutOfEmail",
    "Opportunity": "ContactId CloseDate IsClosed IsWon LastStageChangeDate LeadSource OwnerId",
    "Lead": "Email Phone MobilePhone LeadSource OwnerId IsConverted ConvertedDate "
    "ConvertedContactId ConvertedOpportunityId",
    "Case": "MasterRecordId ContactId SuppliedEmail SuppliedPhone Status IsClosed ClosedDate "
    "IsEscalated Origin Priority Reason OwnerId",
    "Task": "WhoId OwnerId TaskSubtype Type IsClosed CompletedDateTime ActivityDate CallType "
    "CallDurationInSeconds CallDisposition",
}
_QUERY = re.compile(
    r"SELECT (?P<fields>.+) FROM (?P<kind>\w+)"
    r" WHERE (?:SystemModstamp >= (?P<since>\S+)"
    r"|\(SystemModstamp > (?P<behind>\S+) OR \(SystemModstamp = (?P=behind)"
    r" AND Id > '(?P<last>\w+)'\)\))"
    r"(?: AND SystemModstamp < (?P<until>\S+))?"
    r" ORDER BY SystemModstamp, Id"
)


class Salesforce(AppVendor):
    """Publishes no description; the rules below are those of its reference pages."""

    token_path = "/services/oauth2/token"

    def __init__(self) -> None:
        super().__init__()
        self.records: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in _STANDARD}
        self.fields = {kind: [*_COMMON, *own.split()] for kind, own in _STANDARD.items()}
        self.hidden: set[str] = set()
        self._pages: dict[str, list[dict[str, Any]]] = {}
        self.page = PAGE
        self._made = 0

    def put(self, kind: str, key: str, *, at: str, **fields: Any) -> None:
        """Makes or changes a record at a time, and the custom fields that it has."""
        before = self.records[kind].get(key, {"Id": key, "CreatedDate": at, "IsDeleted": False})
        self.fields[kind] += [name for name in fields if name not in self.fields[kind]]
        self.records[kind][key] = {**before, **fields, "SystemModstamp": at}

    def delete(self, kind: str, key: str, *, at: str) -> None:
        self.put(kind, key, at=at, IsDeleted=True)

    def merge(self, kind: str, winner: str, loser: str, *, at: str) -> None:
        """The loser goes to the recycle bin and names the winner."""
        self.put(kind, loser, at=at, IsDeleted=True, MasterRecordId=winner)
        self.put(kind, winner, at=at)

    def drop_locators(self) -> None:
        self._pages.clear()

    def respond(self, asked: Asked) -> Answer:
        if asked.path == self.token_path:
            return self.make_token(asked)
        parts = asked.path.removeprefix(f"{API}/").split("/")
        match parts:
            case ["sobjects", kind, "describe"] if kind in self.fields and kind not in self.hidden:
                return Answer({"name": kind, "fields": [{"name": n} for n in self.fields[kind]]})
            case ["queryAll"]:
                return self._query(asked.query["q"])
            case ["query", locator] if locator in self._pages:
                return self._page(self._pages.pop(locator))
            case ["query", _]:
                return _error("INVALID_QUERY_LOCATOR", 400)
            case ["query"]:
                return Answer({"totalSize": 0, "done": True, "records": []})
        return _error("NOT_FOUND", 404)

    def _query(self, text: str) -> Answer:
        query = _QUERY.fullmatch(text)
        if query is None:
            return _error("MALFORMED_QUERY", 400)
        kind = query["kind"]
        asked = re.split(r", (?![^ ]+ END)", query["fields"])
        if unknown := [name for name in asked if not self._is_field(kind, name)]:
            return _error("INVALID_FIELD", 400, told=unknown[0])
        found = sorted(self.records[kind].values(), key=_place)
        return self._page([self._shown(each, asked, kind) for each in found if _fits(each, query)])

    def _is_field(self, kind: str, name: str) -> bool:
        if typed := re.fullmatch(r"TYPEOF Who WHEN Contact THEN (\w+) END", name):
            return kind == "Task" and typed[1] in self.fields["Contact"]
        relation, _, field = name.rpartition(".")
        if not relation:
            return field in self.fields[kind]
        named = kind if relation == "MasterRecord" else _NAMES[relation][1]
        return field in self.fields[named]

    def _shown(self, record: dict[str, Any], asked: list[str], kind: str) -> dict[str, Any]:
        shown: dict[str, Any] = {"attributes": {"type": kind}}
        for name in asked:
            typed = re.fullmatch(r"TYPEOF (Who) WHEN Contact THEN (\w+) END", name)
            relation, _, field = (typed[1], "", typed[2]) if typed else name.rpartition(".")
            if not relation:
                shown[field] = record.get(field)
                continue
            id_field, named = _NAMES.get(relation, ("MasterRecordId", kind))
            other = self.records[named].get(record.get(id_field) or "")
            shown[relation] = other and {"attributes": {"type": named}, field: other.get(field)}
        return shown

    def _page(self, found: list[dict[str, Any]]) -> Answer:
        answer: dict[str, Any] = {
            "totalSize": len(found),
            "done": len(found) <= self.page,
            "records": found[: self.page],
        }
        if not answer["done"]:
            self._made += 1
            locator = f"0r8xx{self._made}-{self.page}"
            self._pages[locator] = found[self.page :]
            answer["nextRecordsUrl"] = f"{API}/query/{locator}"
        return Answer(answer)


def _place(record: dict[str, Any]) -> tuple[datetime, str]:
    return datetime.fromisoformat(record["SystemModstamp"]), record["Id"]


def _fits(record: dict[str, Any], query: re.Match[str]) -> bool:
    moment, key = _place(record)
    if query["until"] and moment >= datetime.fromisoformat(query["until"]):
        return False
    if query["since"]:
        return moment >= datetime.fromisoformat(query["since"])
    return (moment, key) > (datetime.fromisoformat(query["behind"]), query["last"])


def _error(code: str, status: int, *, told: str = "no") -> Answer:
    return Answer([{"message": told, "errorCode": code}], status)
