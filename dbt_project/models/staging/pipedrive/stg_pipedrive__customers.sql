-- Grain: one row per version of a person. One that was deleted, or merged into another
-- one, is withdrawn.
with

persons as (
    {{ pipedrive_records('persons', 'person') }}
),

organizations as (
    {{ pipedrive_own_ids('organizations', 'organization', 'account_id') }}
),

persons_with_account as (
    select
        persons.*,
        organizations.own_id as organization_id
    from persons
    left join organizations
        on
            persons.source_system = organizations.told_by
            and {{ json_text('persons.record', 'org_id') }} = organizations.told_number
)

select {{ contract_row('customers', 'pipedrive', given_or_custom({
    'customer_id': 'own_number',
    'source_system': 'source_system',
    'email': pipedrive_main('emails'),
    'phone': pipedrive_main('phones'),
    'account_id': first_of(['organization_id', in_record('org_id')]),
    'created_at': in_record('add_time'),
    'updated_at': 'changed_at',
    'country': in_record('postal_address.country'),
    'region': in_record('postal_address.admin_area_level_1'),
    'city': in_record('postal_address.locality'),
    'birth_year': 'left(' ~ in_record('birthday') ~ ', 4)',
    'is_deleted': 'is_gone',
}, 'named'), custom=['named']) }}
from persons_with_account
