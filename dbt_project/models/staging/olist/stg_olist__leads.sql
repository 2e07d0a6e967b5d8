-- Grain: one row per lead. Leads are sellers, not buyers: they name no customer, so
-- that nobody counts them as one.
with

leads as (
    select * from {{ source('raw_olist', 'marketing_qualified_leads') }}
),

deals as (
    select * from {{ newest_rows(source('raw_olist', 'closed_deals'), 'mql_id') }}
),

renamed as (
    select
        leads._load_id,
        leads._file_id,
        leads._record_number,
        leads.mql_id as lead_id,
        leads.first_contact_date as created_at,
        leads.origin,
        leads.landing_page_id as landing_page,
        {{ iso_of_month_day_year('deals.won_date') }} as won_at,
        deals.sr_id as owner_employee_id
    from leads
    left join deals on leads.mql_id = deals.mql_id
)

select {{ contract_row('leads', 'olist', given=[
    'lead_id', 'created_at', 'origin', 'landing_page', 'won_at', 'owner_employee_id',
]) }}
from renamed
