-- Grain: one row per version of a lead or a deal. A lead that became a deal is gone,
-- and the deal goes on. What was archived is put out of sight, neither lost nor
-- withdrawn. A deletion leaves the time of a deal's last change as it was, so it bears
-- none: it replaces whatever was read before it.
with

persons as (
    {{ pipedrive_own_ids('persons', 'person', 'customer_id') }}
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
        persons.own_id as person_id
    from deals_and_leads
    left join persons
        on
            deals_and_leads.source_system = persons.told_by
            and {{ json_text('deals_and_leads.record', 'person_id') }}
            = persons.told_number
)

select {{ contract_row('leads', 'pipedrive', given_or_custom({
    'lead_id': in_record('id'),
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
