-- Whose customer the touched parties were, those that moved or went among them.
CREATE OR REPLACE TEMP TABLE old_member AS
SELECT CAST(party_id AS UUID) AS party_id, CAST(profile_id AS UUID) AS profile_id, CAST(customer_id AS UUID) AS customer_id
FROM member_of_touched
UNION
SELECT CAST(party_id AS UUID), old_profile, customer_id FROM moving WHERE customer_id IS NOT NULL
