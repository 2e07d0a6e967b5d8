"""Looking into an inputs folder: what the sources have in common."""

import difflib
import os
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
_NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"


def files_below(folder: Path) -> Iterator[PurePosixPath]:
    """Files at any depth, relative to the folder, in a fixed order; hidden and `_` ones left out.

    Names that begin with `_` are the marks that other tools leave (`_SUCCESS`, `_delta_log/`).
    Raises IngestionError where a folder cannot be listed.
    """
    seen: set[str] = set()
    for root, folders, names in os.walk(folder, onerror=_cannot_list, followlinks=True):
        # A link to a folder above would be walked for ever.
        if (real := os.path.realpath(root)) in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if is_visible(name))
        for name in sorted(names):
            if is_visible(name):
                yield PurePosixPath(Path(root, name).relative_to(folder).as_posix())


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
