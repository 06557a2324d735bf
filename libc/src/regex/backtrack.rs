//! The machine for expressions with back-references: tries one way after the other and keeps the longest.
//!
//! Matching back-references is NP-hard, so the number of steps and the depth are limited; beyond the limit the
//! answer is REG_ESPACE and not a wrong one.

use super::error::Error;
use super::program::{Program, Step};
use super::text::{Text, UNSET, is_better};
use crate::heap::Vector;

/// The most steps of one search.
const MOST_STEPS: u64 = 30_000_000;
/// The most ways that may wait to be tried.
const MOST_WAITING: usize = 1 << 20;

/// A way still to be tried.
#[derive(Clone, Copy)]
struct Way {
    step: u32,
    place: usize,
    /// The length of the log when it was put aside.
    log: usize,
}

/// Whether the text at `place` repeats the text from `start` to `end`; the place after it.
fn repeats(text: &Text<'_>, start: usize, end: usize, place: usize) -> Option<usize> {
    let wanted = &text.bytes[start..end];
    if !text.mode.fold {
        return text.bytes[place..]
            .starts_with(wanted)
            .then_some(place + wanted.len());
    }
    let (mut from, mut to) = (start, place);
    while from < end {
        let ((a, m), (b, n)) = (text.at(from)?, text.at(to)?);
        if text.mode.folded(a) != text.mode.folded(b) {
            return None;
        }
        from += m;
        to += n;
    }
    Some(to)
}

/// Searches the text; `captures` has two places for each part, the first two for the whole match.
pub fn search(program: &Program, text: Text<'_>, captures: &mut [usize]) -> Result<bool, Error> {
    let groups = 2 * program.part_count as usize;
    let mut slots = Vector::new();
    slots.resize(groups + program.rounds as usize, UNSET)?;
    let mut best = Vector::new();
    best.resize(groups, UNSET)?;
    let mut waiting: Vector<Way> = Vector::new();
    let mut log: Vector<(u32, usize)> = Vector::new();
    let mut steps = 0;
    let mut start = 0;
    loop {
        slots.fill(UNSET);
        slots[0] = start;
        log.clear();
        waiting.push(Way {
            step: 0,
            place: start,
            log: 0,
        })?;
        let mut found = false;
        while let Some(way) = waiting.pop() {
            while log.len() > way.log
                && let Some((slot, value)) = log.pop()
            {
                slots[slot as usize] = value;
            }
            let (mut step, mut place) = (way.step, way.place);
            loop {
                steps += 1;
                if steps > MOST_STEPS || waiting.len() > MOST_WAITING {
                    return Err(Error::Space);
                }
                let mut set = |slots: &mut [usize], slot: usize, value: usize| {
                    let before = core::mem::replace(&mut slots[slot], value);
                    log.push((slot as u32, before))
                };
                let take = |takes: &dyn Fn(u32) -> bool| {
                    text.at(place).filter(|&(c, _)| takes(c)).map(|(_, n)| place + n)
                };
                let after = match program.steps[step as usize] {
                    Step::Char(wanted) => take(&|c| program.mode.folded(c) == wanted),
                    Step::Any => take(&|c| text.is_any(c)),
                    Step::Set(index) => take(&|c| program.sets[index as usize].has(c, program.mode)),
                    Step::Back(group) => {
                        let (from, to) = (slots[2 * group as usize], slots[2 * group as usize + 1]);
                        if from == UNSET || to == UNSET {
                            None
                        } else {
                            repeats(&text, from, to, place)
                        }
                    }
                    Step::Place(kind) => text.is(place, kind).then_some(place),
                    Step::Save(slot) => {
                        set(&mut slots, slot as usize, place)?;
                        if slot % 2 == 0 {
                            set(&mut slots, slot as usize + 1, UNSET)?;
                        }
                        Some(place)
                    }
                    Step::Forget(first, last) => {
                        for slot in 2 * first as usize..2 * last as usize {
                            set(&mut slots, slot, UNSET)?;
                        }
                        Some(place)
                    }
                    Step::Round(number) => {
                        set(&mut slots, groups + number as usize, place)?;
                        Some(place)
                    }
                    Step::Again(number, to) => {
                        if slots[groups + number as usize] != place {
                            waiting.push(Way {
                                step: step + 1,
                                place,
                                log: log.len(),
                            })?;
                            step = to;
                            continue;
                        }
                        Some(place)
                    }
                    Step::Split(first, second) => {
                        waiting.push(Way {
                            step: second,
                            place,
                            log: log.len(),
                        })?;
                        step = first;
                        continue;
                    }
                    Step::Jump(to) => {
                        step = to;
                        continue;
                    }
                    Step::Match => {
                        slots[1] = place;
                        let better = !found
                            || place > best[1]
                            || place == best[1] && is_better(&slots[..groups], &best);
                        if better {
                            best.copy_from_slice(&slots[..groups]);
                        }
                        found = true;
                        // Nothing is longer than to the text's end.
                        if place == text.bytes.len() {
                            waiting.clear();
                        }
                        None
                    }
                };
                match after {
                    Some(after) => {
                        place = after;
                        step += 1;
                    }
                    None => break,
                }
            }
        }
        if found {
            for (capture, value) in captures.iter_mut().zip(best.iter()) {
                *capture = *value;
            }
            return Ok(true);
        }
        match text.at(start) {
            Some((_, n)) if !program.anchored => start += n,
            _ => return Ok(false),
        }
    }
}
