-- Who shares which key with a work profile.
CREATE OR REPLACE TEMP TABLE neighbour AS
SELECT key, name, profile_id FROM holder_after
UNION
SELECT key, name, CAST(profile_id AS UUID) FROM again_holder
