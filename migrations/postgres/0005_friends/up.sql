CREATE TABLE friend_requests (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    from_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    to_id      TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    message    TEXT    NOT NULL,
    -- 1 pending, 2 accepted, 3 rejected.
    status     INTEGER NOT NULL,
    created_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL
);

-- One waits at most in each direction; also how those that were sent are found.
CREATE UNIQUE INDEX friend_requests_sent ON friend_requests (from_id, to_id) WHERE status = 1;

CREATE INDEX friend_requests_received ON friend_requests (to_id) WHERE status = 1;

-- Two rows for each friendship, one for each of the two.
CREATE TABLE friendships (
    user_id    TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    friend_id  TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (user_id, friend_id)
);

CREATE TABLE blocks (
    blocker_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    blocked_id TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    created_at BIGINT  NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id)
);

-- SINGLE only: the other member has blocked this one. It says what blocks says, in the row that every save reads anyway.
ALTER TABLE conversation_members ADD COLUMN blocked BOOLEAN NOT NULL DEFAULT FALSE;
