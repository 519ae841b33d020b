-- Remember with which rules the store was resolved.
-- Parameters: rules (text).
INSERT INTO identity_state (rules) VALUES (%(rules)s)
ON CONFLICT (one) DO UPDATE SET rules = excluded.rules, resolved_at = now()
