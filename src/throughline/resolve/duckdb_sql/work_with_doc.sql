-- The parties of the slice that are there.
SELECT party_id, stream_id, self, doc FROM work WHERE doc IS NOT NULL
