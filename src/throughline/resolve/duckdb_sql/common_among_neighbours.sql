-- The keys of work profiles that too many names or profiles share.
CREATE OR REPLACE TEMP TABLE common_key AS
SELECT h.key FROM neighbour h JOIN key_limit l ON l.kind = h.key & 15
GROUP BY h.key, l.names, l.profiles HAVING count(DISTINCT h.name) > l.names OR count(*) > l.profiles
