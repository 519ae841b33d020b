-- The slice's profiles that are not known yet, numbered on; equal profiles are equal in every column.
CREATE OR REPLACE TEMP TABLE fresh AS
WITH first_party AS (
    SELECT min(party_id) AS party_id, profile_id FROM slice s
    WHERE NOT EXISTS (SELECT 1 FROM feature f WHERE f.profile_id = s.profile_id) GROUP BY profile_id
), numbered AS (
    SELECT party_id, CAST(row_number() OVER () + (SELECT count(*) FROM feature) AS INTEGER) AS n FROM first_party
)
SELECT n, s.* EXCLUDE (party_id) FROM numbered JOIN slice s ON s.party_id = numbered.party_id
