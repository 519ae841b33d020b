-- Take the accepted records; the hash covers the participants too.
-- Parameters: type.
INSERT INTO records
SELECT id, $type, key, source_id, stamp, doc, md5(concat(doc, told))
FROM accepted LEFT JOIN (
    SELECT record_id, string_agg(
        concat_ws(chr(31), role, party_id, principal), chr(30) ORDER BY position) AS told
    FROM part GROUP BY record_id
) ON record_id = id
