-- Lines are found and swept by their numbers: an index of the times would only cost each publish.
DROP INDEX IF EXISTS audit_log_at;
