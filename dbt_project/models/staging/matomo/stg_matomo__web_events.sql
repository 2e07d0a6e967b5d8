-- Grain: one row per version of a visit and thing done in it. Goals, carts and orders
-- bear no id of their own: their visit, kind and number or time tell them apart. An
-- error that Matomo's tracker notes by itself is an event of the category named below.
with

actions as (
    {{ matomo_actions() }}
),

actions_told as (
    select
        *,
        {{ json_text('element', 'type') }} as kind,
        {{ json_text('element', 'eventAction') }} as event_action,
        {{ json_text('element', 'eventCategory') }} = 'JavaScript Errors'
        or {{ json_text('element', 'type') }} = 'crash' as is_error_noted
    from actions
),

events_named as (
    select
        *,
        case
            when is_error_noted then 'error'
            when kind = 'action' then 'page_view'
            when kind = 'event' then replace(lower(trim(event_action)), ' ', '_')
            when kind = 'download' then 'file_download'
            when kind = 'outlink' then 'click'
            when kind = 'ecommerceOrder' then 'purchase'
            when kind = 'ecommerceAbandonedCart' then 'add_to_cart'
            else kind
        end as event_name
    from actions_told
)

select {{ contract_row('web_events', 'matomo', row_in_record='place', given={
    'event_id': "coalesce(" ~ json_text('element', 'pageId') ~ ", "
        ~ in_record('idVisit') ~ " || '-' || kind || '-' || coalesce("
        ~ json_text('element', 'orderId') ~ ", " ~ json_text('element', 'goalId')
        ~ " || '-' || cast(happened_at as varchar), 'cart'))",
    'source_system': 'source_system',
    'occurred_at': iso_of_epoch('happened_at'),
    'event_name': 'event_name',
    'anonymous_id': matomo_id('visitorId'),
    'customer_id': matomo_id('userId'),
    'session_id': in_record('idVisit'),
    'page': path_of(json_text('element', 'url')),
    'referrer': "case when is_first then " ~ without_query(in_record('referrerUrl'))
        ~ " end",
    'utm_source': "case when is_first then " ~ in_record('campaignSource') ~ " end",
    'utm_medium': "case when is_first then " ~ in_record('campaignMedium') ~ " end",
    'utm_campaign': "case when is_first then " ~ first_of([
        in_record('campaignName'),
        "case when " ~ in_record('referrerType') ~ " = 'campaign' then "
        ~ in_record('referrerName') ~ " end",
    ]) ~ " end",
    'device': "case when " ~ in_record('deviceType')
        ~ " in ('Smartphone', 'Phablet', 'Feature phone') then 'mobile' else lower("
        ~ in_record('deviceType') ~ ") end",
    'os': in_record('operatingSystemName'),
    'browser': in_record('browserName'),
    'is_bot': "'false'",
    'country': "upper(nullif(" ~ in_record('countryCode') ~ ", 'xx'))",
    'load_ms': first_of([
        json_text('element', 'pageLoadTimeMilliseconds'),
        json_text('element', 'generationTimeMilliseconds'),
    ]),
    'is_error': "case when is_error_noted or event_name = 'error' then 'true' else 'false' end",
    'properties': "case kind when 'search' then " ~ json_row({
        'query': json_text('element', 'siteSearchKeyword'),
    }) ~ " when 'ecommerceOrder' then " ~ json_row({
        'order_id': json_text('element', 'orderId'),
    }) ~ " when 'goal' then " ~ json_row({
        'goal': json_text('element', 'goalName'),
    }) ~ " when 'event' then " ~ json_row({
        'category': json_text('element', 'eventCategory'),
        'name': json_text('element', 'eventName'),
        'value': json_text('element', 'eventValue'),
    }) ~ " end",
}) }}
from events_named
