"""The `hubspot` source: contacts, companies, deals, tickets, owners, engagements, feedback.

HubSpot's lists have no filter by time and its search ends after 10,000 results. So what has changed
is searched for by the time of its change, in the order of its id, and each page begins behind the
last id of the page before: no page number, no end. What was archived can only be listed, whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ingestion.contract import load_contract
from ingestion.fetching.complaint import ChangedShape
from ingestion.fetching.model import Connection, Secret, Span, epoch_seconds, iso, record_tables
from ingestion.model import Table

if TYPE_CHECKING:
    from dlt.extract import DltResource
    from dlt.sources.helpers.rest_client.client import RESTClient
    from dlt.sources.rest_api.typing import EndpointResource, RESTAPIConfig

SOURCE = "hubspot"
SCHEMA = "raw_hubspot"
URL = "https://api.hubapi.com"
# Calls, e-mails, meetings and messages are read with the right to read contacts.
_SCOPES = (
    "crm.objects.companies.read crm.objects.contacts.read crm.objects.deals.read "
    "crm.objects.feedback_submissions.read crm.objects.owners.read tickets"
)
SECRETS: tuple[Secret, ...] = (
    Secret("token", f"HubSpot: Settings, Integrations, Service Keys, scopes {_SCOPES}"),
)
OPTIONS: tuple[str, ...] = ()
PROBE = "crm/v3/owners?limit=1"

_PAGE = 200
_ARCHIVED_PAGE = 100
# The search's index runs behind the records by some seconds; a day bears one that broke down.
_LAG_SECONDS = 24 * 3600
# Object -> the property that holds the time of its last change, and its own properties.
_OBJECTS = {
    "contacts": (
        "lastmodifieddate",
        "email phone mobilephone associatedcompanyid createdate country state city hs_language "
        "gender hs_analytics_source hs_email_optout hs_merged_object_ids",
        "customers",
    ),
    "companies": (
        "hs_lastmodifieddate",
        "name industry country createdate hubspot_owner_id",
        "accounts",
    ),
    "deals": (
        "hs_lastmodifieddate",
        "createdate closedate hs_is_closed hs_is_closed_won closed_lost_reason "
        "hs_analytics_source hubspot_owner_id",
        "leads",
    ),
    "tickets": (
        "hs_lastmodifieddate",
        "createdate closed_date hs_pipeline hs_pipeline_stage hs_ticket_priority "
        "hs_ticket_category source_type hubspot_owner_id first_agent_reply_date",
        "tickets",
    ),
    "calls": (
        "hs_lastmodifieddate",
        "hs_timestamp hs_call_direction hs_call_duration hs_call_status hubspot_owner_id",
        "interactions",
    ),
    "emails": (
        "hs_lastmodifieddate",
        "hs_timestamp hs_email_direction hs_email_status hubspot_owner_id",
        "interactions",
    ),
    "meetings": (
        "hs_lastmodifieddate",
        "hs_timestamp hs_meeting_outcome hs_meeting_start_time hs_meeting_end_time "
        "hubspot_owner_id",
        "interactions",
    ),
    "communications": (
        "hs_lastmodifieddate",
        "hs_timestamp hs_communication_channel_type hubspot_owner_id",
        "interactions",
    ),
    "feedback_submissions": (
        "hs_lastmodifieddate",
        "hs_survey_id hs_survey_type hs_survey_channel hs_value hs_content hs_contact_id "
        "hs_submission_timestamp",
        "survey_responses",
    ),
}
# Objects that name their contact by an association alone.
_WITH_CONTACTS = ("deals", "tickets", "calls", "emails", "meetings", "communications")
_DELETED = ("contacts", "companies", "deals", "tickets")


def tables() -> dict[str, Table]:
    """One raw table per object; what was archived, and whose contact is whose, beside it."""
    names = [
        *_OBJECTS,
        *(f"archived_{name}" for name in _DELETED),
        *(f"{name}_contacts" for name in _WITH_CONTACTS),
        "owners",
        "archived_owners",
        "ticket_pipelines",
    ]
    return record_tables(
        SCHEMA, " ".join(names), **{f"{name}_contacts": "from" for name in _WITH_CONTACTS}
    )


def configuration(account: Connection, span: Span) -> RESTAPIConfig:
    from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

    resources: list[EndpointResource] = [
        *(_changed(name, span) for name in _OBJECTS),
        *(_archived(name) for name in _DELETED),
        _owners("owners", archived="false"),
        _owners("archived_owners", archived="true"),
        {
            "name": "ticket_pipelines",
            "endpoint": {
                "path": "crm/v3/pipelines/tickets",
                "data_selector": "results",
                "paginator": "single_page",
            },
        },
    ]
    return {
        "client": {"base_url": account.url, "auth": BearerTokenAuth(account.secrets["token"])},
        "resources": list(resources),
    }


def _properties(name: str) -> list[str]:
    """HubSpot's own, and those that a company has added under a name of the contract."""
    changed, own, entity = _OBJECTS[name]
    columns = load_contract()[entity].column_names
    return [*own.split(), *([changed] if changed not in own else []), *columns]


def _changed(name: str, span: Span) -> EndpointResource:
    changed = _OBJECTS[name][0]
    filters = [
        {"propertyName": changed, "operator": "GTE", "value": "{incremental.start_value}"},
        {"propertyName": "hs_object_id", "operator": "GT", "value": "0"},
    ]
    if span.end is not None:
        filters.append(
            {"propertyName": changed, "operator": "LT", "value": _milliseconds(iso(span.end))}
        )
    return {
        "name": name,
        "endpoint": {
            "path": f"crm/v3/objects/{name}/search",
            "method": "POST",
            "json": {
                "filterGroups": [{"filters": filters}],
                "sorts": ["hs_object_id"],
                "after": "0",
                "properties": _properties(name),
                "limit": _PAGE,
            },
            "data_selector": "results",
            "paginator": _behind_last_id(),
            "incremental": span.incremental(
                "updatedAt", lag_seconds=_LAG_SECONDS, convert=_milliseconds
            ),
        },
    }


def _milliseconds(moment: str) -> str:
    """The search compares times as milliseconds since 1970."""
    return f"{epoch_seconds(moment)}000"


def _behind_last_id() -> Any:
    """A paginator that asks for ids beyond the last one seen, which no window of results ends."""
    from dlt.sources.helpers.rest_client.paginators import BasePaginator
    from requests import Request, Response

    class BehindLastId(BasePaginator):
        last_id = "0"

        def update_state(self, response: Response, data: list[Any] | None = None) -> None:
            del response
            page = data or []
            self._has_next_page = len(page) == _PAGE
            ids = [record["id"] for record in page if record.get("id")]
            if self._has_next_page and ids[-1:] in ([], [self.last_id]):
                raise ChangedShape("id that moves on")  # it would be asked for without end
            if ids:
                self.last_id = ids[-1]

        def update_request(self, request: Request) -> None:
            body: Any = request.json
            body["filterGroups"][0]["filters"][1]["value"] = self.last_id

    return BehindLastId()


def _archived(name: str) -> EndpointResource:
    """Only a list tells of deletions, and it has no filter by time: it is read whole."""
    return {
        "name": f"archived_{name}",
        "endpoint": {
            "path": f"crm/v3/objects/{name}",
            # the company's own id may be a property, and the rows to be withdrawn bear that one
            "params": {
                "archived": "true",
                "limit": _ARCHIVED_PAGE,
                "properties": ",".join(_properties(name)),
            },
            "data_selector": "results",
            "paginator": _cursor(),
        },
    }


def _owners(name: str, *, archived: str) -> EndpointResource:
    return {
        "name": name,
        "endpoint": {
            "path": "crm/v3/owners",
            "params": {"archived": archived, "limit": 500},
            "data_selector": "results",
            "paginator": _cursor(),
        },
    }


def _cursor() -> Any:
    from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

    return JSONResponseCursorPaginator(cursor_path="paging.next.after", cursor_param="after")


def attached(
    resources: Mapping[str, DltResource], client: RESTClient, span: Span
) -> Sequence[DltResource]:
    """For each page of an object, its contacts: a search does not give associations."""
    import dlt

    del span  # the pages are of the span already

    def contacts_of(name: str) -> DltResource:
        path = f"crm/v4/associations/{name}/contacts/batch/read"

        def contacts(page: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
            ids = [{"id": record["id"]} for record in page if record.get("id")]
            if ids:
                answer = client.post(path, json={"inputs": ids})
                answer.raise_for_status()
                associated = answer.json()
                if "results" not in associated:
                    raise ChangedShape("results")
                yield associated["results"]

        made: DltResource = dlt.transformer(
            contacts, data_from=resources[name], name=f"{name}_contacts"
        )
        return made

    return [contacts_of(name) for name in _WITH_CONTACTS]
