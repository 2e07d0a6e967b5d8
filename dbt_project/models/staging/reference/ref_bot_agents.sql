-- Grain: one row per text by which a user agent gives itself away as a machine.
{{ reference_table('bot_agents', {
    'agent_part': 'varchar',
    'kind': 'varchar',
}) }}
