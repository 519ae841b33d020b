-- Whether there are changes, with which rules the store was resolved, and whether the changes are so many that
-- everything had better be resolved anew: more than `many`, and more than a quarter of all parties.
-- Parameters: many.
SELECT EXISTS (SELECT FROM dirty_party), (SELECT rules FROM identity_state),
    (SELECT count(*) FROM (SELECT FROM dirty_party LIMIT %(many)s + 1) d) > %(many)s
    AND (SELECT count(*) FROM dirty_party) * 4 > (SELECT count(*) FROM party)
