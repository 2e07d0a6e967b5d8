"""A local Metabase, and a publisher that talks to it without ever waiting."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from publishing.metabase import Published, publish
from publishing.metabase.client import Account, Client
from publishing.metabase.plan import Options
from publishing.metabase.state import FILE
from tests.publishing.metabase.boards import TABLES, TITLE, wanted
from tests.publishing.metabase.local_server import API_KEY, Metabase, served


@pytest.fixture
def metabase() -> Metabase:
    return Metabase(tables=TABLES)


@pytest.fixture
def url(metabase: Metabase) -> Iterator[str]:
    """Whatever a test does, both sides have kept the contract in the end."""
    yield from served(metabase)
    assert metabase.violations == []


@dataclass
class Publisher:
    """`cx publish metabase` without its shell: the pauses are noted, not slept."""

    url: str
    state: Path
    pauses: list[float] = field(default_factory=list)

    def client(self, **options: Any) -> Client:
        account = options.pop("account", Account(api_key=API_KEY))
        return Client(self.url, account, sleep=self.pauses.append, **options)

    def __call__(
        self,
        *objects: Any,
        adopt: bool = False,
        force: bool = False,
        prune: bool = False,
        client: Client | None = None,
        **options: Any,
    ) -> Published:
        with client or self.client() as open_client:
            return publish(
                open_client,
                objects or wanted(),
                state=self.state,
                title=options.pop("title", TITLE),
                options=Options(adopt=adopt, force=force, prune=prune),
                **options,
            )


@pytest.fixture
def publisher(url: str, tmp_path: Path) -> Publisher:
    return Publisher(url, tmp_path / FILE)


@pytest.fixture
def writes(metabase: Metabase) -> Callable[[], list[tuple[str, str]]]:
    """The writes since this was last asked."""
    begin = [0]

    def since() -> list[tuple[str, str]]:
        found = metabase.writes()
        new = found[begin[0] :]
        begin[0] = len(found)
        return new

    return since
