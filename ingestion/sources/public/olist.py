"""The `olist` source: the CSV files of the Brazilian marketplace Olist, as they are published."""

from pathlib import Path

from ingestion.errors import UnrecognisedLayout
from ingestion.model import Found, InputFile, Table
from ingestion.sources.folder import files_below, packing_of, split_format

SOURCE = "olist"
SCHEMA = "raw_olist"

_COLUMNS = {
    "orders": (
        "order_id customer_id order_status order_purchase_timestamp order_approved_at "
        "order_delivered_carrier_date order_delivered_customer_date order_estimated_delivery_date"
    ),
    "customers": (
        "customer_id customer_unique_id customer_zip_code_prefix customer_city customer_state"
    ),
    "order_items": (
        "order_id order_item_id product_id seller_id shipping_limit_date price freight_value"
    ),
    "order_payments": (
        "order_id payment_sequential payment_type payment_installments payment_value"
    ),
    "order_reviews": (
        "review_id order_id review_score review_comment_title review_comment_message "
        "review_creation_date review_answer_timestamp"
    ),
    # `lenght` is the publisher's spelling.
    "products": (
        "product_id product_category_name product_name_lenght product_description_lenght "
        "product_photos_qty product_weight_g product_length_cm product_height_cm product_width_cm"
    ),
    "sellers": "seller_id seller_zip_code_prefix seller_city seller_state",
    "marketing_qualified_leads": "mql_id first_contact_date landing_page_id origin",
    "closed_deals": (
        "mql_id seller_id sdr_id sr_id won_date business_segment lead_type "
        "lead_behaviour_profile business_type"
    ),
    "product_category_name_translation": "product_category_name product_category_name_english",
}
# The later publication of closed deals has these too.
_OPTIONAL = {
    "closed_deals": (
        "has_company has_gtin average_stock declared_product_catalog_size declared_monthly_revenue"
    )
}
# Without these two there is nothing to measure; the others may be absent.
REQUIRED_FILES = ("olist_orders_dataset.csv", "olist_customers_dataset.csv")
EXPECTED = f"olist: {' and '.join(REQUIRED_FILES)}, with the other olist_*_dataset.csv beside them"
_NOT_USED = "geolocation"


def tables() -> dict[str, Table]:
    """One raw table per published file."""
    return {
        name: Table(
            SCHEMA,
            name,
            tuple(f"{columns} {_OPTIONAL.get(name, '')}".split()),
            frozenset(columns.split()),
        )
        for name, columns in _COLUMNS.items()
    }


def matches(folder: Path) -> bool:
    """True when the folder holds a file of Olist's. Raises UnrecognisedLayout without the two that
    the others are about."""
    names = [entry.name for entry in folder.iterdir()]
    if not any(_table_name(name) in _COLUMNS and _is_olist(name) for name in names):
        return False
    present = {_table_name(name) for name in names}
    missing = [name for name in REQUIRED_FILES if _table_name(name) not in present]
    if missing:
        raise UnrecognisedLayout(
            f"{folder} looks like {SOURCE}'s files but lacks {', '.join(missing)}"
        )
    return True


def _is_olist(name: str) -> bool:
    return name.lower().startswith("olist_")


def _table_name(name: str) -> str:
    stem, _ = split_format(name)
    return stem.removeprefix("olist_").removesuffix("_dataset")


def find(folder: Path) -> Found:
    """The files of each table; others become warnings."""
    known = tables()
    files: list[InputFile] = []
    warnings: list[str] = []
    for path in files_below(folder, notes=warnings):
        if path.parts[0].lower() == "reference" or path.suffix.lower() in (".md", ".txt"):
            continue
        stem, suffix = split_format(path.name)
        name = _table_name(path.name)
        if name in known and suffix in (".csv", ".csv.gz") and len(path.parts) == 1:
            files.append(InputFile(known[name], folder, str(path), "csv", packing_of(suffix)))
        elif name != _NOT_USED:
            warnings.append(f"{path} was not read: `{stem}` is no file of Olist's")
    return Found(SOURCE, tuple(files), tuple(warnings))
