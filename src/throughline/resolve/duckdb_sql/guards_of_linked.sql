-- What the matched profiles hold that must not differ within a customer.
SELECT node, guards FROM node
WHERE len(guards) > 0 AND node IN (
    SELECT left_node FROM link WHERE decision = 'match' UNION SELECT right_node FROM link WHERE decision = 'match')
