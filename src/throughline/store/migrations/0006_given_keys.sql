-- The key that the environment gives is known to the serving process alone; one that was kept here would never end.
DELETE FROM api_key WHERE name = 'environment';
