//! A text that is written line by line, with indentation.

/// The text so far.
pub struct Code {
    /// What was written.
    pub text: String,
    depth: usize,
}

impl Code {
    pub fn new() -> Code {
        Code {
            text: String::new(),
            depth: 0,
        }
    }

    /// One line; an empty one has no spaces.
    pub fn line(&mut self, line: &str) {
        if !line.is_empty() {
            self.text.extend(std::iter::repeat_n("    ", self.depth));
            self.text.push_str(line);
        }
        self.text.push('\n');
    }

    pub fn blank(&mut self) {
        self.line("");
    }

    /// `head {`, and deeper from here.
    pub fn open(&mut self, head: &str) {
        self.open_with(&format!("{head} {{"));
    }

    /// A line as it stands, and deeper from here.
    pub fn open_with(&mut self, line: &str) {
        self.line(line);
        self.depth += 1;
    }

    /// `}`
    pub fn close(&mut self) {
        self.close_with("}");
    }

    /// Another closing, as `});`.
    pub fn close_with(&mut self, end: &str) {
        self.depth -= 1;
        self.line(end);
    }

    /// A documentation comment, of the enclosing module when `inner`.
    pub fn doc(&mut self, text: &str, inner: bool) {
        let mark = if inner { "//!" } else { "///" };
        for line in text.lines() {
            // Brackets and angles in a description are not links or HTML.
            let line = line.replace('[', "\\[").replace(']', "\\]").replace('<', "\\<");
            self.line(format!("{mark} {line}").trim_end());
        }
    }
}
