-- Grain: one row per key of ticket_messages: its newest accepted version.
{{ accepted('ticket_messages', parent='tickets', key='ticket_id') }}
