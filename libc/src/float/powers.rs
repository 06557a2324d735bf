//! Powers of ten to 128 bits, made while compiling.
//!
//! The table serves both directions: scaling a binary number to a decimal one and back. Each entry is cut off,
//! never rounded up, so that the true power lies in `[entry, entry + 1)` units of the last bit.

/// The lowest power of ten in the table: the smallest double with 17 digits asks for it.
pub const FIRST: i32 = -348;
/// The highest power of ten in the table.
pub const LAST: i32 = 347;
/// The highest power of five that fits 128 bits: up to here an entry is exact.
pub const LAST_EXACT: i32 = 55;

const COUNT: usize = (LAST - FIRST + 1) as usize;

/// The powers of five, highest bit at bit 127. The power of two that belongs to one is [`exponent`].
pub static POWERS: [u128; COUNT] = make_table();

/// `10^power` for small exponents, exactly.
pub static SMALL: [u64; 20] = {
    let mut table = [1u64; 20];
    let mut i = 1;
    while i < 20 {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
};

/// `5^power` for small exponents, exactly.
pub static FIVES: [u64; 28] = {
    let mut table = [1u64; 28];
    let mut i = 1;
    while i < 28 {
        table[i] = table[i - 1] * 5;
        i += 1;
    }
    table
};

/// The table's entry for `10^power` and its exponent, or `None` beyond the table.
#[inline]
pub fn power_of_ten(power: i32) -> Option<(u128, i32)> {
    let index = power.checked_sub(FIRST)?;
    let entry = POWERS.get(usize::try_from(index).ok()?)?;
    Some((*entry, exponent(power)))
}

/// `e` such that `10^power = entry * 2^e`: floor(power * log2(10)) - 127.
#[inline]
pub const fn exponent(power: i32) -> i32 {
    ((power * 217_706) >> 16) - 127
}

/// A 256-bit number, high half first. Wide enough that the errors of 350 steps stay far below bit 128.
type Wide = (u128, u128);

const fn times_five((high, low): Wide) -> Wide {
    // low * 5 in two halves, to see the carry.
    let mask = u64::MAX as u128;
    let a = (low & mask) * 5;
    let b = (low >> 64) * 5 + (a >> 64);
    let c = (high & mask) * 5 + (b >> 64);
    let d = (high >> 64) * 5 + (c >> 64);
    let overflow = (d >> 64) as u32;
    let high = (d & mask) << 64 | (c & mask);
    let low = (b & mask) << 64 | (a & mask);
    // The product has 258 or 259 bits; put its highest bit back to bit 255.
    let shift = 32 - overflow.leading_zeros();
    let high_out = (overflow as u128) << (128 - shift) | high >> shift;
    let low_out = high << (128 - shift) | low >> shift;
    (high_out, low_out)
}

const fn divided_by_five((high, low): Wide) -> Wide {
    // First shifted so that the quotient is normal: the quotient of x in [2^255, 2^256) by 5 lies below 2^254.
    // Long division in 64-bit steps over the number with three zero bits appended.
    let parts = [
        (high >> 125) as u64,
        (high >> 61) as u64,
        ((high << 3) as u64) | (low >> 125) as u64,
        (low >> 61) as u64,
        (low << 3) as u64,
    ];
    let mut quotient = [0u64; 5];
    let mut remainder = 0u128;
    let mut i = 0;
    while i < 5 {
        let dividend = remainder << 64 | parts[i] as u128;
        quotient[i] = (dividend / 5) as u64;
        remainder = dividend % 5;
        i += 1;
    }
    let mut high = (quotient[1] as u128) << 64 | quotient[2] as u128;
    let mut low = (quotient[3] as u128) << 64 | quotient[4] as u128;
    let carry = quotient[0] as u128;
    if carry != 0 {
        // Eight fifths of the largest inputs reach 2^256.
        low = high << 127 | low >> 1;
        high = carry << 127 | high >> 1;
    }
    (high, low)
}

const fn make_table() -> [u128; COUNT] {
    let mut table = [0u128; COUNT];
    let zero = -FIRST as usize;
    let one: Wide = (1 << 127, 0);
    let mut current = one;
    let mut i = zero;
    while i < COUNT {
        table[i] = current.0;
        current = times_five(current);
        i += 1;
    }
    current = one;
    i = zero;
    while i > 0 {
        i -= 1;
        current = divided_by_five(current);
        table[i] = current.0;
    }
    table
}
