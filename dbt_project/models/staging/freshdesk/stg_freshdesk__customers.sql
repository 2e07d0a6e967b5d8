-- Grain: one row per version of a contact. One that was deleted, or merged into another
-- one, who then has the tickets, is withdrawn.
select {{ contract_row('customers', 'freshdesk', freshdesk_or_custom('customers', {
    'customer_id': freshdesk_customer_id(),
    'source_system': 'source_system',
    'email': in_record('email'),
    'phone': first_of([in_record('phone'), in_record('mobile')]),
    'account_id': in_record('company_id'),
    'created_at': in_record('created_at'),
    'updated_at': in_record('updated_at'),
    'language': "lower(left(" ~ in_record('language') ~ ", 2))",
    'is_deleted': 'is_gone',
})) }}
from ({{ freshdesk_contacts() }}) as contacts
