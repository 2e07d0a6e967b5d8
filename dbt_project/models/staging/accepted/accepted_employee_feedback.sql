-- Grain: one row per key of employee_feedback: its newest accepted version.
{{ accepted('employee_feedback') }}
