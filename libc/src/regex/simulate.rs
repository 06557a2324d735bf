//! The machine for expressions without back-references: all alternatives at once, in time proportional to the
//! text times the program, and in memory proportional to the program times its groups.
//!
//! At each place there is at most one thread per step, the one whose captures POSIX prefers: two threads at the
//! same step take the same way from there, so the other one can never win.

use super::error::Error;
use super::program::{Program, Step};
use super::text::{Text, UNSET, is_better};
use crate::heap::Vector;

/// The most words that the threads of one place may take.
const MOST_WORDS: usize = 1 << 22;

/// The threads at a place: steps in the order found, each with its captures.
struct Threads {
    steps: Vector<u32>,
    /// Where each step is in `steps`, if it is there.
    places: Vector<u32>,
    /// The captures by step, `width` each.
    captures: Vector<usize>,
    width: usize,
}

impl Threads {
    fn new(program: &Program, width: usize) -> Result<Threads, Error> {
        let count = program.steps.len();
        let words = count
            .checked_mul(width)
            .filter(|&words| words <= MOST_WORDS)
            .ok_or(Error::Space)?;
        let mut threads = Threads {
            steps: Vector::new(),
            places: Vector::new(),
            captures: Vector::new(),
            width,
        };
        threads.steps.reserve(count)?;
        threads.places.resize(count, 0)?;
        threads.captures.resize(words, UNSET)?;
        Ok(threads)
    }

    fn has(&self, step: u32) -> bool {
        self.steps.get(self.places[step as usize] as usize) == Some(&step)
    }

    fn captures(&self, step: u32) -> &[usize] {
        &self.captures[step as usize * self.width..][..self.width]
    }

    /// Enters a thread; false when there is one already that is as good.
    fn enter(&mut self, step: u32, captures: &[usize]) -> Result<bool, Error> {
        if !self.has(step) {
            self.places[step as usize] = self.steps.len() as u32;
            self.steps.push(step)?;
        } else if !is_better(captures, self.captures(step)) {
            return Ok(false);
        }
        self.captures[step as usize * self.width..][..self.width].copy_from_slice(captures);
        Ok(true)
    }
}

struct Machine<'a> {
    program: &'a Program,
    text: Text<'a>,
    width: usize,
    /// Steps still to be followed, and their captures one after the other.
    stack: Vector<u32>,
    saved: Vector<usize>,
    current: Vector<usize>,
}

impl Machine<'_> {
    /// Follows everything that takes no character from `step` at `place`, with the captures in `current`.
    fn follow(&mut self, threads: &mut Threads, step: u32, place: usize) -> Result<(), Error> {
        let mut step = step;
        loop {
            if threads.enter(step, &self.current)? {
                let next = match self.program.steps[step as usize] {
                    Step::Char(_) | Step::Any | Step::Set(_) | Step::Back(_) | Step::Match => None,
                    Step::Jump(to) => Some(to),
                    Step::Split(first, second) => {
                        self.push(second)?;
                        Some(first)
                    }
                    Step::Again(_, to) => {
                        self.push(step + 1)?;
                        Some(to)
                    }
                    Step::Round(_) => Some(step + 1),
                    Step::Place(kind) => self.text.is(place, kind).then_some(step + 1),
                    Step::Save(slot) => {
                        if let Some(capture) = self.current.get_mut(slot as usize) {
                            *capture = place;
                        }
                        if slot % 2 == 0
                            && let Some(end) = self.current.get_mut(slot as usize + 1)
                        {
                            *end = UNSET;
                        }
                        Some(step + 1)
                    }
                    Step::Forget(first, last) => {
                        let end = self.current.len();
                        let slots = (2 * first as usize).min(end)..(2 * last as usize).min(end);
                        self.current[slots].fill(UNSET);
                        Some(step + 1)
                    }
                };
                if let Some(next) = next {
                    step = next;
                    continue;
                }
            }
            match self.stack.pop() {
                Some(next) => {
                    let start = self.saved.len() - self.width;
                    self.current.copy_from_slice(&self.saved[start..]);
                    self.saved.truncate(start);
                    step = next;
                }
                None => return Ok(()),
            }
        }
    }

    fn push(&mut self, step: u32) -> Result<(), Error> {
        self.stack.push(step)?;
        self.saved.extend_from_slice(&self.current)?;
        Ok(())
    }
}

/// The first place from `place` where a match may begin.
fn candidate(program: &Program, text: &Text<'_>, place: usize) -> Option<usize> {
    match &program.first {
        Some(bytes) => text.bytes[place..]
            .iter()
            .position(|&b| bytes[usize::from(b)])
            .map(|n| place + n),
        None => Some(place),
    }
}

/// Searches the text. The captures of the match (`captures.len()` says how many places are wanted: 1 for the
/// start alone, else two for each group), with the end of the whole match apart.
pub fn search(program: &Program, text: Text<'_>, captures: &mut [usize]) -> Result<Option<usize>, Error> {
    let width = captures.len();
    let Some(mut place) = candidate(program, &text, 0) else {
        return Ok(None);
    };
    if program.anchored && (place > 0 || text.not_bol) {
        return Ok(None);
    }
    let mut here = Threads::new(program, width)?;
    let mut next = Threads::new(program, width)?;
    let mut machine = Machine {
        program,
        text,
        width,
        stack: Vector::new(),
        saved: Vector::new(),
        current: Vector::new(),
    };
    machine.current.resize(width, UNSET)?;
    let mut end = None;
    loop {
        if end.is_none() && !(program.anchored && place > 0) {
            if here.steps.is_empty() {
                match candidate(program, &text, place) {
                    Some(found) => place = found,
                    None => break,
                }
            }
            machine.current.fill(UNSET);
            machine.current[0] = place;
            machine.follow(&mut here, 0, place)?;
        }
        if here.steps.is_empty() {
            break;
        }
        let character = text.at(place);
        for i in 0..here.steps.len() {
            let step = here.steps[i];
            let found = here.captures(step);
            if end.is_some() && found[0] > captures[0] {
                continue;
            }
            let takes = match (program.steps[step as usize], character) {
                (Step::Match, _) => {
                    let better = match end {
                        None => true,
                        Some(before) => {
                            found[0] < captures[0] || before < place || is_better(found, captures)
                        }
                    };
                    if better {
                        captures.copy_from_slice(found);
                        end = Some(place);
                    }
                    false
                }
                (Step::Char(wanted), Some((c, _))) => wanted == program.mode.folded(c),
                (Step::Any, Some((c, _))) => text.is_any(c),
                (Step::Set(set), Some((c, _))) => program.sets[set as usize].has(c, program.mode),
                _ => false,
            };
            if takes {
                let length = character.map_or(0, |(_, n)| n);
                machine.current.copy_from_slice(here.captures(step));
                machine.follow(&mut next, step + 1, place + length)?;
            }
        }
        let Some((_, length)) = character else { break };
        place += length;
        core::mem::swap(&mut here, &mut next);
        next.steps.clear();
    }
    Ok(end)
}
