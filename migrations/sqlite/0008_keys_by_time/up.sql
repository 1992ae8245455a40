-- Messages are stored in the order in which they come, a dozen to a page that is written once. Before, each conversation had pages
-- of its own: every message of a transaction changed another, and three or four when it had to be split.
-- The unique key begins with the client's part of it. Clients whose keys grow with time (UUIDv7, as GoChat's own make them) then
-- add at one end of the index: a few pages for a whole transaction.
CREATE TABLE messages_by_time (
    conversation_id TEXT    NOT NULL REFERENCES conversations (id),
    seq_id          BIGINT  NOT NULL,
    sender_id       TEXT    NOT NULL,
    message_type    INTEGER NOT NULL,
    -- Empty once recalled, as is extra.
    content         TEXT    NOT NULL,
    extra           TEXT    NOT NULL,
    client_msg_id   TEXT    NOT NULL,
    deleted         BOOLEAN NOT NULL,
    -- The conversation's last_change when it was recalled; 0 before.
    change          BIGINT  NOT NULL,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    -- Who recalled it; empty before.
    recalled_by     TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (conversation_id, seq_id),
    -- The same key again is the same message, for ever.
    UNIQUE (client_msg_id, conversation_id, sender_id)
);

INSERT INTO messages_by_time (conversation_id, seq_id, sender_id, message_type, content, extra, client_msg_id, deleted, change,
    created_at, updated_at, recalled_by)
SELECT conversation_id, seq_id, sender_id, message_type, content, extra, client_msg_id, deleted, change, created_at, updated_at,
    recalled_by
FROM messages;

DROP TABLE messages;
ALTER TABLE messages_by_time RENAME TO messages;

-- What was recalled since a change that a client knows of.
CREATE INDEX messages_recalled ON messages (conversation_id, change) WHERE change > 0;
