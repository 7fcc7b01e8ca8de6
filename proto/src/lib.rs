//! Wire types and services of ewc, generated from `proto/ewc/v1/*.proto`.
//!
//! [`convert`] takes them into the model of `ewc-core` and back. Nothing here decides anything.

pub mod convert;

/// Version 1 of the wire protocol.
#[allow(missing_docs, clippy::all, rustdoc::invalid_html_tags)]
pub mod v1 {
    tonic::include_proto!("ewc.v1");

    /// Encoded descriptors of every service, for gRPC reflection.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ewc_descriptor.bin"));
}
