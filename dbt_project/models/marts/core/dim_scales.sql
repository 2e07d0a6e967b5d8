-- Grain: one row per scale on which answers may be given.

with

scales as (
    select * from {{ ref('ref_scales') }}
),

final as (
    select
        scale_id,
        metric,
        min as lowest_score,
        max as highest_score,
        step,
        direction,
        top_box_from,
        bottom_box_to,
        promoter_from,
        detractor_to
    from scales
)

select * from final
