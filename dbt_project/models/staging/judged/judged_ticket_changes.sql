-- Grain: one row per row of ticket_changes that was ever read, with its verdict.
{{ judged(
    'ticket_changes',
    joins=parents('tickets', 'ticket_id'),
    checks=orphan_check('tickets', 'ticket_id')
) }}
