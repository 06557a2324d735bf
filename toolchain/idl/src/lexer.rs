//! The lexer: source text to tokens with their byte ranges.
//!
//! `tokens` is the only entry. The parser (`parser.rs`) reads its result; comments of one line (`//`) are
//! dropped here, documentation comments (`///`, `//!`) are tokens.

use logos::Logos;

use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Span};

/// One token. Keywords are identifiers that the parser knows by their text, so that a method may be called
/// `flags` or `in` where no confusion is possible.
#[derive(Logos, Clone, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\r\n\f]+")]
pub enum Token {
    /// `//! text`: documentation of the file.
    #[regex(r"//![^\n]*", |lex| doc_text(lex.slice()), allow_greedy = true)]
    FileDoc(String),
    /// `/// text`: documentation of the item that follows.
    #[regex(r"///[^\n]*", |lex| doc_text(lex.slice()), allow_greedy = true)]
    Doc(String),
    /// `// text`, dropped.
    #[regex(r"//([^/!\n][^\n]*)?", logos::skip, allow_greedy = true, priority = 1)]
    Comment,
    /// A name or a keyword.
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*", |lex| lex.slice().to_owned())]
    Identifier(String),
    /// A decimal or hexadecimal number; `_` may separate digits.
    #[regex(r"0[xX][0-9A-Fa-f_]+|[0-9][0-9_]*", |lex| lex.slice().to_owned())]
    Number(String),
    /// A quoted text on one line, without escapes.
    #[regex(r#""[^"\n]*""#, |lex| lex.slice()[1..lex.slice().len() - 1].to_owned())]
    Text(String),
    /// `->`
    #[token("->")]
    Arrow,
    /// `<<`
    #[token("<<")]
    ShiftLeft,
    /// `..`
    #[token("..")]
    UpTo,
    /// `.`
    #[token(".")]
    Dot,
    /// `{`
    #[token("{")]
    BraceOpen,
    /// `}`
    #[token("}")]
    BraceClose,
    /// `(`
    #[token("(")]
    ParenOpen,
    /// `)`
    #[token(")")]
    ParenClose,
    /// `[`
    #[token("[")]
    BracketOpen,
    /// `]`
    #[token("]")]
    BracketClose,
    /// `=`
    #[token("=")]
    Equals,
    /// `:`
    #[token(":")]
    Colon,
    /// `;`
    #[token(";")]
    Semicolon,
    /// `,`
    #[token(",")]
    Comma,
    /// `|`
    #[token("|")]
    Bar,
    /// The end of the file.
    End,
}

impl Token {
    /// How a diagnostic names this token.
    pub fn describe(&self) -> String {
        match self {
            Token::FileDoc(_) => "a file comment `//!`".into(),
            Token::Doc(_) => "a documentation comment `///`".into(),
            Token::Comment => "a comment".into(),
            Token::Identifier(name) => format!("`{name}`"),
            Token::Number(text) => format!("the number {text}"),
            Token::Text(_) => "a quoted text".into(),
            Token::Arrow => "`->`".into(),
            Token::ShiftLeft => "`<<`".into(),
            Token::UpTo => "`..`".into(),
            Token::Dot => "`.`".into(),
            Token::BraceOpen => "`{`".into(),
            Token::BraceClose => "`}`".into(),
            Token::ParenOpen => "`(`".into(),
            Token::ParenClose => "`)`".into(),
            Token::BracketOpen => "`[`".into(),
            Token::BracketClose => "`]`".into(),
            Token::Equals => "`=`".into(),
            Token::Colon => "`:`".into(),
            Token::Semicolon => "`;`".into(),
            Token::Comma => "`,`".into(),
            Token::Bar => "`|`".into(),
            Token::End => "the end of the file".into(),
        }
    }
}

/// Strips the comment mark and one space.
fn doc_text(slice: &str) -> String {
    let text = &slice[3..];
    text.strip_prefix(' ').unwrap_or(text).trim_end().to_owned()
}

/// Splits `text` into tokens; the last one is always `Token::End`.
pub fn tokens(file: FileId, text: &str) -> Result<Vec<(Token, Span)>, Diagnostic> {
    let mut result = Vec::new();
    for (token, range) in Token::lexer(text).spanned() {
        let span = Span {
            file,
            start: range.start,
            end: range.end,
        };
        match token {
            Ok(token) => result.push((token, span)),
            Err(()) => {
                return Err(
                    Diagnostic::new("this text is not part of the interface language", span)
                        .help("a quoted text ends on its line; numbers are decimal or 0x..."),
                );
            }
        }
    }
    result.push((
        Token::End,
        Span {
            file,
            start: text.len(),
            end: text.len(),
        },
    ));
    Ok(result)
}
