//! Any bytes as a body of any type: see `pm2go::bus::fuzz::decode`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| pm2go::bus::fuzz::decode(input));
