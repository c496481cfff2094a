-- Lines are found and swept by their numbers: an index of the times would only cost each publish.
DROP INDEX audit_log_at ON audit_log;
