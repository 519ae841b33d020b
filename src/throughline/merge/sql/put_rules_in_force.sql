-- Remember the survivorship rules that golden records are made by from now on.
-- Parameters: fingerprint, rules (JSON).
INSERT INTO survivorship (fingerprint, rules) VALUES (%(fingerprint)s, %(rules)s)
ON CONFLICT (fingerprint) DO UPDATE SET used_at = clock_timestamp()
