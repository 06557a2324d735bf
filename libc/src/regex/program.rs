//! The tree as a program of small steps, which both machines run.

use super::error::Error;
use super::set::{Mode, Set};
use super::syntax::{Index, Node, Place, Tree};
use crate::heap::Vector;

/// The longest program, in steps: intervals multiply.
const LONGEST: usize = 1 << 16;
/// The most bytes that a program's captures may take per machine state.
const MOST_GROUPS: u32 = 1 << 12;

/// One step.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// Takes one character.
    Char(u32),
    /// Takes any character.
    Any,
    /// Takes a character of a set.
    Set(u32),
    /// Goes on at both, the first preferred.
    Split(u32, u32),
    /// Goes on elsewhere.
    Jump(u32),
    /// Stores the place: `2 n` is group n's start, `2 n + 1` its end.
    Save(u32),
    /// Forgets the groups from the first to before the last: a new round of their repetition begins.
    Forget(u32, u32),
    /// Goes on only at such a place.
    Place(Place),
    /// Takes what the group matched.
    Back(u32),
    /// A round of the repetition with that number begins.
    Round(u32),
    /// A round ends: on to the step given, unless it took nothing.
    Again(u32, u32),
    /// The whole expression matched.
    Match,
}

/// A compiled expression.
pub struct Program {
    /// The steps; the first is the start.
    pub steps: Vector<Step>,
    /// The sets.
    pub sets: Vector<Set>,
    /// How characters are compared.
    pub mode: Mode,
    /// How many groups there are.
    pub groups: u32,
    /// How many repetitions count their rounds.
    pub rounds: u32,
    /// Whether a group is referred back to.
    pub has_back: bool,
    /// The bytes that a match may begin with, unless it may be empty.
    pub first: Option<[bool; 256]>,
    /// Whether matches begin at the start of the text only.
    pub anchored: bool,
}

struct Compiler<'a> {
    tree: &'a Tree,
    steps: Vector<Step>,
    rounds: u32,
}

impl Compiler<'_> {
    fn emit(&mut self, step: Step) -> Result<usize, Error> {
        if self.steps.len() >= LONGEST {
            return Err(Error::Space);
        }
        self.steps.push(step)?;
        Ok(self.steps.len() - 1)
    }

    fn here(&self) -> u32 {
        self.steps.len() as u32
    }

    /// The groups in a node: from the first to before the last.
    fn groups_in(&self, node: Index) -> (u32, u32) {
        match self.tree.nodes[node as usize] {
            Node::Group(inside, number) => {
                let (_, last) = self.groups_in(inside);
                (number, last.max(number + 1))
            }
            Node::Repeat(inside, ..) => self.groups_in(inside),
            Node::Sequence(first, last) | Node::Choice(first, last) => {
                let mut all = (u32::MAX, 0);
                for i in first..last {
                    let (low, high) = self.groups_in(self.tree.lists[i as usize]);
                    all = (all.0.min(low), all.1.max(high));
                }
                all
            }
            _ => (u32::MAX, 0),
        }
    }

    fn node(&mut self, node: Index) -> Result<(), Error> {
        match self.tree.nodes[node as usize] {
            Node::Empty => {}
            Node::Char(c) => _ = self.emit(Step::Char(c))?,
            Node::Any => _ = self.emit(Step::Any)?,
            Node::Set(set) => _ = self.emit(Step::Set(set))?,
            Node::Place(place) => _ = self.emit(Step::Place(place))?,
            Node::Back(number) => _ = self.emit(Step::Back(number))?,
            Node::Group(inside, number) => {
                self.emit(Step::Save(2 * number))?;
                self.node(inside)?;
                self.emit(Step::Save(2 * number + 1))?;
            }
            Node::Sequence(first, last) => {
                for i in first..last {
                    self.node(self.tree.lists[i as usize])?;
                }
            }
            Node::Choice(first, last) => self.choice(first, last)?,
            Node::Repeat(inside, least, most) => self.repeat(inside, least, most)?,
        }
        Ok(())
    }

    fn choice(&mut self, first: u32, last: u32) -> Result<(), Error> {
        let mut exits = Vector::new();
        for i in first..last {
            if i + 1 < last {
                let split = self.emit(Step::Split(0, 0))?;
                let start = self.here();
                self.node(self.tree.lists[i as usize])?;
                exits.push(self.emit(Step::Jump(0))?)?;
                self.steps[split] = Step::Split(start, self.here());
            } else {
                self.node(self.tree.lists[i as usize])?;
            }
        }
        let end = self.here();
        for &exit in exits.iter() {
            self.steps[exit] = Step::Jump(end);
        }
        Ok(())
    }

    /// A round: what the groups in it matched before is forgotten.
    fn round(&mut self, inside: Index) -> Result<(), Error> {
        let (first, last) = self.groups_in(inside);
        if first < last {
            self.emit(Step::Forget(first, last))?;
        }
        self.node(inside)
    }

    fn repeat(&mut self, inside: Index, least: u32, most: Option<u32>) -> Result<(), Error> {
        // The last round that must be is part of the loop that follows it, if one does.
        let plain = if most.is_none() {
            least.saturating_sub(1)
        } else {
            least
        };
        for _ in 0..plain {
            let before = self.here();
            self.round(inside)?;
            if self.here() == before {
                // Nothing, however often.
                return Ok(());
            }
        }
        match most {
            None => {
                let number = self.rounds;
                self.rounds += 1;
                let split = if least == 0 {
                    Some(self.emit(Step::Split(0, 0))?)
                } else {
                    None
                };
                let start = self.here();
                self.emit(Step::Round(number))?;
                self.round(inside)?;
                let again = self.emit(Step::Again(number, start))?;
                debug_assert!(again + 1 == self.steps.len());
                if let Some(split) = split {
                    self.steps[split] = Step::Split(start, self.here());
                }
            }
            Some(most) => {
                let mut splits = Vector::new();
                for _ in least..most {
                    splits.push(self.emit(Step::Split(0, 0))?)?;
                    self.round(inside)?;
                }
                let end = self.here();
                for &split in splits.iter() {
                    self.steps[split] = Step::Split(split as u32 + 1, end);
                }
            }
        }
        Ok(())
    }
}

impl Program {
    /// Compiles a tree.
    pub fn new(mut tree: Tree, mode: Mode) -> Result<Program, Error> {
        if tree.groups > MOST_GROUPS {
            return Err(Error::Space);
        }
        let mut compiler = Compiler {
            tree: &tree,
            steps: Vector::new(),
            rounds: 0,
        };
        compiler.node(tree.root)?;
        compiler.emit(Step::Match)?;
        let (steps, rounds) = (compiler.steps, compiler.rounds);
        let sets = core::mem::take(&mut tree.sets);
        let mut program = Program {
            steps,
            sets,
            mode,
            groups: tree.groups,
            rounds,
            has_back: tree.has_back,
            first: None,
            anchored: false,
        };
        program.first = program.first_bytes()?;
        program.anchored = !mode.lines && program.always_starts_a_line()?;
        Ok(program)
    }

    /// Calls `visit` with each step that can be reached without taking a character; it tells whether to go past
    /// a step that takes none.
    fn reach(&self, mut visit: impl FnMut(Step) -> bool) -> Result<(), Error> {
        let mut seen = Vector::new();
        seen.resize(self.steps.len(), false)?;
        let mut stack = Vector::new();
        stack.push(0u32)?;
        while let Some(at) = stack.pop() {
            if core::mem::replace(&mut seen[at as usize], true) {
                continue;
            }
            let step = self.steps[at as usize];
            if !visit(step) {
                continue;
            }
            match step {
                Step::Split(a, b) => {
                    stack.push(a)?;
                    stack.push(b)?;
                }
                Step::Jump(to) => stack.push(to)?,
                Step::Again(_, to) => {
                    stack.push(to)?;
                    stack.push(at + 1)?;
                }
                Step::Save(_) | Step::Forget(..) | Step::Place(_) | Step::Round(_) => stack.push(at + 1)?,
                Step::Char(_) | Step::Any | Step::Set(_) | Step::Back(_) | Step::Match => {}
            }
        }
        Ok(())
    }

    fn first_bytes(&self) -> Result<Option<[bool; 256]>, Error> {
        let mut bytes = [false; 256];
        let mut known = true;
        self.reach(|step| {
            match step {
                Step::Char(c) if c < 0x80 => {
                    bytes[c as usize] = true;
                    if self.mode.fold {
                        bytes[usize::from((c as u8).to_ascii_uppercase())] = true;
                        // Beyond ASCII there are letters whose lower case is ASCII.
                        bytes[0x80..].fill(true);
                    }
                }
                Step::Char(_) => bytes[0x80..].fill(true),
                Step::Set(set) => {
                    self.sets[set as usize].first_bytes(&mut bytes);
                    if self.mode.fold {
                        bytes[0x80..].fill(true);
                    }
                }
                Step::Any | Step::Back(_) | Step::Match => known = false,
                _ => {}
            }
            true
        })?;
        Ok(known.then_some(bytes))
    }

    /// Whether every match begins at the start of a line.
    fn always_starts_a_line(&self) -> Result<bool, Error> {
        let mut always = true;
        self.reach(|step| match step {
            Step::Place(Place::LineStart | Place::TextStart) => false,
            Step::Char(_) | Step::Any | Step::Set(_) | Step::Back(_) | Step::Match => {
                always = false;
                false
            }
            _ => true,
        })?;
        Ok(always)
    }
}
