-- Refuse the source records whose key another has.
-- Parameters: rule, reason.
INSERT INTO refusals SELECT source_id, $rule, '$.key', $reason, id FROM double
