-- Whose evidence each party of the slice has.
INSERT INTO party_profile SELECT CAST(party_id AS UUID), profile_id FROM slice
