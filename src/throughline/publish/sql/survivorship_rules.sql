-- All survivorship rules that golden records were made by.
-- Parameters: none.
SELECT fingerprint, rules FROM survivorship
