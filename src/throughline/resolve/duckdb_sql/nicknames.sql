-- Short forms of given names with the names that they stand for, folded like the names.
CREATE TEMP TABLE nickname AS
SELECT replace(folded(word), ' ', '') AS word, list_sort(list_distinct(list(replace(folded(name), ' ', '')))) AS names
FROM nickname_text GROUP BY 1
