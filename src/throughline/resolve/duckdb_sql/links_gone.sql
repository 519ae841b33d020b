-- Links of the store that are not as worked out now.
SELECT left_id, right_id, decision FROM (SELECT * FROM old_link EXCEPT SELECT * FROM new_link)
