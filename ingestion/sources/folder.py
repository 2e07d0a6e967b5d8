"""Looking into an inputs folder: what the sources have in common."""

import difflib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from ingestion.errors import IngestionError
from ingestion.model import Packing

# Suffix of a file name -> how it is read.
FORMATS = {
    ".csv": "csv",
    ".csv.gz": "csv",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".parquet": "parquet",
}
FORMAT_NAMES = ", ".join(FORMATS)
LINK_OUT = (
    "a link that leads out of the inputs folder; put a copy in its place, or give the folder that "
    "it leads to with --inputs"
)
_NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"


def files_below(folder: Path, *, notes: list[str]) -> Iterator[PurePosixPath]:
    """Files at any depth, relative to the folder, in a fixed order; hidden and `_` ones left out.

    Names that begin with `_` are the marks that other tools leave (`_SUCCESS`, `_delta_log/`).
    What is no file, such as a pipe, is left out with a note. A link that leads out of the folder
    is given as it stands, also one to a folder: see `leads_out`.
    Raises IngestionError where a folder cannot be listed.
    """
    seen: set[str] = set()
    for root, folders, names in os.walk(folder, onerror=_cannot_list, followlinks=True):
        # A link to a folder above would be walked for ever.
        if (real := os.path.realpath(root)) in seen:
            folders.clear()
            continue
        seen.add(real)
        links_out = {name for name in folders if leads_out(Path(root, name), folder)}
        folders[:] = sorted(name for name in folders if is_visible(name) and name not in links_out)
        for name in sorted([*names, *links_out]):
            if not is_visible(name):
                continue
            path = PurePosixPath(Path(root, name).relative_to(folder).as_posix())
            if _is_endless(Path(root, name)):
                notes.append(f"{path} was not read: it is a pipe, a socket or a device, not a file")
            else:
                yield path


def leads_out(path: Path, folder: Path) -> bool:
    """True for a link to what lies outside the folder: nobody has given that to be read."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _is_endless(path: Path) -> bool:
    try:
        mode = path.stat().st_mode
    except OSError:
        return False  # said when it is opened
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _cannot_list(error: OSError) -> None:
    raise IngestionError(
        f"the folder {error.filename} cannot be listed: {error.strerror}"
    ) from error


def is_visible(name: str) -> bool:
    return not name.startswith((".", "_"))


def split_format(name: str) -> tuple[str, str | None]:
    """The stem of a file name in lower case and the suffix by which it is read, if any."""
    lowered = name.lower()
    for suffix in sorted(FORMATS, key=len, reverse=True):
        if lowered.endswith(suffix):
            return lowered.removesuffix(suffix), suffix
    return PurePosixPath(lowered).stem, None


def packing_of(suffix: str) -> Packing:
    """How a file with this suffix is packed."""
    if suffix.endswith(".gz"):
        return "gzip"
    return "zip" if suffix.endswith(".zip") else "plain"


def partitions(path: PurePosixPath) -> dict[str, str | None]:
    """Columns that the folders of a path give: `year=2024/` reads as `year` = '2024'."""
    found: dict[str, str | None] = {}
    for part in path.parts[:-1]:
        name, equals, value = part.partition("=")
        if equals and name:
            found[unquote(name).strip().lower()] = (
                None if value == _NO_PARTITION else unquote(value)
            )
    return found


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """' (did you mean `orders`?)', or '' when nothing is near."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.75)
    return f" (did you mean `{near[0]}`?)" if near else ""
