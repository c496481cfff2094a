-- One line of a stream.
CREATE TABLE IF NOT EXISTS entries (
    stream BIGINT     NOT NULL,
    seq    BIGINT     NOT NULL,
    item   BINARY(16) NOT NULL,
    PRIMARY KEY (stream, seq)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
