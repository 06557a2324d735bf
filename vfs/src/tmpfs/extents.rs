//! Which pages of a sparse file exist: disjoint runs, for quotas, `st_blocks` and SEEK_DATA/SEEK_HOLE.

use alloc::collections::BTreeMap;

/// A set of page numbers, kept as runs that neither overlap nor touch.
#[derive(Default, Debug)]
pub struct Extents {
    /// First page of a run to the page behind it.
    runs: BTreeMap<u64, u64>,
    pages: u64,
    /// The end of the run that begins at page 0; 0 where none does. Most files have this run alone.
    first_end: u64,
}

impl Extents {
    /// Number of pages in the set.
    pub fn pages(&self) -> u64 {
        self.pages
    }

    /// How many pages of `start..end` are not in the set.
    #[inline]
    pub fn missing(&self, start: u64, end: u64) -> u64 {
        if start >= end || end <= self.first_end {
            return 0;
        }
        self.count_missing(start, end)
    }

    fn count_missing(&self, start: u64, end: u64) -> u64 {
        let mut present = 0;
        if let Some((_, &run_end)) = self.runs.range(..=start).next_back() {
            present += run_end.min(end).saturating_sub(start);
        }
        for (&run_start, &run_end) in self.runs.range(start + 1..end) {
            present += run_end.min(end) - run_start;
        }
        end - start - present
    }

    /// Adds `start..end`.
    pub fn insert(&mut self, start: u64, end: u64) {
        if start >= end || end <= self.first_end {
            return;
        }
        self.pages += self.missing(start, end);
        let (mut first, mut last) = (start, end);
        if let Some((&run_start, &run_end)) = self.runs.range(..=start).next_back() {
            if run_end >= end {
                return;
            }
            if run_end >= start {
                first = run_start;
            }
        }
        while let Some((&run_start, &run_end)) = self.runs.range(first..=last).next() {
            last = last.max(run_end);
            self.runs.remove(&run_start);
        }
        self.runs.insert(first, last);
        if first == 0 {
            self.first_end = last;
        }
    }

    /// Takes `start..end` away; answers how many pages of it were there.
    pub fn remove(&mut self, start: u64, end: u64) -> u64 {
        if start >= end {
            return 0;
        }
        let before = self.pages;
        if let Some((&run_start, &run_end)) = self.runs.range(..start).next_back()
            && run_end > start
        {
            self.runs.insert(run_start, start);
            self.pages -= run_end.min(end) - start;
            if run_end > end {
                self.runs.insert(end, run_end);
            }
        }
        while let Some((&run_start, &run_end)) = self.runs.range(start..end).next() {
            self.runs.remove(&run_start);
            self.pages -= run_end.min(end) - run_start;
            if run_end > end {
                self.runs.insert(end, run_end);
            }
        }
        self.first_end = self.runs.get(&0).copied().unwrap_or(0);
        before - self.pages
    }

    /// The first page at or behind `page` that is in the set.
    pub fn next_present(&self, page: u64) -> Option<u64> {
        match self.runs.range(..=page).next_back() {
            Some((_, &end)) if end > page => Some(page),
            _ => self.runs.range(page..).next().map(|(&start, _)| start),
        }
    }

    /// The first page at or behind `page` that is not in the set.
    pub fn next_absent(&self, page: u64) -> u64 {
        match self.runs.range(..=page).next_back() {
            Some((_, &end)) if end > page => end,
            _ => page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_behave_like_a_set_of_pages(
            steps in proptest::collection::vec((any::<bool>(), 0u64..60, 0u64..20), 0..60),
            probe in 0u64..80,
        ) {
            let mut extents = Extents::default();
            let mut model = BTreeSet::new();
            for (add, start, length) in steps {
                let range = start..start + length;
                if add {
                    let missing = range.clone().filter(|page| !model.contains(page)).count() as u64;
                    prop_assert_eq!(extents.missing(start, start + length), missing);
                    extents.insert(start, start + length);
                    model.extend(range);
                } else {
                    let present = range.clone().filter(|page| model.remove(page)).count() as u64;
                    prop_assert_eq!(extents.remove(start, start + length), present);
                }
                prop_assert_eq!(extents.pages(), model.len() as u64);
            }
            prop_assert_eq!(extents.first_end, extents.runs.get(&0).copied().unwrap_or(0));
            prop_assert_eq!(extents.next_present(probe), model.range(probe..).next().copied());
            prop_assert_eq!(extents.next_absent(probe), (probe..).find(|page| !model.contains(page)).unwrap());
            let mut previous_end = None;
            for (&start, &end) in &extents.runs {
                prop_assert!(start < end);
                prop_assert!(previous_end.is_none_or(|previous| previous < start));
                previous_end = Some(end);
            }
        }
    }
}
