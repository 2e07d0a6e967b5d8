-- Grain: one row per row of employee_feedback that was ever read, with its verdict.
{{ judged('employee_feedback', checks=[
    {
        'code': 'out_of_scale',
        'when': 'not rows_cast.enps between 0 and 10',
        'what': 'enps lies outside 0 to 10',
    },
    {
        'code': 'not_on_step',
        'when': 'rows_cast.enps <> floor(rows_cast.enps)',
        'what': 'enps is no whole number',
    },
]) }}
