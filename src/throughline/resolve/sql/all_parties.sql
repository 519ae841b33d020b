-- Every party.
-- Parameters: none.
SELECT party_id, stream_id, self, doc FROM party
