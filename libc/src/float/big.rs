//! Natural numbers of a bounded size, for the cases that 192 bits do not decide.

use super::powers::{FIVES, SMALL};

/// A natural number of at most `N` limbs of 64 bits, lowest first. An operation whose result does not fit is a
/// mistake of this library and panics in debug builds; the callers bound their exponents beforehand.
#[derive(Clone)]
pub struct Big<const N: usize> {
    limbs: [u64; N],
    length: usize,
}

impl<const N: usize> Big<N> {
    /// The number `value`.
    pub fn new(value: u64) -> Self {
        let mut limbs = [0; N];
        limbs[0] = value;
        Big {
            limbs,
            length: (value != 0) as usize,
        }
    }

    /// Whether this is zero.
    pub fn is_zero(&self) -> bool {
        self.length == 0
    }

    /// How many bits the number has; zero has none.
    pub fn bits(&self) -> usize {
        match self.length {
            0 => 0,
            n => n * 64 - self.limbs[n - 1].leading_zeros() as usize,
        }
    }

    fn push(&mut self, limb: u64) {
        debug_assert!(self.length < N || limb == 0);
        if limb != 0 && self.length < N {
            self.limbs[self.length] = limb;
            self.length += 1;
        }
    }

    /// `self = self * factor + addend`.
    pub fn multiply_add(&mut self, factor: u64, addend: u64) {
        let mut carry = addend;
        for limb in &mut self.limbs[..self.length] {
            // (2^64-1)^2 + 2^64-1 < 2^128
            let wide = *limb as u128 * factor as u128 + carry as u128;
            *limb = wide as u64;
            carry = (wide >> 64) as u64;
        }
        self.push(carry);
    }

    /// Multiplies by `5^power`.
    pub fn multiply_power_of_five(&mut self, mut power: u32) {
        let step = FIVES.len() as u32 - 1;
        while power >= step {
            self.multiply_add(FIVES[step as usize], 0);
            power -= step;
        }
        self.multiply_add(FIVES[power as usize], 0);
    }

    /// Multiplies by `2^bits`.
    pub fn shift_left(&mut self, bits: usize) {
        let (limbs, bits) = (bits / 64, bits % 64);
        if self.length == 0 {
            return;
        }
        if bits != 0 {
            let mut carry = 0;
            for limb in &mut self.limbs[..self.length] {
                let next = *limb >> (64 - bits);
                *limb = *limb << bits | carry;
                carry = next;
            }
            self.push(carry);
        }
        if limbs != 0 {
            debug_assert!(self.length + limbs <= N);
            self.limbs.copy_within(0..self.length, limbs);
            self.limbs[..limbs].fill(0);
            self.length += limbs;
        }
    }

    /// The highest 128 bits, normalised so that bit 127 is set, the weight of their lowest bit, and whether
    /// anything nonzero lies below. The number must not be zero.
    pub fn top_bits(&self) -> (u128, i32, bool) {
        let n = self.length;
        let shift = self.limbs[n - 1].leading_zeros();
        let at = |back: usize| if back < n { self.limbs[n - 1 - back] } else { 0 };
        let mut top = (at(0) as u128) << 64 | at(1) as u128;
        let mut below = at(2);
        if shift != 0 {
            top = top << shift | (below >> (64 - shift)) as u128;
            below <<= shift;
        }
        let sticky = below != 0 || (n > 3 && self.limbs[..n - 3].iter().any(|&limb| limb != 0));
        (top, (n as i32 - 2) * 64 - shift as i32, sticky)
    }

    /// Divides by a single limb and returns the remainder.
    fn divide_small(&mut self, divisor: u64) -> u64 {
        let mut remainder = 0;
        for limb in self.limbs[..self.length].iter_mut().rev() {
            (*limb, remainder) = super::bits128::divide_128_by_64(remainder, *limb, divisor);
        }
        while self.length > 0 && self.limbs[self.length - 1] == 0 {
            self.length -= 1;
        }
        remainder
    }

    /// Writes the decimal digits to the end of `digits` and returns where they start. Consumes the number.
    pub fn write_decimal(mut self, digits: &mut [u8]) -> usize {
        let mut start = digits.len();
        while !self.is_zero() {
            let mut group = self.divide_small(SMALL[19]);
            // Every group but the highest has all its 19 digits.
            let mut count = if self.is_zero() { 0 } else { 19 };
            while group != 0 || count > 0 {
                start -= 1;
                digits[start] = b'0' + (group % 10) as u8;
                group /= 10;
                count = i32::max(count - 1, 0);
            }
        }
        start
    }

    fn at_least(&self, other: &Self) -> bool {
        if self.length != other.length {
            return self.length > other.length;
        }
        for i in (0..self.length).rev() {
            if self.limbs[i] != other.limbs[i] {
                return self.limbs[i] > other.limbs[i];
            }
        }
        true
    }

    fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        for i in 0..self.length {
            let right = if i < other.length { other.limbs[i] } else { 0 };
            let (difference, first) = self.limbs[i].overflowing_sub(right);
            let (difference, second) = difference.overflowing_sub(borrow as u64);
            self.limbs[i] = difference;
            borrow = first | second;
        }
        while self.length > 0 && self.limbs[self.length - 1] == 0 {
            self.length -= 1;
        }
    }

    /// The highest 128 bits of `self / divisor`, normalised so that bit 127 is set, the weight of their lowest
    /// bit, and whether the division left anything below. Both numbers must not be zero. Consumes both.
    pub fn divide(mut self, mut divisor: Self) -> (u128, i32, bool) {
        // Bring both to the same number of bits: the quotient then lies between 1/2 and 2.
        let difference = self.bits() as i32 - divisor.bits() as i32;
        if difference > 0 {
            divisor.shift_left(difference as usize);
        } else {
            self.shift_left(-difference as usize);
        }
        let mut exponent = difference;
        if !self.at_least(&divisor) {
            self.shift_left(1);
            exponent -= 1;
        }
        let mut quotient = 0u128;
        for bit in (0..128).rev() {
            if self.at_least(&divisor) {
                self.subtract(&divisor);
                quotient |= 1 << bit;
            }
            if self.is_zero() {
                break;
            }
            self.shift_left(1);
        }
        (quotient, exponent - 127, !self.is_zero())
    }
}
