-- A push that somebody waits for. Its data stands once, however many wait. The number grows with the order of arrival.
CREATE TABLE pushes (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    type       TEXT    NOT NULL,
    data       TEXT    NOT NULL,
    expires_at BIGINT  NOT NULL
);

CREATE INDEX pushes_expire ON pushes (expires_at);

-- Who waits for it. A user has a push_id once.
CREATE TABLE queued_pushes (
    user_id    TEXT    NOT NULL REFERENCES users (id),
    number     BIGINT  NOT NULL REFERENCES pushes (number),
    push_id    TEXT    NOT NULL,
    -- That of the push.
    expires_at BIGINT  NOT NULL,
    PRIMARY KEY (user_id, number)
) WITHOUT ROWID;

CREATE UNIQUE INDEX queued_pushes_by_id ON queued_pushes (user_id, push_id);

-- What is left of a push's users.
CREATE INDEX queued_pushes_of_push ON queued_pushes (number);
