-- What this hub is: hub id, epoch, token key. Made once, with the database.
CREATE TABLE IF NOT EXISTS settings (
    name  BLOB NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
