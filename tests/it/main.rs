//! The integration tests: one binary, a file per subject.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "in a test a panic is how a failure is told, helpers included"
)]

#[path = "../support/desk.rs"]
mod desk;
#[path = "../support/running.rs"]
mod running;
#[path = "../support/provider.rs"]
mod provider;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/strict/mod.rs"]
mod strict;

mod aligned;
mod backend;
mod backends_command;
mod check;
mod corrections;
mod cost;
mod exchange;
mod glossary_command;
mod hijack;
mod kinds;
mod learn;
mod learn_edits;
mod limits;
mod markdown;
mod memory;
mod memory_command;
mod pace;
mod paid_once;
mod people;
mod pieces;
mod second_opinion;
mod socket;
mod socket_talk;
mod text;
mod translate;
mod whole;
mod worker;
mod worker_chores;
mod worker_crash;
mod worker_faults;
mod worker_power;
mod worker_stop;
