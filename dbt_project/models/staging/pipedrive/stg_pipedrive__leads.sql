-- Grain: one row per version of a lead or a deal. A lead that became a deal is gone,
-- and the deal goes on, under the company's own id of the lead if it took that over.
-- What was archived is put out of sight, neither lost nor withdrawn. A deletion leaves
-- the time of a deal's last change as it was, so it bears none: it replaces whatever
-- was read before it.
with

persons as (
    {{ pipedrive_own_ids('persons', 'person', 'customer_id') }}
),

deals_told as (
    select * from {{ source('raw_pipedrive', 'deals') }}
    union all
    select * from {{ source('raw_pipedrive', 'archived_deals') }}
),

ids_of_deals as (
    select
        source_system as told_by,
        {{ in_record('named.lead_id') }} as own_id
    from deals_told
    group by source_system, own_id
),

-- What is told of a lead that is gone does not say which own id it had.
leads_told as (
    select
        *,
        {{ in_record('id') }} as own_number
    from {{ source('raw_pipedrive', 'leads') }}
    where coalesce({{ in_record('is_deleted') }}, 'false') <> 'true'
),

ids_of_leads as (
    select
        newest.source_system as told_by,
        newest.own_number as told_number,
        {{ json_text_at('newest.record', ['named', 'lead_id']) }} as own_id
    from {{ newest_rows('leads_told', 'source_system, own_number') }}
),

ids_that_ended as (
    select ids_of_leads.*
    from ids_of_leads
    left join ids_of_deals
        on
            ids_of_leads.told_by = ids_of_deals.told_by
            and ids_of_leads.own_id = ids_of_deals.own_id
    where ids_of_deals.own_id is null
),

deals_and_leads as (
    {%- for table in ['deals', 'archived_deals', 'leads'] %}
    select
        *,
        {{ in_record('update_time') }} as changed_at,
        {{ in_record('is_deleted') }} as is_gone
    from {{ source('raw_pipedrive', table) }}
    union all
    {%- endfor %}
    select
        *,
        cast(null as varchar) as changed_at,
        'true' as is_gone
    from {{ source('raw_pipedrive', 'deleted_deals') }}
),

with_person as (
    select
        deals_and_leads.*,
        persons.own_id as person_id,
        ids_that_ended.own_id as ended_id
    from deals_and_leads
    left join persons
        on
            deals_and_leads.source_system = persons.told_by
            and {{ json_text('deals_and_leads.record', 'person_id') }}
            = persons.told_number
    left join ids_that_ended
        on
            deals_and_leads.source_system = ids_that_ended.told_by
            and {{ json_text('deals_and_leads.record', 'id') }}
            = ids_that_ended.told_number
            and deals_and_leads.is_gone = 'true'
)

select {{ contract_row('leads', 'pipedrive', given_or_custom({
    'lead_id': first_of(['ended_id', in_record('id')]),
    'source_system': 'source_system',
    'customer_id': first_of(['person_id', in_record('person_id')]),
    'created_at': in_record('add_time'),
    'updated_at': 'changed_at',
    'won_at': pipedrive_if_ended('won', 'won_time'),
    'lost_at': pipedrive_if_ended('lost', 'lost_time'),
    'lost_reason': pipedrive_if_ended('lost', 'lost_reason'),
    'owner_employee_id': in_record('owner_id'),
    'is_deleted': 'is_gone',
}, 'named'), custom=['named']) }}
from with_person
