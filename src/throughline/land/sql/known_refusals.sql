-- Return which of these refusals are in quarantine already.
-- Parameters: ids: their uuids.
SELECT replace(quarantine_id::text, '-', '')
FROM quarantine
WHERE quarantine_id = ANY (%(ids)s::uuid[])
