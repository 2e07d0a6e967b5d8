"""`cx publish metabase`: the dashboards on a Metabase, planned, told, and then applied."""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext

from dagster_project.cli.outcome import DONE, FAILED, PARTLY, UsageError
from dagster_project.lock import writer_lock
from dagster_project.settings import (
    MetabaseSettings,
    Settings,
    hash_key,
    load_settings,
    metabase_settings,
)
from publishing import metabase, serving
from publishing.dashboards import load_dashboards
from publishing.metabase.client import Account, Client, MetabaseError, MetabaseMisconfigured
from publishing.metabase.connection import UnusableConnection, connection_to
from publishing.metabase.described import boards
from publishing.metabase.plan import Options
from publishing.metabase.rendering import render
from publishing.metabase.state import StateUnreadable, bi_objects
from publishing.metabase.wanted import Wanted
from publishing.words import Words


def publish(arguments: argparse.Namespace) -> int:
    """Plan, and carry out unless it is a dry run; what is left says why."""
    settings = load_settings(arguments.home)
    theirs = metabase_settings()
    try:
        with nullcontext() if arguments.dry_run else writer_lock(settings.lock):
            published = _publish(arguments, settings, theirs)
    except (MetabaseMisconfigured, StateUnreadable, serving.NoSnapshot) as error:
        raise UsageError(str(error)) from error
    except MetabaseError as error:
        return _failed(arguments, error)
    _tell(arguments, published)
    return PARTLY if published.outcome is not None and published.outcome.left else DONE


def _publish(
    arguments: argparse.Namespace, settings: Settings, theirs: MetabaseSettings
) -> metabase.Published:
    wanted = _wanted(settings, theirs)
    account = Account(theirs.api_key, theirs.user, theirs.password)
    secrets = tuple(s for each in wanted for s in getattr(each, "secrets", {}).values())
    options = Options(adopt=arguments.adopt, force=arguments.force, prune=arguments.prune)
    try:
        with Client(theirs.url, account, secrets=(*secrets, *theirs.recipients)) as client:
            return metabase.publish(
                client,
                wanted,
                state=settings.metabase_state,
                title=theirs.collection,
                options=options,
                dry_run=arguments.dry_run,
                on_step=lambda name: None if arguments.json else print(f"{name} ...", flush=True),
            )
    finally:
        if not arguments.dry_run:
            rows = bi_objects(settings.metabase_state)
            serving.replace_ops_table(settings.home, "bi_objects", rows)


def _wanted(settings: Settings, theirs: MetabaseSettings) -> list[Wanted]:
    run_id = serving.current_run_id(settings.home)
    target = theirs.database or str(settings.serving)
    try:
        connection = connection_to(target, run_id=run_id, key=hash_key(settings))
    except UnusableConnection as error:
        raise UsageError(f"CX_METABASE_DATABASE {error}") from error
    words = Words(settings.locale)
    return render(
        boards(load_dashboards(), words=words),
        connection,
        title=theirs.collection,
        words=words,
        recipients=theirs.recipients,
        is_embedded=theirs.is_embedded,
    )


def _failed(arguments: argparse.Namespace, error: MetabaseError) -> int:
    """What was done before is remembered: the next run goes on from there."""
    print(json.dumps({"error": str(error)}) if arguments.json else f"failed: {error}")
    return FAILED


def _tell(arguments: argparse.Namespace, published: metabase.Published) -> None:
    outcome = published.outcome
    done = {
        "created": outcome.created if outcome else [],
        "changed": outcome.changed if outcome else [],
        "archived": outcome.archived if outcome else [],
        "left": outcome.left if outcome else {},
    }
    if arguments.json:
        print(json.dumps({"plan": published.lines(), **done}, ensure_ascii=False))
        return
    for line in published.lines():
        print(line)
    for name, why in done["left"].items() if isinstance(done["left"], dict) else ():
        print(f"left    {name}: {why}")
    if outcome is None:
        print("A dry run: nothing was written.")
    else:
        print("; ".join(f"{name}: {len(items)}" for name, items in done.items()))
