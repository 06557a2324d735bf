//! Where the cells of each flow, counter and set lie: rules that can meet in one frame get different cells.

use std::collections::BTreeMap;

use trivet_policy::MAX_FRAME_CELLS;

use crate::diagnostics::Diagnostic;
use crate::model::{Model, Scope};

/// First cells of all models, and how long each frame is.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    /// By model: its first cell.
    pub first_cells: Vec<u16>,
    /// By (label, interface).
    pub session: BTreeMap<(u32, u16), u16>,
    /// By domain.
    pub process: BTreeMap<u16, u16>,
    /// By domain.
    pub domain: BTreeMap<u16, u16>,
}

/// Gives each model its cells, in the order of the source.
pub fn lay_out(model: &Model, diagnostics: &mut Vec<Diagnostic>) -> Frames {
    let mut frames = Frames::default();
    for (number, state) in model.state_models.iter().enumerate() {
        let uses = || model.state_uses.iter().filter(move |used| used.model == number);
        let cells = state.kind.cells();
        let first = match state.scope {
            Scope::Session => {
                let mut keys: Vec<(u32, u16)> = uses()
                    .flat_map(|used| {
                        used.pairs.each().flat_map(|(_, label)| {
                            used.methods.keys().map(move |interface| (label, *interface))
                        })
                    })
                    .collect();
                keys.sort_unstable();
                keys.dedup();
                extend(&mut frames.session, &keys, cells)
            }
            Scope::Process | Scope::Domain => {
                let mut keys: Vec<u16> = uses()
                    .flat_map(|used| used.pairs.domains.iter().copied())
                    .collect();
                keys.sort_unstable();
                keys.dedup();
                let frame = if state.scope == Scope::Process {
                    &mut frames.process
                } else {
                    &mut frames.domain
                };
                extend(frame, &keys, cells)
            }
        };
        if first.saturating_add(cells) > MAX_FRAME_CELLS {
            diagnostics.push(
                Diagnostic::error(
                    state.name.span,
                    format!("the stateful rules that meet here need more than {MAX_FRAME_CELLS} cells"),
                )
                .help("a flow takes 1 cell, a limit 2, a set its values and 1"),
            );
        }
        frames.first_cells.push(first.min(MAX_FRAME_CELLS));
    }
    frames
}

/// Puts `cells` cells behind the longest of the frames; returns the first.
fn extend<K: Ord + Copy>(frames: &mut BTreeMap<K, u16>, keys: &[K], cells: u16) -> u16 {
    let first = keys
        .iter()
        .filter_map(|key| frames.get(key))
        .copied()
        .max()
        .unwrap_or(0);
    for key in keys {
        frames.insert(*key, first.saturating_add(cells).min(MAX_FRAME_CELLS));
    }
    first
}
