-- Grain: one row per identifier that is linked to another, with the person's component.
{{ config(materialized='connected_components') }}

select
    left_node,
    right_node
from {{ ref('int_identity_edges') }}
