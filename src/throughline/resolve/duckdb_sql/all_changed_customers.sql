-- Customers one of whose parties has another document.
CREATE OR REPLACE TEMP TABLE changed_customer AS
SELECT DISTINCT o.customer_id FROM old_member o JOIN changed_party c ON CAST(c.party_id AS UUID) = o.party_id
