-- A message is known by its conversation and seq. Its writer holds the conversation's lock and has seen the sender's membership.
CREATE TABLE messages (
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
    PRIMARY KEY (conversation_id, seq_id),
    -- The same key again is the same message, for ever.
    UNIQUE (conversation_id, sender_id, client_msg_id)
) WITHOUT ROWID;
