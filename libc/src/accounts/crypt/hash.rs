//! Passwords hashed by SHA-256 (`$5$`) and SHA-512 (`$6$`), many times over, with a salt.

use super::sha2::{Digest, Sha256, Sha512};

/// Bytes of a password, at most.
pub const PASSWORD_MAX: usize = 512;
/// Characters of a salt that count.
const SALT_MAX: usize = 16;
/// Rounds where the setting says nothing, and what it may say.
const ROUNDS: u32 = 5000;
const ROUNDS_LEAST: u32 = 1000;
const ROUNDS_MOST: u32 = 999_999_999;
const ROUNDS_PREFIX: &[u8] = b"rounds=";
/// Digits of the encoding, six bits each.
const DIGITS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Text of a hash, as it is put together. It holds the longest one.
#[derive(Debug)]
pub struct Text {
    bytes: [u8; 128],
    length: usize,
}

impl Text {
    fn push(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.length.checked_add(bytes.len())?;
        self.bytes.get_mut(self.length..end)?.copy_from_slice(bytes);
        self.length = end;
        Some(())
    }

    /// `count` digits of 24 bits, the lowest six first.
    fn push_digits(&mut self, bytes: [u8; 3], count: usize) -> Option<()> {
        let mut value = u32::from(bytes[0]) << 16 | u32::from(bytes[1]) << 8 | u32::from(bytes[2]);
        for _ in 0..count {
            self.push(&[DIGITS[(value & 63) as usize]])?;
            value >>= 6;
        }
        Some(())
    }

    /// What was put together.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What a setting (or a hash, whose beginning is one) says.
struct Setting<'a> {
    /// Text up to the salt.
    head: &'a [u8],
    salt: &'a [u8],
    rounds: u32,
}

impl<'a> Setting<'a> {
    fn parse(setting: &'a [u8]) -> Option<Setting<'a>> {
        let behind = setting.get(3..)?;
        let (mut salt, mut rounds) = (behind, ROUNDS);
        if let Some(number) = behind.strip_prefix(ROUNDS_PREFIX) {
            let end = number.iter().position(|&byte| byte == b'$')?;
            let (digits, rest) = number.split_at(end);
            // One way to write a number: no sign, no zero in front.
            let plain =
                digits.iter().all(u8::is_ascii_digit) && digits.first().is_some_and(|&first| first != b'0');
            rounds = core::str::from_utf8(digits)
                .ok()
                .filter(|_| plain)?
                .parse()
                .ok()
                .filter(|rounds| (ROUNDS_LEAST..=ROUNDS_MOST).contains(rounds))?;
            salt = &rest[1..];
        }
        let head = &setting[..setting.len() - salt.len()];
        let end = salt.iter().position(|&byte| byte == b'$').unwrap_or(salt.len());
        let salt = &salt[..end.min(SALT_MAX)];
        // What would end a field or a line of /etc/shadow is no salt.
        if salt
            .iter()
            .any(|byte| !(b'!'..=b'~').contains(byte) || b":;*!\\".contains(byte))
        {
            return None;
        }
        Some(Setting { head, salt, rounds })
    }
}

/// Adds a hash again and again until `length` bytes of it were added.
fn add_repeated<D: Digest>(digest: &mut D, hash: &[u8], length: usize) {
    let mut left = length;
    while left > 0 {
        let count = left.min(hash.len());
        digest.add(&hash[..count]);
        left -= count;
    }
}

/// The hash of a password.
fn rounds_of<D: Digest>(password: &[u8], setting: &Setting<'_>) -> D::Output {
    let salt = setting.salt;
    let of = |parts: &[&[u8]]| {
        let mut digest = D::new();
        parts.iter().for_each(|part| digest.add(part));
        digest.finish()
    };
    let alternate = of(&[password, salt, password]);
    let mut digest = D::new();
    digest.add(password);
    digest.add(salt);
    add_repeated(&mut digest, alternate.as_ref(), password.len());
    let mut bits = password.len();
    while bits > 0 {
        digest.add(if bits & 1 != 0 {
            alternate.as_ref()
        } else {
            password
        });
        bits >>= 1;
    }
    let mut hash = digest.finish();
    let mut of_password = D::new();
    for _ in 0..password.len() {
        of_password.add(password);
    }
    let of_password = of_password.finish();
    let mut of_salt = D::new();
    for _ in 0..16 + usize::from(hash.as_ref()[0]) {
        of_salt.add(salt);
    }
    let of_salt = of_salt.finish();
    for round in 0..setting.rounds {
        let mut digest = D::new();
        let add_password = |digest: &mut D| add_repeated(digest, of_password.as_ref(), password.len());
        if round % 2 != 0 {
            add_password(&mut digest);
        } else {
            digest.add(hash.as_ref());
        }
        if round % 3 != 0 {
            add_repeated(&mut digest, of_salt.as_ref(), salt.len());
        }
        if round % 7 != 0 {
            add_password(&mut digest);
        }
        if round % 2 != 0 {
            digest.add(hash.as_ref());
        } else {
            add_password(&mut digest);
        }
        hash = digest.finish();
    }
    hash
}

/// The hash of `password` by `setting`, which may be a whole hash: it is then equal where the password is the same. `None`: the setting is
/// of another kind, or not well formed.
pub fn hash(password: &[u8], setting: &[u8]) -> Option<Text> {
    let wide = match setting.get(..3)? {
        b"$6$" => true,
        b"$5$" => false,
        _ => return None,
    };
    let setting = Setting::parse(setting)?;
    let mut text = Text {
        bytes: [0; 128],
        length: 0,
    };
    text.push(setting.head)?;
    text.push(setting.salt)?;
    text.push(b"$")?;
    if wide {
        let hash = rounds_of::<Sha512>(password, &setting);
        let [mut a, mut b, mut c] = [0, 21, 42];
        for _ in 0..21 {
            text.push_digits([hash[a], hash[b], hash[c]], 4)?;
            (a, b, c) = (b + 1, c + 1, a + 1);
        }
        text.push_digits([0, 0, hash[63]], 2)?;
    } else {
        let hash = rounds_of::<Sha256>(password, &setting);
        let [mut a, mut b, mut c] = [0, 10, 20];
        for _ in 0..10 {
            text.push_digits([hash[a], hash[b], hash[c]], 4)?;
            (a, b, c) = (c + 1, a + 1, b + 1);
        }
        text.push_digits([0, hash[31], hash[30]], 3)?;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text_of(password: &str, setting: &str) -> Option<String> {
        hash(password.as_bytes(), setting.as_bytes())
            .map(|text| String::from_utf8(text.bytes().to_vec()).unwrap())
    }

    #[test]
    fn known_passwords_have_their_hashes() {
        assert_eq!(
            text_of("Hello world!", "$6$saltstring").unwrap(),
            "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
        );
        assert_eq!(
            text_of("Hello world!", "$5$saltstring").unwrap(),
            "$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"
        );
    }

    #[test]
    fn a_setting_that_is_not_well_formed_makes_no_hash() {
        for setting in [
            "",
            "$",
            "$6",
            "$1$salt",
            "$y$j9T$salt",
            "xy",
            "$6$a:b",
            "$6$a\nb",
            "$6$rounds=5000",
            "$6$rounds=999$s",
            "$6$rounds=01000$s",
            "$6$rounds=+1000$s",
            "$6$rounds=1000000000$s",
            "$6$rounds=$s",
        ] {
            assert_eq!(text_of("x", setting), None, "{setting}");
        }
    }

    #[test]
    fn a_long_salt_is_cut() {
        let long = text_of("x", "$5$rounds=1000$0123456789abcdefghi").unwrap();
        assert!(long.starts_with("$5$rounds=1000$0123456789abcdef$"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn a_hash_is_its_own_setting(password in "\\PC{0,40}", salt in "[a-z0-9./]{0,16}", wide: bool) {
            let setting = format!("${}$rounds=1000${salt}", if wide { 6 } else { 5 });
            let first = text_of(&password, &setting).unwrap();
            prop_assert_eq!(text_of(&password, &first), Some(first.clone()));
            let other = format!("{password}x");
            prop_assert_ne!(text_of(&other, &first), Some(first));
        }

        #[test]
        fn random_settings_never_panic(setting in proptest::collection::vec(any::<u8>(), 0..60)) {
            // Without a number of rounds that takes long.
            if !setting.windows(7).any(|window| window == b"rounds=") {
                let _ = hash(b"password", &setting);
            }
        }
    }
}
