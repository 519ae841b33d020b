CREATE TABLE feature (n INTEGER, profile_id UUID, name INTEGER, guards VARCHAR[], is_organisation BOOLEAN,
    given VARCHAR, given_full VARCHAR, given_names VARCHAR[], family_words VARCHAR[], family VARCHAR,
    other_given VARCHAR, other_given_names VARCHAR[], other_family_words VARCHAR[], other_family VARCHAR,
    organisation VARCHAR, whole VARCHAR, emails VARCHAR[], phones VARCHAR[], streets VARCHAR[], postcodes VARCHAR[], cities VARCHAR[],
    identifiers VARCHAR[], birth_date VARCHAR, nameless BOOLEAN, good_emails VARCHAR[], good_phones VARCHAR[], good_identifiers VARCHAR[],
    rare_names BIGINT[], mailbox VARCHAR, full_names VARCHAR[]);
CREATE TEMP TABLE party_profile (party_id UUID, profile_id UUID);
CREATE TABLE profile_key (key BIGINT, name INTEGER, n INTEGER);
CREATE TEMP TABLE scored (left_n INTEGER, right_n INTEGER, decision VARCHAR, rule VARCHAR, score REAL, reasons VARCHAR);
CREATE TEMP TABLE fixed_cluster (cluster INTEGER, customer_id UUID);
CREATE TEMP TABLE taken (customer_id UUID)
