-- Grain: one row per persona.
{{ reference_table('personas', {
    'persona': 'varchar',
    'position': 'integer',
    'segment': 'varchar',
    'preferred_channel': 'varchar',
    'min_orders': 'integer',
    'max_orders': 'integer',
    'min_tickets': 'integer',
    'country': 'varchar',
}) }}
