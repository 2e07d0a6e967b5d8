-- Grain: one row per currency and month.
{{ reference_table('exchange_rates', {
    'currency': 'varchar',
    'month': 'varchar',
    'rate': 'double',
}) }}
