"""Remembers which customer keys were published, so that none is ever issued twice.

The memory lies in raw: the warehouse can be thrown away and built again, and must then give
every person the key that readers already know.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from ingestion.sql import literal


def remember_issued_keys(raw: Path, warehouse: Path) -> int:
    """Add the keys of a published build to raw, and mark those that were merged into another.

    A key is kept with the one identifier that gave it. Call it after publishing, while nobody
    else has either file open for writing.

    Returns:
        How many keys are new.
    """
    with duckdb.connect(str(raw)) as connection:
        connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        connection.begin()
        added = connection.execute(
            """
            insert into identity.issued_keys by name
            select node, customer_key
            from warehouse.intermediate.int_customer_keys
            where is_origin and node not in (select node from identity.issued_keys)
            """
        ).fetchone()
        connection.execute(
            """
            update identity.issued_keys
            set merged_into = history.customer_key
            from warehouse.marts.customer_key_history as history
            where issued_keys.customer_key = history.old_customer_key
            """
        )
        connection.commit()
    return int(added[0]) if added else 0
