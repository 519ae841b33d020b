-- Every member.
-- Parameters: none.
SELECT party_id, profile_id, customer_id FROM member
