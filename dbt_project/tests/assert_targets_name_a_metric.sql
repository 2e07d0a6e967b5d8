-- A returned row is a target that nothing is ever held against: no metric of the
-- catalogue bears its name, or the metric has no such scope (of a survey relational,
-- transactional or benchmark, else all). A finding about the source (warn): a target is
-- missing, no number is wrong.
{{ config(severity='warn') }}
-- no metrics, but times to which int_tickets_served holds each ticket
{%- set deadlines = ['first_reply_business_seconds', 'resolution_business_seconds'] %}

with

targets as (
    select
        *,
        metric in (
            {%- for metric in deadlines %}
            '{{ metric }}'{{ ',' if not loop.last }}
            {%- endfor %}
        ) as is_deadline,
        scope in ('relational', 'transactional', 'benchmark') as is_of_survey
    from {{ ref('ref_targets') }}
)

select
    targets.metric,
    targets.scope
from targets
left join {{ ref('rpt_catalogue') }} as catalogue on targets.metric = catalogue.metric
where
    coalesce(not targets.is_of_survey and targets.scope <> 'all', true)
    or (targets.is_deadline and targets.is_of_survey)
    or (
        not targets.is_deadline
        and coalesce(targets.is_of_survey <> (catalogue.scale <> 'all'), true)
    )
