-- HubSpot's own ways of writing (source hubspot).

{% macro hubspot_property(name) -%} {{ in_record('properties.' ~ name) }} {%- endmacro %}

-- What every object says of itself: where it is from, when it changed, whether it was archived.
{% macro hubspot_state() -%}
    {{ return({
        'source_system': 'source_system',
        'updated_at': 'coalesce(' ~ in_record('archivedAt') ~ ', ' ~ in_record('updatedAt') ~ ')',
        'is_deleted': in_record('archived'),
    }) }}
{%- endmacro %}

-- The company's own id of every contact that has one, as its newest record tells.
{% macro hubspot_own_ids() -%}
    select
        source_system,
        {{ in_record('id') }} as contact_id,
        {{ hubspot_property('customer_id') }} as own_id
    from {{ source('raw_hubspot', 'contacts') }}
    qualify row_number() over (
        partition by source_system, contact_id
        order by _load_id desc, _file_id desc, _record_number desc
    ) = 1
{%- endmacro %}

-- The customer whose contact an object was last said to be associated with: the first that
-- HubSpot names, under the company's own id where the contact has one.
{% macro hubspot_contact_of(object) -%}
    select
        associated.source_system as contact_source,
        associated.object_id,
        coalesce(contacts.own_id, associated.contact_id) as contact_id
    from (
        select
            source_system,
            {{ in_record('from.id') }} as object_id,
            {{ json_text_at('record', ['to', 0, 'toObjectId']) }} as contact_id
        from {{ source('raw_hubspot', object ~ '_contacts') }}
        qualify row_number() over (
            partition by source_system, object_id
            order by _load_id desc, _file_id desc, _record_number desc
        ) = 1
    ) as associated
    left join (
        {{ hubspot_own_ids() }}
    ) as contacts
        on
            associated.source_system = contacts.source_system
            and associated.contact_id = contacts.contact_id
{%- endmacro %}

-- Where a ticket came in; what HubSpot does not know is a channel of the company's own.
{% macro hubspot_channel(source_type) -%}
    case {{ source_type }} when 'FORM' then 'web' else lower({{ source_type }}) end
{%- endmacro %}

-- The status of a ticket, of stage_told, pipeline_told, stage_label and stage_state.
{% macro hubspot_status() -%}
    case
        when stage_label in ('new', 'open', 'pending', 'hold', 'solved', 'closed') then stage_label
        -- the pipeline that every account begins with
        when pipeline_told = '0' and stage_told = '1' then 'new'
        when pipeline_told = '0' and stage_told = '2' then 'pending'
        when pipeline_told = '0' and stage_told = '3' then 'open'
        when pipeline_told = '0' and stage_told = '4' then 'closed'
        else coalesce(stage_state, stage_told)
    end
{%- endmacro %}

-- One kind of engagement as interactions; an `enquiry` unless the company says otherwise.
{% macro hubspot_engagement(object, channel, direction='null', outcome='null', duration='null') -%}
    select
        engagements._load_id,
        engagements._file_id,
        engagements._record_number,
        engagements.source_system,
        engagements.record,
        contacts.contact_id,
        {{ channel }} as channel_told,
        {{ direction }} as direction_told,
        {{ outcome }} as outcome_told,
        {{ duration }} as seconds_told
    from {{ source('raw_hubspot', object) }} as engagements
    left join ({{ hubspot_contact_of(object) }}) as contacts
        on
            engagements.source_system = contacts.contact_source
            and {{ json_text_at('engagements.record', ['id']) }} = contacts.object_id
{%- endmacro %}
