-- Take records out of the work; the transaction's snapshot keeps those that come in meanwhile.
-- Parameters: first, last (record ids).
DELETE FROM dirty_record WHERE record_id BETWEEN %(first)s AND %(last)s
