"""Reference data that a folder of any source may bring along: `reference/<name>.csv`."""

from collections.abc import Mapping
from pathlib import Path

from ingestion.errors import UnrecognisedLayout
from ingestion.model import REFERENCE_SCHEMA, Found, InputFile, Table
from ingestion.sources.files import REFERENCE, SOURCE
from ingestion.sources.folder import LINK_OUT, did_you_mean, files_below, leads_out, split_format


def tables(reference: Mapping[str, tuple[str, ...]]) -> dict[str, Table]:
    """One table per seed. A file needs the seed's first column; the others may be left out."""
    return {
        name: Table(REFERENCE_SCHEMA, name, columns, frozenset(columns[:1]))
        for name, columns in reference.items()
    }


def find(folder: Path, *, known: Mapping[str, Table]) -> Found:
    """The reference files of an inputs folder."""
    files: list[InputFile] = []
    warnings: list[str] = []
    for entry in sorted(folder.iterdir()):
        if entry.name.lower() != REFERENCE or not entry.is_dir():
            continue
        if leads_out(entry, folder):
            # Which tables it brings is not known, so none can be refused and kept as it was.
            raise UnrecognisedLayout(f"{entry} is {LINK_OUT}")
        for path in files_below(entry, notes=warnings):
            stem, suffix = split_format(path.name)
            name = f"{entry.name}/{path}"
            if stem in known and suffix == ".csv" and len(path.parts) == 1:
                files.append(InputFile(known[stem], folder, name, "csv"))
            else:
                hint = did_you_mean(stem, known)
                warnings.append(f"{name} was not read: no reference table has that name{hint}")
    return Found(SOURCE, tuple(files), tuple(warnings))
