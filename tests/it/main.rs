//! The integration tests: one binary, a file per subject.

#[path = "../support/desk.rs"]
mod desk;
#[path = "../support/server.rs"]
mod server;

mod backend;
mod limits;
mod markdown;
mod paid_once;
mod translate;
