-- A returned row is an order whose lateness contradicts itself (error): judged against
-- the first promise exactly when that is due, and late by some seconds exactly when not
-- on time.
select
    order_key,
    is_due,
    is_on_time_first_promise,
    late_seconds
from {{ ref('fct_orders') }}
where
    (is_due and is_on_time_first_promise is null)
    or (not is_due and is_on_time_first_promise is not null)
    or (is_on_time_first_promise and late_seconds is distinct from 0)
    or late_seconds < 0
