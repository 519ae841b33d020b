-- Which id each cluster has, and where it comes from: kept, revived, new.
CREATE OR REPLACE TEMP TABLE given AS
SELECT cluster, CAST(customer_id AS UUID) AS customer_id, origin FROM given_text
