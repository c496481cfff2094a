-- The log has numbers of its own from here on (seq is left out when a line is written): not every line is a change.
ALTER TABLE audit_log ADD COLUMN detail VARBINARY(1024) NOT NULL DEFAULT '', MODIFY seq BIGINT NOT NULL AUTO_INCREMENT;
