//! [`Policy::load`]: the full check of a compiled policy, whoever made its bytes.
//!
//! What is proved here is what the look-ups rely on: every index leads to a record, every text to text, tables are
//! sorted, rows are found where the hash says, checks go forward and end within the step limit, models fit their frames,
//! an account's parent comes before it.

use core::fmt;

use crate::format::{
    AccountRecord, Address, Check, Domain, EMPTY_SLOT, FIRST_SECTION, FORMAT_VERSION, HEADER_SIZE, Header,
    Interface, Label, MAGIC, MAX_LENGTH, Method, Model, NO_RULE, NO_STATE, NONE_16, NewLabel, Operation,
    Path, Program, Record, RootLabel, Row, Rule, SECTION_COUNT, Section, SessionFrame, Table, Text,
    Transition, account_flags, checksum, code, compare, input, model_kind, pattern, row_flags, scope,
    split_key,
};
use crate::{
    ALL_METHODS, DomainId, InterfaceId, LabelId, MAX_FRAME_CELLS, MAX_METHODS, MAX_SET_CAPACITY,
    MAX_STATE_OPERATIONS, MAX_STEPS, Policy,
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

    /// Domains, labels, accounts, interfaces, methods, rules.
    fn check_subjects(&self) -> Checked {
        let domains = self.domains.len();
        if domains == 0 || domains > usize::from(u16::MAX) {
            return Err(LoadError::Layout(Section::Domains));
        }
        // One label for each domain comes first (DomainId::own_label).
        if self.labels.len() < domains || self.labels.len() > u32::MAX as usize {
            return Err(LoadError::Layout(Section::Labels));
        }
        if self.accounts.is_empty() || self.accounts.len() > usize::from(u16::MAX) {
            return Err(LoadError::Layout(Section::Accounts));
        }
        each(
            &self.domains,
            Section::Domains,
            |_,
             Domain {
                 name,
                 account,
                 process_cells,
                 domain_cells,
                 reserved,
             }| {
                self.text_exists(name)
                    && usize::from(account) < self.accounts.len()
                    && process_cells <= MAX_FRAME_CELLS
                    && domain_cells <= MAX_FRAME_CELLS
                    && reserved == 0
            },
        )?;
        each(&self.labels, Section::Labels, |_, Label { name }| {
            self.text_exists(name)
        })?;
        each(
            &self.accounts,
            Section::Accounts,
            |index, account: AccountRecord| {
                let parent_comes_before = if index == 0 {
                    account.parent == NONE_16
                } else {
                    usize::from(account.parent) < index
                };
                self.text_exists(account.name)
                    && parent_comes_before
                    && account.flags & !account_flags::ALL == 0
                    && account.processor_share > 0
            },
        )?;
        sorted(&self.interfaces, Section::Interfaces, true, |record| {
            record.number
        })?;
        each(
            &self.interfaces,
            Section::Interfaces,
            |_,
             Interface {
                 name,
                 method_count,
                 first_method,
                 ..
             }| {
                self.text_exists(name)
                    && method_count <= u16::from(MAX_METHODS)
                    && (first_method as usize)
                        .checked_add(usize::from(method_count))
                        .is_some_and(|end| end <= self.methods.len())
            },
        )?;
        each(&self.methods, Section::Methods, |_, Method { name }| {
            self.text_exists(name)
        })?;
        each(&self.rules, Section::Rules, |_, rule: Rule| {
            self.text_exists(rule.file) && self.text_exists(rule.text) && rule.reserved == 0
        })?;
        each(&self.row_rules, Section::RowRules, |_, rule| {
            self.rule_exists(rule)
        })
    }

    /// Transitions, programs, paths, new labels, addresses.
    fn check_names(&self) -> Checked {
        each(
            &self.transitions,
            Section::Transitions,
            |_, Transition { from, to, program }| {
                self.domain_exists(from) && self.domain_exists(to) && self.label_exists(program)
            },
        )?;
        sorted(&self.transitions, Section::Transitions, true, |record| {
            (record.from, record.program)
        })?;
        each(
            &self.programs,
            Section::Programs,
            |_,
             Program {
                 name,
                 domain,
                 reserved,
             }| { self.text_exists(name) && self.domain_exists(domain) && reserved == 0 },
        )?;
        sorted(&self.programs, Section::Programs, true, |record| {
            self.text(record.name)
        })?;
        each(
            &self.paths,
            Section::Paths,
            |_,
             Path {
                 file_system,
                 path,
                 label,
             }| {
                let text = self.text(path);
                self.text_exists(file_system)
                    && self.text_exists(path)
                    && text.starts_with('/')
                    && (text == "/" || !text.ends_with('/'))
                    && self.label_exists(label)
            },
        )?;
        sorted(&self.paths, Section::Paths, true, |record| {
            (self.text(record.file_system), self.text(record.path))
        })?;
        each(&self.new_labels, Section::NewLabels, |_, record: NewLabel| {
            self.label_exists(record.parent)
                && self.label_exists(record.label)
                && self.text_exists(record.text)
                && (record.creator == NONE_16 || self.domain_exists(record.creator))
                && record.pattern <= pattern::SUFFIX
        })?;
        sorted(&self.new_labels, Section::NewLabels, false, |record| {
            record.parent
        })?;
        each(&self.addresses, Section::Addresses, |_, record: Address| {
            record.first_port <= record.last_port
                && record.prefix_bits <= 128
                && self.label_exists(record.label)
                && record.reserved == 0
        })?;
        each(
            &self.root_labels,
            Section::RootLabels,
            |_, RootLabel { label, reserved, .. }| self.label_exists(label) && reserved == 0,
        )?;
        sorted(&self.root_labels, Section::RootLabels, true, |record| {
            record.interface
        })
    }

    fn check_models(&self) -> Checked {
        if self.models.len() > usize::from(u16::MAX) {
            return Err(LoadError::Layout(Section::Models));
        }
        each(&self.models, Section::Models, |_, model: Model| {
            let cells_fit_the_kind = match model.kind {
                model_kind::FLOW => model.cell_count == 1 && (1..NO_STATE).contains(&model.size),
                model_kind::COUNTER => model.cell_count == 2 && model.size == 0,
                model_kind::SET => {
                    (1..=MAX_SET_CAPACITY).contains(&model.size) && model.cell_count == model.size + 1
                }
                _ => false,
            };
            cells_fit_the_kind
                && model.scope <= scope::DOMAIN
                && model
                    .first_cell
                    .checked_add(model.cell_count)
                    .is_some_and(|end| end <= MAX_FRAME_CELLS)
                && self.rule_exists(model.rule)
                && model.reserved == 0
        })?;
        each(
            &self.session_frames,
            Section::SessionFrames,
            |_, SessionFrame { label, cells, .. }| self.label_exists(label) && cells <= MAX_FRAME_CELLS,
        )?;
        sorted(&self.session_frames, Section::SessionFrames, true, |record| {
            (record.label, record.interface)
        })
    }

    /// The model that an operation works on, if it is of the kind that the operation needs.
    fn operation_model(&self, operation: &Operation) -> Option<Model> {
        let model = self.models.get(usize::from(operation.model))?;
        let kind = match operation.code {
            code::FLOW | code::FLOW_ON_SUCCESS => model_kind::FLOW,
            code::COUNT_ONE | code::COUNT_FIELD => model_kind::COUNTER,
            _ => model_kind::SET,
        };
        (model.kind == kind).then_some(model)
    }

    /// Each operation by itself, then each check: forward, ending, within the limits.
    fn check_operations(&self) -> Checked {
        each(
            &self.operations,
            Section::Operations,
            |_, operation: Operation| {
                let field_is_sound = usize::from(operation.word) < input::COUNT
                    && (1..=64).contains(&operation.bits)
                    && u16::from(operation.bits) + u16::from(operation.shift) <= 64
                    && operation.signed <= 1
                    && operation.compare <= compare::GREATER_OR_EQUAL;
                field_is_sound
                    && match operation.code {
                        code::COMPARE | code::ACCEPT => true,
                        code::REFUSE => operation.argument == NO_RULE || self.rule_exists(operation.argument),
                        code::GRANT | code::WITHHOLD_REPLY => self.rule_exists(operation.argument),
                        code::FLOW | code::FLOW_ON_SUCCESS => {
                            self.operation_model(&operation).is_some_and(|model| {
                                (0..u32::from(model.size)).all(|state| {
                                    (operation.argument.checked_add(state))
                                        .and_then(|index| self.flow_targets.get(index as usize))
                                        .is_some_and(|target| target == NO_STATE || target < model.size)
                                })
                            })
                        }
                        code::COUNT_ONE
                        | code::COUNT_FIELD
                        | code::SET_REQUIRE
                        | code::SET_ADD
                        | code::SET_REMOVE => self.operation_model(&operation).is_some(),
                        code::SET_ADD_REPLY => {
                            operation.word < 6 && self.operation_model(&operation).is_some()
                        }
                        _ => false,
                    }
            },
        )?;
        let mut budget = LOAD_BUDGET;
        for (index, check) in self.checks.iter().enumerate() {
            budget = budget
                .checked_sub(u64::from(check.operation_count))
                .ok_or(LoadError::TooLarge)?;
            ensure(self.check_is_sound(&check), Section::Checks, index)?;
        }
        Ok(())
    }

    fn check_is_sound(&self, check: &Check) -> bool {
        let count = check.operation_count;
        let inside = u64::from(check.first_operation) + u64::from(count) <= self.operations.len() as u64;
        if !inside || !(1..=MAX_CHECK_OPERATIONS).contains(&count) {
            return false;
        }
        let mut steps = 0u32;
        let mut state_operations = 0;
        for at in 0..count {
            let Some(operation) = self.operations.get((check.first_operation + at) as usize) else {
                return false;
            };
            let stays_inside = |skip: u16| at + 1 + u32::from(skip) < count;
            let (goes_on, cost) = match operation.code {
                code::REFUSE | code::ACCEPT => (true, 1),
                code::COMPARE => (
                    stays_inside(operation.on_true) && stays_inside(operation.on_false),
                    1,
                ),
                code::GRANT => (stays_inside(operation.on_true), 1),
                code::WITHHOLD_REPLY => (stays_inside(0), 1),
                code::FLOW | code::FLOW_ON_SUCCESS | code::COUNT_ONE | code::COUNT_FIELD => {
                    state_operations += 1;
                    (stays_inside(0), 2)
                }
                _ => {
                    // A look through a set costs a step for each value; requiring one changes nothing.
                    state_operations += usize::from(operation.code != code::SET_REQUIRE);
                    let size = self
                        .models
                        .get(usize::from(operation.model))
                        .map_or(0, |model| model.size);
                    (stays_inside(0), 2 + u32::from(size))
                }
            };
            if !goes_on {
                return false;
            }
            steps += cost;
        }
        steps <= MAX_STEPS && state_operations <= MAX_STATE_OPERATIONS
    }

    fn check_rows(&self) -> Checked {
        sorted(&self.rows, Section::Rows, true, |row| row.key)?;
        each(&self.row_index, Section::RowIndex, |_, entry| {
            entry == EMPTY_SLOT || (entry as usize) < self.rows.len()
        })?;
        let mut budget = LOAD_BUDGET;
        for (number, row) in self.rows.iter().enumerate() {
            ensure(self.row_is_sound(&row, &mut budget)?, Section::Rows, number)?;
        }
        Ok(())
    }

    fn row_is_sound(&self, row: &Row, budget: &mut u64) -> Result<bool, LoadError> {
        let (domain, label, interface) = split_key(row.key);
        let Some(methods) = self.method_mask(InterfaceId(interface)) else {
            return Ok(false);
        };
        let rules_end = u64::from(row.first_rule) + u64::from(row.decided.count_ones());
        let checks_end = u64::from(row.first_check) + u64::from(row.stateful.count_ones());
        let sound = self.domain_exists(domain)
            && self.label_exists(label)
            && row.decided & !methods == 0
            && row.allow & !row.decided == 0
            && row.stateful & !row.allow == 0
            && row.audit & !ALL_METHODS == 0
            && row.quiet & !ALL_METHODS == 0
            && row.flags & !row_flags::ALL == 0
            && row.reserved == 0
            && rules_end <= self.row_rules.len() as u64
            && checks_end <= self.checks.len() as u64
            && self.row(DomainId(domain), LabelId(label), InterfaceId(interface)) == Some(*row);
        if !sound {
            return Ok(false);
        }
        for entry in 0..row.stateful.count_ones() {
            let Some(check) = self.checks.get((row.first_check + entry) as usize) else {
                return Ok(false);
            };
            *budget = budget
                .checked_sub(u64::from(check.operation_count))
                .ok_or(LoadError::TooLarge)?;
            for at in 0..check.operation_count {
                let operation = self.operations.get((check.first_operation + at) as usize);
                let Some(operation) = operation else {
                    return Ok(false);
                };
                if !self.frame_holds_model(
                    &operation,
                    DomainId(domain),
                    LabelId(label),
                    InterfaceId(interface),
                ) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Methods that an interface has, or `None` if there is no such interface.
    fn method_mask(&self, interface: InterfaceId) -> Option<u64> {
        let index = self
            .interfaces
            .partition_point(|record| record.number < interface.0);
        let record = self
            .interfaces
            .get(index)
            .filter(|record| record.number == interface.0)?;
        let mut mask = 0;
        for method in 0..record.method_count {
            let present = self
                .methods
                .get(record.first_method as usize + usize::from(method))
                .is_some_and(|m| m.name.length > 0);
            mask |= u64::from(present) << method;
        }
        Some(mask)
    }

    fn frame_holds_model(
        &self,
        operation: &Operation,
        domain: DomainId,
        label: LabelId,
        interface: InterfaceId,
    ) -> bool {
        if !(code::FLOW..=code::SET_ADD_REPLY).contains(&operation.code) {
            return true;
        }
        let Some(model) = self.models.get(usize::from(operation.model)) else {
            return false;
        };
        let cells = match model.scope {
            scope::SESSION => self.session_cells(label, interface),
            scope::PROCESS => self.process_cells(domain),
            _ => self.domain_cells(domain),
        };
        model.first_cell + model.cell_count <= cells
    }
}
