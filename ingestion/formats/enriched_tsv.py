"""Snowplow's enriched events as its stream writes them into a raw table: one event a line.

131 values between tabs, without a header and without quotes: the enrichment leaves no tab and no
line end within a value. Nothing is an empty value.
"""

from pathlib import Path

import duckdb

from ingestion.errors import Refused
from ingestion.formats import text_lines
from ingestion.formats.faults import NOT_ENRICHED
from ingestion.formats.projection import Projection, insert_statement
from ingestion.model import FileCount, InputFile, Reading
from ingestion.sql import literal

# The places of the values; the names are those of the warehouse's table (atomic.events).
_NAMES = (
    "app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id "
    "name_tracker v_tracker v_collector v_etl user_id user_ipaddress user_fingerprint "
    "domain_userid domain_sessionidx network_userid geo_country geo_region geo_city "
    "geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp ip_organization ip_domain "
    "ip_netspeed page_url page_title page_referrer page_urlscheme page_urlhost page_urlport "
    "page_urlpath page_urlquery page_urlfragment refr_urlscheme refr_urlhost refr_urlport "
    "refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source refr_term mkt_medium "
    "mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action se_label "
    "se_property se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax "
    "tr_shipping tr_city tr_state tr_country ti_orderid ti_sku ti_name ti_category ti_price "
    "ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent "
    "br_name br_family br_version br_type br_renderengine br_lang br_features_pdf "
    "br_features_flash br_features_java br_features_director br_features_quicktime "
    "br_features_realplayer br_features_windowsmedia br_features_gears "
    "br_features_silverlight br_cookies br_colordepth br_viewwidth br_viewheight os_name "
    "os_family os_manufacturer os_timezone dvce_type dvce_ismobile dvce_screenwidth "
    "dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base tr_tax_base "
    "tr_shipping_base ti_currency ti_price_base base_currency geo_timezone mkt_clickid "
    "mkt_network etl_tags dvce_sent_tstamp refr_domain_userid refr_dvce_tstamp "
    "derived_contexts domain_sessionid derived_tstamp event_vendor event_name event_format "
    "event_version event_fingerprint true_tstamp"
)
COLUMNS = tuple(_NAMES.split())
_IS_EVENT = f"len(line) - len(replace(line, chr(9), '')) = {len(COLUMNS) - 1}"


def is_event(line: str) -> bool:
    """Whether a line has as many values as an enriched event."""
    return line.count("\t") == len(COLUMNS) - 1


def load(
    con: duckdb.DuckDBPyConnection, file: InputFile, *, reading: Reading, scratch: Path
) -> FileCount:
    """Reads one file into its raw table; `scratch` is a folder for a plain or cleaned copy.

    An empty file is one of no events: the stream is cut by the clock.
    """
    lines = text_lines.read(
        con, file, reading=reading, scratch=scratch, is_record=_IS_EVENT, fault=_fault
    )
    if lines.written and not lines.records:
        raise Refused(f"no line is an enriched event of {len(COLUMNS)} values between tabs")
    broken = text_lines.reject(
        con, lines, reading=reading, is_record=_IS_EVENT, error=literal(NOT_ENRICHED)
    )
    source_of_rows = f"""(
        select number, string_split(line, chr(9)) as event
        from {lines.numbered}
        where {_IS_EVENT}
    )"""
    values = {name: f"nullif(event[{place}], '')" for place, name in enumerate(COLUMNS, start=1)}
    projection = Projection(values, "null", ())
    con.execute(insert_statement(reading, projection, number="number", source=source_of_rows))
    return FileCount(lines.records, lines.rejected + broken)


def _fault(line: bytes) -> str | None:
    """The enrichment leaves no control character but the tabs."""
    has_lone_return = b"\r" in line.rstrip(b"\r\n")
    return NOT_ENRICHED if has_lone_return or text_lines.DELIMITER in line else None
