-- What the other statements say about texts; words() of the rules are defined beside it.
-- Plain text has no accents, and most text is plain.
CREATE OR REPLACE TEMP MACRO folded(s) AS trim(regexp_replace(regexp_replace(
    CASE WHEN strlen(s) = length(s) THEN replace(replace(lower(s), '''', ''), '`', '')
        ELSE strip_accents(translate(replace(lower(s), 'ß', 'ss'), 'øłđðıæœ''’`´', 'olddiao')) END,
    no_letters(), ' ', 'g'), '([aou])e|aa', '\1', 'g'));
-- A macro's argument is written out at each of its uses: what is long is worked out a layer before.
CREATE OR REPLACE TEMP MACRO split_words(plain) AS
    list_filter(string_split(coalesce(plain, ''), ' '), lambda w: w <> '');
-- Somebody may be called what is a title elsewhere: then nothing else is left, and it stays.
CREATE OR REPLACE TEMP MACRO without_titles(l) AS
    coalesce(nullif(list_filter(l, lambda w: NOT list_contains(titles(), w)), []), l);
-- Of SAS GmbH the first word is the name.
CREATE OR REPLACE TEMP MACRO without_legal_forms(l) AS
    coalesce(nullif(list_filter(l, lambda w: NOT list_contains(legal_forms(), w)), []), l[:1]);
-- The last word is no particle, whatever it is: none stands behind what it belongs to.
CREATE OR REPLACE TEMP MACRO without_particles(l) AS
    list_filter(l[:-2], lambda w: NOT list_contains(particles(), w)) || l[-1:];
CREATE OR REPLACE TEMP MACRO key_of(kind, value) AS
    CAST((md5_number_lower(value) >> 5) * 16 + kind AS BIGINT);
-- One wrong, missing, added or swapped character: then one half is equal, which is quick to see.
CREATE OR REPLACE TEMP MACRO one_edit(a, b) AS
    CASE WHEN abs(length(a) - length(b)) <= 1 AND (left(a, length(a) // 2 - 1) = left(b, length(a) // 2 - 1)
        OR right(a, length(a) // 2 - 1) = right(b, length(a) // 2 - 1))
    THEN damerau_levenshtein(a, b) <= 1 ELSE false END;
CREATE OR REPLACE TEMP MACRO near(a, b) AS
    least(length(a), length(b)) >= 4 AND
    (damerau_levenshtein(a, b) <= 1 OR jaro_winkler_similarity(a, b) >= 0.93);
CREATE OR REPLACE TEMP MACRO street_of(s) AS
    regexp_replace(replace(coalesce(folded(s), ''), 'strasse', 'str'), street_pattern(), '', 'g');
-- Whether the one name may be short for the other: the same first letter, its letters in the same order.
CREATE OR REPLACE TEMP MACRO shortened(short, name) AS
    length(short) >= 3 AND length(short) < length(name) AND left(short, 1) = left(name, 1)
    AND regexp_matches(name, array_to_string(string_split(short, ''), '.*'));
-- Levels of two names: 3 same, 2 close, 1 initial, 0 different; null where either is missing.
CREATE OR REPLACE TEMP MACRO given_level(a, a_names, a_full, b, b_names, b_full) AS CASE
    WHEN a IS NULL OR b IS NULL THEN NULL
    WHEN a = b OR a_full = b_full OR list_has_any(a_names, b_names) THEN 3
    WHEN length(a) = 1 OR length(b) = 1 THEN CAST(left(a, 1) = left(b, 1) AS INTEGER)
    WHEN near(a, b) OR near(a_full, b_full) THEN 2
    WHEN shortened(a, b) OR shortened(b, a) THEN 2
    ELSE 0 END;
CREATE OR REPLACE TEMP MACRO family_level(a, a_words, b, b_words) AS CASE
    WHEN a = '' OR b = '' THEN NULL
    WHEN a = b OR list_has_any(a_words, b_words) THEN 3
    WHEN length(a) = 1 OR length(b) = 1 THEN CAST(left(a, 1) = left(b, 1) AS INTEGER)
    WHEN near(a, b) THEN 2
    ELSE 0 END;
CREATE OR REPLACE TEMP MACRO level_name(n) AS
    CASE n WHEN 3 THEN 'same' WHEN 2 THEN 'close' WHEN 1 THEN 'initial' WHEN 0 THEN 'different' END
;
-- Whose name is in the local part of an e-mail address.
CREATE OR REPLACE TEMP MACRO mailbox_level(mailbox, given_names, family) AS CASE
    WHEN mailbox IS NULL THEN NULL
    WHEN length(given_names[1]) > 2 AND contains(mailbox, given_names[1])
        OR length(given_names[2]) > 2 AND contains(mailbox, given_names[2]) THEN 'given'
    WHEN length(family) > 2 AND contains(mailbox, family) THEN 'family' END
