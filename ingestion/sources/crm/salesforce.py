"""The `salesforce` source: accounts, contacts, leads, opportunities, cases, tasks and users.

Records are queried in the order of their last change and of their id, deleted ones among them:
`queryAll` shows what was deleted or merged into another until the recycle bin is emptied, fifteen
days later. A query's further pages hang on a locator that Salesforce may drop; the query then
begins again behind the last record that was read. Which fields there are differs by edition, by
what an administrator has hidden, and by what a company has added: so an object is described
before it is queried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from ingestion.contract import load_contract
from ingestion.fetching.complaint import ChangedShape, SaidOtherwise
from ingestion.fetching.cursor import asked_from, cursors, further
from ingestion.fetching.model import Connection, Secret, Span, iso, record_tables
from ingestion.model import Table
from ingestion.sources.client_credentials import client_credentials

if TYPE_CHECKING:
    from dlt.common.configuration.specs import CredentialsConfiguration
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import RESTAPIConfig
    from requests import Response

SOURCE = "salesforce"
SCHEMA = "raw_salesforce"
URL = ""  # https://<my domain>.my.salesforce.com
_APP = "Salesforce: Setup, External Client App Manager, an app with the client credentials flow"
SECRETS: tuple[Secret, ...] = (
    Secret("client_id", f"{_APP}: its consumer key", unless="token"),
    Secret("client_secret", f"{_APP}: its consumer secret", unless="token"),
    Secret("token", "or instead of both, to try it: an access token", unless="client_id"),
)
OPTIONS: tuple[str, ...] = ()
_API = "services/data/v62.0"
PROBE = f"{_API}/query?q=SELECT+Id+FROM+Contact+LIMIT+1"

# A record bears the time of its change, and shows when the transaction around it has ended.
_LAG = timedelta(hours=1)
# A session lasts fifteen minutes at least; a token's own answer does not say how long.
_TOKEN_SECONDS = 900
_ALWAYS = "Id SystemModstamp IsDeleted CreatedDate "
# Table -> object, Salesforce's own fields, and the entity whose columns a company may have added.
# In this order: whatever names a record is asked for after it.
_OBJECTS = {
    "users": ("User", "IsActive UserType Department Title", "employees"),
    "accounts": (
        "Account",
        "MasterRecordId Name Industry BillingCountry BillingCountryCode OwnerId IsPersonAccount",
        "accounts",
    ),
    "contacts": (
        "Contact",
        "MasterRecordId Email Phone MobilePhone AccountId MailingCountry MailingCountryCode "
        "MailingState MailingCity Birthdate GenderIdentity LeadSource HasOptedOutOfEmail "
        "IsPersonAccount",
        "customers",
    ),
    "opportunities": (
        "Opportunity",
        "ContactId CloseDate IsClosed IsWon LastStageChangeDate LeadSource OwnerId",
        "leads",
    ),
    "leads": (
        "Lead",
        "Email Phone MobilePhone LeadSource OwnerId IsConverted ConvertedDate "
        "ConvertedContactId ConvertedOpportunityId",
        "leads",
    ),
    "cases": (
        "Case",
        "MasterRecordId ContactId SuppliedEmail SuppliedPhone Status IsClosed ClosedDate "
        "IsEscalated Origin Priority Reason OwnerId",
        "tickets",
    ),
    "tasks": (
        "Task",
        "WhoId OwnerId TaskSubtype Type IsClosed CompletedDateTime ActivityDate CallType "
        "CallDurationInSeconds CallDisposition",
        "interactions",
    ),
}
# The company's own id of a record that another names, by that other: what to ask for, the object
# that is named, and the column whose name its field bears.
_NAMED = {
    "contacts": (
        ("Account.{}", "Account", "account_id"),
        ("MasterRecord.{}", "Contact", "customer_id"),
    ),
    "opportunities": (("Contact.{}", "Contact", "customer_id"),),
    "leads": (("ConvertedContact.{}", "Contact", "customer_id"),),
    "cases": (
        ("Contact.{}", "Contact", "customer_id"),
        ("MasterRecord.{}", "Case", "ticket_id"),
    ),
    "tasks": (("TYPEOF Who WHEN Contact THEN {} END", "Contact", "customer_id"),),
}
_LOST_LOCATOR = "INVALID_QUERY_LOCATOR"
# What Salesforce means by a code of its own, as the status of HTTP that says it elsewhere.
_MEANS = {
    "REQUEST_LIMIT_EXCEEDED": 429,
    "QUERY_TIMEOUT": 504,
    "NOT_FOUND": 403,  # an object that the user may not see
    "INVALID_TYPE": 403,
    _LOST_LOCATOR: 410,
}

Record = dict[str, Any]
# The fields of an object by their names in small letters; None where it may not be seen.
Fields = Mapping[str, str]
Described = Callable[[str], Fields | None]


def tables() -> dict[str, Table]:
    return record_tables(SCHEMA, " ".join(_OBJECTS), **dict.fromkeys(_OBJECTS, "Id"))


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    """Nothing is declared: what can be asked for is only known when it is described."""
    del span
    return {"client": {"base_url": account.url, "auth": cast(Any, _auth(account))}, "resources": []}


def _auth(account: Connection) -> CredentialsConfiguration:
    """An access token, or what makes one of the app's key and secret."""
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

    if token := account.secrets.get("token"):
        return BearerTokenAuth(token)
    return client_credentials(account, "services/oauth2/token", lasts=_TOKEN_SECONDS)


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """One resource per object, each with a cursor of its own."""
    import dlt

    del resources

    @cache
    def described(kind: str) -> Fields | None:
        try:
            answer = _asked(client, f"{_API}/sobjects/{kind}/describe")
        except SaidOtherwise as said:
            if said.means != 403:
                raise
            return None
        return {field["name"].lower(): field["name"] for field in _part(answer, "fields")}

    def changed(table: str) -> Iterator[list[Record]]:
        state = cursors(table, span)
        since = asked_from(state.get("newest"), span, lag=_LAG)
        for page in _pages(client, table, described, since=since, end=span.end):
            yield [_spelled(record) for record in page]
            told = [record["SystemModstamp"] for record in page]
            state["newest"] = further(state.get("newest"), told)

    return [dlt.resource(changed, name=table)(table) for table in _OBJECTS]


def _pages(
    client: RESTClient, table: str, described: Described, *, since: datetime, end: datetime | None
) -> Iterator[list[Record]]:
    """All records that changed, in the order of their change; none twice, though many of one
    second stand on both sides of a page's end."""
    query = f"SELECT {', '.join(_selected(table, described))} FROM {_OBJECTS[table][0]} WHERE "
    until = "" if end is None else f" AND SystemModstamp < {iso(end)}"
    order = " ORDER BY SystemModstamp, Id"
    path, params = f"{_API}/queryAll", {"q": f"{query}SystemModstamp >= {iso(since)}{until}{order}"}
    last: Record = {}
    while path:
        try:
            answer = _asked(client, path, params)
        except SaidOtherwise as said:
            if said.code != _LOST_LOCATOR or not last:
                raise
            path = f"{_API}/queryAll"
            params = {"q": f"{query}{_behind(last)}{until}{order}"}
            continue
        if page := _part(answer, "records"):
            yield page
            last = page[-1]
        path, params = "" if _part(answer, "done") else _part(answer, "nextRecordsUrl"), {}


def _behind(last: Record) -> str:
    moment = iso(_moment(last["SystemModstamp"]))
    return f"(SystemModstamp > {moment} OR (SystemModstamp = {moment} AND Id > '{last['Id']}'))"


def _selected(table: str, described: Described) -> list[str]:
    """Salesforce's own fields, those that a company has added under a name of the contract, and
    its own ids of the records that are named."""
    kind, own, entity = _OBJECTS[table]
    fields = described(kind)
    if fields is None:
        raise SaidOtherwise("NOT_FOUND", _MEANS["NOT_FOUND"])
    for required in ("Id", "SystemModstamp"):
        if required.lower() not in fields:
            raise ChangedShape(required)
    added = (f"{column}__c" for column in load_contract()[entity].column_names)
    wanted = [*(_ALWAYS + own).split(), *added]
    selected = [fields[name.lower()] for name in wanted if name.lower() in fields]
    for asked, named, column in _NAMED.get(table, ()):
        if field := (described(named) or {}).get(f"{column}__c"):
            selected.append(asked.format(field))
    return selected


def _spelled(record: Record) -> Record:
    """A field that a company has added is the column that it names, however that is spelt."""
    return {
        name.lower() if name.lower().endswith("__c") else name: (
            _spelled(value) if isinstance(value, dict) else value
        )
        for name, value in record.items()
    }


def _asked(client: RESTClient, path: str, params: Record | None = None) -> Record:
    response = client.get(path, params=params)
    if (code := _code_of(response)) in _MEANS:
        raise SaidOtherwise(code, _MEANS[code])
    response.raise_for_status()
    answer: Record = response.json()
    return answer


def _code_of(response: Response) -> str:
    """The code of an error, which stands in a list of one; blank where there is none."""
    if response.ok:
        return ""
    try:
        [told] = response.json()
        return str(told["errorCode"])
    except (ValueError, TypeError, KeyError):
        return ""


def _part(answer: Record, name: str) -> Any:
    if name not in answer:
        raise ChangedShape(name)
    return answer[name]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
