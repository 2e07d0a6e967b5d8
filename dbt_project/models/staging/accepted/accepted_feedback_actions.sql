-- Grain: one row per key of feedback_actions: its newest accepted version.
{{ accepted('feedback_actions', parent='survey_responses', key='response_id') }}
