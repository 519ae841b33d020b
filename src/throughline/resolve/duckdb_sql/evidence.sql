-- What the two profiles of each candidate pair have in common: one level a field, null where either side is blank.
WITH sides AS (
    SELECT p.left_n, p.right_n,
        l.nameless <> r.nameless AS one_nameless,
        l.nameless AND r.nameless AS both_nameless,
        l.is_organisation <> r.is_organisation AND NOT coalesce(CASE WHEN l.is_organisation
            THEN l.organisation = r.whole OR near(l.organisation, r.whole)
            ELSE r.organisation = l.whole OR near(r.organisation, l.whole) END, false) AS kinds_differ,
        given_level(l.given, l.given_names, l.given_full, r.given, r.given_names, r.given_full) AS g0,
        family_level(l.family, l.family_words, r.family, r.family_words) AS f0,
        CASE WHEN l.given = r.given AND l.family = r.family THEN NULL
        WHEN l.other_given IS NOT NULL THEN
            given_level(l.other_given, l.other_given_names, l.other_given, r.given, r.given_names, r.given_full)
        WHEN r.other_given IS NOT NULL THEN
            given_level(l.given, l.given_names, l.given_full, r.other_given, r.other_given_names, r.other_given) END AS g1,
        CASE WHEN l.given = r.given AND l.family = r.family THEN NULL
        WHEN l.other_given IS NOT NULL THEN
            family_level(l.other_family, l.other_family_words, r.family, r.family_words)
        WHEN r.other_given IS NOT NULL THEN
            family_level(l.family, l.family_words, r.other_family, r.other_family_words) END AS f1,
        CASE WHEN l.is_organisation AND (l.organisation = r.whole OR near(l.organisation, r.whole))
            OR r.is_organisation AND (r.organisation = l.whole OR near(r.organisation, l.whole))
            OR l.is_organisation AND r.is_organisation AND l.organisation = r.organisation THEN 'own'
            WHEN l.organisation IS NULL OR r.organisation IS NULL THEN NULL
            WHEN NOT (l.is_organisation AND r.is_organisation) THEN
                CASE WHEN l.organisation = r.organisation THEN 'employer' END
            WHEN near(l.organisation, r.organisation) THEN 'close'
            ELSE 'different' END AS organisation,
        CASE WHEN len(l.emails) = 0 OR len(r.emails) = 0 THEN NULL
            WHEN list_has_any(l.good_emails, r.good_emails) THEN 'same'
            WHEN list_has_any(l.emails, r.emails) THEN 'common'
            WHEN one_edit(l.emails[1], r.emails[1]) THEN 'close'
            WHEN split_part(l.emails[1], '@', 1) = split_part(r.emails[1], '@', 1) THEN 'local'
            ELSE 'different' END AS email,
        CASE WHEN len(l.phones) = 0 OR len(r.phones) = 0 THEN NULL
            WHEN list_has_any(l.good_phones, r.good_phones) THEN 'same'
            WHEN list_has_any(l.phones, r.phones) THEN 'common'
            WHEN one_edit(l.phones[1], r.phones[1]) THEN 'close'
            ELSE 'different' END AS phone,
        CASE WHEN len(l.postcodes) = 0 OR len(r.postcodes) = 0 THEN NULL
            WHEN list_has_any(l.postcodes, r.postcodes) AND list_has_any(l.streets, r.streets) THEN 'same'
            WHEN list_has_any(l.postcodes, r.postcodes) AND near(l.streets[1], r.streets[1])
                THEN 'close'
            WHEN list_has_any(l.streets, r.streets) AND damerau_levenshtein(l.postcodes[1], r.postcodes[1]) <= 1 THEN 'close'
            WHEN list_has_any(l.postcodes, r.postcodes) THEN 'postcode'
            WHEN list_has_any(l.cities, r.cities) THEN 'city'
            ELSE 'different' END AS address,
        CASE WHEN l.birth_date IS NULL OR r.birth_date IS NULL THEN NULL
            WHEN l.birth_date = r.birth_date THEN 'same'
            WHEN damerau_levenshtein(l.birth_date, r.birth_date) <= 1
                OR (left(l.birth_date, 4) = left(r.birth_date, 4) AND right(l.birth_date, 2) = substr(r.birth_date, 6, 2)
                    AND right(r.birth_date, 2) = substr(l.birth_date, 6, 2)) THEN 'close'
            ELSE 'different' END AS birth_date,
        CASE WHEN list_has_any(l.good_identifiers, r.good_identifiers) THEN 'same' END AS identifier,
        CASE WHEN list_has_any(l.rare_names, r.rare_names) THEN 'rare' END AS name,
        CASE WHEN l.nameless = r.nameless THEN NULL
            WHEN l.is_organisation OR r.is_organisation THEN 'organisation'
            WHEN l.nameless THEN mailbox_level(l.mailbox, r.given_names, r.family)
            ELSE mailbox_level(r.mailbox, l.given_names, l.family) END AS holder
    FROM pair p JOIN feature l ON l.n = p.left_n JOIN feature r ON r.n = p.right_n
), turned AS (
    SELECT *, coalesce(coalesce(g1, 1) > 0 AND coalesce(f1, 1) > 0 AND coalesce(g1, 0) + coalesce(f1, 0) > coalesce(g0, 0) + coalesce(f0, 0), false) AS turn FROM sides
)
SELECT * EXCLUDE (g0, g1, f0, f1, turn),
    level_name(CASE WHEN turn THEN g1 ELSE g0 END) AS given,
    level_name(CASE WHEN turn THEN f1 ELSE f0 END) AS family
FROM turned
