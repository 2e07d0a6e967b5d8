-- Grain: one row per version of an organization. One that was deleted, or merged into
-- another one, is withdrawn.
with

organizations as (
    {{ pipedrive_records('organizations', 'organization') }}
)

select {{ contract_row('accounts', 'pipedrive', given_or_custom({
    'account_id': 'own_number',
    'source_system': 'source_system',
    'name': in_record('name'),
    'country': in_record('address.country'),
    'owner_employee_id': in_record('owner_id'),
    'created_at': in_record('add_time'),
    'updated_at': 'changed_at',
    'is_deleted': 'is_gone',
}, 'named'), custom=['named']) }}
from organizations
