"""Writes rows as CSV, JSON Lines or Parquet.

Lines are rendered by Arrow, column by column, and never pass through Python row by row: that is
what makes ten million events a matter of seconds. Times end in Z; null is an empty field in CSV
and an absent one in JSON.
"""

from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.sample_company.columns import as_text
from ingestion.sample_company.dirt import Batch

FORMATS = ("csv", "jsonl", "parquet")
_ROWS_AT_ONCE = 500_000


def append(path: Path, batch: Batch) -> None:
    """Appends a batch to a text file, with a header if the file is new."""
    is_csv = path.suffix == ".csv"
    is_new = not path.exists()
    with path.open("ab") as file:
        if is_new and is_csv:
            file.write((",".join(batch.table.column_names) + "\n").encode())
        _write_lines(file, batch, is_csv=is_csv)


def _write_lines(file: BinaryIO, batch: Batch, *, is_csv: bool) -> None:
    """The rows, and after the last row of each day the odd rows of that day."""
    render = csv_lines if is_csv else json_lines
    odd = render(batch.odd)
    odd_lines = [
        line.rstrip("\n") + ",surplus,fields\n" if is_broken else line
        for line, is_broken in zip(odd.to_pylist(), batch.is_malformed.tolist(), strict=True)
    ]
    places = np.searchsorted(batch.day, batch.odd_day, side="right")
    written = 0
    for first in range(0, max(batch.table.num_rows, 1), _ROWS_AT_ONCE):
        piece = batch.table.slice(first, _ROWS_AT_ONCE)
        end = first + piece.num_rows
        lines = render(piece)
        is_last = end >= batch.table.num_rows
        until = len(places) if is_last else int(np.searchsorted(places, end, side="left"))
        _interleave(file, lines, places[written:until] - first, odd_lines[written:until])
        written = until


def _interleave(
    file: BinaryIO, lines: pa.Array, places: npt.NDArray[np.intp], others: list[str]
) -> None:
    offsets = np.frombuffer(lines.buffers()[1], np.int32)[: len(lines) + 1] if len(lines) else [0]
    data = memoryview(lines.buffers()[2] or b"") if len(lines) else memoryview(b"")
    start = 0
    for place, other in zip(places.tolist(), others, strict=True):
        file.write(data[offsets[start] : offsets[place]])
        file.write(other.encode())
        start = place
    file.write(data[offsets[start] : offsets[len(lines)]])


def csv_lines(table: pa.Table) -> pa.Array:
    """One string per row, with its line end; fields are quoted where RFC 4180 asks for it."""
    fields = [_rendered(column, _quoted) for column in table.combine_chunks().columns]
    joined = pc.binary_join_element_wise(*fields, ",", null_handling="replace", null_replacement="")
    return _one_array(pc.binary_join_element_wise(joined, "", "\n"))


def json_lines(table: pa.Table) -> pa.Array:
    """One JSON object per row, with its line end."""
    members = []
    for name, column in zip(table.column_names, table.combine_chunks().columns, strict=True):
        mark = '"' if _is_text(column.type) else ""
        value = _rendered(column, _escaped)
        members.append(pc.binary_join_element_wise(f'"{name}":{mark}', value, mark, ""))
    joined = pc.binary_join_element_wise(*members, ",", null_handling="skip")
    return _one_array(pc.binary_join_element_wise("{", joined, "}\n", ""))


def _one_array(lines: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(lines, pa.ChunkedArray):
        lines = lines.combine_chunks() if lines.num_chunks != 1 else lines.chunk(0)
    return pa.array([], pa.string()) if len(lines) == 0 else lines


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_dictionary(kind) or pa.types.is_timestamp(kind)
    )


def _rendered(column: pa.ChunkedArray, mark: object) -> pa.Array:
    """A column as text; of repeated texts each is marked up once."""
    values = _one_chunk(column)
    if isinstance(values, pa.DictionaryArray):
        if len(values.dictionary) > len(values):
            return mark(values.dictionary_decode())  # type: ignore[operator]
        marked = mark(values.dictionary)  # type: ignore[operator]
        return pa.DictionaryArray.from_arrays(values.indices, marked).dictionary_decode()
    if pa.types.is_timestamp(values.type):
        text = values.cast(pa.timestamp("s")).cast(pa.string())
        return pc.binary_join_element_wise(text, "Z", "")
    if pa.types.is_string(values.type):
        return mark(values)  # type: ignore[operator]
    return values.cast(pa.string())


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _quoted(texts: pa.Array) -> pa.Array:
    needs = pc.fill_null(pc.match_substring_regex(texts, '[",\n\r]'), False)
    if not pc.any(needs, min_count=0).as_py():
        return texts
    doubled = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), texts)


def _escaped(texts: pa.Array) -> pa.Array:
    for plain, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r")):
        texts = pc.replace_substring(texts, plain, escape)
    return texts


def append_parquet(writer: pq.ParquetWriter, batch: Batch) -> None:
    """Appends a batch to a Parquet file, as one row group or a few."""
    schema = writer.schema
    typed = pa.table({name: as_text(_one_chunk(batch.table[name])) for name in schema.names})
    odd = pa.table({name: batch.odd[name].cast(schema.field(name).type) for name in schema.names})
    order = np.argsort(np.concatenate([batch.day, batch.odd_day]), kind="stable")
    rows = pa.concat_tables([typed, odd]).combine_chunks().take(pa.array(order))
    writer.write_table(rows)


def parquet_schema(table: pa.Table) -> pa.Schema:
    """The types of a table as they are stored: texts plain, not coded."""
    return pa.schema(
        (field.name, pa.string() if pa.types.is_dictionary(field.type) else field.type)
        for field in table.schema
    )
