"""`cx demo`, `cx generate`, `cx refresh`: from files, or from nothing, to published dashboards."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from dagster_project.cli.outcome import DONE, FAILED, PARTLY, REFUSED, UsageError
from dagster_project.cli.summary import print_summary
from dagster_project.console import teller
from dagster_project.fetch_stage import FetchOrder
from dagster_project.refresh import refresh as run_refresh
from dagster_project.run_report import BLOCKED, PUBLISHED, SKIPPED, RunReport
from dagster_project.settings import Settings, begin_config, load_settings

_TRUTH = "truth.json"
_SIZE = ("customers", "months", "seed")


def demo(arguments: argparse.Namespace) -> int:
    """Generate into the home, refresh from there."""
    settings = load_settings(arguments.home)
    sample = settings.home / "sample_company"
    _refuse_another_company(arguments, settings, sample)
    with teller(is_silent=arguments.json) as telling:
        telling.say(f"Writing a made-up company of {arguments.customers:,} customers to {sample}")
        truth = _generate(arguments, sample)
    # Without the company's own brand its panel answers would count as those about rivals.
    begin_config(settings, brand=str(truth["brand"]))
    home = load_settings(arguments.home)
    with teller(is_silent=arguments.json) as telling:
        report = run_refresh(home, teller=telling, inputs=[sample])
    return finish(home, report, as_json=arguments.json)


def generate(arguments: argparse.Namespace) -> int:
    """Write input files, and the truth behind them as truth.json."""
    truth = _generate_as(arguments) if arguments.systems else _generate(arguments, arguments.out)
    if arguments.json:
        json.dump(truth, sys.stdout, ensure_ascii=False, default=str)
        print()
    else:
        print(f"Wrote {arguments.out}; its planted answers are in {arguments.out / _TRUTH}")
        if not arguments.systems:
            print(f"Next: cx refresh --inputs {arguments.out}")
    return DONE


def refresh(arguments: argparse.Namespace) -> int:
    """Refresh from the given and the remembered folders."""
    settings = load_settings(arguments.home)
    is_new = not settings.inputs and not settings.sources and not settings.raw.exists()
    if is_new and not arguments.inputs:
        raise UsageError(
            "no inputs are known yet; give --inputs DIR once (it is remembered), connect a system "
            f"by [sources.<name>] in {settings.config_file}, or try `cx demo`"
        )
    _refuse_mixture(settings, [folder.resolve() for folder in arguments.inputs])
    order = _order(arguments)
    with teller(is_silent=arguments.json) as telling:
        report = run_refresh(
            settings,
            teller=telling,
            inputs=arguments.inputs,
            full=arguments.full,
            wait=arguments.wait,
            order=order,
        )
    return finish(settings, report, as_json=arguments.json)


def _order(arguments: argparse.Namespace) -> FetchOrder:
    """What to fetch; a span without an end goes on to now."""
    if arguments.until is not None and arguments.since is None:
        raise UsageError("--to needs --from: a span has a beginning")
    if arguments.until is not None and arguments.until <= arguments.since:
        raise UsageError("--to must be after --from")
    since, until = (
        None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
        for day in (arguments.since, arguments.until)
    )
    return FetchOrder(tuple(arguments.source), since, until)


def exit_code(report: RunReport) -> int:
    """The exit code that says how a run ended."""
    if report.status == BLOCKED:
        return REFUSED
    if report.status not in (PUBLISHED, SKIPPED):
        return FAILED
    return PARTLY if report.refusals else DONE


def finish(settings: Settings, report: RunReport, *, as_json: bool) -> int:
    """Print a run's report the way that was asked for; returns the exit code."""
    if as_json:
        print(json.dumps(asdict(report), ensure_ascii=False))
    else:
        print_summary(settings, report)
    return exit_code(report)


def _refuse_another_company(
    arguments: argparse.Namespace, settings: Settings, sample: Path
) -> None:
    """One home, one company: raw forgets nothing, so that two would be counted as one."""
    if set(settings.inputs) - {sample}:
        raise UsageError(f"{settings.home} is the home of other inputs; give --home DIR for a demo")
    truth = sample / _TRUTH
    if truth.exists():
        before = json.loads(truth.read_text(encoding="utf-8"))["arguments"]
        if any(getattr(arguments, name) != before[name] for name in _SIZE):
            size = ", ".join(f"--{name} {before[name]}" for name in _SIZE)
            raise UsageError(
                f"{settings.home} holds another made-up company ({size}); give --home DIR"
            )


def _refuse_mixture(settings: Settings, given: list[Path]) -> None:
    """The same for folders that are given: a made-up company shares its home with nobody."""
    new = [folder for folder in given if folder not in settings.inputs and folder.is_dir()]
    together = dict.fromkeys([*settings.inputs, *new])
    made_up = [folder for folder in together if (folder / _TRUTH).is_file()]
    if new and made_up and len(together) > 1:
        others = ", ".join(str(folder) for folder in together if folder != made_up[0])
        raise UsageError(
            f"{made_up[0]} is a made-up company (it holds {_TRUTH}) and would be counted together "
            f"with {others}; give one of them a home of its own with --home DIR or CX_HOME"
        )


def _generate_as(arguments: argparse.Namespace) -> dict[str, object]:
    """The company as the named systems show it; a folder for each, and `files` for the rest."""
    from ingestion.sample_company.vendors.writing import EXPORTERS, write_as

    unknown = sorted(set(arguments.systems) - set(EXPORTERS))
    if unknown:
        raise UsageError(f"--as knows {', '.join(EXPORTERS)}, not {', '.join(unknown)}")
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.out, prefix=".company-") as folder:
        truth = _generate(arguments, Path(folder))
        write_as(Path(folder), arguments.systems, out=arguments.out)
        shutil.copy(Path(folder) / _TRUTH, arguments.out / _TRUTH)
    return truth


def _generate(arguments: argparse.Namespace, out: Path) -> dict[str, object]:
    from ingestion.sample_company import generate as write_company

    try:
        truth: dict[str, object] = write_company(
            out,
            customers=arguments.customers,
            months=arguments.months,
            seed=arguments.seed,
            file_format=getattr(arguments, "format", "csv"),
            through=getattr(arguments, "through", None),
        )
    except ValueError as error:  # a size or a date out of range
        raise UsageError(str(error)) from error
    return truth
