//! Any bytes as a file of the journal: see `pm2go::journal::fuzz::journal`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| pm2go::journal::fuzz::journal(input));
