-- Of a batch's records add the gone ones: told, and now deleted or without a customer. The lookup is one by one,
-- for few records of a batch were told and have not changed.
-- Parameters: first, last (record ids).
INSERT INTO merge_moved (record_id, type, version, customer_id, told, data)
SELECT t.record_id, t.type, t.version + 1, t.customer_id, t.type || '.deleted',
    json_build_object('id', t.record_id, 'type', t.type)
FROM (
    SELECT DISTINCT record_id FROM dirty_record WHERE record_id BETWEEN %(first)s AND %(last)s
) AS d
JOIN record_customer t USING (record_id)
LEFT JOIN LATERAL (
    SELECT r.record_id AS kept_id
    FROM record r
    JOIN participant p ON p.record_id = r.record_id AND p.principal
    JOIN member m ON m.party_id = p.party_id
    JOIN customer k ON k.customer_id = m.customer_id AND k.retired_at IS NULL
    JOIN customer_version v ON v.customer_id = k.customer_id AND v.version = k.version AND v.hash IS NOT NULL
    WHERE r.record_id = t.record_id
    LIMIT 1
) AS kept ON true
WHERE t.hash IS NOT NULL AND kept.kept_id IS NULL
AND NOT EXISTS (SELECT FROM merge_moved m WHERE m.record_id = t.record_id)
