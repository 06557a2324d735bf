//! The frame allocator: who owns each page of physical memory.
//!
//! One [`FrameInfo`] for each frame says whether it is free, counts its references, or tells that it is not ours. Free memory
//! is kept as a binary buddy system with two lists of single frames before it: *hot* ones (just freed) and *zeroed*
//! ones (made by idle processors), so that the usual allocation is a few instructions. The machine owns the allocator and
//! offers it as [`FrameStore`](crate::machine::FrameStore); this file never touches the frames' bytes.

use crate::machine::Frame;

/// Blocks have 2^0 up to 2^(ORDERS-1) frames (4 GiB).
pub const ORDERS: usize = 21;
/// Single frames kept outside the buddy system, at most.
const HOT_MAX: usize = 512;
/// Order of the block that refills the hot list.
const REFILL_ORDER: usize = 5;

const NONE: u32 = u32::MAX;

// States. Everything below `FREE` is a number of references, but 0: not memory of this machine.
const NOT_RAM: u32 = 0;
const FREE: u32 = 0x8000_0000;
const FREE_PART: u32 = 0x9000_0000;
const SINGLE: u32 = 0xa000_0000;
const RESERVED: u32 = 0xf000_0000;

/// What is known of one frame. All zero: not memory.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub struct FrameInfo {
    state: u32,
    next: u32,
    previous: u32,
    owner: u32,
}

/// The allocator. `table` has an entry for each frame up to the end of memory.
#[derive(Debug)]
pub struct FrameAllocator<'a> {
    table: &'a mut [FrameInfo],
    lists: [u32; ORDERS],
    hot: u32,
    hot_count: usize,
    zeroed: u32,
    zeroed_count: usize,
    free: usize,
    managed: usize,
    quarantine: u32,
    quarantined: usize,
}

impl<'a> FrameAllocator<'a> {
    /// An allocator that owns nothing yet. Every entry of `table` must be [`FrameInfo::default`].
    #[must_use]
    pub fn new(table: &'a mut [FrameInfo]) -> FrameAllocator<'a> {
        FrameAllocator {
            table,
            lists: [NONE; ORDERS],
            hot: NONE,
            hot_count: 0,
            zeroed: NONE,
            zeroed_count: 0,
            free: 0,
            managed: 0,
            quarantine: NONE,
            quarantined: 0,
        }
    }

    /// Names frames as memory that is never allocated: the kernel's image, the boot archive, the allocator's table.
    pub fn reserve(&mut self, first: Frame, count: usize) {
        for info in &mut self.table[first.0 as usize..first.0 as usize + count] {
            info.state = RESERVED;
        }
    }

    /// Gives frames to the allocator; none of them was given or reserved before.
    pub fn add(&mut self, first: Frame, count: usize) {
        let (mut at, end) = (first.0 as usize, first.0 as usize + count);
        self.managed += count;
        self.free += count;
        while at < end {
            let mut order = (at.trailing_zeros() as usize).min(ORDERS - 1);
            while at + (1 << order) > end {
                order -= 1;
            }
            for info in &mut self.table[at..at + (1 << order)] {
                info.state = FREE_PART;
            }
            self.push_block(at as u32, order);
            at += 1 << order;
        }
    }

    /// Frames that the allocator manages.
    #[must_use]
    pub fn managed(&self) -> usize {
        self.managed
    }

    /// Frames that can be allocated.
    #[must_use]
    pub fn free(&self) -> usize {
        self.free
    }

    /// Frames in quarantine.
    #[must_use]
    pub fn quarantined(&self) -> usize {
        self.quarantined
    }

    /// Whether the frame is memory of this machine, also if it is reserved.
    #[must_use]
    pub fn is_ram(&self, frame: Frame) -> bool {
        self.table
            .get(frame.0 as usize)
            .is_some_and(|info| info.state != NOT_RAM)
    }

    /// Takes a frame with one reference. The flag says whether its bytes are zero already; `zeroed` is what is preferred.
    pub fn allocate(&mut self, zeroed: bool) -> Option<(Frame, bool)> {
        if (self.zeroed == NONE || !zeroed) && self.hot == NONE {
            // When the buddy system is empty, a zeroed frame serves everybody.
            let _ = self.refill();
        }
        let from_zeroed = self.zeroed != NONE && (zeroed || self.hot == NONE);
        let index = if from_zeroed {
            let index = self.zeroed;
            self.zeroed = self.table[index as usize].next;
            self.zeroed_count -= 1;
            index
        } else {
            let index = self.hot;
            self.hot = self.table.get(index as usize)?.next;
            self.hot_count -= 1;
            index
        };
        self.table[index as usize].state = 1;
        self.free -= 1;
        Some((Frame(index), from_zeroed))
    }

    /// Takes `count` frames in a row below physical address `limit`, at a multiple of `align` (a power of two).
    pub fn allocate_contiguous(&mut self, count: usize, align: usize, limit: u64) -> Option<Frame> {
        if count == 0 || !align.is_power_of_two() {
            return None;
        }
        let order = count.max(align).checked_next_power_of_two()?.trailing_zeros() as usize;
        if order >= ORDERS {
            return None;
        }
        let first = match self.take_block(order, limit) {
            Some(first) => first,
            None => {
                self.drain_singles();
                self.take_block(order, limit)?
            }
        } as usize;
        for info in &mut self.table[first..first + count] {
            info.state = 1;
        }
        self.free -= count;
        // What the power of two gave too much goes back in the largest pieces.
        let (mut at, end) = (first + count, first + (1 << order));
        while at < end {
            let piece = (at.trailing_zeros() as usize).min(ORDERS - 1);
            self.push_block(at as u32, piece);
            at += 1 << piece;
        }
        Some(Frame(first as u32))
    }

    /// Adds a reference.
    ///
    /// # Panics
    /// If the frame is not allocated (a bug in the kernel), or has 2^31 - 1 references already.
    #[inline]
    pub fn share(&mut self, frame: Frame) {
        let state = &mut self.table[frame.0 as usize].state;
        if *state == RESERVED {
            return;
        }
        assert!(
            *state != NOT_RAM && *state < FREE - 1,
            "share of a frame that is not allocated"
        );
        *state += 1;
    }

    /// Takes a reference away; returns whether it was the last, and the frame is free now. Reserved frames stay.
    ///
    /// # Panics
    /// If the frame is not allocated: a bug in the kernel.
    #[inline]
    pub fn release(&mut self, frame: Frame) -> bool {
        let state = &mut self.table[frame.0 as usize].state;
        if *state == RESERVED {
            return false;
        }
        assert!(
            *state != NOT_RAM && *state < FREE,
            "release of a frame that is not allocated"
        );
        *state -= 1;
        if *state != 0 {
            return false;
        }
        self.free += 1;
        if self.hot_count >= HOT_MAX {
            *state = FREE_PART;
            self.merge(frame.0, 0);
            return true;
        }
        let info = &mut self.table[frame.0 as usize];
        info.state = SINGLE;
        info.next = self.hot;
        self.hot = frame.0;
        self.hot_count += 1;
        true
    }

    /// References to a frame; reserved ones have more than anybody counts, so that nobody takes them for their own.
    #[inline]
    #[must_use]
    pub fn references(&self, frame: Frame) -> u32 {
        match self.table[frame.0 as usize].state {
            RESERVED => u32::MAX,
            state if state < FREE => state,
            _ => 0,
        }
    }

    /// Takes a free frame to be zeroed by an idle processor, while fewer than `wanted` are.
    pub fn take_for_zeroing(&mut self, wanted: usize) -> Option<Frame> {
        if self.zeroed_count >= wanted {
            return None;
        }
        if self.hot == NONE {
            self.refill()?;
        }
        let index = self.hot;
        let info = &mut self.table[index as usize];
        self.hot = info.next;
        self.hot_count -= 1;
        info.state = 1;
        self.free -= 1;
        Some(Frame(index))
    }

    /// Takes a frame with one reference, all zero now, back into the list of zeroed ones.
    pub fn give_zeroed(&mut self, frame: Frame) {
        let info = &mut self.table[frame.0 as usize];
        assert!(info.state == 1, "zeroed frame has other owners");
        info.state = SINGLE;
        info.next = self.zeroed;
        self.zeroed = frame.0;
        self.zeroed_count += 1;
        self.free += 1;
    }

    /// Puts `count` allocated frames from `first` on into quarantine: their reference is kept until [`Self::device_was_reset`].
    pub fn quarantine(&mut self, first: Frame, count: usize, device: u32) {
        let info = &mut self.table[first.0 as usize];
        assert!(
            info.state != NOT_RAM && info.state < FREE,
            "quarantine of a frame that is not allocated"
        );
        info.next = self.quarantine;
        info.previous = count as u32;
        info.owner = device;
        self.quarantine = first.0;
        self.quarantined += count;
    }

    /// Releases the frames in quarantine for `device`; returns how many.
    pub fn device_was_reset(&mut self, device: u32) -> usize {
        let (mut kept, mut at, mut count) = (NONE, self.quarantine, 0);
        while at != NONE {
            let FrameInfo {
                next,
                previous,
                owner,
                ..
            } = self.table[at as usize];
            if owner == device {
                for index in at..at + previous {
                    self.release(Frame(index));
                }
                count += previous as usize;
            } else {
                self.table[at as usize].next = kept;
                kept = at;
            }
            at = next;
        }
        self.quarantine = kept;
        self.quarantined -= count;
        count
    }

    /// Fills the hot list from the smallest block that is there.
    fn refill(&mut self) -> Option<()> {
        let mut order = (REFILL_ORDER..ORDERS).find(|&order| self.lists[order] != NONE);
        if order.is_none() {
            order = (0..REFILL_ORDER).rev().find(|&order| self.lists[order] != NONE);
        }
        let order = order?.min(REFILL_ORDER);
        let first = self.take_block(order, u64::MAX)?;
        // Lowest address on top.
        for index in (first..first + (1 << order)).rev() {
            let info = &mut self.table[index as usize];
            info.state = SINGLE;
            info.next = self.hot;
            self.hot = index;
        }
        self.hot_count += 1 << order;
        Some(())
    }

    /// Gives all single frames back to the buddy system, so that they merge.
    fn drain_singles(&mut self) {
        for list in [
            core::mem::replace(&mut self.hot, NONE),
            core::mem::replace(&mut self.zeroed, NONE),
        ] {
            let mut at = list;
            while at != NONE {
                let next = self.table[at as usize].next;
                self.table[at as usize].state = FREE_PART;
                self.merge(at, 0);
                at = next;
            }
        }
        (self.hot_count, self.zeroed_count) = (0, 0);
    }

    /// Takes a block of this order below `limit`, splitting a larger one if needed.
    fn take_block(&mut self, order: usize, limit: u64) -> Option<u32> {
        let bytes = 1u64 << (order + 12);
        for larger in order..ORDERS {
            let mut at = self.lists[larger];
            while at != NONE {
                if Frame(at)
                    .address()
                    .checked_add(bytes)
                    .is_some_and(|end| end <= limit)
                {
                    self.remove_block(at, larger);
                    for split in (order..larger).rev() {
                        self.push_block(at + (1 << split), split);
                    }
                    return Some(at);
                }
                at = self.table[at as usize].next;
            }
        }
        None
    }

    /// Adds a free block to the buddy system, merged with its free neighbours.
    fn merge(&mut self, first: u32, order: usize) {
        let (mut first, mut order) = (first, order);
        while order < ORDERS - 1 {
            let buddy = first ^ (1 << order);
            if self
                .table
                .get(buddy as usize)
                .is_none_or(|info| info.state != FREE | order as u32)
            {
                break;
            }
            self.remove_block(buddy, order);
            first = first.min(buddy);
            order += 1;
        }
        self.push_block(first, order);
    }

    fn push_block(&mut self, first: u32, order: usize) {
        let next = self.lists[order];
        let info = &mut self.table[first as usize];
        info.state = FREE | order as u32;
        info.next = next;
        info.previous = NONE;
        if next != NONE {
            self.table[next as usize].previous = first;
        }
        self.lists[order] = first;
    }

    fn remove_block(&mut self, first: u32, order: usize) {
        let info = &mut self.table[first as usize];
        info.state = FREE_PART;
        let (next, previous) = (info.next, info.previous);
        if previous == NONE {
            self.lists[order] = next;
        } else {
            self.table[previous as usize].next = next;
        }
        if next != NONE {
            self.table[next as usize].previous = previous;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    fn table(frames: usize) -> Vec<FrameInfo> {
        vec![FrameInfo::default(); frames]
    }

    #[test]
    fn every_frame_is_handed_out_once_and_no_more() {
        let mut table = table(1000);
        let mut frames = FrameAllocator::new(&mut table);
        frames.add(Frame(3), 900);
        frames.reserve(Frame(950), 10);
        let mut seen = std::collections::HashSet::new();
        while let Some((frame, zeroed)) = frames.allocate(true) {
            assert!(!zeroed && (3..903).contains(&frame.0));
            assert!(seen.insert(frame.0));
        }
        assert_eq!((seen.len(), frames.free()), (900, 0));
        assert!(frames.is_ram(Frame(955)) && !frames.is_ram(Frame(903)) && !frames.is_ram(Frame(5000)));
    }

    #[test]
    fn reserved_frames_are_never_freed_nor_taken_for_private() {
        let mut table = table(16);
        let mut frames = FrameAllocator::new(&mut table);
        frames.reserve(Frame(4), 2);
        frames.share(Frame(4));
        assert!(!frames.release(Frame(4)) && !frames.release(Frame(4)));
        assert_eq!(frames.references(Frame(4)), u32::MAX);
        assert!(frames.allocate(false).is_none());
    }

    #[test]
    fn freed_memory_merges_into_large_blocks_again() {
        let mut table = table(4096);
        let mut frames = FrameAllocator::new(&mut table);
        frames.add(Frame(0), 4096);
        let taken: Vec<_> = (0..4096).map(|_| frames.allocate(false).unwrap().0).collect();
        for frame in taken {
            frames.release(frame);
        }
        assert_eq!(frames.allocate_contiguous(4096, 1, u64::MAX), Some(Frame(0)));
    }

    #[test]
    fn contiguous_frames_are_aligned_below_the_limit_and_return_their_tail() {
        let mut table = table(4096);
        let mut frames = FrameAllocator::new(&mut table);
        frames.add(Frame(1), 4000);
        let first = frames.allocate_contiguous(5, 16, 1 << 20).unwrap();
        assert!(first.0.is_multiple_of(16) && first.0 + 5 <= 256);
        assert_eq!(frames.free(), 3995);
        assert_eq!(frames.allocate_contiguous(512, 1, 1 << 20), None);
        assert_eq!(frames.allocate_contiguous(0, 1, u64::MAX), None);
        assert_eq!(frames.allocate_contiguous(usize::MAX, 1, u64::MAX), None);
    }

    #[test]
    fn quarantined_frames_come_back_only_when_their_device_was_reset() {
        let mut table = table(64);
        let mut frames = FrameAllocator::new(&mut table);
        frames.add(Frame(0), 64);
        let a = frames.allocate_contiguous(4, 1, u64::MAX).unwrap();
        let b = frames.allocate_contiguous(8, 1, u64::MAX).unwrap();
        frames.quarantine(a, 4, 7);
        frames.quarantine(b, 8, 9);
        assert_eq!((frames.free(), frames.quarantined()), (52, 12));
        assert_eq!(frames.device_was_reset(7), 4);
        assert_eq!(frames.device_was_reset(7), 0);
        assert_eq!((frames.free(), frames.quarantined()), (56, 8));
        assert_eq!(frames.device_was_reset(9), 8);
    }

    #[derive(Clone, Debug)]
    enum Step {
        Allocate(bool),
        Contiguous(usize, u32),
        Share(usize),
        Release(usize),
        Zero,
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            any::<bool>().prop_map(Step::Allocate),
            (1usize..40, 0u32..5).prop_map(|(count, align)| Step::Contiguous(count, align)),
            any::<usize>().prop_map(Step::Share),
            any::<usize>().prop_map(Step::Release),
            Just(Step::Zero),
        ]
    }

    proptest! {
        #[test]
        fn random_use_never_hands_a_frame_out_twice(steps in prop::collection::vec(step(), 0..400)) {
            let mut table = table(700);
            let mut frames = FrameAllocator::new(&mut table);
            frames.add(Frame(2), 300);
            frames.add(Frame(400), 250);
            let mut owned: HashMap<u32, u32> = HashMap::new();
            for step in steps {
                let nth = |owned: &HashMap<u32, u32>, n: usize| {
                    let mut keys: Vec<_> = owned.keys().copied().collect();
                    keys.sort_unstable();
                    (!keys.is_empty()).then(|| keys[n % keys.len()])
                };
                match step {
                    Step::Allocate(zeroed) => match frames.allocate(zeroed) {
                        Some((frame, _)) => prop_assert!(owned.insert(frame.0, 1).is_none()),
                        None => prop_assert_eq!(owned.len(), 550),
                    },
                    Step::Contiguous(count, align) => {
                        if let Some(first) = frames.allocate_contiguous(count, 1 << align, u64::MAX) {
                            prop_assert_eq!(first.0 % (1 << align), 0);
                            for index in first.0..first.0 + count as u32 {
                                prop_assert!(owned.insert(index, 1).is_none());
                            }
                        }
                    }
                    Step::Share(n) => if let Some(index) = nth(&owned, n) {
                        frames.share(Frame(index));
                        *owned.get_mut(&index).unwrap() += 1;
                    },
                    Step::Release(n) => if let Some(index) = nth(&owned, n) {
                        let count = owned.get_mut(&index).unwrap();
                        *count -= 1;
                        let last = *count == 0;
                        prop_assert_eq!(frames.release(Frame(index)), last);
                        if last { owned.remove(&index); }
                    },
                    Step::Zero => if let Some(frame) = frames.take_for_zeroing(20) {
                        prop_assert!(!owned.contains_key(&frame.0));
                        frames.give_zeroed(frame);
                    },
                }
                prop_assert_eq!(frames.free() + owned.len(), 550);
                for (&index, &count) in &owned {
                    prop_assert_eq!(frames.references(Frame(index)), count);
                }
            }
        }
    }
}
