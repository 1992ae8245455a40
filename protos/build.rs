//! Compiles the `.proto` files with protox, so that no protoc has to be installed.

use std::error::Error;
use std::path::PathBuf;

use prost::Message;

const FILES: [&str; 13] = [
    "common/v1/types.proto",
    "common/v1/sync.proto",
    "im_logic/v1/auth.proto",
    "im_logic/v1/conversation.proto",
    "im_logic/v1/message.proto",
    "im_logic/v1/friend.proto",
    "im_repo/v1/user.proto",
    "im_repo/v1/conversation.proto",
    "im_repo/v1/message.proto",
    "im_repo/v1/friend.proto",
    "im_repo/v1/online_status.proto",
    "im_repo/v1/push.proto",
    "im_gateway/v1/pusher.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    let descriptors = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    for file in FILES {
        println!("cargo:rerun-if-changed={file}");
    }
    Ok(())
}
