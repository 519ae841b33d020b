-- The profiles that parties moved between.
SELECT old_profile FROM moving WHERE old_profile IS NOT NULL UNION SELECT new_profile FROM moving WHERE new_profile IS NOT NULL
