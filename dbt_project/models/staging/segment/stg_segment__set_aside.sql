-- Grain: one row per message that is neither an event nor a link: groups are no people,
-- and who is named by one identifier is tied to nobody.
with

messages as (
    select
        *,
        {{ json_text('traits', 'email') }} as email,
        {{ json_text('traits', 'phone') }} as phone,
        case when type = 'alias' then previousid end as earlier_id
    from {{ source('raw_segment', 'web_events') }}
    where type in ('identify', 'alias', 'group')
),

messages_judged as (
    select
        *,
        case
            when type = 'group' then 'group'
            when
                coalesce(userid, '') = ''
                or concat_ws('', anonymousid, email, phone, earlier_id) = ''
                then 'no_link'
        end as reason
    from messages
)

select {{ set_aside_row('segment') }}
from messages_judged
where reason is not null
