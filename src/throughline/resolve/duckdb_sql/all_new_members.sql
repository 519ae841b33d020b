-- The cluster of every party.
CREATE OR REPLACE TEMP TABLE new_member AS
SELECT p.party_id, p.profile_id, c.cluster
FROM party_profile p JOIN node n ON n.profile_id = p.profile_id JOIN node_cluster c ON c.node = n.node
