"""The README keeps its word: its commands run, and what it and the docs name exists.

Blocks marked ```bash are run in their order, in one shell, in a copy of the project, as a reader
would. A block that holds a line `# not run in tests: reason` is left out; one that holds
`# long: reason` is run by `make test-long` only.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from dagster_project.settings import Settings
from ingestion.systems import SYSTEMS

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = ("README.md", *sorted(f"docs/{path.name}" for path in (REPOSITORY / "docs").glob("*.md")))
# What a clone has not got, or must not share.
NOT_COPIED = (".git", ".venv", ".cx", "__pycache__", "*.egg-info", ".*_cache", "target", "logs")
# Enough people for every number that the README prints, and no more than a test can wait for.
SMALL_DEMO = "--customers 300 --months 6"


def text_of(page: str) -> str:
    return (REPOSITORY / page).read_text(encoding="utf-8")


def blocks() -> list[str]:
    """The README's shell blocks, without those that are visibly left out."""
    found = re.findall(r"(?ms)^```bash\n(.*?)^```$", text_of("README.md"))
    return [block for block in found if "# not run in tests:" not in block]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the project as a newcomer gets it, with the installed packages lent to it."""
    folder = tmp_path / "cx-metrics-warehouse"
    shutil.copytree(REPOSITORY, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    (folder / ".venv").mkdir()
    for part in (REPOSITORY / ".venv").iterdir():
        (folder / ".venv" / part.name).symlink_to(part)
    # Newer than the lock file: `make setup` has nothing to do to the lent packages.
    (folder / ".venv" / ".installed").unlink()
    (folder / ".venv" / ".installed").touch()
    return folder


def run(clone: Path, commands: list[str]) -> None:
    """Run blocks one after the other in one shell; the first command that fails ends them."""
    script = "\n".join(commands)
    # A `make test ARGS=...` that runs these tests must not speak to the make within them.
    mine = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=clone,
        # The copy's packages are to be found before the installed project's.
        env={**mine, "PYTHONPATH": str(clone), "ARGS": SMALL_DEMO},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, f"{script}\n{ended.stdout[-4000:]}\n{ended.stderr[-4000:]}"


def test_the_commands_of_the_readme_run(clone: Path) -> None:
    commands = [block for block in blocks() if "# long:" not in block]
    assert any("make demo" in block for block in commands)
    run(clone, commands)
    # In the copy, and not in the home of whoever runs the tests.
    assert (clone / ".cx" / "site" / "index.html").is_file()


@pytest.mark.long
def test_all_commands_of_the_readme_run(clone: Path) -> None:
    run(clone, blocks())


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Links to files, and to headings within the page."""
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"(?m)^#+ (.+)$", text_of(page))
    }
    for target in re.findall(r"\]\(([^)\s]+)\)", text_of(page)):
        if target.startswith("#"):
            assert target[1:] in anchors, f"{page}: no heading {target}"
        elif "://" not in target:
            path, _, _ = target.partition("#")
            assert (REPOSITORY / page).parent.joinpath(path).exists(), f"{page}: {target}"


@pytest.mark.parametrize("page", PAGES)
def test_named_paths_exist(page: str) -> None:
    """Words in back-quotes with a slash, and names of what lies at the top, are in the project."""
    top = {path.name for path in REPOSITORY.iterdir()}
    named = {
        word.rstrip("/,;:").partition("::")[0]  # a test of pytest is named after its file
        for quoted in re.findall(r"`([^`\n]+)`", text_of(page))
        for word in quoted.split()
        if "/" in word or word in top
    }
    # `.cx/` is made by a refresh, `.dlt/` by its owner; `<name>` stands for many, and a path of the
    # reader's is his, as is an address.
    named = {
        word
        for word in named
        if not word.startswith((".cx/", ".dlt/", ".venv/", "/"))
        and "<" not in word
        and "://" not in word
    }
    assert [word for word in sorted(named) if not any(REPOSITORY.glob(word))] == [], page


@pytest.mark.parametrize("page", PAGES)
def test_named_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"(?m)^([a-z-]+):", text_of("Makefile")))
    named = set(re.findall(r"(?m)(?:`|^)make ([a-z-]+)", text_of(page)))
    assert named <= targets, page


@pytest.mark.parametrize("page", PAGES)
def test_named_commands_and_options_exist(page: str) -> None:
    """`cx refresh --inputs DIR` in back-quotes or in a code block: the command, and each option."""
    calls = re.findall(r"(?:`|^|/)cx ([a-z]+)([^`\n]*)", text_of(page), flags=re.MULTILINE)
    for command, arguments in calls:
        known = help_of(command)
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", arguments):
            assert option in known, f"{page}: cx {command} {option}"


@cache
def help_of(*command: str) -> str:
    call = [sys.executable, "-m", "dagster_project.cli", *command, "--help"]
    ended = subprocess.run(call, cwd=REPOSITORY, capture_output=True, text=True)
    assert ended.returncode == 0, f"cx {command}: {ended.stderr}"
    return ended.stdout


def test_every_command_stands_in_the_readme() -> None:
    commands = re.findall(r"(?m)^    ([a-z]+) +[a-z]", help_of())
    assert commands
    missing = [name for name in commands if f"`cx {name}" not in text_of("README.md")]
    assert missing == []


def test_every_setting_stands_in_the_readme() -> None:
    names = [
        field.name for field in fields(Settings) if field.name not in ("inputs", "sources")
    ] + ["hash_key"]
    missing = [name for name in names if f"`CX_{name.upper()}`" not in text_of("README.md")]
    assert missing == []


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_system_has_its_line_with_its_secrets(name: str) -> None:
    [line] = re.findall(rf"(?m)^\| `{name}` \|.*$", text_of("docs/systems.md"))
    assert re.search(name, text_of("README.md"), re.IGNORECASE)
    for secret in SYSTEMS[name].SECRETS:
        assert f"`{secret.name.upper()}`" in line
