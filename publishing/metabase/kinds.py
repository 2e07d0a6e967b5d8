"""What all kinds of objects have in common: how one is listed, read, told in fields, and written.

A `body` is what the server answers; `fields` are the part of it that we keep in step. An update
starts from the body, so that what a person added to the object is sent back as it was.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from publishing.metabase.client import Client
from publishing.metabase.names import Fields, Names, mark, mark_in
from publishing.metabase.wanted import Wanted

Body = Mapping[str, Any]
W = TypeVar("W", bound=Wanted)


class Kind(ABC, Generic[W]):
    """One kind of object on one server."""

    kind: ClassVar[str]
    # The description bears our mark; what has none is told by its id alone.
    bears_mark: ClassVar[bool] = True
    # Two of one name would be one too many: a second connection, a second mail.
    is_unique_by_name: ClassVar[bool] = False
    # The server makes it without all of its parts; an update adds them.
    is_made_in_two: ClassVar[bool] = False
    # Switched off or archived when nobody wants it any more.
    can_be_archived: ClassVar[bool] = True
    # Fields that the server never tells.
    unreadable: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, client: Client, names: Names) -> None:
        self.client = client
        self.names = names
        self._listed: list[Body] | None = None

    @abstractmethod
    def read(self, number: int) -> Body | None:
        """One object as it is now; None where there is none."""

    @abstractmethod
    def candidates(self) -> list[Body]:
        """Where to look for an object whose id we do not know: id, name and mark suffice."""

    @abstractmethod
    def fields(self, body: Body, key: str) -> Fields: ...

    @abstractmethod
    def create(self, wanted: W) -> Body: ...

    @abstractmethod
    def update(self, body: Body, wanted: W, changes: Fields) -> Body:
        """Write the changed fields (None: take it away); returns the object as it is then."""

    def archive(self, body: Body) -> None:
        """Put it aside, as a person would; nothing of ours is ever deleted."""
        raise NotImplementedError(self.kind)

    def listed(self) -> list[Body]:
        """`candidates`, asked once for a plan."""
        if self._listed is None:
            self._listed = self.candidates()
        return self._listed

    def by_mark(self, wanted: W) -> list[Body]:
        """Those that bear the mark of a wanted object, the oldest first: a copy keeps the text."""
        found = [body for body in self.listed() if self.has_mark(body, wanted.key)]
        return sorted(found, key=lambda body: int(body["id"]))

    def has_mark(self, body: Body, key: str) -> bool:
        return self.bears_mark and self.mark_of(body) == mark(self.names.space, self.kind, key)

    def by_name(self, wanted: W) -> list[Body]:
        """Those of its name and place that bear no mark of ours."""
        return [
            body
            for body in self.listed()
            if body["name"] == wanted.name and self.mark_of(body) is None
        ]

    def mark_of(self, body: Body) -> str | None:
        return mark_in(body.get("description")) if self.bears_mark else None


class Standing(Kind[W]):
    """What every server has, with no id of its own: to make it is to set it."""

    bears_mark = False
    can_be_archived = False

    @abstractmethod
    def standing(self, wanted: W) -> Body:
        """It as it is now.

        Raises:
            Unresolved: it is of an object that is not there yet.
        """

    def read(self, number: int) -> Body | None:
        raise NotImplementedError(f"{self.kind} has no number ({number})")

    def candidates(self) -> list[Body]:
        return []


def part(fields: Fields, prefix: str) -> dict[str, Any]:
    """The fields `<prefix>.<name>`, by name."""
    return {
        name.removeprefix(f"{prefix}."): value
        for name, value in fields.items()
        if name.startswith(f"{prefix}.")
    }


def merged(found: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A map with changes in it; a change to None takes its entry away."""
    return {name: value for name, value in {**found, **changes}.items() if value is not None}
