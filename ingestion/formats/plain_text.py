"""Text files before DuckDB sees them: unpacked where packed, hashed, their line ends counted.

The counts are what lets ingestion prove that DuckDB's reader lost no line (see csv_files.py).
"""

import codecs
import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

from ingestion.errors import Refused
from ingestion.model import InputFile, Packing

# The longest record that DuckDB's reader takes; its default.
MAX_LINE_BYTES = 2_000_000
_CHUNK = 1 << 22
_HEAD = 1 << 20
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Fingerprint:
    """What decides whether a file was read before."""

    bytes: int
    sha256: str
    modified_ns: int


@dataclass(frozen=True)
class LineEnds:
    """Line ends of a text: `lines` counts the last line also when nothing ends it."""

    line_feeds: int
    carriage_returns: int
    pairs: int
    ends_open: bool

    @property
    def lines(self) -> int:
        return self.line_feeds + self.ends_open

    @property
    def is_uniform(self) -> bool:
        """Line feeds only, or pairs only: at anything else DuckDB's reader may stop in the middle,
        and its error would end the transaction."""
        returns = self.carriage_returns
        return returns == 0 or returns == self.pairs == self.line_feeds

    @property
    def is_old_mac(self) -> bool:
        return self.line_feeds == 0 and self.carriage_returns > 0


def fingerprint(path: Path) -> Fingerprint:
    before = path.stat()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Fingerprint(before.st_size, digest, before.st_mtime_ns)


@contextmanager
def _opened(path: Path, packing: Packing) -> Iterator[BinaryIO]:
    if packing == "gzip":
        with gzip.open(path, "rb") as unpacked:
            yield cast(BinaryIO, unpacked)
    elif packing == "zip":
        with zipfile.ZipFile(path) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
            if len(names) != 1:
                raise Refused(f"the zip archive must hold one file; it holds {len(names)}")
            with archive.open(names[0]) as member:
                yield cast(BinaryIO, member)
    else:
        with path.open("rb") as file:
            yield file


def chunks(path: Path, packing: Packing = "plain", encoding: str = "utf-8") -> Iterator[bytes]:
    """The bytes of a file, unpacked and as UTF-8. Refuses a damaged gzip file or zip archive."""
    unpacked = _unpacked(path, packing)
    return unpacked if encoding == "utf-8" else _recoded(unpacked, encoding)


def _recoded(parts: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    first = next(parts, b"")
    if encoding == "utf-16" and not first.startswith(_UTF16_MARKS):
        raise Refused(
            "the file is not UTF-16, as mapping.yml says (its first bytes are no byte order mark); "
            "write `encoding: utf-8`"
        )
    try:
        for text in codecs.iterdecode(chain([first], parts), encoding):
            yield text.encode()
    except UnicodeDecodeError as error:
        raise Refused(
            f"the file is not {encoding} throughout, as mapping.yml says; export it again"
        ) from error


def _unpacked(path: Path, packing: Packing) -> Iterator[bytes]:
    try:
        with _opened(path, packing) as file:
            while chunk := file.read(_CHUNK):
                yield chunk
    except (EOFError, gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as error:
        raise Refused(
            f"the {packing} file is damaged or cut off ({error}); copy it again"
        ) from error


def plain(file: InputFile, *, scratch: Path) -> tuple[Path, LineEnds]:
    """The file as DuckDB can read it with all cores, itself or a copy in `scratch`."""
    text = file.path
    if file.packing == "plain" and file.encoding == "utf-8":
        ends = _count(chunks(text), out=None)
    else:
        text = scratch / "plain"
        ends = _unpack(file, to=text)
    if ends.is_old_mac:
        with_feeds = scratch / "line_feeds"
        return with_feeds, _with_line_feeds(text, to=with_feeds)
    return text, ends


def _unpack(file: InputFile, *, to: Path) -> LineEnds:
    with to.open("wb") as out:
        return _count(chunks(file.path, file.packing, file.encoding), out=out)


def _with_line_feeds(path: Path, *, to: Path) -> LineEnds:
    """Writes a text of lone carriage returns (old Mac, some spreadsheets) with line feeds."""
    parts = (part.replace(b"\r", b"\n") for part in chunks(path))
    with to.open("wb") as out:
        return _count(parts, out=out)


def _count(parts: Iterator[bytes], *, out: BinaryIO | None) -> LineEnds:
    line_feeds = carriage_returns = pairs = 0
    last = b""
    for part in parts:
        line_feeds += part.count(b"\n")
        returns = part.count(b"\r")
        if returns:
            carriage_returns += returns
            pairs += part.count(b"\r\n")
        pairs += last == b"\r" and part.startswith(b"\n")
        last = part[-1:]
        if out is not None:
            out.write(part)
    return LineEnds(line_feeds, carriage_returns, pairs, last not in (b"\n", b""))


def read_head(path: Path, packing: Packing = "plain", encoding: str = "utf-8") -> str:
    """The beginning of a text file, decoded, without byte order mark; refuses what is not UTF-8."""
    head = next(chunks(path, packing, encoding), b"")[:_HEAD]
    if not head:
        raise Refused("the file is empty (0 bytes): not even a header; export it again")
    if head.startswith(_UTF16_MARKS):
        raise Refused(
            "line 1: the file is UTF-16; save the file as UTF-8, or say `encoding: utf-16` in "
            "mapping.yml"
        )
    first_line = head.split(b"\n", 1)[0]
    if b"\0" in first_line:
        raise Refused("line 1 holds zero bytes: the file is UTF-16 or not text; save it as UTF-8")
    try:
        first_line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("line 1 is not UTF-8; save the file as UTF-8") from error
    return head.decode("utf-8", errors="replace").removeprefix("\ufeff")


def is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def bounded_lines(text: BinaryIO, *, limit: int) -> Iterator[bytes]:
    """The lines of a text with their ends; of a line longer than `limit` only its beginning."""
    while line := text.readline(limit + 1):
        rest = line
        while len(rest) > limit and not rest.endswith(b"\n"):
            rest = text.readline(limit + 1)
        yield line
