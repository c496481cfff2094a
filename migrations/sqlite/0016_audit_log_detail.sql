-- The log has numbers of its own from here on (seq is left out when a line is written): not every line is a change.
ALTER TABLE audit_log ADD COLUMN detail BLOB NOT NULL DEFAULT X'';
