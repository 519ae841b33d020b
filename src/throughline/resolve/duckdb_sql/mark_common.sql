-- Take common e-mail addresses, phones and identifiers out of the good ones of their holders, and common names out of the rare ones.
UPDATE feature f SET
    good_emails = list_filter(f.emails, lambda e: NOT list_contains(h.keys, key_of(email_kind(), e))),
    good_phones = list_filter(f.phones, lambda p: NOT list_contains(h.keys, key_of(phone_kind(), p))),
    good_identifiers = list_filter(f.identifiers, lambda i: NOT list_contains(h.keys, key_of(identifier_kind(), i))),
    rare_names = list_filter(f.rare_names, lambda k: NOT list_contains(h.keys, k))
FROM (
    SELECT k.n, list(k.key) AS keys FROM profile_key k JOIN common_key c ON c.key = k.key
    WHERE k.key & 15 IN (email_kind(), phone_kind(), identifier_kind(), name_kind()) GROUP BY k.n
) h
WHERE h.n = f.n
