-- The trace that an item's publisher worked in: trace id, parent id and flags of W3C Trace Context.
ALTER TABLE items ADD COLUMN traceparent BINARY(25) NULL;
