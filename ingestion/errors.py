"""What ingestion can complain about. Each message says what, where and what to do."""


class IngestionError(Exception):
    """Base of the errors below: nothing was loaded, nothing loaded earlier has changed."""


class UnrecognisedLayout(IngestionError):
    """An inputs folder is missing or holds nothing that a source could read."""


class RawLocked(IngestionError):
    """Another process, or another part of this one, has raw.duckdb open."""


class HashKeyChanged(IngestionError):
    """raw.duckdb was made with another hash key; its customer keys would not be found again."""


class Refused(Exception):
    """One file cannot be read, so its entity is refused in this load. Caught by the pipeline."""
