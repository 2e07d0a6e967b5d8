-- Grain: one row per message, per version of its conversation: what began it, and the
-- parts in which something was said. A conversation can be closed, opened or handed on
-- with a message. Notes are for the team.
with

begun as (
    select
        *,
        {{ intercom_ticket_id() }} as ticket_id,
        'source-' || {{ in_record('id') }} as message_id,
        {{ in_record('created_at') }} as written_at,
        {{ in_record('source.author') }} as author,
        {{ in_record('source.body') }} as body,
        'true' as is_public,
        0 as place
    from {{ source('raw_intercom', 'conversations') }}
    where
        trim(coalesce({{ in_record('source.body') }}, '')) <> ''
        or coalesce({{ in_record('source.attachments') }}, '[]') <> '[]'
),

parts as (
    {{ intercom_parts() }}
),

said as (
    select
        *,
        coalesce(
            nullif({{ json_text('element', 'external_id') }}, ''),
            {{ json_text('element', 'id') }}
        ) as message_id,
        {{ json_text('element', 'created_at') }} as written_at,
        {{ json_text('element', 'author') }} as author,
        {{ json_text('element', 'body') }} as body,
        case
            when {{ json_text('element', 'part_type') }} like 'note%' then 'false'
            else 'true'
        end as is_public
    from parts
    where
        {{ json_text('element', 'part_type') }} in ('comment', 'note', 'quick_reply')
        or trim(coalesce({{ json_text('element', 'body') }}, '')) <> ''
),

written as (
    {%- for relation in ['begun', 'said'] %}
    {{ 'union all' if not loop.first }}
    select
        _load_id,
        _file_id,
        _record_number,
        source_system,
        record,
        ticket_id,
        message_id,
        written_at,
        author,
        body,
        is_public,
        place
    from {{ relation }}
    {%- endfor %}
)

select {{ contract_row('ticket_messages', 'intercom', row_in_record='place', given={
    'message_id': 'message_id',
    'ticket_id': 'ticket_id',
    'source_system': 'source_system',
    'created_at': iso_of_epoch('written_at'),
    'author_role': intercom_role('author'),
    'is_public': 'is_public',
    'channel': intercom_channel(),
    'text': 'body',
}) }}
from written
