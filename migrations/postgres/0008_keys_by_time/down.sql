ALTER TABLE messages ADD CONSTRAINT messages_conversation_id_sender_id_client_msg_id_key
    UNIQUE (conversation_id, sender_id, client_msg_id);
ALTER TABLE messages DROP CONSTRAINT messages_same_key;
ALTER TABLE messages ADD CONSTRAINT messages_conversation_id_fkey
    FOREIGN KEY (conversation_id) REFERENCES conversations (id);
