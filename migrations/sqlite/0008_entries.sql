-- One line of a stream.
CREATE TABLE IF NOT EXISTS entries (
    stream INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    item   BLOB    NOT NULL,
    PRIMARY KEY (stream, seq)
) STRICT, WITHOUT ROWID;
