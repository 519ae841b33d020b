-- Customers that have members besides the touched parties: nobody else may have their id.
CREATE OR REPLACE TEMP TABLE taken AS SELECT CAST(customer_id AS UUID) AS customer_id FROM taken_text
