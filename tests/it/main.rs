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
#[path = "../support/page.rs"]
mod attack;
#[path = "../support/provider.rs"]
mod provider;
#[path = "../support/running.rs"]
mod running;
#[path = "../support/tls.rs"]
mod tls;
#[path = "../support/raw.rs"]
mod raw;
#[path = "../support/server.rs"]
mod server;
#[path = "../support/strict/mod.rs"]
mod strict;

mod aligned;
mod backend;
mod backends_command;
mod canary;
mod check;
mod corrections;
mod cost;
mod exchange;
mod faults;
mod glossary_command;
mod hijack;
mod independent;
mod kinds;
mod learn;
mod learn_edits;
mod limits;
mod line_ends;
mod markdown;
mod memory;
mod names;
mod memory_command;
mod page;
mod outage;
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
mod worker_full;
mod worker_gauges;
mod worker_once;
mod worker_order;
mod worker_power;
mod worker_stop;
