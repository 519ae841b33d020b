-- The cluster of every touched party.
CREATE OR REPLACE TEMP TABLE new_member AS
WITH party AS (
    SELECT party_id, profile_id FROM old_member WHERE party_id NOT IN (SELECT CAST(party_id AS UUID) FROM moving)
    UNION ALL
    SELECT CAST(party_id AS UUID), new_profile FROM moving WHERE new_profile IS NOT NULL
)
SELECT p.party_id, p.profile_id, c.cluster
FROM party p JOIN node n ON n.profile_id = p.profile_id JOIN node_cluster c ON c.node = n.node
