//! Size classes: steps of 16 bytes up to 128, then four to each doubling, up to 32 KiB.

/// How many classes there are.
pub const COUNT: usize = 40;
/// The largest class's size in bytes.
pub const LARGEST: usize = 32 << 10;

/// Up to this size the class is looked up.
const TABLE_LIMIT: usize = 1024;

const TABLE: [u8; TABLE_LIMIT / 16 + 1] = {
    let mut table = [0; TABLE_LIMIT / 16 + 1];
    let mut index = 1;
    while index < table.len() {
        table[index] = compute(index * 16) as u8;
        index += 1;
    }
    table
};

/// The class of a size from 1 to `LARGEST`, by arithmetic.
const fn compute(size: usize) -> usize {
    if size <= 128 {
        return size.div_ceil(16).saturating_sub(1);
    }
    // 2^(log + 2) < size <= 2^(log + 3); the four classes of this doubling are multiples of 2^log.
    let log = (size - 1).ilog2() as usize - 2;
    let quarter = (size - 1) >> log;
    8 + (log - 5) * 4 + (quarter - 4)
}

/// The class of a size from 0 to `LARGEST`.
#[inline(always)]
pub fn of(size: usize) -> usize {
    let index = (size + 15) >> 4;
    if index < TABLE.len() {
        TABLE[index] as usize
    } else {
        compute(size)
    }
}

/// A class's size in bytes.
pub const fn size(class: usize) -> usize {
    if class < 8 {
        return (class + 1) * 16;
    }
    let log = (class - 8) / 4 + 5;
    let quarter = (class - 8) % 4 + 5;
    quarter << log
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_size_is_in_the_smallest_class_that_holds_it() {
        for size in 1..=LARGEST {
            let class = of(size);
            assert!(class < COUNT);
            assert!(super::size(class) >= size, "{size}");
            assert!(class == 0 || super::size(class - 1) < size, "{size}");
        }
        assert_eq!(of(0), 0);
        assert_eq!(super::size(COUNT - 1), LARGEST);
        assert!((0..COUNT).all(|class| super::size(class).is_multiple_of(16)));
    }
}
