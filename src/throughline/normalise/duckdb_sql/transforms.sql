-- Define the transforms, and what compiled rules are made of, as macros.
-- Parameters: $codes: the ISO 3166 codes, split by |. $letters, $digits: as the inside of a character class.
-- A macro's argument is written out at each of its uses, and planning costs more than running for few records:
-- what may be long is used once, if need be as the only element of a list that a lambda looks at.
CREATE MACRO tl_some(x) AS list_filter([x], lambda v: v <> '')[1];
CREATE MACRO tl_text(x) AS tl_some(trim(x, E' \t\r\n ​﻿'));
CREATE MACRO tl_trim(x) AS tl_text(x);
CREATE MACRO tl_lower(x) AS lower(tl_text(x));
CREATE MACRO tl_country(x) AS CASE WHEN regexp_full_match(x, '[A-Z]{2}') AND contains('|$codes|', x) THEN x ELSE tl_country_named(x) END;
CREATE MACRO tl_digits(x) AS tl_some(regexp_replace(x, '[^0-9]', '', 'g'));
-- DuckDB reads the year of 04.03.25 as 25, and nobody's year has two digits.
CREATE MACRO tl_day(t) AS list_filter([strftime(t, '%Y-%m-%d')], lambda v: v >= '1000')[1];
-- JSON has no word for a number without end, and DuckDB writes one all the same.
CREATE MACRO tl_finite(json) AS NOT regexp_matches(json, 'NaN|Infinity')
    OR NOT regexp_matches(regexp_replace(json, '"([^"\\]|\\.)*"', '', 'g'), 'NaN|Infinity');
CREATE MACRO tl_json(x) AS list_filter([to_json(x)::VARCHAR], lambda v: v NOT IN ('null', '""', '[]', '{}') AND tl_finite(v))[1];
CREATE MACRO tl_failed(tried) AS tried IS NULL OR NOT tl_finite(to_json(tried.v)::VARCHAR);
CREATE MACRO tl_present(items) AS list_filter(items, lambda one: one IS NOT NULL);
CREATE MACRO tl_once(items) AS list_filter(items, lambda one, place: list_position(items, one) = place);
CREATE MACRO tl_enclosed(opening, x, closing) AS list_filter([opening || x || closing], lambda v: strlen(v) > 2)[1];
CREATE MACRO tl_list(items) AS tl_enclosed('[', array_to_string(tl_once(tl_present(items)), ','), ']');
CREATE MACRO tl_items(x) AS tl_enclosed('[', substr(x, 2), ']');
CREATE MACRO tl_object(x) AS tl_enclosed('{', substr(x, 2), '}');
CREATE MACRO tl_spaces(x) AS CASE WHEN regexp_matches(x, '\s\s|[^\S ]') THEN tl_text(regexp_replace(x, '\s+', ' ', 'g')) ELSE x END;
CREATE MACRO tl_email(x) AS tl_some(regexp_extract(
    regexp_replace(lower(nfc_normalize(x)), '^mailto:', ''),
    '^[^\s@<>()\[\],;:"\\]{1,64}@[$letters$digits_-]+(\.[$letters$digits_-]+)*\.[$letters][$letters$digits-]+$'));
CREATE MACRO tl_name(x) AS CASE
    WHEN contains('|n/a|n.a.|#n/a|unknown|unbekannt|anonymous|anonym|none|null|nil|k.a.|keine angabe|undefined|(none)|',
        '|' || lower(x) || '|') THEN NULL
    WHEN regexp_matches(x, '[$letters$digits]') THEN nfc_normalize(tl_spaces(x)) END;
CREATE MACRO tl_stamp(t) AS list_filter([regexp_extract(strftime(t, '%Y-%m-%dT%H:%M:%S.%f'),
    '^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d*[1-9])?')], lambda v: v >= '1000')[1] || 'Z';
CREATE MACRO tl_in_range(t) AS list_filter([t], lambda v: v BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999')[1];
CREATE MACRO tl_offset(x) AS regexp_matches(x, ':\d\d.*([zZ]|UTC|GMT|[+-]\d\d(:?\d\d)?)$');
CREATE MACRO tl_local_time(x, zone) AS tl_stamp(CASE
    WHEN regexp_full_match(x, '\d{9,10}(\.\d+)?') THEN make_timestamp((x::DOUBLE * 1000000)::BIGINT)
    WHEN regexp_full_match(x, '\d{12,13}') THEN make_timestamp(x::BIGINT * 1000)
    WHEN tl_offset(x) THEN timezone('UTC', TRY_CAST(regexp_replace(x, '([+-]\d\d)(\d\d)$', '\1:\2') AS TIMESTAMPTZ))
    ELSE timezone('UTC', timezone(zone, tl_in_range(TRY_CAST(x AS TIMESTAMP)))) END);
CREATE MACRO tl_utc(x) AS tl_local_time(x, 'UTC');
CREATE MACRO tl_time_as(x, form, zone) AS tl_stamp(timezone('UTC', timezone(zone, tl_in_range(try_strptime(x, form)::TIMESTAMP))));
CREATE MACRO tl_date_as(x, form) AS tl_day(try_strptime(x, form));
CREATE MACRO tl_date(x) AS tl_day(try_strptime(
    regexp_replace(x, '^(\d{4}-\d\d-\d\d)[T ].*$', '\1'), ['%Y-%m-%d', '%d.%m.%Y', '%Y%m%d', '%Y/%m/%d']));
CREATE MACRO tl_plain_number(y) AS CASE
    WHEN regexp_full_match(y, '-?\d+(\.\d+)?') THEN y
    WHEN regexp_full_match(y, '-?\d{1,3}(,\d{3})+\.\d+') THEN replace(y, ',', '')
    WHEN regexp_full_match(y, '-?\d{1,3}(\.\d{3})+,\d+') THEN replace(replace(y, '.', ''), ',', '.')
    WHEN regexp_full_match(y, '-?\d+,(\d{1,2}|\d{4,})') THEN replace(y, ',', '.') END;
CREATE MACRO tl_grouped_number(y) AS CASE
    WHEN regexp_full_match(y, '-?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?') THEN replace(y, ',', '') END;
CREATE MACRO tl_digits_of(x) AS regexp_replace(x, '^\+|\s', '', 'g');
CREATE MACRO tl_without_zeros(y) AS regexp_replace(y, '^(-?)0+(\d)', '\1\2');
CREATE MACRO tl_decimal(x) AS tl_without_zeros(list_transform([tl_digits_of(x)], lambda y: tl_plain_number(y))[1]);
CREATE MACRO tl_decimal_as(x, form) AS tl_without_zeros(list_transform(
    [CASE WHEN form = '1.234,56' THEN translate(tl_digits_of(x), '.,', ',.') ELSE tl_digits_of(x) END],
    lambda y: tl_grouped_number(y))[1]);
CREATE MACRO tl_integer(x) AS CASE WHEN regexp_full_match(x, '[+-]?\d{1,18}(\.0*)?')
    THEN regexp_extract(x, '[+-]?\d+')::BIGINT::VARCHAR END;
CREATE MACRO tl_currency(x) AS CASE WHEN regexp_full_match(x, '[A-Za-z]{3}') THEN upper(x)
    WHEN x = '€' THEN 'EUR' WHEN x = '£' THEN 'GBP' END;
CREATE MACRO tl_language(x) AS CASE
    WHEN regexp_full_match(x, '[A-Za-z]{2,3}') THEN lower(x)
    WHEN regexp_full_match(x, '[A-Za-z]{2,3}[-_]([A-Za-z]{2}|\d{3})')
        THEN lower(regexp_extract(x, '^[A-Za-z]+')) || '-' || upper(regexp_extract(x, '[A-Za-z0-9]+$')) END;
CREATE MACRO tl_direction(parts) AS CASE
    WHEN len(parts) IS NULL OR len(parts) = 0 THEN NULL
    WHEN len(parts) > 1 AND list_bool_and(list_transform(parts, lambda p: p.own)) THEN 'internal'
    WHEN list_bool_or(list_transform(list_filter(parts, lambda p: p.role IN ('sender', 'caller')), lambda p: p.own)) THEN 'outbound'
    ELSE 'inbound' END;
CREATE MACRO tl_told_one(p) AS CASE WHEN p.name IS NOT NULL OR p.address IS NOT NULL THEN
    concat('{"role":', to_json(p.role)::VARCHAR, ',"name":' || to_json(p.name)::VARCHAR, ',"address":' || to_json(p.address)::VARCHAR, '}') END;
CREATE MACRO tl_told(parts) AS tl_enclosed('[', array_to_string(tl_present(list_transform(parts, lambda p: tl_told_one(p))), ','), ']');
