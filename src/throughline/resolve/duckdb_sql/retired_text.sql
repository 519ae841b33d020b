-- The retired customers, for the store.
SELECT CAST(customer_id AS VARCHAR) AS customer_id, CAST(redirect_to AS VARCHAR) AS redirect_to FROM retired
