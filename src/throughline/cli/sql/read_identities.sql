-- How many parties became how many customers, and how many of these are known to several channels, and to four.
-- Parameters: none.
SELECT count(*), sum(parties)::bigint, count(*) FILTER (WHERE channels > 1), count(*) FILTER (WHERE channels > 3)
FROM (
    SELECT m.customer_id, count(*) AS parties, count(DISTINCT s.connection) AS channels
    FROM member m
    JOIN party y ON y.party_id = m.party_id
    JOIN stream s ON s.stream_id = y.stream_id
    GROUP BY m.customer_id
) AS one
