//! The hub as its users meet it: the real binary on a free port, through its own protocol, one rule a test.
//!
//! `tests/run` starts what these tests need and runs them. Read [`harness`] first; every other file is one topic.
#![deny(dead_code)] // a rule that no `on_both!` names would silently not run

#[macro_use]
mod harness;

mod administration;
mod agent_remote;
mod architecture;
mod audit;
mod auth;
mod body;
mod channels;
mod client_history;
mod client_keys;
mod client_lies;
mod client_send;
mod client_session;
mod command_line;
mod command_line_channels;
mod command_line_manners;
mod command_line_newcomer;
mod command_line_wait;
mod description;
mod directory;
mod docs;
mod doctor;
mod encryption;
mod faults_database;
mod faults_process;
mod faults_schema;
mod faults_time;
mod http_edge;
mod http_smuggling;
mod idempotency;
mod inbox;
mod input;
mod journey;
mod login;
mod metrics;
mod model;
mod one_time;
mod ops;
mod order;
mod prototype;
mod publish;
mod readme;
mod restore;
mod retrieve;
mod revocation;
mod rights;
mod ring;
mod socket_deaf;
mod socket_frames;
mod socket_hello;
mod socket_load;
mod socket_protocol;
mod socket_replay;
mod startup;
mod tokens;
mod traceparent;
mod vectors;
mod watching;
mod withdraw_status;
