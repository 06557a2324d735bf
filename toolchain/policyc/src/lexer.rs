//! Words and signs of the policy language.

use logos::Logos;

use crate::diagnostics::Diagnostic;
use crate::source::{FileId, Span};

/// One word or sign. Keywords are plain identifiers: they count only where a statement can begin.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(skip r"[ \t\r\n]+")]
#[logos(skip(r"//[^\n]*", allow_greedy = true))]
pub enum Token {
    /// A name or keyword.
    #[regex("[A-Za-z_][A-Za-z0-9_]*")]
    Name,
    /// A number: decimal, `0x`, `0o` or `0b`, with `_` between digits.
    #[regex("[0-9][0-9A-Za-z_]*")]
    Number,
    /// Text in double quotes.
    #[regex(r#""([^"\\\n]|\\["\\])*""#)]
    Text,
    /// `->`
    #[token("->")]
    Arrow,
    /// `{`
    #[token("{")]
    OpenBrace,
    /// `}`
    #[token("}")]
    CloseBrace,
    /// `(`
    #[token("(")]
    OpenParenthesis,
    /// `)`
    #[token(")")]
    CloseParenthesis,
    /// `,`
    #[token(",")]
    Comma,
    /// `;`
    #[token(";")]
    Semicolon,
    /// `:`
    #[token(":")]
    Colon,
    /// `.`
    #[token(".")]
    Dot,
    /// `==`
    #[token("==")]
    Equal,
    /// `=`
    #[token("=")]
    Assign,
    /// `!=`
    #[token("!=")]
    NotEqual,
    /// `<=`
    #[token("<=")]
    LessOrEqual,
    /// `>=`
    #[token(">=")]
    GreaterOrEqual,
    /// `<`
    #[token("<")]
    Less,
    /// `>`
    #[token(">")]
    Greater,
    /// `&`
    #[token("&")]
    And,
    /// `*`
    #[token("*")]
    Star,
    /// `-`
    #[token("-")]
    Minus,
    /// The end of the file.
    End,
}

impl Token {
    /// The sign as a reader would call it.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Token::Name => "a name",
            Token::Number => "a number",
            Token::Text => "text in quotes",
            Token::Arrow => "`->`",
            Token::OpenBrace => "`{`",
            Token::CloseBrace => "`}`",
            Token::OpenParenthesis => "`(`",
            Token::CloseParenthesis => "`)`",
            Token::Comma => "`,`",
            Token::Semicolon => "`;`",
            Token::Colon => "`:`",
            Token::Dot => "`.`",
            Token::Equal => "`==`",
            Token::Assign => "`=`",
            Token::NotEqual => "`!=`",
            Token::LessOrEqual => "`<=`",
            Token::GreaterOrEqual => "`>=`",
            Token::Less => "`<`",
            Token::Greater => "`>`",
            Token::And => "`&`",
            Token::Star => "`*`",
            Token::Minus => "`-`",
            Token::End => "the end of the file",
        }
    }
}

/// All tokens of a file, the last one [`Token::End`]. What is no token is reported and left out.
pub fn tokenize(file: FileId, text: &str, diagnostics: &mut Vec<Diagnostic>) -> Vec<(Token, Span)> {
    let mut tokens = Vec::new();
    for (token, range) in Token::lexer(text).spanned() {
        let span = Span {
            file,
            start: range.start,
            end: range.end,
        };
        match token {
            Ok(token) => tokens.push((token, span)),
            Err(()) => {
                let what = &text[range];
                let found = Diagnostic::error(span, format!("`{}` means nothing here", what.escape_debug()));
                diagnostics.push(if what.starts_with('"') {
                    found.help(
                        "text begins and ends with `\"` on one line; inside it, write `\\\"` and `\\\\`",
                    )
                } else if what.starts_with('#') {
                    found.help("comments begin with `//`")
                } else {
                    found
                });
            }
        }
    }
    tokens.push((
        Token::End,
        Span {
            file,
            start: text.len(),
            end: text.len(),
        },
    ));
    tokens
}
