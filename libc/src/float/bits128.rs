//! Arithmetic on 128 and 192 bits that the compiler has no single operation for.

/// `high:low / divisor` and the remainder. The high half must be below the divisor, so that the quotient fits.
#[inline]
pub fn divide_128_by_64(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    assert!(high < divisor);
    let (quotient, remainder);
    // SAFETY: `div` reads and writes only the registers named, and cannot fault because high < divisor.
    unsafe {
        core::arch::asm!(
            "div {divisor}",
            divisor = in(reg) divisor,
            inout("rax") low => quotient,
            inout("rdx") high => remainder,
            options(pure, nomem, nostack),
        );
    }
    (quotient, remainder)
}

/// The 192-bit product of a 64-bit and a 128-bit number: its upper 128 and its lower 64 bits.
#[inline]
pub const fn multiply_64_by_128(a: u64, b: u128) -> (u128, u64) {
    let low = a as u128 * (b as u64) as u128;
    let high = a as u128 * (b >> 64);
    // high <= (2^64 - 1)^2, so a carry below 2^64 cannot overflow it.
    (high + (low >> 64), low as u64)
}
