-- Grain: one row per weekday with staffed hours, in the tenant's zone.
{{ reference_table('business_hours', {
    'calendar': 'varchar',
    'iso_weekday': 'integer',
    'opens_at': 'varchar',
    'closes_at': 'varchar',
}) }}
