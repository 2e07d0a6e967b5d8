-- Grain: one row per row of subscription_changes that was ever read, with its verdict.
{{ judged(
    'subscription_changes',
    joins=parents('subscriptions', 'subscription_id'),
    checks=orphan_check('subscriptions', 'subscription_id')
) }}
