//! The binary form: rows and names as the engine loads them. One policy gives one sequence of bytes.

use std::collections::BTreeMap;

use trivet_policy::format::{
    self, AccountRecord, Address, Check, EMPTY_SLOT, FIRST_SECTION, FORMAT_VERSION, HEADER_SIZE, Header,
    MAGIC, Method, NONE_16, Operation, Path, Program, Record, RootLabel, SECTION_COUNT, Section,
    SessionFrame, Text, Transition, account_flags, checksum, hash_slot, method_flags, model_kind, pattern,
    row_flags, scope,
};

use crate::catalogue::Catalogue;
use crate::lower::Lowered;
use crate::model::{Model, NamePattern, Scope, StateKind};
use crate::source::Sources;

/// Longest text of a rule, in bytes.
const MAX_RULE_TEXT: usize = 160;
/// Slots that a look-up may examine in the index that is made here.
const AIMED_PROBE: u32 = 6;

/// Writes the binary form.
#[must_use]
pub fn write(model: &Model, catalogue: &Catalogue, lowered: &Lowered, sources: &Sources) -> Vec<u8> {
    let mut file = Writer::default();
    file.subjects(model, catalogue, lowered);
    file.rules(model, sources);
    file.models(model, lowered);
    let index = file.rows(lowered);
    file.names(model);
    file.finish(catalogue.fingerprint(), &index)
}

/// The hash index over the rows.
struct RowIndex {
    slots: Vec<u32>,
    multiplier: u64,
    max_probe: u32,
}

#[derive(Default)]
struct Writer {
    sections: Vec<Vec<u8>>,
    texts: BTreeMap<String, Text>,
}

impl Writer {
    fn section(&mut self, section: Section) -> &mut Vec<u8> {
        self.sections.resize_with(SECTION_COUNT, Vec::new);
        &mut self.sections[section as usize]
    }

    fn push<R: Record>(&mut self, section: Section, record: R) {
        let bytes = self.section(section);
        let start = bytes.len();
        bytes.resize(start + R::SIZE, 0);
        record.write(&mut bytes[start..]);
    }

    fn count(&mut self, section: Section, record_size: usize) -> u32 {
        (self.section(section).len() / record_size) as u32
    }

    fn text(&mut self, text: &str) -> Text {
        if let Some(known) = self.texts.get(text) {
            return *known;
        }
        let strings = self.section(Section::Strings);
        let place = Text {
            offset: strings.len() as u32,
            length: text.len() as u32,
        };
        strings.extend_from_slice(text.as_bytes());
        self.texts.insert(text.to_owned(), place);
        place
    }

    fn subjects(&mut self, model: &Model, catalogue: &Catalogue, lowered: &Lowered) {
        for (number, domain) in model.domains.iter().enumerate() {
            let number = number as u16;
            let name = self.text(&domain.name.value);
            self.push(
                Section::Domains,
                format::Domain {
                    name,
                    account: domain.account as u16,
                    process_cells: lowered.frames.process.get(&number).copied().unwrap_or(0),
                    domain_cells: lowered.frames.domain.get(&number).copied().unwrap_or(0),
                    reserved: 0,
                },
            );
        }
        for label in &model.labels {
            let name = self.text(&label.name.value);
            self.push(Section::Labels, format::Label { name });
        }
        for account in &model.accounts {
            let name = self.text(&account.name.value);
            let limits = &account.limits;
            self.push(
                Section::Accounts,
                AccountRecord {
                    name,
                    parent: account.parent.map_or(NONE_16, |parent| parent as u16),
                    flags: flag(limits.overcommit, account_flags::OVERCOMMIT)
                        | flag(limits.server_priority, account_flags::SERVER_PRIORITY),
                    processor_share: limits.processor_share,
                    memory_bytes: limits.memory_bytes,
                    kernel_bytes: limits.kernel_bytes,
                    handles: limits.handles,
                    threads: limits.threads,
                    processes: limits.processes,
                    calls: limits.calls,
                    bindings: limits.bindings,
                    audit_records_per_s: limits.audit_records_per_s,
                },
            );
        }
        for interface in &catalogue.interfaces {
            let method_count = interface
                .methods
                .iter()
                .map(|method| u16::from(method.number) + 1)
                .max()
                .unwrap_or(0);
            let first_method = self.count(Section::Methods, Method::SIZE);
            let name = self.text(&interface.name);
            let number = interface.number;
            self.push(
                Section::Interfaces,
                format::Interface {
                    name,
                    number,
                    method_count,
                    first_method,
                },
            );
            for method in 0..method_count as u8 {
                let method = interface.method_by_number(method);
                let name = self.text(method.map_or("", |method| &method.name));
                let takes_names = method.is_some_and(|method| !method.names.is_empty());
                let flags = if takes_names { method_flags::TAKES_NAMES } else { 0 };
                self.push(Section::Methods, Method { name, flags });
            }
        }
    }

    fn rules(&mut self, model: &Model, sources: &Sources) {
        for rule in &model.rules {
            let file = self.text(&sources.file(rule.span.file).name);
            let text = self.text(&one_line(rule.prefix, sources.text(rule.span)));
            self.push(
                Section::Rules,
                format::Rule {
                    file,
                    text,
                    line: sources.line(rule.span),
                    reserved: 0,
                },
            );
        }
    }

    fn models(&mut self, model: &Model, lowered: &Lowered) {
        for (state, &first_cell) in model.state_models.iter().zip(&lowered.frames.first_cells) {
            let (kind, size, maximum, period_ns) = match state.kind {
                StateKind::Flow { states } => (model_kind::FLOW, states, 0, 0),
                StateKind::Counter { maximum, period_ns } => (model_kind::COUNTER, 0, maximum, period_ns),
                StateKind::Set { capacity } => (model_kind::SET, capacity, 0, 0),
            };
            let scope = match state.scope {
                Scope::Session => scope::SESSION,
                Scope::Process => scope::PROCESS,
                Scope::Domain => scope::DOMAIN,
            };
            self.push(
                Section::Models,
                format::Model {
                    kind,
                    scope,
                    first_cell,
                    cell_count: state.kind.cells(),
                    size,
                    rule: state.rule,
                    reserved: 0,
                    maximum,
                    period_ns,
                },
            );
        }
        for target in &lowered.flow_targets {
            self.push(Section::FlowTargets, *target);
        }
        for ((label, interface), cells) in &lowered.frames.session {
            let record = SessionFrame {
                label: *label,
                interface: *interface,
                cells: *cells,
            };
            self.push(Section::SessionFrames, record);
        }
    }

    fn rows(&mut self, lowered: &Lowered) -> RowIndex {
        // Rows about many labels often have the same checks and rules: each sequence is written once.
        let mut known_checks: BTreeMap<Vec<Vec<u8>>, u32> = BTreeMap::new();
        let mut known_rules: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        for (key, row) in &lowered.rows {
            let encoded: Vec<Vec<u8>> = row
                .checks
                .values()
                .map(|check| encode_operations(check))
                .collect();
            let first_check = match known_checks.get(&encoded) {
                Some(first) => *first,
                None => {
                    let first = self.count(Section::Checks, Check::SIZE);
                    for check in &encoded {
                        let first_operation = self.count(Section::Operations, Operation::SIZE);
                        let operation_count = (check.len() / Operation::SIZE) as u32;
                        self.section(Section::Operations).extend_from_slice(check);
                        self.push(
                            Section::Checks,
                            Check {
                                first_operation,
                                operation_count,
                            },
                        );
                    }
                    known_checks.insert(encoded, first);
                    first
                }
            };
            let rules: Vec<u32> = row.rules.values().copied().collect();
            let first_rule = match known_rules.get(&rules) {
                Some(first) => *first,
                None => {
                    let first = self.count(Section::RowRules, u32::SIZE);
                    for rule in &rules {
                        self.push(Section::RowRules, *rule);
                    }
                    known_rules.insert(rules, first);
                    first
                }
            };
            self.push(
                Section::Rows,
                format::Row {
                    key: *key,
                    allow: row.allow,
                    stateful: row.stateful,
                    audit: row.audit,
                    quiet: row.quiet,
                    decided: row.rules.keys().fold(0, |mask, method| mask | 1 << method),
                    first_check,
                    first_rule,
                    flags: if row.mint { row_flags::MINT } else { 0 },
                    reserved: 0,
                },
            );
        }
        let keys: Vec<u64> = lowered.rows.keys().copied().collect();
        let index = index_rows(&keys);
        for slot in &index.slots {
            self.push(Section::RowIndex, *slot);
        }
        index
    }

    fn names(&mut self, model: &Model) {
        for ((from, program, user), (to, _)) in &model.transitions {
            self.push(
                Section::Transitions,
                Transition {
                    from: *from,
                    to: *to,
                    program: *program,
                    user: *user,
                    reserved: 0,
                },
            );
        }
        for (program, (domain, _)) in &model.programs {
            let name = self.text(program);
            self.push(
                Section::Programs,
                Program {
                    name,
                    domain: *domain,
                    reserved: 0,
                },
            );
        }
        for ((file_system, path), (label, _)) in &model.paths {
            let (file_system, path) = (self.text(file_system), self.text(path));
            self.push(
                Section::Paths,
                Path {
                    file_system,
                    path,
                    label: *label,
                },
            );
        }
        let mut new_labels = model.new_labels.clone();
        // The most particular first: exact names, then long patterns; one creator before anybody.
        new_labels.sort_by_key(|new| {
            let (kind, length) = match &new.pattern {
                NamePattern::Exact(text) => (0, text.len()),
                NamePattern::Prefix(text) | NamePattern::Suffix(text) => (1, text.len()),
                NamePattern::Any => (2, 0),
            };
            (new.parent, kind, std::cmp::Reverse(length), new.creator.is_none())
        });
        for new in &new_labels {
            let (pattern, text) = match &new.pattern {
                NamePattern::Exact(text) => (pattern::EXACT, text.as_str()),
                NamePattern::Prefix(text) => (pattern::PREFIX, text.as_str()),
                NamePattern::Suffix(text) => (pattern::SUFFIX, text.as_str()),
                NamePattern::Any => (pattern::ANY, ""),
            };
            let text = self.text(text);
            let creator = new.creator.unwrap_or(NONE_16);
            let record = format::NewLabel {
                parent: new.parent,
                label: new.label,
                text,
                creator,
                pattern,
            };
            self.push(Section::NewLabels, record);
        }
        let mut ports = model.ports.clone();
        // The most particular first: long prefixes, then narrow ranges.
        ports.sort_by_key(|port| {
            (
                port.protocol,
                std::cmp::Reverse(port.prefix_bits),
                port.last - port.first,
            )
        });
        for port in &ports {
            self.push(
                Section::Addresses,
                Address {
                    address_high: (port.address >> 64) as u64,
                    address_low: port.address as u64,
                    label: port.label,
                    first_port: port.first,
                    last_port: port.last,
                    protocol: port.protocol,
                    prefix_bits: port.prefix_bits,
                    reserved: 0,
                },
            );
        }
        for (interface, (label, _)) in &model.roots {
            self.push(
                Section::RootLabels,
                RootLabel {
                    label: *label,
                    interface: *interface,
                    reserved: 0,
                },
            );
        }
    }

    /// Header, table of sections, sections.
    fn finish(mut self, interfaces_fingerprint: u64, index: &RowIndex) -> Vec<u8> {
        self.sections.resize_with(SECTION_COUNT, Vec::new);
        let mut bytes = vec![0; FIRST_SECTION];
        for (number, section) in self.sections.iter().enumerate() {
            bytes.resize(bytes.len().next_multiple_of(8), 0);
            let entry = HEADER_SIZE + number * 8;
            (bytes.len() as u32).write(&mut bytes[entry..].as_mut()[..4]);
            (section.len() as u32).write(&mut bytes[entry + 4..]);
            bytes.extend_from_slice(section);
        }
        let mut header = Header {
            magic: u64::from_le_bytes(MAGIC),
            version: FORMAT_VERSION,
            section_count: SECTION_COUNT as u32,
            length: bytes.len() as u64,
            checksum: 0,
            interfaces_fingerprint,
            hash_multiplier: index.multiplier,
            max_probe: index.max_probe,
            reserved: 0,
            reserved_2: 0,
        };
        header.write(&mut bytes);
        header.checksum = checksum(&bytes[32..]);
        header.write(&mut bytes);
        bytes
    }
}

/// The bit, if it is set.
fn flag(set: bool, bit: u16) -> u16 {
    if set { bit } else { 0 }
}

fn encode_operations(operations: &[Operation]) -> Vec<u8> {
    let mut bytes = vec![0; operations.len() * Operation::SIZE];
    for (operation, place) in operations.iter().zip(bytes.chunks_exact_mut(Operation::SIZE)) {
        operation.write(place);
    }
    bytes
}

/// A table at most half full, with the multiplier (of a fixed sequence) whose longest search is short enough; the table grows until there is one.
fn index_rows(keys: &[u64]) -> RowIndex {
    let mut bits = (keys.len() * 2).max(2).next_power_of_two().trailing_zeros();
    let mut state: u64 = 0x7472_6976_6574_0001;
    loop {
        let mut best: Option<RowIndex> = None;
        for _ in 0..32 {
            // SplitMix64: a fixed sequence of well mixed numbers.
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let candidate = fill_index(keys, bits, (mixed ^ (mixed >> 31)) | 1);
            if best
                .as_ref()
                .is_none_or(|before| candidate.max_probe < before.max_probe)
            {
                best = Some(candidate);
            }
            if best.as_ref().is_some_and(|found| found.max_probe <= AIMED_PROBE) {
                break;
            }
        }
        match best {
            // Twenty bits are the engine's limit; half full tables of that size have short searches all the same.
            Some(found) if found.max_probe <= AIMED_PROBE || bits >= 19 => return found,
            _ => bits += 1,
        }
    }
}

fn fill_index(keys: &[u64], bits: u32, multiplier: u64) -> RowIndex {
    let mut slots = vec![EMPTY_SLOT; 1 << bits];
    let mut max_probe = 1;
    for (row, key) in keys.iter().enumerate() {
        let start = hash_slot(*key, multiplier, bits);
        let mut step = 0;
        while slots[(start + step) % slots.len()] != EMPTY_SLOT {
            step += 1;
        }
        let slot = (start + step) % slots.len();
        slots[slot] = row as u32;
        max_probe = max_probe.max(step as u32 + 1);
    }
    RowIndex {
        slots,
        multiplier,
        max_probe,
    }
}

/// A statement without comments and line ends, shortened if it is long.
fn one_line(prefix: &str, statement: &str) -> String {
    let words = statement
        .lines()
        .map(|line| line.split_once("//").map_or(line, |(code, _)| code))
        .flat_map(str::split_whitespace);
    let mut text = prefix.to_owned();
    for (index, word) in words.enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
    if text.len() > MAX_RULE_TEXT {
        let end = (0..=MAX_RULE_TEXT - 4)
            .rev()
            .find(|&end| text.is_char_boundary(end))
            .unwrap_or(0);
        text.truncate(end);
        text.push_str(" ...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_become_one_short_line() {
        assert_eq!(
            one_line("", "allow app -> tmp: // note\n    File.read;"),
            "allow app -> tmp: File.read;"
        );
        let long = one_line("", &"word ".repeat(100));
        assert!(long.len() <= MAX_RULE_TEXT && long.ends_with(" ..."));
    }

    #[test]
    fn an_index_holds_each_key_within_its_probe_length() {
        let keys: Vec<u64> = (0..1000)
            .map(|n| format::row_key(n as u16 % 7, n as u32, 40 + n as u16 % 3))
            .collect();
        let index = index_rows(&keys);
        let bits = index.slots.len().trailing_zeros();
        for (row, key) in keys.iter().enumerate() {
            let start = hash_slot(*key, index.multiplier, bits);
            let found = (0..index.max_probe as usize)
                .any(|step| index.slots[(start + step) % index.slots.len()] == row as u32);
            assert!(found, "{key:x}");
        }
    }
}
