"""Counts the records of a CSV text by its quotes alone, without DuckDB's reader."""

from pathlib import Path

import numpy as np

from ingestion.formats.plain_text import chunks

_QUOTE, _FEED, _RETURN = ord('"'), ord("\n"), ord("\r")


def count_logical_lines(path: Path, *, count_blank: bool) -> int | None:
    """Lines that end outside of quoted values, the header included; None if quotes do not pair up.

    Holds where quotes stand as RFC 4180 has them; another text gives another count than the reader
    found, and is then repaired. `count_blank`: a blank line is a record where there is one column.
    """
    lines, offset, last_end, last_byte = 0, 0, -1, 0
    is_inside = np.uint8(0)
    for part in chunks(path):
        data = np.frombuffer(part, dtype=np.uint8)
        inside = np.bitwise_xor.accumulate((data == _QUOTE).view(np.uint8)) ^ is_inside
        ends = np.flatnonzero((data == _FEED) & (inside == 0))
        if ends.size:
            before = np.where(ends > 0, data[ends - 1], last_byte)
            lengths = np.diff(ends + offset, prepend=last_end)
            blank = (lengths == 1) | ((lengths == 2) & (before == _RETURN))
            lines += int(ends.size) - (0 if count_blank else int(blank.sum()))
            last_end = offset + int(ends[-1])
        is_inside, last_byte, offset = inside[-1], int(data[-1]), offset + len(part)
    if is_inside:
        return None
    return lines + (offset - 1 > last_end)
