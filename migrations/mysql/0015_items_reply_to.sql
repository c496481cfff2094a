-- What answers an item, for its thread.
CREATE INDEX items_reply_to ON items (reply_to);
