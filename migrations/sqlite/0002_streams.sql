-- One numbered sequence behind each address. Whoever raises a head holds its row to the commit; that order is what makes
-- a cursor safe. Stream 1 is the control stream.
CREATE TABLE IF NOT EXISTS streams (
    id      INTEGER NOT NULL PRIMARY KEY,
    address BLOB    NOT NULL UNIQUE,
    head    INTEGER NOT NULL
) STRICT;
