-- Grain: one row per touchpoint.
{{ reference_table('touchpoints', {
    'touchpoint': 'varchar',
    'stage': 'varchar',
    'environment': 'varchar',
    'is_moment_that_matters': 'boolean',
}) }}
