-- Members whose row in the store is another now, or gone.
SELECT CAST(party_id AS VARCHAR) AS party_id FROM moved WHERE party_id IN (SELECT party_id FROM old_member)
