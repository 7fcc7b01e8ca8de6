//! SHA-256 digests: 64 hexadecimal digits on the wire, 32 bytes in the model.

use super::error::WireError;

/// The digest in `field`; refuses anything but exactly 64 hexadecimal digits.
pub fn sha256_from_hex(field: &str, hex: &str) -> Result<[u8; 32], WireError> {
    let problem = || WireError::new(field, "must be exactly 64 hexadecimal digits");
    let digits = hex.as_bytes();
    if digits.len() != 64 {
        return Err(problem());
    }
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let high = digit(pair[0]).ok_or_else(problem)?;
        let low = digit(pair[1]).ok_or_else(problem)?;
        *byte = high << 4 | low;
    }
    Ok(digest)
}

/// The digest as lower-case hexadecimal digits.
pub fn sha256_to_hex(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digit(character: u8) -> Option<u8> {
    let value = char::from(character).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_make_the_round_trip() {
        let digest: [u8; 32] = std::array::from_fn(|index| (index * 7 + 3) as u8);
        let hex = sha256_to_hex(&digest);
        assert_eq!(sha256_from_hex("sha256", &hex), Ok(digest));
        assert_eq!(sha256_from_hex("sha256", &hex.to_uppercase()), Ok(digest));
    }

    #[test]
    fn other_strings_are_refused() {
        for bad in [
            "",
            "ab",
            &"0".repeat(63),
            &"0".repeat(65),
            &"g".repeat(64),
            &"é".repeat(32),
        ] {
            assert!(sha256_from_hex("sha256", bad).is_err(), "{bad}");
        }
    }
}
