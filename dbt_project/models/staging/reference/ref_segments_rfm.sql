-- Grain: one row per box of RFM scores that bears a name.
{{ reference_table('segments_rfm', {
    'rfm_segment': 'varchar',
    'r_from': 'integer',
    'r_to': 'integer',
    'f_from': 'integer',
    'f_to': 'integer',
    'm_from': 'integer',
    'm_to': 'integer',
}) }}
