//! Wire types and services of ewc, generated from `proto/ewc/v1/*.proto`.
//!
//! Nothing here decides anything: conversion to the model of `ewc-core` happens once, in the
//! program that receives a message.

/// Version 1 of the wire protocol.
#[allow(missing_docs, clippy::all)]
pub mod v1 {
    tonic::include_proto!("ewc.v1");

    /// Encoded descriptors of every service, for gRPC reflection.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/ewc_descriptor.bin"));
}
