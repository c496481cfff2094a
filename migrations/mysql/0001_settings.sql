-- What this hub is: hub id, epoch, token key. Made once, with the database.
CREATE TABLE IF NOT EXISTS settings (
    name  VARBINARY(64)  NOT NULL PRIMARY KEY,
    value VARBINARY(255) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
