CREATE TABLE conversations (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    -- 1 SINGLE, 2 GROUP, 3 WORLD.
    type             INTEGER NOT NULL,
    name             TEXT    NOT NULL,
    avatar_url       TEXT    NOT NULL,
    description      TEXT    NOT NULL,
    owner_id         TEXT COLLATE "C" REFERENCES users (id),
    -- SINGLE only: its two users in order, so that there is one for each pair.
    single_key       TEXT COLLATE "C" UNIQUE,
    member_count     INTEGER NOT NULL,
    -- Grows with every change of the member list.
    member_version   BIGINT  NOT NULL,
    -- The seq of the last message. Whoever takes the next holds this row's lock.
    last_seq         BIGINT  NOT NULL,
    -- Grows with every recall.
    last_change      BIGINT  NOT NULL,
    last_activity_at BIGINT  NOT NULL,
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    deleted_at       BIGINT
);

CREATE TABLE conversation_members (
    conversation_id TEXT COLLATE "C" NOT NULL REFERENCES conversations (id),
    user_id         TEXT COLLATE "C" NOT NULL REFERENCES users (id),
    -- 1 MEMBER, 2 ADMIN, 3 OWNER.
    role            INTEGER NOT NULL,
    muted           BOOLEAN NOT NULL,
    last_read_seq   BIGINT  NOT NULL,
    joined_at       BIGINT  NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);

CREATE INDEX conversations_of_user ON conversation_members (user_id);

-- The order in which members are listed.
CREATE INDEX members_by_rank ON conversation_members (conversation_id, role DESC, joined_at, user_id);

-- The one WORLD conversation.
INSERT INTO conversations (id, type, name, avatar_url, description, member_count, member_version, last_seq, last_change,
    last_activity_at, created_at, updated_at)
VALUES ('world', 3, 'World', '', '', 0, 1, 0, 0, EXTRACT(EPOCH FROM now())::bigint, EXTRACT(EPOCH FROM now())::bigint, EXTRACT(EPOCH FROM now())::bigint);
