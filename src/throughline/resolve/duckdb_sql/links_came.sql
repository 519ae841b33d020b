-- Links as worked out now that the store does not have.
SELECT * FROM (SELECT * FROM new_link EXCEPT SELECT * FROM old_link) ORDER BY left_id, right_id
