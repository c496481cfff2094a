-- One numbered sequence behind each address. Whoever raises a head holds its row to the commit; that order is what makes
-- a cursor safe. Stream 1 is the control stream.
CREATE TABLE IF NOT EXISTS streams (
    id      BIGINT        NOT NULL PRIMARY KEY,
    address VARBINARY(65) NOT NULL,
    head    BIGINT        NOT NULL,
    UNIQUE KEY streams_address (address)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
