-- Let golden records that stay as they are name the sources that they come from now; the feed does not tell it.
-- Parameters: first, last (numbers in merge_customer).
UPDATE customer_version v SET provenance = g.provenance
FROM merge_golden g JOIN merge_customer c ON c.number = g.customer
WHERE c.number BETWEEN %(first)s AND %(last)s AND c.hash = g.hash
    AND v.customer_id = c.customer_id AND v.version = c.version AND v.provenance::text <> g.provenance::text
