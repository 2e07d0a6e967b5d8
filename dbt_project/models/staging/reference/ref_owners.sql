-- Grain: one row per rule that says who answers a low score.
{{ reference_table('owners', {
    'touchpoint': 'varchar',
    'team': 'varchar',
    'owner': 'varchar',
}) }}
