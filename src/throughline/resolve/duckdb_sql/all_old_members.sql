-- Every member so far; nothing is held by others when all is resolved anew.
CREATE OR REPLACE TEMP TABLE old_member AS
SELECT CAST(party_id AS UUID) AS party_id, CAST(profile_id AS UUID) AS profile_id, CAST(customer_id AS UUID) AS customer_id
FROM old_member_text
