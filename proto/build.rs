//! Compiles the `ewc.v1` definitions without a system protoc.

use std::path::PathBuf;

use prost::Message as _;

const FILES: [&str; 5] = [
    "ewc/v1/common.proto",
    "ewc/v1/job.proto",
    "ewc/v1/network.proto",
    "ewc/v1/agent.proto",
    "ewc/v1/raft.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=ewc");
    let descriptors = protox::compile(FILES, ["."])?;
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("ewc_descriptor.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .bytes(".")
        .compile_fds(descriptors)?;
    Ok(())
}
