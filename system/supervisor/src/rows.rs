//! Rows of credentials: each combination of ids, groups, session and process group that some process has, once.
//!
//! A row is written before a process gets it and not changed while a process has it or a pending call carries it; what is free is zero, so
//! that whoever looks through the table finds no group or session that is gone.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use trivet_abi::credentials::{MAX_GROUPS, ROW_COUNT, Row};

/// A row as the table has it.
type Words = [u64; Row::SIZE / 8];

/// What the rows need of the machine.
pub trait Store {
    /// Writes a row.
    fn write(&self, number: u32, words: &Words) -> bool;
    /// Whether a process or a pending call carries a row.
    fn in_use(&self, number: u32) -> bool;
}

/// Every row.
#[derive(Debug)]
pub struct Rows {
    rows: Vec<Option<(Box<Words>, Row, u32)>>,
    numbers: BTreeMap<Box<Words>, u32>,
    free: Vec<u32>,
    /// Without a process, but perhaps carried by a pending call.
    retired: Vec<u32>,
}

impl Default for Rows {
    fn default() -> Self {
        Rows {
            // Row 0 is the core servers'.
            rows: Vec::from([None]),
            numbers: BTreeMap::new(),
            free: Vec::new(),
            retired: Vec::new(),
        }
    }
}

/// The row's fields in the order of its layout.
fn words(row: &Row) -> Words {
    let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
    let mut words = [0; Row::SIZE / 8];
    words[..5].copy_from_slice(&[
        pair(row.real_user, row.effective_user),
        pair(row.saved_user, row.file_user),
        pair(row.real_group, row.effective_group),
        pair(row.saved_group, row.file_group),
        pair(row.group_count, row.reserved),
    ]);
    let (groups, _) = row.groups.as_chunks::<2>();
    for (word, [low, high]) in words[5..].iter_mut().zip(groups) {
        *word = pair(*low, *high);
    }
    let rest = 5 + MAX_GROUPS / 2;
    words[rest..].copy_from_slice(&[row.session, row.account, row.group, row.root, row.file_size_bound]);
    words
}

impl Rows {
    /// The number of a row with these contents, for one process more. None where the table is full.
    pub fn take(&mut self, row: &Row, store: &impl Store) -> Option<u32> {
        let contents = words(row);
        if let Some(&number) = self.numbers.get(&contents) {
            self.keep(number);
            return Some(number);
        }
        let number = self.free_number(store)?;
        if !store.write(number, &contents) {
            self.free.push(number);
            return None;
        }
        let contents = Box::new(contents);
        self.numbers.insert(contents.clone(), number);
        self.rows[number as usize] = Some((contents, *row, 1));
        Some(number)
    }

    fn free_number(&mut self, store: &impl Store) -> Option<u32> {
        if let Some(number) = self.free.pop() {
            return Some(number);
        }
        let retired = core::mem::take(&mut self.retired);
        for number in retired {
            self.retire(number, store);
        }
        if let Some(number) = self.free.pop() {
            return Some(number);
        }
        let number = self.rows.len();
        if number >= ROW_COUNT {
            return None;
        }
        self.rows.push(None);
        Some(number as u32)
    }

    /// One process more has this row.
    pub fn keep(&mut self, number: u32) {
        if let Some(Some((_, _, uses))) = self.rows.get_mut(number as usize) {
            *uses += 1;
        }
    }

    /// One process less has it.
    pub fn release(&mut self, number: u32, store: &impl Store) {
        let Some(place) = self.rows.get_mut(number as usize) else {
            return;
        };
        let Some((contents, _, uses)) = place else { return };
        *uses -= 1;
        if *uses == 0 {
            self.numbers.remove(contents);
            *place = None;
            self.retire(number, store);
        }
    }

    /// Makes a row free, or leaves it for later where a pending call carries it.
    fn retire(&mut self, number: u32, store: &impl Store) {
        if store.in_use(number) || !store.write(number, &[0; Row::SIZE / 8]) {
            self.retired.push(number);
        } else {
            self.free.push(number);
        }
    }

    /// Whether some row names this root directory.
    #[must_use]
    pub fn has_root(&self, root: u64) -> bool {
        self.rows.iter().flatten().any(|(_, row, _)| row.root == root)
    }

    /// The contents of a row.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&Row> {
        self.rows.get(number as usize)?.as_ref().map(|(_, row, _)| row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::cell::{Cell, RefCell};

    #[derive(Default)]
    struct Model {
        written: RefCell<BTreeMap<u32, Words>>,
        busy: Cell<Option<u32>>,
    }

    impl Store for Model {
        fn write(&self, number: u32, words: &Words) -> bool {
            assert_ne!(self.busy.get(), Some(number), "a row that a call carries stays");
            self.written.borrow_mut().insert(number, *words);
            true
        }
        fn in_use(&self, number: u32) -> bool {
            self.busy.get() == Some(number)
        }
    }

    fn user(user: u32, group: u64) -> Row {
        Row {
            real_user: user,
            group,
            ..Row::default()
        }
    }

    #[test]
    fn the_words_are_the_rows_layout() {
        let mut row = Row {
            effective_user: 2,
            file_group: 8,
            group_count: 3,
            session: 77,
            account: 78,
            group: 79,
            root: 80,
            file_size_bound: 81,
            ..Row::default()
        };
        row.groups[31] = 31;
        let words = words(&row);
        assert_eq!((words[0], words[3], words[4]), (2 << 32, 8 << 32, 3));
        assert_eq!(words[20..], [31 << 32, 77, 78, 79, 80, 81]);
    }

    #[test]
    fn equal_rows_are_one_and_the_last_user_frees_it() {
        let (store, mut rows) = (Model::default(), Rows::default());
        let first = rows.take(&user(1, 5), &store).unwrap();
        assert_eq!(rows.take(&user(1, 5), &store), Some(first));
        assert_ne!(first, 0);
        let other = rows.take(&user(1, 6), &store).unwrap();
        assert_ne!(first, other);
        rows.release(first, &store);
        assert!(rows.get(first).is_some());
        rows.release(first, &store);
        assert!(rows.get(first).is_none());
        assert_eq!(store.written.borrow()[&first], [0; Row::SIZE / 8]);
        assert_eq!(rows.take(&user(9, 9), &store), Some(first));
    }

    #[test]
    fn a_row_that_a_pending_call_carries_is_not_used_again() {
        let (store, mut rows) = (Model::default(), Rows::default());
        let first = rows.take(&user(1, 5), &store).unwrap();
        store.busy.set(Some(first));
        rows.release(first, &store);
        assert_ne!(rows.take(&user(2, 5), &store), Some(first));
        store.busy.set(None);
        assert_eq!(rows.take(&user(3, 5), &store), Some(first));
    }

    #[test]
    fn the_table_has_an_end() {
        let (store, mut rows) = (Model::default(), Rows::default());
        for group in 1..ROW_COUNT as u64 {
            assert!(rows.take(&user(0, group), &store).is_some());
        }
        assert_eq!(rows.take(&user(0, 0xffff), &store), None);
    }
}
