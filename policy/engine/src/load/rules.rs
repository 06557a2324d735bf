//! The check of stateful rules, of the operations that judge messages, and of the rows that lead to them.

use crate::format::{
    Check, EMPTY_SLOT, Model, NO_RULE, NO_STATE, Operation, Row, Section, SessionFrame, code, compare, input,
    model_kind, row_flags, scope, split_key,
};
use crate::{
    ALL_METHODS, DomainId, InterfaceId, LabelId, MAX_FRAME_CELLS, MAX_SET_CAPACITY, MAX_STATE_OPERATIONS,
    MAX_STEPS, Policy,
};

use super::{Checked, LOAD_BUDGET, LoadError, MAX_CHECK_OPERATIONS, each, ensure, sorted};

impl Policy<'_> {
    pub(super) fn check_models(&self) -> Checked {
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
    pub(super) fn check_operations(&self) -> Checked {
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

    pub(super) fn check_rows(&self) -> Checked {
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
