"""Exit codes, and the error that ends a command with code 2."""

from __future__ import annotations

DONE = 0
REFUSED = 1
USAGE = 2
FAILED = 3
PARTLY = 4


class UsageError(ValueError):
    """The command cannot be carried out as it was given; one line that names the cure."""
