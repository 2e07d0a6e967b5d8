-- Grain: one row per channel.
{{ reference_table('channels', {
    'channel': 'varchar',
    'channel_group': 'varchar',
    'is_digital': 'boolean',
    'is_assisted': 'boolean',
    'is_offered': 'boolean',
}) }}
