//! Constants to 128 bits.

use super::wide::Wide;

/// pi.
pub const PI: Wide = Wide::from_parts(0xc90fdaa22168c234c4c6628b80dc1cd1, -126);

/// pi/2.
pub const HALF_PI: Wide = Wide::from_parts(0xc90fdaa22168c234c4c6628b80dc1cd1, -127);

/// The natural logarithm of 2.
pub const LN_2: Wide = Wide::from_parts(0xb17217f7d1cf79abc9e3b39803f2f6af, -128);

/// The natural logarithm of 10.
pub const LN_10: Wide = Wide::from_parts(0x935d8dddaaa8ac16ea56d62b82d30a29, -126);

/// log2(e).
pub const LOG2_E: Wide = Wide::from_parts(0xb8aa3b295c17f0bbbe87fed0691d3e89, -127);

/// log10(2).
pub const LOG10_2: Wide = Wide::from_parts(0x9a209a84fbcff7988f8959ac0b7c9178, -129);

/// log2(10).
pub const LOG2_10: Wide = Wide::from_parts(0xd49a784bcd1b8afe492bf6ff4dafdb4d, -126);

/// log10(e).
pub const LOG10_E: Wide = Wide::from_parts(0xde5bd8a937287195355baaafad33dc32, -129);

/// The natural logarithm of pi.
pub const LN_PI: Wide = Wide::from_parts(0x928682473d0de85eafcab635421fa4cc, -127);

/// 2/sqrt(pi).
pub const TWO_OVER_SQRT_PI: Wide = Wide::from_parts(0x906eba8214db688d71d48a7f6bfec344, -127);

/// Half the natural logarithm of 2 pi.
pub const HALF_LN_TWO_PI: Wide = Wide::from_parts(0xeb3f8e4325f5a53494bc900144192024, -128);

/// Euler's constant.
pub const EULER: Wide = Wide::from_parts(0x93c467e37db0c7a4d1be3f810152cb57, -128);

/// zeta(k) / k for k from 2: the series of the logarithm of gamma about 1.
pub const ZETA_OVER_K: [Wide; 7] = [
    Wide::from_parts(0xd28d3312983e991873d8912200bace5f, -128),
    Wide::from_parts(0xcd26aadf5596b7acf64b92e699b5aa12, -129),
    Wide::from_parts(0x8a8991563ec241b5f91211196e5235fc, -129),
    Wide::from_parts(0xd45ce0bd530a492e826a4fdae19904dc, -130),
    Wide::from_parts(0xada06588061830a53cca078ab4ad8efb, -130),
    Wide::from_parts(0x9381d0ee751d72c60ffa0f2958701a44, -130),
    Wide::from_parts(0x80859b57c31cb745f2ce526edad3266e, -130),
];
