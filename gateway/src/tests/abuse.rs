//! Clients that do not keep to the rules.

use protos::model::limits::FRAME_MAX_BYTES;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use super::*;

const UPGRADE: &str = "GET /ws?token=ann.s1 HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// The code of the close frame that comes after this, on a connection that then ends.
async fn close_code_after(gateway: &Running, bytes: &[u8]) -> u16 {
    let mut stream = gateway.raw(UPGRADE.as_bytes()).await;
    let mut received = Vec::new();
    while !received.windows(5).any(|text| text == b"hello") {
        timeout(DEADLINE, stream.read_buf(&mut received)).await.unwrap().unwrap();
    }
    stream.write_all(bytes).await.unwrap();
    timeout(DEADLINE, stream.read_to_end(&mut received)).await.unwrap().ok();
    let close = received.windows(2).rposition(|head| head[0] == 0x88).expect("no close frame");
    u16::from_be_bytes([received[close + 2], received[close + 3]])
}

/// A masked header: first byte, and payload length as 64 bits.
fn header(first: u8, length: u64) -> Vec<u8> {
    let mut header = vec![first, 0xff];
    header.extend(length.to_be_bytes());
    header.extend([0; 4]);
    header
}

#[actix_rt::test]
async fn a_frame_that_declares_a_terabyte_is_closed_at_its_header() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    assert_eq!(close_code_after(&gateway, &header(0x81, 1 << 40)).await, 1009);
    assert_eq!(close_code_after(&gateway, &header(0x81, FRAME_MAX_BYTES as u64 + 1)).await, 1009);
    assert_eq!(close_code_after(&gateway, &header(0x81, u64::MAX)).await, 1009);
}

#[actix_rt::test]
async fn what_is_not_websocket_is_closed() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let unmasked = b"\x81\x02hi";
    let reserved_bit = b"\xc1\x82\0\0\0\0hi";
    let reserved_opcode = b"\x83\x82\0\0\0\0hi";
    let fragmented_ping = b"\x09\x80\0\0\0\0";
    let nothing_to_continue = b"\x80\x80\0\0\0\0";
    let long_ping = [&header(0x89, 126)[..], &[0; 126]].concat();
    for bytes in
        [&unmasked[..], reserved_bit, reserved_opcode, fragmented_ping, nothing_to_continue, &long_ping]
    {
        assert_eq!(close_code_after(&gateway, bytes).await, 1002, "{bytes:?}");
    }
    assert_eq!(close_code_after(&gateway, b"\x81\x82\0\0\0\0\xc3(").await, 1007);
    assert_eq!(close_code_after(&gateway, b"\x82\x82\0\0\0\0hi").await, 1003);
}

#[actix_rt::test]
async fn ten_malformed_frames_in_a_row_and_no_fewer_end_a_session() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    for _ in 0..3 {
        for _ in 0..9 {
            client.send("junk").await;
            assert_eq!(client.frame().await["data"]["code"], "INVALID_PARAMETER");
        }
        client.expect_pong().await;
    }
    for _ in 0..10 {
        client.say(json!({"type": "no-such-type", "id": "x"})).await;
        assert_eq!(client.frame().await["id"], "x");
    }
    assert_eq!(client.close_code().await, 1008);
}

#[actix_rt::test]
async fn a_message_in_pieces_is_bounded_as_a_whole() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let piece = |bytes: &[u8], code, last| {
        tokio_tungstenite::tungstenite::Message::Frame(Frame::message(
            bytes.to_vec(),
            OpCode::Data(code),
            last,
        ))
    };
    let (mut client, _) = gateway.connect("ann.s1").await;
    client.send(piece(br#"{"type":"pi"#, Data::Text, false)).await;
    client.send(piece(br#"ng","id":"p"}"#, Data::Continue, true)).await;
    assert_eq!(client.frame().await["type"], "pong");
    client.send(piece(&vec![b' '; FRAME_MAX_BYTES], Data::Text, false)).await;
    client.send(piece(b" ", Data::Continue, false)).await;
    assert_eq!(client.close_code().await, 1009);
}

#[actix_rt::test]
async fn what_comes_later_is_refused_and_counts_as_no_offence() {
    let site = Site::start().await;
    let gateway = site.gateway("g1", tuning()).await;
    let (mut client, _) = gateway.connect("ann.s1").await;
    for _ in 0..20 {
        client.say(json!({"type": "typing", "data": {"conversationId": "c"}})).await;
        client.say(json!({"type": "sync", "id": "s", "data": {"conversations": {}}})).await;
        let answer = client.frame().await;
        assert_eq!((&answer["type"], &answer["id"]), (&json!("error"), &json!("s")));
    }
    client.expect_pong().await;
}
