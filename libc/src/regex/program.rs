//! The tree as a program of small steps, which both machines run.

use super::error::Error;
use super::set::{Mode, Set};
use super::syntax::{Index, Node, Place, Tree};
use crate::heap::Vector;

/// The longest program, in steps: intervals multiply.
const LONGEST: usize = 1 << 16;
/// The most groups.
const MOST_GROUPS: u32 = 1 << 12;
/// The most repetitions whose extent is watched. Of more the later ones are not: a match is found all the same, and its groups may lie
/// otherwise than POSIX prefers.
const MOST_WATCHED: u32 = 256;

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
    /// Stores the place: `2 n` is part n's start, `2 n + 1` its end.
    Save(u32),
    /// Forgets the parts from the first to before the last: a new round of their repetition begins.
    Forget(u32, u32),
    /// Goes on only at such a place.
    Place(Place),
    /// Takes what the part matched.
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
    /// The part of each group; of group 0, the whole match, part 0.
    pub parts: Vector<u32>,
    /// How many parts there are: the whole match, the groups, and the repetitions whose extent decides where later groups lie.
    pub part_count: u32,
    /// How many repetitions count their rounds.
    pub rounds: u32,
    /// Whether a group is referred back to.
    pub has_back: bool,
    /// The bytes that a match may begin with, unless it may be empty.
    pub first: Option<[bool; 256]>,
    /// Whether matches begin at the start of the text only.
    pub anchored: bool,
}

/// The parts of an expression from the left: POSIX wants each as long as it can be before those behind it, whether it stands in
/// parentheses or not. A repetition is a part when a group follows it.
#[derive(Default)]
struct Parts {
    /// By group.
    groups: Vector<u32>,
    /// By node; 0 for one that is no part.
    nodes: Vector<u32>,
    count: u32,
    watched: u32,
}

impl Parts {
    fn of(tree: &Tree) -> Result<Parts, Error> {
        let mut parts = Parts::default();
        parts.groups.resize(tree.groups as usize + 1, 0)?;
        parts.nodes.resize(tree.nodes.len(), 0)?;
        parts.count = 1;
        parts.number(tree, tree.root, false, &mut 0);
        Ok(parts)
    }

    /// Numbers the parts of a node. `alone`: it is all that a group holds, whose extent is the same.
    fn number(&mut self, tree: &Tree, node: Index, alone: bool, seen: &mut u32) {
        match tree.nodes[node as usize] {
            Node::Group(inside, number) => {
                *seen = (*seen).max(number);
                self.groups[number as usize] = self.count;
                self.nodes[node as usize] = self.count;
                self.count += 1;
                self.number(tree, inside, true, seen);
            }
            Node::Repeat(inside, least, most) => {
                let after = last_group(tree, inside).max(*seen);
                let varies = most != Some(least);
                if varies && !alone && after < tree.groups && self.watched < MOST_WATCHED {
                    self.nodes[node as usize] = self.count;
                    self.count += 1;
                    self.watched += 1;
                }
                self.number(tree, inside, false, seen);
            }
            Node::Sequence(first, last) | Node::Choice(first, last) => {
                let alone = alone && last - first == 1;
                for i in first..last {
                    self.number(tree, tree.lists[i as usize], alone, seen);
                }
            }
            _ => {}
        }
    }
}

/// The number of the last group in a node, or 0.
fn last_group(tree: &Tree, node: Index) -> u32 {
    match tree.nodes[node as usize] {
        Node::Group(inside, number) => last_group(tree, inside).max(number),
        Node::Repeat(inside, ..) => last_group(tree, inside),
        Node::Sequence(first, last) | Node::Choice(first, last) => {
            let all = (first..last).map(|i| last_group(tree, tree.lists[i as usize]));
            all.max().unwrap_or(0)
        }
        _ => 0,
    }
}

struct Compiler<'a> {
    tree: &'a Tree,
    parts: &'a Parts,
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

    /// The parts in a node: from the first to before the last.
    fn parts_in(&self, node: Index) -> (u32, u32) {
        match self.tree.nodes[node as usize] {
            Node::Group(inside, _) | Node::Repeat(inside, ..) => {
                let (first, last) = self.parts_in(inside);
                match self.parts.nodes[node as usize] {
                    0 => (first, last),
                    own => (own, last.max(own + 1)),
                }
            }
            Node::Sequence(first, last) | Node::Choice(first, last) => {
                let mut all = (u32::MAX, 0);
                for i in first..last {
                    let (low, high) = self.parts_in(self.tree.lists[i as usize]);
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
            Node::Back(number) => _ = self.emit(Step::Back(self.parts.groups[number as usize]))?,
            Node::Group(inside, _) => {
                let part = self.parts.nodes[node as usize];
                self.emit(Step::Save(2 * part))?;
                self.node(inside)?;
                self.emit(Step::Save(2 * part + 1))?;
            }
            Node::Sequence(first, last) => {
                for i in first..last {
                    self.node(self.tree.lists[i as usize])?;
                }
            }
            Node::Choice(first, last) => self.choice(first, last)?,
            Node::Repeat(inside, least, most) => match self.parts.nodes[node as usize] {
                0 => self.repeat(inside, least, most)?,
                part => {
                    self.emit(Step::Save(2 * part))?;
                    self.repeat(inside, least, most)?;
                    self.emit(Step::Save(2 * part + 1))?;
                }
            },
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
        let (first, last) = self.parts_in(inside);
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
        let parts = Parts::of(&tree)?;
        let mut compiler = Compiler {
            tree: &tree,
            parts: &parts,
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
            part_count: parts.count,
            parts: parts.groups,
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
