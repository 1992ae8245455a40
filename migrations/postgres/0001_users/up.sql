-- COLLATE "C" compares bytes, as SQLite does: for order, for ranges, and for speed.
CREATE TABLE users (
    id            TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    username      TEXT    NOT NULL,
    -- The username in lower case: what is unique and what a search compares.
    username_key  TEXT    COLLATE "C" NOT NULL UNIQUE,
    -- Empty: no password fits.
    password_hash TEXT    NOT NULL,
    avatar_url    TEXT    NOT NULL,
    is_guest      BOOLEAN NOT NULL,
    status        INTEGER NOT NULL,
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL
);

-- However many guests there are, a search does not walk over them.
CREATE INDEX users_found_by_name ON users (username_key) WHERE NOT is_guest;

CREATE TABLE sign_ins (
    id            TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    user_id       TEXT    COLLATE "C" NOT NULL REFERENCES users (id),
    client_info   TEXT    NOT NULL,
    -- SHA-256 of the refresh token that is good now, and of the one it replaced.
    current_hash  TEXT    NOT NULL,
    previous_hash TEXT    NOT NULL,
    rotated_at_ms BIGINT  NOT NULL,
    created_at    BIGINT  NOT NULL,
    last_used_at  BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    ended_at      BIGINT
);

CREATE INDEX sign_ins_of_user ON sign_ins (user_id);
