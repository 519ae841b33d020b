-- Parties whose profile is another now; null: they came, or went.
CREATE OR REPLACE TEMP TABLE moving AS
SELECT w.party_id, CAST(w.profile_id AS UUID) AS old_profile, p.profile_id AS new_profile,
    CAST(w.customer_id AS UUID) AS customer_id
FROM work w LEFT JOIN party_profile p ON p.party_id = CAST(w.party_id AS UUID)
WHERE CAST(w.profile_id AS UUID) IS DISTINCT FROM p.profile_id
