-- Grain: one row per row of ticket_messages that was ever read, with its verdict.
{{ judged(
    'ticket_messages',
    joins=parents('tickets', 'ticket_id'),
    checks=orphan_check('tickets', 'ticket_id')
) }}
