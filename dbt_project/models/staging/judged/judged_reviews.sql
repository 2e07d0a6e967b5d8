-- Grain: one row per row of reviews that was ever read, with its verdict.
{{ judged('reviews', checks=[{
    'code': 'out_of_scale',
    'when': 'not rows_cast.rating between 0 and coalesce(rows_cast.rating_max, 5)',
    'what': 'rating lies outside 0 to rating_max',
}]) }}
