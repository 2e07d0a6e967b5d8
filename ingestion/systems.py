"""The systems that can be fetched from, by name."""

from ingestion.fetching.model import ApiSystem
from ingestion.sources.crm import hubspot
from ingestion.sources.survey import typeform

_MODULES: tuple[ApiSystem, ...] = (hubspot, typeform)

SYSTEMS: dict[str, ApiSystem] = {module.SOURCE: module for module in _MODULES}
