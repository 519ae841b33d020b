-- Of which retired customers the parties of the temporary table orphan were.
-- Parameters: none.
SELECT f.party_id, f.customer_id FROM former_member f JOIN orphan o USING (party_id)
