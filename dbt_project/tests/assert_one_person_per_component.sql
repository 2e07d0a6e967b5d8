-- A returned row is a person whose identifiers lie in two components of the identity
-- graph, or a component that belongs to two people (error: people would be merged or
-- split by mistake).
select
    customer_key,
    count(*) as identifiers
from {{ ref('int_customer_keys') }}
group by customer_key
having min(component) <> max(component)
union all
select
    component as customer_key,
    count(*) as identifiers
from {{ ref('int_customer_keys') }}
group by component
having min(customer_key) <> max(customer_key)
