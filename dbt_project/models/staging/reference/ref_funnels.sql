-- Grain: one row per funnel and step.
{{ reference_table('funnels', {
    'funnel': 'varchar',
    'step': 'varchar',
    'position': 'integer',
    'stage': 'varchar',
    'touchpoint': 'varchar',
    'within_days': 'double',
}) }}
