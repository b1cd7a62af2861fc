//! D-Bus signatures, as far as the decoder must take them apart.

use crate::bus::answer::malformed;
use crate::error::Result;

/// How deep containers and variants may be nested (the D-Bus specification allows 64).
pub(super) const DEEPEST: usize = 64;

/// The index after the complete type that begins at `start`.
pub(crate) fn complete_type(signature: &[u8], start: usize) -> Result<usize> {
    let mut depth = 0_usize;
    let mut index = start;
    loop {
        let Some(code) = signature.get(index) else {
            return Err(malformed(&"a signature that does not end"));
        };
        index += 1;
        match code {
            b'a' => continue,
            b'(' | b'{' => depth += 1,
            b')' | b'}' => {
                depth = depth.checked_sub(1).ok_or_else(|| malformed(&"a signature out of balance"))?;
            }
            _ => {}
        }
        if depth == 0 {
            return Ok(index);
        }
        if depth > DEEPEST {
            return Err(malformed(&"a signature that is nested too deep"));
        }
    }
}

/// How many fields a structure has. (Room for more, many structures within each other, would be memory without
/// measure.)
pub(super) fn fields(structure: &[u8]) -> Result<usize> {
    let mut count = 0;
    let mut index = 1;
    while structure.get(index).is_some_and(|&code| code != b')') {
        index = complete_type(structure, index)?;
        count += 1;
    }
    Ok(count)
}

pub(in crate::bus) fn alignment(code: u8) -> usize {
    match code {
        b'y' | b'g' | b'v' => 1,
        b'n' | b'q' => 2,
        b'x' | b't' | b'd' | b'(' | b'{' => 8,
        _ => 4,
    }
}
