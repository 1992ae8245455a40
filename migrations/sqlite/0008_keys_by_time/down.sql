CREATE TABLE messages_by_sender (
    conversation_id TEXT    NOT NULL REFERENCES conversations (id),
    seq_id          BIGINT  NOT NULL,
    sender_id       TEXT    NOT NULL,
    message_type    INTEGER NOT NULL,
    content         TEXT    NOT NULL,
    extra           TEXT    NOT NULL,
    client_msg_id   TEXT    NOT NULL,
    deleted         BOOLEAN NOT NULL,
    change          BIGINT  NOT NULL,
    created_at      BIGINT  NOT NULL,
    updated_at      BIGINT  NOT NULL,
    recalled_by     TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (conversation_id, seq_id),
    UNIQUE (conversation_id, sender_id, client_msg_id)
) WITHOUT ROWID;

INSERT INTO messages_by_sender (conversation_id, seq_id, sender_id, message_type, content, extra, client_msg_id, deleted, change,
    created_at, updated_at, recalled_by)
SELECT conversation_id, seq_id, sender_id, message_type, content, extra, client_msg_id, deleted, change, created_at, updated_at,
    recalled_by
FROM messages;

DROP TABLE messages;
ALTER TABLE messages_by_sender RENAME TO messages;
CREATE INDEX messages_recalled ON messages (conversation_id, change) WHERE change > 0;
