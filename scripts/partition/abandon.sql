-- Before the switch: messages is as it was, and the copy goes.
SET client_min_messages = warning;

BEGIN;
SET LOCAL lock_timeout = :'lock_timeout';
DROP TRIGGER IF EXISTS messages_move_insert ON messages;
DROP TRIGGER IF EXISTS messages_move_update ON messages;
DROP TRIGGER IF EXISTS messages_move_refuse ON messages;
COMMIT;

BEGIN;
-- The copy's foreign key has conversations locked for a moment.
SET LOCAL lock_timeout = :'lock_timeout';
DROP TABLE IF EXISTS messages_partitioned, messages_move;
DROP PROCEDURE IF EXISTS messages_move_copy, messages_move_check;
DROP FUNCTION IF EXISTS messages_move_mirror, messages_move_refuse;
COMMIT;
