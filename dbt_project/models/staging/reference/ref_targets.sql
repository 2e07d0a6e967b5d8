-- Grain: one row per metric and scope that has a target.
{{ reference_table('targets', {
    'metric': 'varchar',
    'scope': 'varchar',
    'target': 'double',
    'alert_below': 'double',
    'alert_above': 'double',
}) }}
