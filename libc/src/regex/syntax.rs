//! Reading basic and extended regular expressions. POSIX.1-2024 9.3 and 9.4, with the GNU operators
//! `\+ \? \| \w \W \s \S \b \B \< \> \` \'`.
//!
//! The tree lies in one array and refers by index. Nesting is limited, so that nothing that walks it can run out
//! of stack.

use super::error::Error;
use super::set::{Mode, Set};
use crate::heap::Vector;
use crate::multibyte::decode::{Decoded, mbstate_t, utf8};

/// The most that an interval may repeat: `RE_DUP_MAX` is 255 at least; glibc has 32767.
pub const DUP_MAX: u32 = 0x7fff;
/// The deepest nesting of groups.
const DEEPEST: u32 = 100;
/// The highest tree: groups, lists and repetitions. What walks the tree recurses so deep.
const HIGHEST: u16 = 400;

/// A place in the tree.
pub type Index = u32;

/// What a place in the text must be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// The start of the text or of a line: `^`.
    LineStart,
    /// The end of the text or of a line: `$`.
    LineEnd,
    /// The start of the text.
    TextStart,
    /// The end of the text.
    TextEnd,
    /// Between a word and something else.
    WordEdge,
    /// Not so.
    NoWordEdge,
    /// Before a word.
    WordStart,
    /// After a word.
    WordEnd,
}

/// A node of the tree.
#[derive(Clone, Copy, Debug)]
pub enum Node {
    /// Nothing: matches everywhere.
    Empty,
    /// One character, folded if case is ignored.
    Char(u32),
    /// Any character.
    Any,
    /// A character of a set.
    Set(u32),
    /// The nodes of the list from its first to before its last, in order.
    Sequence(u32, u32),
    /// One of them.
    Choice(u32, u32),
    /// A node, at least and at most so often (`None`: without end).
    Repeat(Index, u32, Option<u32>),
    /// A group of that number.
    Group(Index, u32),
    /// A place.
    Place(Place),
    /// What the group matched.
    Back(u32),
}

/// An expression as a tree.
pub struct Tree {
    /// All nodes.
    pub nodes: Vector<Node>,
    /// The lists that sequences and choices refer to.
    pub lists: Vector<Index>,
    /// The sets.
    pub sets: Vector<Set>,
    /// How many groups there are.
    pub groups: u32,
    /// Whether a group is referred back to.
    pub has_back: bool,
    /// The root.
    pub root: Index,
}

/// The next character of `bytes`, with its length; a byte that is none is itself, above all characters.
#[inline]
pub fn decode(bytes: &[u8], is_utf8: bool) -> Option<(u32, usize)> {
    let &byte = bytes.first()?;
    if byte < 0x80 || !is_utf8 {
        return Some((u32::from(byte), 1));
    }
    match utf8(bytes, &mut mbstate_t::default()) {
        Decoded::Char(c, n) => Some((c, n)),
        _ => Some((0x11_0000 + u32::from(byte), 1)),
    }
}

struct Parser<'a> {
    rest: &'a [u8],
    extended: bool,
    mode: Mode,
    tree: Tree,
    depth: u32,
    /// Groups that are closed: a back-reference may name them.
    closed: u32,
    /// How high the tree is at each node.
    heights: Vector<u16>,
}

impl Parser<'_> {
    fn add(&mut self, node: Node) -> Result<Index, Error> {
        let height = |index: Index| self.heights[index as usize];
        let below = match node {
            Node::Group(inside, _) | Node::Repeat(inside, ..) => height(inside),
            Node::Sequence(first, last) | Node::Choice(first, last) => {
                let items = self.tree.lists[first as usize..last as usize].iter();
                items.map(|&item| height(item)).max().unwrap_or(0)
            }
            _ => 0,
        };
        if below >= HIGHEST {
            return Err(Error::Space);
        }
        self.heights.push(below + 1)?;
        self.tree.nodes.push(node)?;
        Ok(self.tree.nodes.len() as Index - 1)
    }

    fn add_set(&mut self, set: Set) -> Result<Index, Error> {
        self.tree.sets.push(set)?;
        self.add(Node::Set(self.tree.sets.len() as u32 - 1))
    }

    fn list(&mut self, items: &[Index], make: fn(u32, u32) -> Node) -> Result<Index, Error> {
        match items {
            [] => self.add(Node::Empty),
            [one] => Ok(*one),
            _ => {
                let first = self.tree.lists.len() as u32;
                self.tree.lists.extend_from_slice(items)?;
                let last = self.tree.lists.len() as u32;
                self.add(make(first, last))
            }
        }
    }

    /// Whether an alternation sign comes next; takes it.
    fn take(&mut self, text: &[u8]) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn at_bar(&self) -> bool {
        self.rest.starts_with(if self.extended { b"|" } else { b"\\|" })
    }

    fn at_close(&self) -> bool {
        self.rest.starts_with(if self.extended { b")" } else { b"\\)" })
    }

    /// Alternatives up to the end or, within a group, its closing parenthesis.
    fn alternatives(&mut self, in_group: bool) -> Result<Index, Error> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::Space);
        }
        let mut items = Vector::new();
        loop {
            items.push(self.branch(in_group)?)?;
            if !self.at_bar() {
                break;
            }
            self.rest = &self.rest[if self.extended { 1 } else { 2 }..];
        }
        self.depth -= 1;
        self.list(&items, Node::Choice)
    }

    fn branch(&mut self, in_group: bool) -> Result<Index, Error> {
        let mut items: Vector<Index> = Vector::new();
        // Whether nothing that could be repeated stands before.
        let mut at_start = true;
        while !self.rest.is_empty() && !self.at_bar() {
            if self.at_close() {
                if in_group {
                    break;
                }
                if !self.extended {
                    return Err(Error::Paren);
                }
                // By itself an ordinary character, as in glibc; POSIX leaves it open.
            }
            let (item, is_anchor) = self.atom(at_start, in_group)?;
            let before = self.rest.len();
            let item = self.repeats(item, is_anchor)?;
            at_start = is_anchor && before == self.rest.len() && at_start;
            items.push(item)?;
        }
        self.list(&items, Node::Sequence)
    }

    /// The repetitions after an atom.
    fn repeats(&mut self, mut item: Index, is_anchor: bool) -> Result<Index, Error> {
        loop {
            // After an initial anchor there is nothing to repeat: a basic expression's asterisk is a character.
            if is_anchor {
                return Ok(item);
            }
            let (least, most) = if self.take(b"*") {
                (0, None)
            } else if self.take(if self.extended { b"+" } else { b"\\+" }) {
                (1, None)
            } else if self.take(if self.extended { b"?" } else { b"\\?" }) {
                (0, Some(1))
            } else if self.rest.starts_with(if self.extended { b"{" } else { b"\\{" }) {
                self.interval()?
            } else {
                return Ok(item);
            };
            // x** is x*; other stacks nest.
            if let Node::Repeat(_, 0, None) = self.tree.nodes[item as usize]
                && (least, most) == (0, None)
            {
                continue;
            }
            item = self.add(Node::Repeat(item, least, most))?;
        }
    }

    fn number(&mut self) -> Option<u32> {
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let (text, rest) = self.rest.split_at(digits);
        if text.is_empty() {
            return None;
        }
        self.rest = rest;
        Some(text.iter().fold(0u32, |n, b| {
            n.saturating_mul(10).saturating_add(u32::from(b - b'0'))
        }))
    }

    /// Whether an interval comes next; a brace at the start of an extended expression is else a character.
    fn is_interval(&mut self) -> bool {
        let start = self.rest;
        let found = self.interval().is_ok();
        self.rest = start;
        found
    }

    /// An interval, from its opening brace.
    fn interval(&mut self) -> Result<(u32, Option<u32>), Error> {
        self.rest = &self.rest[if self.extended { 1 } else { 2 }..];
        let low = self.number();
        let bounds = if self.take(b",") {
            let high = self.number();
            if low.is_none() && high.is_none() {
                None
            } else {
                Some((low.unwrap_or(0), high))
            }
        } else {
            low.map(|n| (n, Some(n)))
        };
        let close: &[u8] = if self.extended { b"}" } else { b"\\}" };
        let closed = self.take(close);
        match bounds {
            Some((low, high)) if closed => {
                if high.is_some_and(|high| high < low) {
                    return Err(Error::BadBrace);
                }
                if low.max(high.unwrap_or(0)) > DUP_MAX {
                    return Err(Error::Size);
                }
                Ok((low, high))
            }
            _ if closed || self.rest.windows(close.len()).any(|text| text == close) => Err(Error::BadBrace),
            _ => Err(Error::Brace),
        }
    }

    /// One atom, and whether it is an anchor after which an asterisk is a character.
    fn atom(&mut self, at_start: bool, in_group: bool) -> Result<(Index, bool), Error> {
        let (c, n) = decode(self.rest, self.mode.is_utf8).ok_or(Error::Escape)?;
        let ascii = if c < 0x80 { c as u8 } else { 0 };
        match ascii {
            b'\\' => {
                self.rest = &self.rest[1..];
                return self.escape().map(|index| (index, false));
            }
            b'[' => {
                self.rest = &self.rest[1..];
                let set = self.bracket()?;
                return Ok((self.add_set(set)?, false));
            }
            b'.' => {
                self.rest = &self.rest[1..];
                return Ok((self.add(Node::Any)?, false));
            }
            b'(' if self.extended => {
                self.rest = &self.rest[1..];
                return self.group().map(|index| (index, false));
            }
            // Nothing to repeat.
            b'*' | b'+' | b'?' if self.extended && at_start => return Err(Error::BadRepeat),
            b'{' if self.extended && at_start && self.is_interval() => return Err(Error::BadRepeat),
            b'^' if self.extended || at_start => {
                self.rest = &self.rest[1..];
                return Ok((self.add(Node::Place(Place::LineStart))?, true));
            }
            b'$' => {
                let after = &self.rest[1..];
                let ends = self.extended
                    || after.is_empty()
                    || in_group && after.starts_with(b"\\)")
                    || after.starts_with(b"\\|");
                if ends {
                    self.rest = after;
                    return Ok((self.add(Node::Place(Place::LineEnd))?, false));
                }
            }
            _ => {}
        }
        self.rest = &self.rest[n..];
        let c = self.mode.folded(c);
        Ok((self.add(Node::Char(c))?, false))
    }

    fn group(&mut self) -> Result<Index, Error> {
        self.tree.groups += 1;
        let number = self.tree.groups;
        let inside = self.alternatives(true)?;
        if !self.take(if self.extended { b")" } else { b"\\)" }) {
            return Err(Error::Paren);
        }
        // Groups close in the order of their ends; a reference needs its group closed.
        self.closed |= 1 << number.min(31);
        self.add(Node::Group(inside, number))
    }

    fn class_escape(&mut self, name: &[u8], negated: bool, with_underscore: bool) -> Result<Index, Error> {
        let mut set = Set::new();
        set.add_class(name, self.mode)?;
        if with_underscore {
            set.add_range(u32::from(b'_'), u32::from(b'_'))?;
        }
        set.finish(
            negated,
            Mode {
                lines: false,
                ..self.mode
            },
        );
        self.add_set(set)
    }

    /// After a backslash.
    fn escape(&mut self) -> Result<Index, Error> {
        let (c, n) = decode(self.rest, self.mode.is_utf8).ok_or(Error::Escape)?;
        self.rest = &self.rest[n..];
        let place = |place| Node::Place(place);
        let node = match if c < 0x80 { c as u8 } else { 0 } {
            b'(' if !self.extended => return self.group(),
            b'{' if !self.extended => return Err(Error::BadRepeat),
            b'w' => return self.class_escape(b"alnum", false, true),
            b'W' => return self.class_escape(b"alnum", true, true),
            b's' => return self.class_escape(b"space", false, false),
            b'S' => return self.class_escape(b"space", true, false),
            b'b' => place(Place::WordEdge),
            b'B' => place(Place::NoWordEdge),
            b'<' => place(Place::WordStart),
            b'>' => place(Place::WordEnd),
            b'`' => place(Place::TextStart),
            b'\'' => place(Place::TextEnd),
            digit @ b'1'..=b'9' => {
                let number = u32::from(digit - b'0');
                if self.closed >> number & 1 == 0 {
                    return Err(Error::SubRegex);
                }
                self.tree.has_back = true;
                Node::Back(number)
            }
            _ => Node::Char(self.mode.folded(c)),
        };
        self.add(node)
    }

    /// One end of a range. A collating symbol or an equivalence class is a single character here.
    fn bracket_member(&mut self) -> Result<(u32, bool), Error> {
        if let [b'[', kind @ (b'.' | b'='), rest @ ..] = self.rest {
            let end = rest
                .windows(2)
                .position(|pair| pair == [*kind, b']'])
                .ok_or(Error::Bracket)?;
            let (c, n) = decode(&rest[..end], self.mode.is_utf8).ok_or(Error::Collate)?;
            if n != end {
                return Err(Error::Collate);
            }
            self.rest = &rest[end + 2..];
            return Ok((c, *kind == b'='));
        }
        let (c, n) = decode(self.rest, self.mode.is_utf8).ok_or(Error::Bracket)?;
        self.rest = &self.rest[n..];
        Ok((c, false))
    }

    /// A bracket expression after its `[`.
    fn bracket(&mut self) -> Result<Set, Error> {
        let mut set = Set::new();
        let negated = self.take(b"^");
        let mut first = true;
        loop {
            match self.rest {
                [] => return Err(Error::Bracket),
                [b']', rest @ ..] if !first => {
                    self.rest = rest;
                    set.finish(negated, self.mode);
                    return Ok(set);
                }
                [b'[', b':', rest @ ..] => {
                    let end = rest
                        .windows(2)
                        .position(|pair| pair == b":]")
                        .ok_or(Error::Bracket)?;
                    set.add_class(&rest[..end], self.mode)?;
                    self.rest = &rest[end + 2..];
                    if matches!(self.rest, [b'-', after, ..] if *after != b']') {
                        return Err(Error::Range);
                    }
                }
                _ => {
                    let (low, is_class) = self.bracket_member()?;
                    let range = matches!(self.rest, [b'-', after, ..] if *after != b']');
                    let mut high = low;
                    if range {
                        if is_class {
                            return Err(Error::Range);
                        }
                        self.rest = &self.rest[1..];
                        if self.rest.starts_with(b"[:") {
                            return Err(Error::Range);
                        }
                        (high, _) = self.bracket_member()?;
                        if high < low {
                            return Err(Error::Range);
                        }
                    }
                    set.add_range(low, high)?;
                }
            }
            first = false;
        }
    }
}

/// Reads an expression.
pub fn parse(text: &[u8], extended: bool, mode: Mode) -> Result<Tree, Error> {
    let tree = Tree {
        nodes: Vector::new(),
        lists: Vector::new(),
        sets: Vector::new(),
        groups: 0,
        has_back: false,
        root: 0,
    };
    let mut parser = Parser {
        rest: text,
        extended,
        mode,
        tree,
        depth: 0,
        closed: 0,
        heights: Vector::new(),
    };
    let root = parser.alternatives(false)?;
    parser.tree.root = root;
    Ok(parser.tree)
}
