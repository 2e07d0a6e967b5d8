-- Grain: one row per channel whose contacts cost something.
{{ reference_table('cost_rates', {
    'channel': 'varchar',
    'minutes_per_contact': 'double',
    'rate_per_hour': 'double',
    'tool_cost_per_contact': 'double',
}) }}
