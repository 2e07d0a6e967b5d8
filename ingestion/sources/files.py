"""The built-in `files` source: files that already bear the names of the input contract."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from ingestion.contract import Entity
from ingestion.model import Found, InputFile, Table
from ingestion.sources.folder import (
    FORMAT_NAMES,
    FORMATS,
    did_you_mean,
    files_below,
    leads_out,
    packing_of,
    partitions,
    split_format,
)

SOURCE = "files"
SCHEMA = "raw_files"
REFERENCE = "reference"
EXPECTED = (
    f"files: at least one `<entity>` file ({FORMAT_NAMES}), a folder `<entity>/` of such files, or "
    "`reference/<name>.csv`; entities: {entities}"
)
# Written beside the data by `cx generate` and by people; nothing to warn about.
_COMPANIONS = ("truth.json", "readme", "license")


def tables(contract: Mapping[str, Entity]) -> dict[str, Table]:
    """One raw table per entity."""
    return {
        entity.name: Table(SCHEMA, entity.name, entity.column_names, entity.required)
        for entity in contract.values()
    }


def matches(folder: Path, *, entities: Mapping[str, Table]) -> bool:
    """True when the folder holds a file or folder of a known entity, or reference data."""
    for entry in folder.iterdir():
        name = entry.name.lower() if entry.is_dir() else split_format(entry.name)[0]
        if name in entities or (name == REFERENCE and entry.is_dir()):
            return True
    return False


def find(folder: Path, *, entities: Mapping[str, Table]) -> Found:
    """The files of each entity; everything else becomes a warning."""
    files: list[InputFile] = []
    warnings: list[str] = []
    for path in files_below(folder, notes=warnings):
        top = path.parts[0].lower()
        if top == REFERENCE and len(path.parts) > 1:
            continue
        stem, suffix = split_format(path.name)
        entity = entities.get(top if len(path.parts) > 1 else stem)
        if entity is not None and (suffix is not None or leads_out(folder / path, folder)):
            files.append(_input_file(folder, path, entity, suffix))
        elif not path.name.lower().startswith(_COMPANIONS):
            warnings.append(_warning(path, entities=entities))
    return Found(SOURCE, tuple(files), tuple(warnings))


def _input_file(folder: Path, path: PurePosixPath, table: Table, suffix: str | None) -> InputFile:
    return InputFile(
        table=table,
        folder=folder,
        name=str(path),
        # A link to a folder elsewhere has no suffix; it is refused before anybody reads it.
        format=FORMATS[suffix] if suffix else "csv",
        packing=packing_of(suffix or ""),
        constants=partitions(path),
    )


def _warning(path: PurePosixPath, *, entities: Mapping[str, Table]) -> str:
    name = path.parts[0].lower() if len(path.parts) > 1 else split_format(path.name)[0]
    if name in entities:
        return f"{path} was not read: not a format that is read ({FORMAT_NAMES})"
    return f"{path} was not read: `{name}` is no entity{did_you_mean(name, entities)}"
