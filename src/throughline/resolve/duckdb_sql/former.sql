-- Of which retired customers parties were.
CREATE OR REPLACE TEMP TABLE former AS
SELECT CAST(party_id AS UUID) AS party_id, CAST(customer_id AS UUID) AS customer_id FROM former_text
