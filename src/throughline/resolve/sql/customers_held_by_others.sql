-- Which of these customers have members besides these parties.
-- Parameters: customers (uuid[]), parties (uuid[]).
SELECT c.customer_id FROM unnest(%(customers)s::uuid[]) AS c (customer_id)
WHERE EXISTS (SELECT FROM member m WHERE m.customer_id = c.customer_id AND m.party_id <> ALL(%(parties)s::uuid[]))
