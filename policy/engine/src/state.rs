//! State of flows, counters and sets: cells in frames that the kernel keeps, changed on a request and taken back when
//! the reply is an error.
//!
//! Several messages can be under way at once, so taking back is not a restore of old cells: each kind undoes its own
//! change, and where the state has moved on since, it does what leaves the sender fewer rights.

use crate::format::{Model, Operation, code, input, scope};
use crate::{MAX_STATE_OPERATIONS, Policy, RuleId};

/// The state that a message can touch. Fresh frames are all zero.
///
/// A frame that is shorter than the policy says (see [`Policy::session_cells`], [`Policy::process_cells`],
/// [`Policy::domain_cells`]) makes the rules that need it refuse. A name judged by `Policy.check` has no session:
/// rules with the scope `session` refuse there.
#[derive(Debug)]
pub struct Frames<'a> {
    /// Of the session that the message goes through.
    pub session: &'a mut [u64],
    /// Of the sending process. fork copies it; exec keeps it if the domain stays the same.
    pub process: &'a mut [u64],
    /// Of the sender's domain.
    pub domain: &'a mut [u64],
}

impl Frames<'_> {
    fn cells(&mut self, model: &Model) -> Option<&mut [u64]> {
        let frame: &mut [u64] = match model.scope {
            scope::SESSION => self.session,
            scope::PROCESS => self.process,
            scope::DOMAIN => self.domain,
            _ => return None,
        };
        let first = usize::from(model.first_cell);
        frame.get_mut(first..first + usize::from(model.cell_count))
    }
}

/// What [`Policy::evaluate`] changed; the kernel keeps it with the call and gives it to [`Policy::settle`] once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undo {
    changes: [Change; MAX_STATE_OPERATIONS],
    count: u8,
    withheld_by: Option<u32>,
}

/// One change of a model's cells; what `before` and `after` hold depends on the operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Change {
    operation: u32,
    before: u64,
    after: u64,
}

impl Undo {
    /// Whether nothing changed and the reply may go back as it is: [`Policy::settle`] need not be called.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0 && self.withheld_by.is_none()
    }

    pub(crate) fn withhold(&mut self, rule: u32) {
        self.withheld_by.get_or_insert(rule);
    }

    /// Notes a change; false if there is no room, which the check at load rules out.
    fn push(&mut self, change: Change) -> bool {
        match self.changes.get_mut(usize::from(self.count)) {
            Some(slot) => {
                *slot = change;
                self.count += 1;
                true
            }
            None => false,
        }
    }
}

/// How a request that was let through ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// The server replied with status 0 and these words.
    Success(&'a [u64; 6]),
    /// The server replied with an error, or the call ended without a reply.
    Failure,
}

/// What may go back to the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplyVerdict {
    /// The reply as it is.
    Deliver,
    /// The status only; this rule withholds words, bytes and handles.
    StatusOnly(RuleId),
}

/// Sequence number (high half) and state (low half) of a flow's cell.
fn flow_cell(previous: u64, state: u16) -> u64 {
    ((previous >> 32).wrapping_add(1) << 32) | u64::from(state)
}

/// A set's first cell: which value cells are used (low half), and how many places are kept for replies (high half).
fn set_room(head: u64, capacity: u16) -> bool {
    u64::from((head as u32).count_ones()) + (head >> 32) < u64::from(capacity)
}

fn set_find(cells: &[u64], value: u64) -> Option<usize> {
    let (&head, values) = cells.split_first()?;
    values
        .iter()
        .take(32)
        .enumerate()
        .position(|(slot, &cell)| head & (1 << slot) != 0 && cell == value)
}

/// Puts a value into a free cell; the caller has seen that there is room.
fn set_insert(cells: &mut [u64], value: u64) -> Option<usize> {
    let (head, values) = cells.split_first_mut()?;
    let slot = (!(*head as u32)).trailing_zeros() as usize;
    *values.get_mut(slot)? = value;
    *head |= 1 << slot;
    Some(slot)
}

fn set_clear(cells: &mut [u64], slot: usize) {
    if let Some(head) = cells.first_mut() {
        *head &= !(1u64 << (slot & 31));
    }
}

/// The field that an operation names, as the receiver will see it: cut to its width, not the whole register.
pub(crate) fn field(operation: &Operation, inputs: &[u64; input::COUNT]) -> u64 {
    let word = inputs.get(usize::from(operation.word)).copied().unwrap_or(0);
    let shifted = word.checked_shr(u32::from(operation.shift)).unwrap_or(0);
    let unused = 64u32.saturating_sub(u32::from(operation.bits)).min(63);
    if operation.signed != 0 {
        ((shifted << unused) as i64 >> unused) as u64
    } else {
        shifted << unused >> unused
    }
}

impl Policy<'_> {
    fn flow_target(&self, operation: &Operation, model: &Model, cell: u64) -> Option<u16> {
        let state = cell as u16;
        if state >= model.size {
            return None;
        }
        let target = self
            .flow_targets
            .get(operation.argument as usize + usize::from(state))?;
        (target < model.size).then_some(target)
    }

    /// Carries out one state operation of a request. `Err`: the rule that refuses.
    pub(crate) fn advance(
        &self,
        frames: &mut Frames<'_>,
        undo: &mut Undo,
        operation_index: u32,
        operation: &Operation,
        inputs: &[u64; input::COUNT],
        time_ns: u64,
    ) -> Result<(), Option<RuleId>> {
        let model = self.models.get(usize::from(operation.model)).ok_or(None)?;
        let refused = Err(Some(RuleId(model.rule)));
        let Some(cells) = frames.cells(&model) else {
            return refused;
        };
        let value = field(operation, inputs);
        let mut change = Change {
            operation: operation_index,
            before: 0,
            after: 0,
        };
        match operation.code {
            code::FLOW | code::FLOW_ON_SUCCESS => {
                let [cell] = cells else { return refused };
                let Some(target) = self.flow_target(operation, &model, *cell) else {
                    return refused;
                };
                if operation.code == code::FLOW {
                    change.before = *cell & 0xffff;
                    *cell = flow_cell(*cell, target);
                    change.after = *cell;
                }
            }
            code::COUNT_ONE | code::COUNT_FIELD => {
                let [window_start, used] = cells else {
                    return refused;
                };
                let amount = if operation.code == code::COUNT_ONE {
                    1
                } else {
                    value
                };
                let expired =
                    model.period_ns != 0 && time_ns.saturating_sub(*window_start) >= model.period_ns;
                let used_now = if expired { 0 } else { *used };
                let Some(total) = used_now
                    .checked_add(amount)
                    .filter(|&total| total <= model.maximum)
                else {
                    return refused;
                };
                if used_now == 0 {
                    *window_start = time_ns;
                }
                *used = total;
                change.before = *window_start;
                change.after = amount;
            }
            code::SET_REQUIRE => {
                return if set_find(cells, value).is_some() {
                    Ok(())
                } else {
                    refused
                };
            }
            code::SET_ADD => {
                if set_find(cells, value).is_some() {
                    return Ok(());
                }
                let head = cells.first().copied().unwrap_or(u64::MAX);
                let slot = if set_room(head, model.size) {
                    set_insert(cells, value)
                } else {
                    None
                };
                let Some(slot) = slot else { return refused };
                change.before = slot as u64;
                change.after = value;
            }
            code::SET_REMOVE => {
                let Some(slot) = set_find(cells, value) else {
                    return Ok(());
                };
                set_clear(cells, slot);
                change.before = value;
            }
            code::SET_ADD_REPLY => {
                let Some(head) = cells.first_mut() else {
                    return refused;
                };
                // The place is kept now, so that a reply never finds the set full.
                if !set_room(*head, model.size) {
                    return refused;
                }
                *head += 1 << 32;
            }
            _ => return Err(None),
        }
        if undo.push(change) {
            Ok(())
        } else {
            Err(Some(RuleId(model.rule)))
        }
    }

    /// Ends what [`Policy::evaluate`] began, exactly once for each [`Undo`] that is not empty: takes the state back if the request failed,
    /// and completes it with the reply's words if it succeeded.
    pub fn settle(&self, frames: &mut Frames<'_>, undo: &Undo, outcome: Outcome<'_>) -> ReplyVerdict {
        let changes = undo.changes.get(..usize::from(undo.count)).unwrap_or(&[]);
        for change in changes.iter().rev() {
            let Some(operation) = self.operations.get(change.operation as usize) else {
                continue;
            };
            let Some(model) = self.models.get(usize::from(operation.model)) else {
                continue;
            };
            let Some(cells) = frames.cells(&model) else {
                continue;
            };
            match outcome {
                Outcome::Failure => take_back(cells, &model, &operation, change),
                Outcome::Success(words) => self.complete(cells, &model, &operation, words),
            }
        }
        match undo.withheld_by {
            Some(rule) => ReplyVerdict::StatusOnly(RuleId(rule)),
            None => ReplyVerdict::Deliver,
        }
    }

    fn complete(&self, cells: &mut [u64], model: &Model, operation: &Operation, words: &[u64; 6]) {
        match operation.code {
            // The move starts from where the flow stands now: another message may have moved it meanwhile.
            code::FLOW_ON_SUCCESS => {
                if let [cell] = cells
                    && let Some(target) = self.flow_target(operation, model, *cell)
                {
                    *cell = flow_cell(*cell, target);
                }
            }
            code::SET_ADD_REPLY => {
                release_place(cells);
                let mut inputs = [0; input::COUNT];
                inputs[..6].copy_from_slice(words);
                let value = field(operation, &inputs);
                let head = cells.first().copied().unwrap_or(u64::MAX);
                if set_find(cells, value).is_none() && set_room(head, model.size) {
                    set_insert(cells, value);
                }
            }
            _ => {}
        }
    }
}

fn release_place(cells: &mut [u64]) {
    if let Some(head) = cells.first_mut()
        && *head >> 32 != 0
    {
        *head -= 1 << 32;
    }
}

fn take_back(cells: &mut [u64], model: &Model, operation: &Operation, change: &Change) {
    match operation.code {
        code::FLOW => {
            if let [cell] = cells
                && *cell == change.after
            {
                *cell = flow_cell(*cell, change.before as u16);
            }
        }
        code::COUNT_ONE | code::COUNT_FIELD => {
            // A new period has begun: what was counted then is gone already.
            if let [window_start, used] = cells
                && *window_start == change.before
            {
                *used = used.saturating_sub(change.after);
            }
        }
        code::SET_ADD => {
            let slot = change.before as usize & 31;
            let used = cells.first().is_some_and(|head| head & (1 << slot) != 0);
            if used && cells.get(slot + 1) == Some(&change.after) {
                set_clear(cells, slot);
            }
        }
        code::SET_REMOVE => {
            let head = cells.first().copied().unwrap_or(u64::MAX);
            if set_find(cells, change.before).is_none() && set_room(head, model.size) {
                set_insert(cells, change.before);
            }
        }
        code::SET_ADD_REPLY => release_place(cells),
        _ => {}
    }
}
