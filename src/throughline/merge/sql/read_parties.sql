-- The parties of a batch of customers; the time is in microseconds since 1970.
-- Parameters: first, last (numbers in merge_customer).
SELECT c.number, s.connection, s.name, p.key,
    (extract(epoch FROM p.changed_at) * 1000000)::bigint, p.doc
FROM merge_customer c
JOIN member m USING (customer_id)
JOIN party p USING (party_id)
JOIN stream s USING (stream_id)
WHERE c.number BETWEEN %(first)s AND %(last)s
