-- Grain: one row per contact that was merged into another, as the one that is left
-- tells; both under the company's own id where they have one.
with

own_ids as (
    {{ hubspot_own_ids() }}
),

merged as (
    select
        *,
        {{ first_of([hubspot_property('customer_id'), in_record('id')]) }}
            as contact_id,
        {{ in_record('updatedAt') }} as told_at,
        {{ split_texts(hubspot_property('hs_merged_object_ids'), ';') }} as merged_id
    from {{ source('raw_hubspot', 'contacts') }}
),

numbered as (
    select
        *,
        row_number() over (
            partition by _file_id, _record_number order by merged_id
        ) - 1 as place
    from merged
    where merged_id <> ''
),

named as (
    select
        numbered.*,
        coalesce(own_ids.own_id, numbered.merged_id) as merged_customer_id
    from numbered
    left join own_ids
        on
            numbered.source_system = own_ids.source_system
            and numbered.merged_id = own_ids.contact_id
)

select {{ contract_row('identity_links', 'hubspot', {
    'source_system': 'source_system',
    'left_type': "'customer_id'",
    'left_id': 'contact_id',
    'right_type': "'customer_id'",
    'right_id': 'merged_customer_id',
    'linked_at': 'told_at',
}, row_in_record='place') }}
from named
