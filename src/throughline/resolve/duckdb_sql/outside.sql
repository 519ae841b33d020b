-- Holders of nameless profiles' values whose own cluster was not touched.
SELECT DISTINCT profile_id FROM (SELECT unnest([left_id, right_id]) AS profile_id FROM edge WHERE decision = 'attach')
WHERE profile_id NOT IN (SELECT profile_id FROM touched)
