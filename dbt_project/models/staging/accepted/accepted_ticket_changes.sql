-- Grain: one row per key of ticket_changes: its newest accepted version.
{{ accepted('ticket_changes', parent='tickets', key='ticket_id') }}
