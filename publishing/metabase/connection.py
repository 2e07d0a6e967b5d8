"""How Metabase is to reach the published tables: the snapshot's file, or PostgreSQL."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qs, unquote, urlsplit

from publishing.metabase.rendering import Connection

_PLAIN = ("disable", "allow", "prefer")


class UnusableConnection(ValueError):
    """The text names neither a file nor a PostgreSQL; it is not repeated, for its password."""


def connection_to(target: str, *, run_id: str, key: str) -> Connection:
    """The connection that a text names.

    Args:
        target: a path as Metabase sees it, or `postgresql://user:password@host:port/database`.
        run_id: of the snapshot. Metabase holds a DuckDB file open, and goes on reading the one
            that was replaced: a change of these details makes it open the new one.
        key: the home's secret; a password is remembered by its HMAC alone.

    Raises:
        UnusableConnection: the text cannot be used.
    """
    if not target.startswith(("postgresql://", "postgres://")):
        if "://" in target or not target:
            raise UnusableConnection("is neither a path nor postgresql://user:password@host/name")
        details = {
            "database_file": target,
            "read_only": True,
            "init_sql": f"select 'snapshot {run_id}'",
        }
        return Connection("duckdb", details)
    try:
        parts = urlsplit(target)
        port = parts.port or 5432
    except ValueError:
        raise UnusableConnection("has no usable port") from None
    if not parts.hostname or not parts.username or not parts.path.strip("/"):
        raise UnusableConnection("lacks the host, the user or the database's name")
    password = unquote(parts.password or "")
    mode = parse_qs(parts.query).get("sslmode", ["prefer"])[0]
    details = {
        "host": parts.hostname,
        "port": port,
        "dbname": unquote(parts.path.strip("/")),
        "user": unquote(parts.username),
        "ssl": mode not in _PLAIN,
        "schema-filters-type": "inclusion",
        "schema-filters-patterns": "marts",
    }
    if not password:
        return Connection("postgres", details)
    digest = hmac.new(key.encode(), password.encode(), hashlib.sha256).hexdigest()[:16]
    return Connection("postgres", details, {"password": password}, digest)
