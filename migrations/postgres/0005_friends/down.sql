ALTER TABLE conversation_members DROP COLUMN blocked;
DROP TABLE blocks;
DROP TABLE friendships;
DROP TABLE friend_requests;
