"""Looking into an inputs folder: what the sources have in common."""

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

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
    """
    for root, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if is_visible(name))
        for name in sorted(names):
            if is_visible(name):
                yield PurePosixPath(Path(root, name).relative_to(folder).as_posix())


def is_visible(name: str) -> bool:
    return not name.startswith((".", "_"))


def split_format(name: str) -> tuple[str, str | None]:
    """The stem of a file name in lower case and the suffix by which it is read, if any."""
    lowered = name.lower()
    for suffix in sorted(FORMATS, key=len, reverse=True):
        if lowered.endswith(suffix):
            return lowered.removesuffix(suffix), suffix
    return PurePosixPath(lowered).stem, None


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
