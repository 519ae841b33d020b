-- Make the tables that take what the rules make of a batch.
-- Parameters: none.
CREATE OR REPLACE TEMP TABLE parties (
    party_id VARCHAR, key VARCHAR, source_id VARCHAR, self BOOLEAN, doc VARCHAR, hash VARCHAR, changed_at VARCHAR);
CREATE OR REPLACE TEMP TABLE records (
    record_id VARCHAR, type VARCHAR, key VARCHAR, source_id VARCHAR, occurred_at VARCHAR, doc VARCHAR, hash VARCHAR);
CREATE OR REPLACE TEMP TABLE participants (
    record_id VARCHAR, position BIGINT, role VARCHAR, party_id VARCHAR, principal BOOLEAN);
CREATE OR REPLACE TEMP TABLE notes (subject_id VARCHAR, path VARCHAR, reason VARCHAR);
CREATE OR REPLACE TEMP TABLE refusals (
    source_id VARCHAR, rule VARCHAR, path VARCHAR, reason VARCHAR, subject_id VARCHAR)
