-- Grain: one row per day without staff.
{{ reference_table('holidays', {
    'calendar': 'varchar',
    'holiday': 'varchar',
    'name': 'varchar',
}) }}
