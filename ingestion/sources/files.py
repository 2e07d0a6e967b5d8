"""The built-in `files` source: files that already bear the names of the input contract, and those
whose names a mapping.yml beside them translates."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ingestion.contract import Entity
from ingestion.model import Found, InputFile, Table
from ingestion.sources import mapping
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
    "`reference/<name>.csv`; or a `mapping.yml` that says which file is which; entities: {entities}"
)
_ARCHIVE = ".zip"
# Written beside the data by `cx generate` and by people; nothing to warn about.
_COMPANIONS = ("truth.json", "readme", "license")


def tables(contract: Mapping[str, Entity]) -> dict[str, Table]:
    """One raw table per entity."""
    return {
        entity.name: Table(
            SCHEMA, entity.name, entity.column_names, entity.required, times=entity.times
        )
        for entity in contract.values()
    }


def matches(folder: Path, *, entities: Mapping[str, Table]) -> bool:
    """True when the folder holds a file or folder of a known entity, reference data, or says
    itself which files hold one. Raises UnrecognisedLayout for a mapping.yml that is at fault."""
    if mapping.is_there(folder):
        mapping.read(folder, entities=entities)
        return True
    for entry in folder.iterdir():
        name = entry.name.lower() if entry.is_dir() else split_format(entry.name)[0]
        if name in entities or (name == REFERENCE and entry.is_dir()):
            return True
    return False


def find(folder: Path, *, entities: Mapping[str, Table]) -> Found:
    """The files of each entity; everything else becomes a warning."""
    files: list[InputFile] = []
    warnings: list[str] = []
    claims = mapping.read(folder, entities=entities)
    for path in files_below(folder, notes=warnings):
        top = path.parts[0].lower()
        if (top == REFERENCE and len(path.parts) > 1) or str(path) == mapping.NAME:
            continue
        group = claims.groups.get(str(path))
        stem, suffix = _split_format(path.name, is_mapped=group is not None)
        table = group.table if group else entities.get(top if len(path.parts) > 1 else stem)
        if table is not None and (suffix is not None or leads_out(folder / path, folder)):
            file = _input_file(folder, path, table, suffix)
            files.append(replace(file, mapping=group.mapping) if group else file)
        elif table is not None:
            warnings.append(f"{path} was not read: not a format that is read ({FORMAT_NAMES})")
        elif not path.name.lower().startswith(_COMPANIONS):
            warnings.append(_unknown(path, entities=entities))
    warnings.extend(f"{group.mapping.entry} matches no file" for group in claims.idle)
    return Found(SOURCE, tuple(files), tuple(warnings))


def _split_format(name: str, *, is_mapped: bool) -> tuple[str, str | None]:
    """The suffix by which a file is read; forms are downloaded as an archive of one CSV."""
    if is_mapped and name.lower().endswith(_ARCHIVE):
        return name.lower().removesuffix(_ARCHIVE), _ARCHIVE
    return split_format(name)


def _input_file(folder: Path, path: PurePosixPath, table: Table, suffix: str | None) -> InputFile:
    return InputFile(
        table=table,
        folder=folder,
        name=str(path),
        # A link to a folder elsewhere has no suffix; it is refused before anybody reads it.
        format=FORMATS.get(suffix or "", "csv"),
        packing=packing_of(suffix or ""),
        constants=partitions(path),
    )


def _unknown(path: PurePosixPath, *, entities: Mapping[str, Table]) -> str:
    name = path.parts[0].lower() if len(path.parts) > 1 else split_format(path.name)[0]
    return f"{path} was not read: `{name}` is no entity{did_you_mean(name, entities)}"
