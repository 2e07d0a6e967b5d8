"""Names and arguments of the `cx` commands, and the exit codes of their errors.

Exit codes: 0 done; 1 a gate refused; 2 wrong usage or configuration; 3 a failure of the run,
which can be run again; 4 published, but a source or an entity was refused.

Each command's code is imported only when it is called: `cx query` must start in half a second.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path

from dagster_project.cli.outcome import DONE, FAILED, USAGE, UsageError
from dagster_project.lock import WriterBusy
from dagster_project.settings import SettingsError, silence_telemetry, unknown_variables
from ingestion.errors import HashKeyChanged, RawLocked, UnrecognisedLayout

Command = Callable[[argparse.Namespace], int]
_Subparsers = argparse._SubParsersAction  # the class has no public name


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    silence_telemetry()
    arguments = _parser().parse_args(argv)
    for line in unknown_variables():
        print(f"note: {line}", file=sys.stderr)
    try:
        return _command(arguments)(arguments)
    except (UsageError, SettingsError, UnrecognisedLayout, HashKeyChanged) as error:
        _complain(arguments, str(error))
        return USAGE
    except (PermissionError, FileNotFoundError, NotADirectoryError) as error:
        where = f" {error.filename}" if error.filename else ""
        _complain(
            arguments,
            f"cannot use{where} ({error.strerror}); "
            "name a folder that can be written with --home or CX_HOME",
        )
        return USAGE
    except (WriterBusy, RawLocked) as error:
        _complain(arguments, str(error))
        return FAILED
    except BrokenPipeError:
        # The reader of a pipe has seen enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        _complain(arguments, "interrupted; it can be run again")
        return FAILED
    except Exception as error:  # noqa: BLE001 (the outermost door: exit code 1 means a gate)
        sys.stderr.write(_printable(traceback.format_exc()))
        _complain(arguments, f"{type(error).__name__}: {error}")
        return FAILED


def _complain(arguments: argparse.Namespace, text: str) -> None:
    print(f"cx {arguments.command}: {_printable(text)}", file=sys.stderr)


def _printable(text: str) -> str:
    from dagster_project.console import printable

    return printable(text, keeps_lines=True)  # DuckDB points into a statement, lines below it


def _command(arguments: argparse.Namespace) -> Command:
    module, _, function = arguments.runs.partition(":")
    command: Command = getattr(import_module(f"dagster_project.cli.{module}"), function)
    return command


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cx",
        description="Customer-experience metrics from your own data: ingest, check, publish.",
        epilog="Start with: cx demo",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_making(commands)
    _add_checking(commands)
    _add_publishing(commands)
    _add_reading(commands)
    return parser


def _add_making(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    demo = _add(
        commands,
        "demo",
        "making:demo",
        "generate a made-up company, refresh, and say where to look",
        "cx demo --customers 20000 --months 24 --seed 7",
    )
    _size(demo)
    generate = _add(
        commands,
        "generate",
        "making:generate",
        "write input files of a made-up company; the same arguments give the same bytes",
        "cx generate --out /tmp/acme --customers 2000 --months 12 --format parquet",
        has_home=False,
    )
    generate.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    _size(generate)
    generate.add_argument("--format", choices=("csv", "jsonl", "parquet"), default="csv")
    generate.add_argument(
        "--as",
        dest="systems",
        type=lambda text: text.split(","),
        default=[],
        metavar="SYSTEMS",
        help="as systems would show it (hubspot,ga4), a folder each, and `files` for the rest",
    )
    generate.add_argument(
        "--through",
        type=_date,
        metavar="DATE",
        help="last day to write (2025-06-30); a later day only appends",
    )
    refresh = _add(
        commands,
        "refresh",
        "making:refresh",
        "ingest, build, check and publish; only new and changed rows cost time",
        "cx refresh --inputs ./exports --inputs ./surveys",
    )
    refresh.add_argument(
        "--inputs",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="folder to read; remembered in cx.toml for later refreshes; may be repeated",
    )
    refresh.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME",
        help="fetch from this connected system only ([sources.NAME] in cx.toml); may be repeated",
    )
    refresh.add_argument(
        "--from",
        dest="since",
        type=_date,
        metavar="DATE",
        help="fetch again what changed since then (2025-01-31), whatever was fetched before",
    )
    refresh.add_argument(
        "--to", dest="until", type=_date, metavar="DATE", help="up to that day, itself left out"
    )
    refresh.add_argument("--full", action="store_true", help="rebuild everything from raw")
    refresh.add_argument("--wait", action="store_true", help="wait for another run to end")


def _add_checking(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    _add(
        commands,
        "check",
        "checking:check",
        "run the gates alone, on what was last ingested and built",
        "cx check",
    )
    release = _add(
        commands,
        "release",
        "checking:release",
        "release a blocked run: somebody takes responsibility for a check, on record",
        "cx release --acknowledge KEY --reason 'the shop was closed that week'",
    )
    release.add_argument(
        "--acknowledge",
        action="append",
        required=True,
        metavar="KEY",
        help="the check's key as `cx status` shows it; may be repeated",
    )
    release.add_argument("--reason", required=True, help="why this may be published")
    status = _add(
        commands,
        "status",
        "checking:status",
        "the last runs, what was refused, when sources were last fetched well, row accounts",
        "cx status --diff",
    )
    status.add_argument(
        "--diff", action="store_true", help="what the current snapshot changed in the one before"
    )
    doctor = _add(
        commands,
        "doctor",
        "doctor:doctor",
        "what is wrong with this installation or this home, or with a connected system",
        "cx doctor --source hubspot",
    )
    doctor.add_argument(
        "--source",
        action="append",
        default=[],
        metavar="NAME",
        help="ask this connected system whether it answers; fetches nothing; may be repeated",
    )


def _add_publishing(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    publish = _add(
        commands,
        "publish",
        "publishing:publish",
        "publish again from what was last accepted",
        "cx publish metabase --dry-run   (CX_METABASE_URL and CX_METABASE_API_KEY set)",
    )
    publish.add_argument(
        "target", nargs="?", choices=("site", "metabase", "postgres"), default="site"
    )
    publish.add_argument(
        "--pdf",
        action="store_true",
        help="also print all pages into site/report.pdf; needs Chromium or Chrome",
    )
    metabase = publish.add_argument_group("metabase", "docs/metabase.md tells the rules")
    for option, does in (
        ("--dry-run", "say what would be created, changed and archived; write nothing"),
        ("--adopt", "take over what bears the same name and no mark of ours"),
        ("--force", "set back what people have edited in our objects; postgres: copy again"),
        ("--prune", "archive ours that are no longer described, at most a third at once"),
    ):
        metabase.add_argument(option, action="store_true", help=does)
    _add(
        commands,
        "rollback",
        "publishing:rollback",
        "put the previous snapshot and its dashboards back",
        "cx rollback",
    )
    serve = _add(
        commands,
        "serve",
        "publishing:serve",
        "show the dashboards on localhost",
        "cx serve --port 8000",
        has_json=False,
    )
    serve.add_argument("--port", type=_port, default=8000, help="0 takes any free one")


def _add_reading(commands: _Subparsers[argparse.ArgumentParser]) -> None:
    query = _add(
        commands,
        "query",
        "query:query",
        "read-only SQL on the published tables",
        "cx query \"select metric, value from marts.rpt_metrics where dimension = 'all'\"",
        has_json=False,
    )
    query.add_argument("sql", help="one select statement")
    query.add_argument(
        "--format",
        choices=("table", "csv", "json"),
        default="table",
        help="table shows a mark for each control character; csv puts an apostrophe before a text "
        "that begins with = + - @, tab or carriage return, which a spreadsheet would run as a "
        "formula; json gives every value as it is",
    )


def _add(
    commands: _Subparsers[argparse.ArgumentParser],
    name: str,
    runs: str,
    does: str,
    example: str,
    *,
    has_home: bool = True,
    has_json: bool = True,
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}.",
        epilog=f"Example: {example}",
    )
    command.set_defaults(runs=runs)
    if has_home:
        command.add_argument(
            "--home", type=Path, metavar="DIR", help="the tenant's folder (default: CX_HOME)"
        )
    if has_json:
        command.add_argument("--json", action="store_true", help="one JSON object for machines")
    return command


def _size(command: argparse.ArgumentParser) -> None:
    command.add_argument("--customers", type=_count, default=20_000, metavar="N")
    command.add_argument("--months", type=_count, default=24, metavar="M")
    command.add_argument("--seed", type=int, default=7, metavar="S")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port between 0 and 65535")
    return int(text)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date such as 2025-06-30") from error
