"""Whether a system answers, before anything is fetched: what `cx doctor --source` asks."""

from __future__ import annotations

from ingestion.fetching.complaint import complaint
from ingestion.fetching.model import ApiSystem, Connection, Span
from ingestion.fetching.pages import client_of, resources_of, root_of, sharing_pages
from ingestion.fetching.session import session_for


def first_pages(
    system: ApiSystem, account: Connection, *, patience: float = 1.0
) -> dict[str, str | None]:
    """Asks for the first page of each list, and keeps none; why it did not answer, or None."""
    resources = resources_of(system, account, Span(account.start), patience=patience)
    troubles: dict[str, str | None] = {}
    for names in sharing_pages(system.tables(), resources):
        pages = resources[root_of(resources[names[0]])]
        try:
            next(iter(pages.add_limit(1)), None)
            troubles[names[0]] = None
        except Exception as error:  # noqa: BLE001 (whatever a network does is an answer here)
            troubles[names[0]] = complaint(error).told
    return troubles


def probe(system: ApiSystem, account: Connection, *, patience: float = 1.0) -> str | None:
    """Asks the account something cheap; why it did not answer, or None."""
    config = system.configuration(account, Span(account.start))
    client = client_of(config, session_for(account.url, patience=patience))
    try:
        answer = client.get(system.PROBE)
        answer.raise_for_status()
        answer.json()
    except Exception as error:  # noqa: BLE001 (whatever a network does is an answer here)
        return complaint(error).told
    return None
