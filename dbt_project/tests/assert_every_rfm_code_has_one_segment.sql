-- A returned row is a code, of the 125 from 111 to 555, that no segment or more than
-- one claims: its customers would be lost or counted twice.
with

scores as (
    select numbers.number + 1 as score from {{ whole_numbers(4) }} as numbers (number)
)

select
    r.score as r,
    f.score as f,
    m.score as m,
    count(segments.rfm_segment) as segments
from scores as r
cross join scores as f
cross join scores as m
left join {{ ref('ref_segments_rfm') }} as segments
    on
        r.score between segments.r_from and segments.r_to
        and f.score between segments.f_from and segments.f_to
        and m.score between segments.m_from and segments.m_to
group by r.score, f.score, m.score
having count(segments.rfm_segment) <> 1
