"""Arrow columns from NumPy arrays, so that no row is ever a Python object."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.sample_company.timeline import NEVER, Flags, Ints

UTC_SECONDS = pa.timestamp("s", tz="UTC")


def coded(
    codes: npt.NDArray[Any], values: Sequence[str] | pa.Array, present: Flags | None = None
) -> pa.Array:
    """The text `values[code]` of each row; a negative code or an absent row is null."""
    absent = codes < 0 if present is None else (codes < 0) | ~present
    indices = pa.array(codes.astype(np.int32), mask=absent)
    texts = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return pa.DictionaryArray.from_arrays(indices, texts)


def optional(codes: npt.NDArray[Any], values: Sequence[str | None]) -> pa.Array:
    """As `coded`, with null among the values."""
    texts = [value for value in values if value is not None]
    lookup = np.array([-1 if value is None else texts.index(value) for value in values])
    return coded(lookup[codes], texts)


def constant(value: str, count: int) -> pa.Array:
    """The same text in every row."""
    return coded(np.zeros(count, dtype=np.int32), [value])


def ids(prefix: str, numbers: npt.NDArray[Any], present: Flags | None = None) -> pa.Array:
    """Identifiers such as `O1200000017`."""
    absent = None if present is None else ~present
    digits = pa.array(numbers.astype(np.int64), mask=absent).cast(pa.string())
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, "")


def times(moments: Ints, present: Flags | None = None) -> pa.Array:
    """Timestamps with their zone; a moment that never comes is null, and so is a day before it."""
    never = moments >= NEVER // 2
    absent = never if present is None else never | ~present
    return pa.array(np.where(absent, 0, moments), mask=absent).cast(UTC_SECONDS)


def numbers(values: npt.NDArray[Any], present: Flags | None = None) -> pa.Array:
    """Numbers as they are; absent rows are null."""
    return pa.array(values, mask=None if present is None else ~present)


def money(values: npt.NDArray[Any], present: Flags | None = None) -> pa.Array:
    """Amounts with two decimals."""
    return numbers(np.round(values, 2), present)


def either(first: pa.Array, second: pa.Array) -> pa.Array:
    """The first text, or the second where there is no first."""
    return pc.coalesce(as_text(first), as_text(second))


def where_present(values: pa.Array, present: Flags) -> pa.Array:
    """The texts where present, null elsewhere."""
    return pc.if_else(pa.array(present), as_text(values), pa.scalar(None, pa.string()))


def as_text(values: pa.Array) -> pa.Array:
    """A dictionary column as plain text."""
    is_coded = isinstance(values, pa.DictionaryArray)
    return values.dictionary_decode() if is_coded else values


def table(columns: dict[str, pa.Array]) -> pa.Table:
    """A table of plain columns, which can be joined to others of the same entity."""
    return pa.table({name: as_text(values) for name, values in columns.items()})
