-- Grain: one row per question of the maturity checklist.
{{ reference_table('maturity_criteria', {
    'criterion': 'varchar',
    'stage': 'integer',
    'measure': 'varchar',
    'comparison': 'varchar',
    'threshold': 'double',
    'question': 'varchar',
}) }}
