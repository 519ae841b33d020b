-- The keys that too many names or profiles share: they make no pairs.
CREATE OR REPLACE TEMP TABLE common_key AS
WITH crowded AS (
    SELECT key, count(*) AS profiles FROM profile_key GROUP BY key
    HAVING count(*) > (SELECT min(least(names, profiles)) FROM key_limit)
)
SELECT k.key
FROM profile_key k JOIN crowded c ON c.key = k.key JOIN key_limit l ON l.kind = k.key & 15
GROUP BY k.key, c.profiles, l.names, l.profiles
HAVING count(DISTINCT k.name) > l.names OR c.profiles > l.profiles
