-- Grain: one row per scale.
{{ reference_table('scales', {
    'scale_id': 'varchar',
    'metric': 'varchar',
    'min': 'double',
    'max': 'double',
    'step': 'double',
    'direction': 'varchar',
    'top_box_from': 'double',
    'bottom_box_to': 'double',
    'promoter_from': 'double',
    'detractor_to': 'double',
}) }}
