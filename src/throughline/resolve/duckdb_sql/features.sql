-- The evidence of each incoming party, one row a party; equal evidence has an equal profile_id.
WITH parsed AS (
    SELECT party_id, stream_id, self,
        from_json(doc, '{"kind":"VARCHAR","name":"VARCHAR","given_name":"VARCHAR",
            "additional_name":"VARCHAR","family_name":"VARCHAR","native_name":"VARCHAR",
            "organisation":"VARCHAR","emails":["VARCHAR"],"phones":["VARCHAR"],
            "addresses":[{"street":"VARCHAR","postal_code":"VARCHAR","city":"VARCHAR","country":"VARCHAR"}],
            "identifiers":[{"scheme":"VARCHAR","value":"VARCHAR"}],"birth_date":"VARCHAR"}') AS d
    FROM incoming
), latin AS (
    SELECT p.*,
        coalesce(hg.joined, p.d.given_name) AS given_text,
        coalesce(hf.joined, p.d.family_name) AS family_text,
        CASE WHEN contains(p.d.name, '@') THEN NULL ELSE coalesce(hn.split, p.d.name, hv.split, p.d.native_name) END AS name_text
    FROM parsed p
    LEFT JOIN pinyin hg ON hg.text = p.d.given_name
    LEFT JOIN pinyin hf ON hf.text = p.d.family_name
    LEFT JOIN pinyin hn ON hn.text = p.d.name
    LEFT JOIN pinyin hv ON hv.text = p.d.native_name
), plain AS (  -- one list, for the folding is written out but once
    SELECT party_id, stream_id, self, d, list_transform([given_text, family_text,
        CASE WHEN regexp_full_match(name_text, '[^,]+,[^,]+')
            THEN split_part(name_text, ',', 2) || ' ' || split_part(name_text, ',', 1) ELSE name_text END,
        coalesce(d.name, d.organisation), d.organisation], lambda t: split_words(folded(t))) AS w
    FROM latin
), words AS (
    SELECT party_id, stream_id, self, d,
        without_titles(w[1]) AS given_words, without_titles(w[2]) AS family_parts, without_titles(w[3]) AS name_parts,
        len(w[3]) AS name_words,
        w[4] AS full_words, without_legal_forms(w[4]) AS whole_words, without_legal_forms(w[5]) AS organisation_words
    FROM plain
), tokens AS (
    SELECT * EXCLUDE (family_parts, name_parts, name_words), without_particles(family_parts) AS family_words,
        CASE WHEN name_words = 2 THEN name_parts ELSE without_particles(name_parts) END AS all_words  -- Di Wang has two
    FROM words
), kinds AS (
    SELECT *,
        coalesce(d.kind = 'organisation', false) OR
            (len(family_words) = 0 AND (list_has_any(full_words, legal_forms_anywhere())
                OR list_contains(legal_forms_at_end(), full_words[-1]))) AS is_organisation,
        len(given_words) > 0 AND len(family_words) > 0 AS structured
    FROM tokens
), names AS (
    SELECT party_id, stream_id, self, d, is_organisation,
        CASE WHEN is_organisation THEN []
            WHEN structured THEN given_words
            WHEN len(given_words) > 0 THEN given_words
            WHEN len(family_words) > 0 THEN []
            WHEN len(all_words) > 1 THEN [all_words[1]] ELSE [] END AS g,
        CASE WHEN is_organisation THEN []
            WHEN structured OR len(family_words) > 0 THEN family_words
            WHEN len(given_words) > 0 THEN []
            WHEN len(all_words) > 1 THEN all_words[2:] ELSE all_words END AS f,
        CASE WHEN is_organisation THEN NULL
            WHEN structured THEN family_words
            WHEN len(given_words) + len(family_words) = 0 AND len(all_words) > 0 THEN [all_words[-1]] END AS ag,
        CASE WHEN is_organisation THEN NULL
            WHEN structured THEN given_words
            WHEN len(given_words) + len(family_words) = 0 AND len(all_words) > 0 THEN all_words[:-2] END AS af,
        CASE WHEN is_organisation THEN whole_words ELSE organisation_words END AS o,
        CASE WHEN NOT is_organisation AND NOT structured AND d.name IS NOT NULL THEN whole_words END AS whole_words
    FROM kinds
), evidence AS (
    SELECT party_id, stream_id, self, is_organisation,
        g[1] AS given, array_to_string(g, '') AS given_full, array_to_string(g, ' ') AS given_text, coalesce(n1.names, CASE WHEN len(g) > 0 THEN [g[1]] END) AS given_names,
        f AS family_words, array_to_string(f, '') AS family, array_to_string(f, ' ') AS family_text,
        ag[1] AS other_given, array_to_string(ag, ' ') AS other_given_text, coalesce(n2.names, CASE WHEN len(ag) > 0 THEN [ag[1]] END) AS other_given_names,
        af AS other_family_words, array_to_string(af, '') AS other_family,
        array_to_string(af, ' ') AS other_family_text,
        nullif(array_to_string(o, ''), '') AS organisation, nullif(array_to_string(whole_words, ''), '') AS whole,
        list_sort(list_distinct(list_filter(coalesce(d.emails, []), lambda e: NOT regexp_matches(e, junk_email())))) AS emails,
        list_sort(list_distinct(list_filter(coalesce(d.phones, []), lambda p: NOT regexp_matches(p, junk_phone())))) AS phones,
        list_sort(list_distinct(list_filter(list_transform(coalesce(d.addresses, []), lambda a:
            street_of(a.street)), lambda a: a <> ''))) AS streets,
        list_sort(list_distinct(list_filter(list_transform(coalesce(d.addresses, []), lambda a:
            upper(regexp_replace(coalesce(a.postal_code, ''), '[^A-Za-z0-9]', '', 'g'))), lambda a: a <> ''))) AS postcodes,
        list_sort(list_distinct(list_filter(list_transform(coalesce(d.addresses, []), lambda a:
            coalesce(folded(a.city), '')), lambda a: a <> ''))) AS cities,
        list_sort(list_distinct(list_filter(list_transform(coalesce(d.identifiers, []), lambda i:
            lower(i.scheme) || '=' || upper(regexp_replace(i.value, '[^A-Za-z0-9]', '', 'g'))),
            lambda i: NOT regexp_matches(split_part(i, '=', 2), junk_identifier())))) AS identifiers,
        nullif(d.birth_date, '') AS birth_date
    FROM names
    LEFT JOIN nickname n1 ON n1.word = g[1]
    LEFT JOIN nickname n2 ON n2.word = ag[1]
), nameless AS (
    SELECT *, given IS NULL AND family = '' AND organisation IS NULL AND len(streets) = 0
        AND birth_date IS NULL AND len(identifiers) = 0 AS nameless
    FROM evidence
)
SELECT
    md5(concat_ws(chr(31), is_organisation, given_text, family_text, coalesce(other_given_text, ''),
        coalesce(other_family_text, ''), coalesce(organisation, ''), coalesce(whole, ''),
        array_to_string(emails, ' '), array_to_string(phones, ' '), array_to_string(streets, ' '),
        array_to_string(postcodes, ' '), array_to_string(cities, ','), array_to_string(identifiers, ' '), coalesce(birth_date, ''),
        CASE WHEN self OR (len(emails) + len(phones) + len(streets) + len(identifiers) = 0
            AND birth_date IS NULL) THEN party_id END))::UUID AS profile_id,
    CASE WHEN nameless THEN 0 ELSE CAST(md5_number_lower(
        coalesce(organisation, '') || '|' || array_to_string(list_sort(
            list_filter([coalesce(given_names[1], ''), family], lambda w: w <> '')), ' ')) % 2147483647 AS INTEGER)
        END AS name,
    list_transform(list_filter(identifiers, lambda i: list_contains(exclusive_schemes(), split_part(i, '=', 1))),
        lambda i: regexp_replace(i, '=([A-Z]{2})', ' of country=\1'))  -- with a country and without one are two kinds
        || CASE WHEN self AND list_contains(free_of_duplicates(), stream_id)
            THEN ['source ' || stream_id || '=' || party_id] ELSE [] END AS guards,
    * EXCLUDE (stream_id, self, given_text, family_text, other_given_text, other_family_text),
    emails AS good_emails, phones AS good_phones, identifiers AS good_identifiers,
    CASE WHEN given IS NULL OR family = '' THEN [] ELSE list_distinct(list_transform(given_names, lambda g:
        CASE WHEN g < family THEN g || ' ' || family ELSE family || ' ' || g END)) END AS full_names,
    CASE WHEN nameless AND len(emails) > 0 THEN replace(folded(split_part(emails[1], '@', 1)), ' ', '') END AS mailbox
FROM nameless
