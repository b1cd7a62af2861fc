//! Any bytes as what a peer sends: see `pm2go::bus::fuzz::wire`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Some((&how, sent)) = input.split_first() {
        pm2go::bus::fuzz::wire(sent, how & 1 == 0, usize::from(how >> 1) * 8 + 1);
    }
});
