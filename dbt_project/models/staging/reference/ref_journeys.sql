-- Grain: one row per journey and stage.
{{ reference_table('journeys', {
    'journey': 'varchar',
    'stage': 'varchar',
    'position': 'integer',
    'is_entry': 'boolean',
    'is_goal': 'boolean',
    'quit_after_days': 'double',
}) }}
