-- Take the parties that are known from participants only, each content once.
-- Parameters: none.
INSERT INTO parties
SELECT party_id, any_value(inline_key), NULL, false, any_value(doc), any_value(inline_key), NULL
FROM part ANTI JOIN parties USING (party_id)
WHERE doc IS NOT NULL
GROUP BY party_id
