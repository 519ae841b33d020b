-- Look at each text of a page: is it a record, and what are its key, version, group and deletion flag?
-- Parameters: max_bytes, paths (keys first, then version, group, deletion), keys (how many), connection, stream, grouped, deleted.
CREATE OR REPLACE TEMP TABLE arrival AS
WITH read AS (
    SELECT position, record, CASE
        WHEN record IS NULL THEN 'nothing was received'
        WHEN strlen(record) > $max_bytes THEN 'larger than 32 MB'
        WHEN NOT json_valid(record) THEN 'not JSON'
        WHEN NOT regexp_matches(record, '^\s*\{') THEN 'not a JSON object'
        END AS problem
    FROM page
), found AS (
    SELECT *, CASE WHEN problem IS NULL THEN json_extract_string(record, $paths) END AS found_at
    FROM read
), named AS (
    SELECT *, CASE
        WHEN len(list_filter(found_at[1:$keys], lambda part: coalesce(part, '') = '')) = 0
        THEN CASE WHEN $keys = 1 THEN found_at[1] ELSE array_to_string(list_transform(
            found_at[1:$keys], lambda part: regexp_replace(part, '[/\\]', '\\\0', 'g')), '/') END
        END AS key
    FROM found
)
SELECT position, key,
    contains(record, chr(10)) OR contains(record, chr(13)) AS many_lines,
    coalesce(problem, CASE WHEN key IS NULL THEN 'no key' END) AS problem,
    CASE WHEN key IS NOT NULL THEN md5(concat_ws(chr(31), $connection, $stream, key)) END AS source_id,
    md5(record) AS hash,
    found_at[$keys + 1] AS version,
    CASE WHEN $grouped THEN coalesce(nullif(found_at[$keys + 2], ''), key) END AS group_key,
    coalesce(list_contains($deleted, found_at[$keys + 3]), false) AS deleted
FROM named
