-- Judges every row that was read of an entity: quarantined with a reason, withdrawn, superseded
-- or accepted. A verdict is fixed when its load is first built; of an older row only `is_latest`
-- and `is_current` change later, when a newer version takes its place.
--
-- anew: the rows built before that are to be judged again after all, since what they were judged
--       by has changed: a query of their `key_hash`, of which all versions are read again.
-- checks: rules that the contract's types cannot say, each as {code, column, when}; `when` is a
--         condition on rows_cast and on what `joins` joins to it.
{% macro judged(entity, joins='', checks=[], anew=none) %}
{%- set columns = contract_columns(entity) -%}
{%- set key = contract_key(entity) -%}
{%- set is_anew = anew is not none and has_rows(anew) %}
with

rows_read as {{ inlined() }} (
    {{ rows_of_all_sources(entity, of_all_loads=is_anew) }}
),

{% if is_anew -%}
keys_anew as (
    {{ anew }}
),

{% endif -%}
rows_hashed as {{ inlined() }} (
    select
        *,
        {{ row_hash(
            ["coalesce(" ~ text_or_null('source_system') ~ ", source)"]
            + key_values(columns, key)
        ) }} as key_hash
    from rows_read
),

rows_keyed as {{ inlined() }} (
    select * from rows_hashed
    {%- if is_anew %}
    where
        load_id > {{ newest_in(this, 'load_id') }}
        or key_hash in (select key_hash from keys_anew)
    {%- endif %}
),

{% if is_incremental() -%}
-- The versions that a new row may replace.
latest_before as {{ inlined() }} (
    select * from {{ this }}
    where
        is_latest
        and key_hash in (select key_hash from rows_keyed)
        {%- if is_anew %}
        and key_hash not in (select key_hash from keys_anew)
        {%- endif %}
),

{% endif -%}
contested_keys as (
    select key_hash
    from (
        select key_hash from rows_keyed
        {%- if is_incremental() %}
        union all
        select key_hash from latest_before
        {%- endif %}
    ) as versions
    group by key_hash
    having count(*) > 1
),

-- Blank is no value. Typed columns keep their text beside them to tell blank from unreadable.
rows_cast as {{ inlined() }} (
    select
        load_id,
        file_id,
        record_number,
        row_key,
        source,
        key_hash,
        key_hash in (select key_hash from contested_keys) as is_contested
        {%- for column in columns %},
        {% if column.name == 'source_system' -%}
            coalesce({{ text_or_null('source_system') }}, source) as source_system
        {%- elif column.type == 'varchar' -%}
            {{ text_or_null(column.name) }} as {{ column.name }}
        {%- else -%}
            {{ cast_to(column.name, column.type) }} as {{ column.name }},
        {{ text_or_null(column.name) }} as {{ column.name }}__text
        {%- endif -%}
        {%- endfor %}
    from rows_keyed
),

-- A run reads every source in a load of its own, all at one moment: what one source brings
-- is known to the rows of the others.
loads as (
    select
        load_id,
        loaded_at,
        max(load_id) over (partition by loaded_at) as last_load_of_run
    from {{ source('raw_ops', 'loads') }}
),

rows_checked as {{ inlined() }} (
    select
        rows_cast.*,
        {{ first_fault(columns, checks, model.config.meta.get('not_before', {})) }} as fault
    from rows_cast
    inner join loads on rows_cast.load_id = loads.load_id
    {{ joins }}
),

contested as (
    select
        row_key,
        load_id,
        key_hash,
        updated_at,
        is_deleted,
        false as is_known,
        {{ row_hash(columns | map(attribute='name')) }} as content_hash
    from rows_checked
    where is_contested and fault is null
    {%- if is_incremental() %}
    union all
    select
        row_key,
        load_id,
        key_hash,
        updated_at,
        is_deleted,
        true as is_known,
        {{ row_hash(columns | map(attribute='name')) }} as content_hash
    from latest_before
    where key_hash in (select key_hash from contested_keys)
    {%- endif %}
),

contested_compared as (
    select
        *,
        -- A row that says again what the row before it said changes nothing.
        updated_at is null
        and content_hash = lag(content_hash) over (partition by key_hash order by row_key)
            as is_repeat
    from contested
),

-- A row without `updated_at` replaces whatever was read before it.
contested_in_turns as (
    select
        *,
        sum(case when updated_at is null and not is_repeat then 1 else 0 end) over (
            partition by key_hash order by row_key
            rows between unbounded preceding and current row
        ) as turn
    from contested_compared
),

-- Within a turn the newer `updated_at` wins, on a tie the row read first.
contested_ranked as (
    select
        *,
        row_number() over (
            partition by key_hash
            order by
                case when is_repeat then 0 else 1 end,
                turn,
                updated_at asc nulls first,
                row_key desc
        ) as version_rank
    from contested_in_turns
),

contested_decided as (
    select
        row_key,
        is_known,
        is_deleted,
        version_rank = max(version_rank) over (
            partition by key_hash order by load_id
            range between unbounded preceding and current row
        ) as was_latest_in_its_load,
        version_rank = max(version_rank) over (partition by key_hash) as is_latest
    from contested_ranked
),

rows_decided as (
    select
        rows_checked.*,
        case
            when rows_checked.fault is not null then 'quarantined'
            when not contested_decided.was_latest_in_its_load then 'superseded'
            when rows_checked.is_deleted then 'withdrawn'
            else 'accepted'
        end as verdict,
        case
            when rows_checked.fault is not null then false
            when contested_decided.row_key is not null then contested_decided.is_latest
            else true
        end as is_latest
    from rows_checked
    left join contested_decided on rows_checked.row_key = contested_decided.row_key
)

select
    row_key,
    key_hash,
    load_id,
    file_id,
    record_number,
    source,
    verdict,
    split_part(fault, '|', 1) as reason_code,
    split_part(fault, '|', 2) as reason,
    case when fault is not null then {{ json_row(texts_of(columns)) }} end as row_json,
    is_latest,
    is_latest and not coalesce(is_deleted, false) as is_current,
    {% if is_anew -%}
    case
        when load_id > {{ newest_in(this, 'load_id') }} then load_id
        else (select max(load_id) from loads)
    end as changed_in_load
    {%- else -%}
    load_id as changed_in_load
    {%- endif %}
    {%- for column in columns %},
    {{ column.name }}
    {%- endfor %}
from rows_decided
{%- if is_incremental() %}
union all
select
    latest_before.row_key,
    latest_before.key_hash,
    latest_before.load_id,
    latest_before.file_id,
    latest_before.record_number,
    latest_before.source,
    latest_before.verdict,
    latest_before.reason_code,
    latest_before.reason,
    latest_before.row_json,
    false as is_latest,
    false as is_current,
    (select max(load_id) from rows_read) as changed_in_load
    {%- for column in columns %},
    latest_before.{{ column.name }}
    {%- endfor %}
from latest_before
inner join contested_decided on latest_before.row_key = contested_decided.row_key
where not contested_decided.is_latest
{%- endif %}
{% endmacro %}


-- Whether a query about what was built before finds anything; not when all is built anew.
{% macro has_rows(query) -%}
    {%- if execute and is_incremental() -%}
        {{ return(run_query(
            'select count(*) from (' ~ query ~ ') as found'
        ).columns[0][0] > 0) }}
    {%- endif -%}
    {{ return(false) }}
{%- endmacro %}


-- The rows of an entity from every source that brings it; in an increment those of new loads.
{% macro rows_of_all_sources(entity, of_all_loads=false) -%}
    {%- set bringers = ['files'] -%}
    {%- for source_name in var('sources') if source_name != 'files' -%}
        {%- if source_name not in var('source_entities') -%}
            {%- do exceptions.raise_compiler_error(
                'what ' ~ source_name ~ ' brings is not said: name its entities in dbt_project.yml, '
                ~ 'vars: source_entities: ' ~ source_name ~ ': [...]'
            ) -%}
        {%- endif -%}
        {%- if entity in var('source_entities')[source_name] -%}
            {%- do bringers.append(source_name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for source_name in bringers %}
    select * from {{ ref('stg_' ~ source_name ~ '__' ~ entity) }}
    {%- if is_incremental() and not of_all_loads %}
    where load_id > {{ newest_in(this, 'load_id') }}
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}



-- The first rule that a row breaks, as 'code|what is wrong'; null when it breaks none.
-- The order is the order of docs/DECISIONS.md, "Which reason a bad row gets".
{% macro first_fault(columns, checks, not_before) -%}
case
    {%- for limit, texts in texts_by_limit(columns).items() if texts %}
    -- one look at the longest spares a look at each
    when greatest({% for text in texts %}{{ byte_length('rows_cast.' ~ text) }}{{ ', ' if not loop.last }}{% endfor %}, 0) > {{ limit }}
        and greatest({% for text in texts %}length(rows_cast.{{ text }}){{ ', ' if not loop.last }}{% endfor %}, 0) > {{ limit }}
        then case
            {%- for text in texts %}
            when length(rows_cast.{{ text }}) > {{ limit }}
                then 'too_long|{{ text }} is longer than {{ limit }} characters'
            {%- endfor %}
        end
    {%- endfor %}
    {%- for column in columns if column.meta.required %}
    when rows_cast.{{ column.name }}{{ '' if column.type == 'varchar' else '__text' }} is null
        then 'missing_key|{{ column.name }} is blank'
    {%- endfor %}
    {%- for column in columns if column.type != 'varchar' %}
    when rows_cast.{{ column.name }} is null and rows_cast.{{ column.name }}__text is not null
        then 'bad_type|{{ column.name }} is no {{ column.type.split('(')[0] }}'
    {%- endfor %}
    {%- for column in columns if column.meta.get('values') %}
    when rows_cast.{{ column.name }} not in ('{{ column.meta.get('values') | join("', '") }}')
        then 'unknown_enum|{{ column.name }} is none of {{ column.meta.get('values') | join(', ') }}'
    {%- endfor %}
    {%- for column in columns if column.type == 'timestamp' and not column.meta.may_be_ancient %}
    when rows_cast.{{ column.name }} < timestamp '1990-01-01 00:00:00'
        then 'ancient_time|{{ column.name }} is before 1990'
    {%- endfor %}
    {%- for column in columns if column.type == 'timestamp' and not column.meta.may_be_future %}
    when rows_cast.{{ column.name }} > loads.loaded_at + interval '1' day
        then 'future_time|{{ column.name }} lies after the day of the load'
    {%- endfor %}
    {%- for later, earlier in not_before.items() %}
    when rows_cast.{{ later }} < rows_cast.{{ earlier }}
        then 'negative_duration|{{ later }} is before {{ earlier }}'
    {%- endfor %}
    {%- for column in columns if column.name.endswith('_seconds') or column.name == 'load_ms' %}
    when rows_cast.{{ column.name }} < 0
        then 'negative_duration|{{ column.name }} is below zero'
    {%- endfor %}
    {%- for column in columns if column.meta.is_amount or column.type.startswith('decimal') and not column.meta.may_be_negative %}
    when rows_cast.{{ column.name }} < 0
        then 'negative_amount|{{ column.name }} is below zero'
    {%- endfor %}
    {%- for check in checks %}
    when {{ check.when }}
        then '{{ check.code }}|{{ check.what }}'
    {%- endfor %}
end
{%- endmacro %}


-- The values that identify a row, cast as the contract says: '01' and '1' are one line number.
{% macro key_values(columns, key) -%}
    {%- set result = [] -%}
    {%- for column in columns if column.name in key -%}
        {%- do result.append(
            text_or_null(column.name) if column.type == 'varchar'
            else cast_to(column.name, column.type)
        ) -%}
    {%- endfor -%}
    {{ return(result) }}
{%- endmacro %}


-- The columns as they were read, by name, for the row that quarantine keeps.
{% macro texts_of(columns) -%}
    {%- set result = {} -%}
    {%- for column in columns -%}
        {%- do result.update({
            column.name: column.name if column.type == 'varchar' else column.name ~ '__text'
        }) -%}
    {%- endfor -%}
    {{ return(result) }}
{%- endmacro %}


-- An orphan names a parent that was never read, or was itself refused, up to the row's own load;
-- the parent may be in any system (macros/staging/named.sql).
{% macro parents(entity, key) -%}
    left join (
        select
            {{ key }},
            min(load_id) as first_load_id
        from {{ ref('judged_' ~ entity) }}
        where verdict <> 'quarantined'
        group by {{ key }}
    ) as parents
        on
            rows_cast.{{ key }} = parents.{{ key }}
            and parents.first_load_id <= loads.last_load_of_run
{%- endmacro %}

{% macro orphan_check(entity, key) -%}
    {{ return([{
        'code': 'orphan',
        'when': 'parents.' ~ key ~ ' is null',
        'what': key ~ ' names no accepted row of ' ~ entity,
    }]) }}
{%- endmacro %}


-- The newest accepted version of each row of an entity.
--
-- parent, key: the entity that a row is part of, and its id. `ticket_id` then has `ticket_system`
--              beside it: the system whose ticket it names, null where it names none.
{% macro accepted(entity, parent=none, key=none) -%}
select
    current_rows.row_key,
    current_rows.changed_in_load,
    current_rows.source
    {%- for column in contract_columns(entity) if column.name != 'is_deleted' %},
    current_rows.{{ column.name }}
    {%- endfor %}
    {%- if parent is not none %},
    {{ named_system('parents') }} as {{ key | replace('_id', '_system') }}
    {%- endif %}
from {{ ref('judged_' ~ entity) }} as current_rows
{%- if parent is not none %}
{{ named_joins('current_rows', 'parents', ref('accepted_' ~ parent), key) }}
{%- endif %}
where current_rows.is_current
{%- endmacro %}


-- Text columns by the number of characters that they may hold.
{% macro texts_by_limit(columns) -%}
    {%- set short = [] -%}
    {%- set long = [] -%}
    {%- for column in columns if column.type == 'varchar' -%}
        {%- do (long if column.meta.is_long_text else short).append(column.name) -%}
    {%- endfor -%}
    {{ return({1000: short, 20000: long}) }}
{%- endmacro %}
