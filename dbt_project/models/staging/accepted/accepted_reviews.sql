-- Grain: one row per key of reviews: its newest accepted version.
{{ accepted('reviews') }}
