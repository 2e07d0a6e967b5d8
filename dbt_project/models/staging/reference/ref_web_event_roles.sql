-- Grain: one row per rule that gives web events a role.
{{ reference_table('web_event_roles', {
    'event_name': 'varchar',
    'page_pattern': 'varchar',
    'role': 'varchar',
}) }}
