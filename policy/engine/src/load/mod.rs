//! [`Policy::load`]: the full check of a compiled policy, whoever made its bytes.
//!
//! What is proved here is what the look-ups rely on: every index leads to a record, every text to text, tables are
//! sorted, rows are found where the hash says, checks go forward and end within the step limit, models fit their frames,
//! an account's parent comes before it.

use core::fmt;

mod names;
mod rules;

use crate::Policy;
use crate::format::{
    FIRST_SECTION, FORMAT_VERSION, HEADER_SIZE, Header, MAGIC, MAX_LENGTH, Record, SECTION_COUNT, Section,
    Table, Text, checksum,
};

/// Operations of one check, at most.
pub(crate) const MAX_CHECK_OPERATIONS: u32 = 256;
/// Binary logarithm of the slots of the row index, at most.
const MAX_ROW_BITS: u32 = 20;
/// Slots that a look-up examines, at most.
pub(crate) const MAX_PROBE: u32 = 32;
/// Operations examined while all rows are checked, at most: bounds the time that a hostile file can take.
const LOAD_BUDGET: u64 = 1 << 24;

/// Why a compiled policy was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// Not a compiled policy, or cut off in the header.
    NotAPolicy,
    /// Made for another version of the format.
    Version(u32),
    /// The length in the header is not the file's.
    Length,
    /// The bytes are damaged.
    Checksum,
    /// A section lies where it may not, or its length fits no whole records.
    Layout(Section),
    /// A record says what it may not.
    BadRecord(Section, u32),
    /// Judging the rows would take too long.
    TooLarge,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::NotAPolicy => f.write_str("not a compiled policy"),
            LoadError::Version(version) => {
                write!(
                    f,
                    "compiled policy of format {version}, this engine reads format {FORMAT_VERSION}"
                )
            }
            LoadError::Length => f.write_str("compiled policy is cut off or too long"),
            LoadError::Checksum => f.write_str("compiled policy is damaged (checksum)"),
            LoadError::Layout(section) => write!(f, "compiled policy: section {section:?} is malformed"),
            LoadError::BadRecord(section, index) => {
                write!(
                    f,
                    "compiled policy: record {index} of section {section:?} is invalid"
                )
            }
            LoadError::TooLarge => f.write_str("compiled policy is too large to check"),
        }
    }
}

impl core::error::Error for LoadError {}

type Checked = Result<(), LoadError>;

/// Fails with the record's place unless `valid`.
fn ensure(valid: bool, section: Section, index: usize) -> Checked {
    if valid {
        Ok(())
    } else {
        Err(LoadError::BadRecord(section, index as u32))
    }
}

/// Applies `valid` to each record of a table.
fn each<R: Record>(
    table: &Table<'_, R>,
    section: Section,
    mut valid: impl FnMut(usize, R) -> bool,
) -> Checked {
    table
        .iter()
        .enumerate()
        .try_for_each(|(index, record)| ensure(valid(index, record), section, index))
}

/// Whether each record's key is above the one before it (strictly or not).
fn sorted<R: Record, K: Ord>(
    table: &Table<'_, R>,
    section: Section,
    strictly: bool,
    key: impl Fn(R) -> K,
) -> Checked {
    let mut previous: Option<K> = None;
    for (index, record) in table.iter().enumerate() {
        let current = key(record);
        let in_order = previous.as_ref().is_none_or(|before| {
            if strictly {
                *before < current
            } else {
                *before <= current
            }
        });
        ensure(in_order, section, index)?;
        previous = Some(current);
    }
    Ok(())
}

/// The sections' bytes, each inside the file and in order.
fn split_sections(bytes: &[u8]) -> Result<[&[u8]; SECTION_COUNT], LoadError> {
    let mut sections = [[].as_slice(); SECTION_COUNT];
    let mut end = FIRST_SECTION;
    for (number, slot) in sections.iter_mut().enumerate() {
        let malformed = LoadError::Layout(ALL_SECTIONS[number]);
        let entry = bytes.get(HEADER_SIZE + number * 8..).ok_or(LoadError::Length)?;
        let offset = u32::read(entry) as usize;
        let length = u32::read(entry.get(4..).ok_or(LoadError::Length)?) as usize;
        let start = end.next_multiple_of(8);
        let padding = bytes.get(end..start).ok_or(malformed)?;
        if offset != start || padding.iter().any(|&byte| byte != 0) {
            return Err(malformed);
        }
        end = start.checked_add(length).ok_or(malformed)?;
        *slot = bytes.get(start..end).ok_or(malformed)?;
    }
    if end == bytes.len() {
        Ok(sections)
    } else {
        Err(LoadError::Length)
    }
}

const ALL_SECTIONS: [Section; SECTION_COUNT] = [
    Section::Strings,
    Section::Domains,
    Section::Labels,
    Section::Interfaces,
    Section::Methods,
    Section::RowIndex,
    Section::Rows,
    Section::RowRules,
    Section::Checks,
    Section::Operations,
    Section::Models,
    Section::FlowTargets,
    Section::Rules,
    Section::Transitions,
    Section::Programs,
    Section::Paths,
    Section::NewLabels,
    Section::Accounts,
    Section::SessionFrames,
    Section::Addresses,
    Section::RootLabels,
];

fn table<'a, R: Record>(
    sections: &[&'a [u8]; SECTION_COUNT],
    section: Section,
) -> Result<Table<'a, R>, LoadError> {
    Table::new(sections[section as usize]).ok_or(LoadError::Layout(section))
}

impl<'a> Policy<'a> {
    /// Checks `bytes` in full and gives a view on them. The bytes are untrusted; they need no alignment.
    ///
    /// # Errors
    /// [`LoadError`] names the first thing that is wrong. A kernel that gets one must not boot.
    pub fn load(bytes: &'a [u8]) -> Result<Policy<'a>, LoadError> {
        let header = Header::read(bytes);
        if bytes.len() < FIRST_SECTION || header.magic != u64::from_le_bytes(MAGIC) {
            return Err(LoadError::NotAPolicy);
        }
        if header.version != FORMAT_VERSION {
            return Err(LoadError::Version(header.version));
        }
        if bytes.len() > MAX_LENGTH || header.length != bytes.len() as u64 {
            return Err(LoadError::Length);
        }
        if header.checksum != checksum(bytes.get(32..).unwrap_or(&[])) {
            return Err(LoadError::Checksum);
        }
        let header_is_sound = header.section_count as usize == SECTION_COUNT
            && header.reserved == 0
            && header.reserved_2 == 0
            && header.hash_multiplier & 1 == 1
            && (1..=MAX_PROBE).contains(&header.max_probe);
        if !header_is_sound {
            return Err(LoadError::NotAPolicy);
        }
        let sections = split_sections(bytes)?;
        let row_index: Table<'_, u32> = table(&sections, Section::RowIndex)?;
        if !row_index.len().is_power_of_two() || row_index.len() > 1 << MAX_ROW_BITS {
            return Err(LoadError::Layout(Section::RowIndex));
        }
        let strings = core::str::from_utf8(sections[Section::Strings as usize])
            .map_err(|_| LoadError::Layout(Section::Strings))?;
        let policy = Policy {
            strings,
            domains: table(&sections, Section::Domains)?,
            labels: table(&sections, Section::Labels)?,
            interfaces: table(&sections, Section::Interfaces)?,
            methods: table(&sections, Section::Methods)?,
            row_index,
            row_bits: row_index.len().trailing_zeros(),
            rows: table(&sections, Section::Rows)?,
            hash_multiplier: header.hash_multiplier,
            max_probe: header.max_probe,
            row_rules: table(&sections, Section::RowRules)?,
            checks: table(&sections, Section::Checks)?,
            operations: table(&sections, Section::Operations)?,
            models: table(&sections, Section::Models)?,
            flow_targets: table(&sections, Section::FlowTargets)?,
            rules: table(&sections, Section::Rules)?,
            transitions: table(&sections, Section::Transitions)?,
            programs: table(&sections, Section::Programs)?,
            paths: table(&sections, Section::Paths)?,
            new_labels: table(&sections, Section::NewLabels)?,
            accounts: table(&sections, Section::Accounts)?,
            session_frames: table(&sections, Section::SessionFrames)?,
            addresses: table(&sections, Section::Addresses)?,
            root_labels: table(&sections, Section::RootLabels)?,
            interfaces_fingerprint: header.interfaces_fingerprint,
        };
        policy.check_subjects()?;
        policy.check_names()?;
        policy.check_models()?;
        policy.check_operations()?;
        policy.check_rows()?;
        Ok(policy)
    }

    fn text_exists(&self, text: Text) -> bool {
        let start = text.offset as usize;
        start
            .checked_add(text.length as usize)
            .is_some_and(|end| self.strings.get(start..end).is_some())
    }

    fn label_exists(&self, label: u32) -> bool {
        (label as usize) < self.labels.len()
    }

    fn domain_exists(&self, domain: u16) -> bool {
        usize::from(domain) < self.domains.len()
    }

    fn rule_exists(&self, rule: u32) -> bool {
        (rule as usize) < self.rules.len()
    }
}
