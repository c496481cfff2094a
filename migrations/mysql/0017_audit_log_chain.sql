-- Over what administration did: the hash of the line before and of this one. NULL in the lines of the data path.
ALTER TABLE audit_log ADD COLUMN chain VARBINARY(32) NULL;
