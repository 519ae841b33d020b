-- Matches, strongest first; ties by profile id.
SELECT left_node, right_node FROM link WHERE decision = 'match' ORDER BY score DESC, left_node, right_node
