-- Grain: one row per row of employees that was ever read, with its verdict.
{{ judged('employees') }}
