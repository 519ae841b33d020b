-- The fingerprint of the survivorship rules that golden records were last made by; no row at first.
-- Parameters: none.
SELECT fingerprint FROM survivorship ORDER BY used_at DESC, fingerprint LIMIT 1
