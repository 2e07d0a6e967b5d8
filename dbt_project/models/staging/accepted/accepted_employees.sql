-- Grain: one row per key of employees: its newest accepted version.
{{ accepted('employees') }}
