-- The rows of the store's table profile.
SELECT CAST(f.profile_id AS VARCHAR) AS profile_id,
    '{' || array_to_string(coalesce(k.keys, []), ',') || '}' AS keys, f.name,
    '{' || array_to_string(list_transform(f.guards, lambda g: '"' || replace(replace(g, '\', '\\'), '"', '\"') || '"'), ',') || '}' AS guards
FROM feature f LEFT JOIN (SELECT n, list(key) AS keys FROM profile_key GROUP BY n) k ON k.n = f.n
ORDER BY f.profile_id
