-- Put something that is not a record into quarantine.
-- Parameters: quarantine_id, stream_id, batch_id, position, reason, content.
INSERT INTO quarantine (quarantine_id, stream_id, batch_id, position, rule, path, reason, content)
VALUES (%(quarantine_id)s, %(stream_id)s, %(batch_id)s, %(position)s, 'landing', '$', %(reason)s, %(content)s)
ON CONFLICT (quarantine_id) DO NOTHING
