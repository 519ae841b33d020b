-- Take the accepted parties.
-- Parameters: none.
INSERT INTO parties SELECT id, key, source_id, self, doc, md5(doc), stamp FROM accepted
