//! Random bits from outside: RDSEED or RDRAND, and the seed in the boot archive. No source, no boot.

use super::instructions::{cpuid, rdrand, rdseed};
use super::lock::TicketLock;

/// How often an instruction is asked before it counts as broken.
const ATTEMPTS: usize = 64;

struct Sources {
    has_rdseed: bool,
    has_rdrand: bool,
    /// The boot archive's seed, handed out once.
    seed: [u64; 4],
    seed_left: usize,
}

static SOURCES: TicketLock<Sources> = TicketLock::new(Sources {
    has_rdseed: false,
    has_rdrand: false,
    seed: [0; 4],
    seed_left: 0,
});

/// Finds the sources. `seed` is the boot archive's. With `repeatable` (instruction counting) the processor's own numbers are left aside if there
/// is a seed, so that a run repeats. Returns whether there is any source.
pub fn initialize(seed: Option<[u64; 4]>, repeatable: bool) -> bool {
    let mut sources = SOURCES.lock(|| {});
    if !repeatable || seed.is_none() {
        sources.has_rdseed = cpuid(0, 0).eax >= 7 && cpuid(7, 0).ebx & 1 << 18 != 0;
        sources.has_rdrand = cpuid(1, 0).ecx & 1 << 30 != 0;
    }
    if let Some(seed) = seed {
        sources.seed = seed;
        sources.seed_left = seed.len();
    }
    sources.has_rdseed || sources.has_rdrand || sources.seed_left > 0
}

/// 64 more bits: the processor's and the seed's, mixed by exclusive or. `None` when no source is left.
pub fn take() -> Option<u64> {
    let mut sources = SOURCES.lock(|| {});
    let mut found = None;
    if sources.has_rdseed {
        found = (0..ATTEMPTS).find_map(|_| rdseed());
    }
    if found.is_none() && sources.has_rdrand {
        found = (0..ATTEMPTS).find_map(|_| rdrand());
    }
    if sources.seed_left > 0 {
        sources.seed_left -= 1;
        found = Some(found.unwrap_or(0) ^ sources.seed[sources.seed_left]);
    }
    found
}
