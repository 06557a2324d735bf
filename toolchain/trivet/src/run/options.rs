//! The command line of `trivet run`.

use crate::failure::{Failure, Result};
use clap::{Args, ValueHint};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Options of `trivet run`.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Exit status: the program's own; 128+N when signal N ended it; 124 after --timeout; \
125 when Trivet itself failed; 126 when the program cannot be executed; 127 when it was not found.\n\
On a terminal, Ctrl-C and Ctrl-Z go to the guest; Ctrl-] three times within a second ends the machine."
)]
pub struct RunOptions {
    /// Put a file or folder of the host into the guest; may be repeated. Without GUEST, or with a relative
    /// one, it lies in the program's working directory /app
    #[arg(long = "file", value_name = "HOST[:GUEST]", value_hint = ValueHint::AnyPath)]
    pub files: Vec<OsString>,
    /// Share a folder of the host with the guest, under GUEST; may be repeated. What the program writes there is on the host when this
    /// command returns. With :ro nothing there can be changed. Links that lead out of the folder are followed in the guest's own tree.
    /// The policy says what a program may do there
    #[arg(long = "share", value_name = "HOST:GUEST[:ro]", value_hint = ValueHint::DirPath)]
    pub shares: Vec<OsString>,
    /// The program's working directory in the guest, /app without this option
    #[arg(long, value_name = "GUEST")]
    pub directory: Option<OsString>,
    /// Set a variable of the program's environment; may be repeated. NAME alone takes the host's value
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    pub environment: Vec<OsString>,
    /// The guest's memory in MiB
    #[arg(long, value_name = "MIB", default_value_t = 256, value_parser = clap::value_parser!(u32).range(8..=65536))]
    pub memory: u32,
    /// The number of processors
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub smp: u32,
    /// Count instructions: each takes one nanosecond of guest time, sleeping takes no time, the random seed is
    /// fixed, and two runs are the same
    #[arg(long)]
    pub icount: bool,
    /// Wait for a debugger, and print the command that starts and connects it with all symbols. Programs and servers then
    /// lie at fixed addresses
    #[arg(long)]
    pub gdb: bool,
    /// Check each message by this policy instead of policy/default.policy. What NAME.image.toml beside NAME.policy lists
    /// is in the image besides: users, their homes, programs with labels of their own
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub policy: Option<PathBuf>,
    /// Add servers of your own to the system: FILE is a part of init's file, and the programs that it names lie in
    /// folders beside it (docs/tutorial). They need a policy that knows them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub services: Option<PathBuf>,
    /// Write the audit (one line a record) and the servers' log to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub audit: Option<PathBuf>,
    /// Put the programs of a port (`trivet port list`) into /bin, in the place of BusyBox's of the same names; may be
    /// repeated
    #[arg(long = "port", value_name = "NAME")]
    pub ports: Vec<String>,
    /// Tell each message of the program and of what it starts, a line a call as strace does: who, interface and method, arguments, result,
    /// nanoseconds (with --icount instructions) until it came. To stderr, or to FILE
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, num_args = 0..=1, require_equals = true)]
    pub trace: Option<Option<PathBuf>>,
    /// With --trace: only messages of these interfaces or methods, with commas between, as in File.open,Processes
    #[arg(long, value_name = "NAMES", value_delimiter = ',', requires = "trace")]
    pub trace_filter: Vec<String>,
    /// End the program after this time: seconds, or a number with ms, s, m or h behind it
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub timeout: Option<Duration>,
    /// Give the program a terminal even when stdin and stdout are none
    #[arg(long)]
    pub tty: bool,
    /// Say nothing but errors
    #[arg(long)]
    pub quiet: bool,
    /// Use only what is in the cache folder already; never the network
    #[arg(long)]
    pub offline: bool,
    /// Boot the system without any ports: for builds that run what they have just built
    #[arg(long, hide = true)]
    pub system_only: bool,
    /// The program and its arguments. With a slash in its name it is a file of the host, else a program of the
    /// guest. Without any: sh, BusyBox's shell, or what the policy's machine starts with
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// What runs when nothing is named.
const SHELL: &str = "sh";

/// What is to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// A file of the host.
    Host(PathBuf),
    /// A program of the guest, found there by its name.
    Guest(OsString),
}

impl RunOptions {
    /// The program.
    pub fn program(&self) -> Program {
        match self.command.first() {
            None => Program::Guest(SHELL.into()),
            Some(word) if word.as_bytes().contains(&b'/') => Program::Host(word.into()),
            Some(word) => Program::Guest(word.clone()),
        }
    }

    /// The program's arguments, its name first.
    pub fn arguments(&self) -> Vec<OsString> {
        match self.command.is_empty() {
            true => vec![SHELL.into()],
            false => self.command.clone(),
        }
    }

    /// The program's environment: a short fixed one, then `--env`. The host's own environment stays outside, so
    /// that a run does not depend on it.
    pub fn environment(&self, terminal: bool) -> Result<Vec<OsString>> {
        let mut environment: Vec<OsString> = ["PATH=/bin", "HOME=/app", "USER=app", "LANG=C.UTF-8"]
            .map(OsString::from)
            .into();
        if terminal {
            let kind = std::env::var_os("TERM").unwrap_or_else(|| "dumb".into());
            environment.push(concat("TERM=", &kind));
        }
        for word in &self.environment {
            let bytes = word.as_bytes();
            let variable = match bytes.iter().position(|&byte| byte == b'=') {
                Some(0) => {
                    return Err(Failure::new(format!(
                        "--env {}: a name is missing",
                        word.display()
                    )));
                }
                Some(_) => word.clone(),
                None => match std::env::var_os(word) {
                    Some(value) => {
                        let mut variable = word.clone();
                        variable.push("=");
                        variable.push(value);
                        variable
                    }
                    None => {
                        return Err(Failure::new(format!(
                            "--env {}: there is no such variable here",
                            word.display()
                        ))
                        .help("give it a value: --env NAME=VALUE"));
                    }
                },
            };
            let name_end = variable
                .as_bytes()
                .iter()
                .position(|&byte| byte == b'=')
                .unwrap_or(0);
            let name = variable.as_bytes()[..=name_end].to_vec();
            environment.retain(|other| !other.as_bytes().starts_with(&name));
            environment.push(variable);
        }
        Ok(environment)
    }
}

fn concat(name: &str, value: &OsStr) -> OsString {
    let mut text = OsString::from(name);
    text.push(value);
    text
}

/// Where a host file goes in the guest: `HOST`, `HOST:GUEST`. The result is the host's path and the guest's
/// without its leading slash.
pub fn parse_file(argument: &OsStr) -> Result<(PathBuf, Vec<u8>)> {
    let bytes = argument.as_bytes();
    let (host, guest) = match bytes.iter().rposition(|&byte| byte == b':') {
        // A host file may have a colon in its own name.
        Some(colon) if !Path::new(argument).exists() => (&bytes[..colon], Some(&bytes[colon + 1..])),
        _ => (bytes, None),
    };
    let host = PathBuf::from(OsString::from_vec(host.to_vec()));
    let guest = match guest {
        Some(guest) if !guest.is_empty() => guest.to_vec(),
        _ => {
            let whole = std::fs::canonicalize(&host)
                .map_err(|error| Failure::new(format!("--file {}: {error}", argument.display())))?;
            let name = host.file_name().or(whole.file_name());
            name.ok_or_else(|| Failure::new("--file /: name a guest folder, as in --file /:host"))?
                .as_bytes()
                .to_vec()
        }
    };
    let path = match guest.strip_prefix(b"/") {
        Some(absolute) => absolute.to_vec(),
        None => [b"app/", &guest[..]].concat(),
    };
    // `a//b/./c/` is the same place as `a/b/c`.
    let names: Vec<&[u8]> = path
        .split(|&byte| byte == b'/')
        .filter(|name| !name.is_empty() && *name != b".")
        .collect();
    let path = names.join(&b'/');
    if names.first() == Some(&&b"boot"[..]) || !trivet_abi::archive::is_path(&path) {
        return Err(Failure::new(format!(
            "--file {}: the guest cannot have this path",
            argument.display()
        ))
        .help("choose one without .. that is not below /boot"));
    }
    Ok((host, path))
}

/// A folder of the host in the guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// On the host: absolute, without links.
    pub host: PathBuf,
    /// In the guest, without its leading slash.
    pub guest: Vec<u8>,
    /// Nothing can be changed there.
    pub read_only: bool,
}

/// Folders at the same time, at most.
pub const SHARES_MAX: usize = 8;

/// Reads the values of `--share`.
pub fn parse_shares(arguments: &[OsString]) -> Result<Vec<Share>> {
    let mut shares: Vec<Share> = Vec::new();
    if arguments.len() > SHARES_MAX {
        return Err(Failure::new(format!("--share: at most {SHARES_MAX} folders")));
    }
    for argument in arguments {
        let share = parse_share(argument)?;
        let overlaps =
            |other: &Share| is_below(&share.guest, &other.guest) || is_below(&other.guest, &share.guest);
        if shares.iter().any(overlaps) {
            return Err(Failure::new(format!(
                "--share {}: another folder lies there, above or below",
                argument.display()
            )));
        }
        shares.push(share);
    }
    Ok(shares)
}

/// Whether a path is another one, or lies below it.
fn is_below(path: &[u8], above: &[u8]) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.first() == Some(&b'/'))
}

fn parse_share(argument: &OsStr) -> Result<Share> {
    let failure = |text: &str| Failure::new(format!("--share {}: {text}", argument.display()));
    let (words, read_only) = match argument.as_bytes().strip_suffix(b":ro") {
        Some(words) => (words, true),
        None => (argument.as_bytes(), false),
    };
    let usage = "write HOST:GUEST or HOST:GUEST:ro, as in --share data:/mnt/data";
    let colon = words
        .iter()
        .rposition(|&byte| byte == b':')
        .filter(|&colon| colon > 0);
    let colon = colon.ok_or_else(|| failure("the guest's folder is missing").help(usage))?;
    let named = PathBuf::from(OsString::from_vec(words[..colon].to_vec()));
    let host = std::fs::canonicalize(&named).map_err(|error| failure(&error.to_string()))?;
    if !host.is_dir() {
        return Err(failure("this is no folder").help("a single file goes into the guest by --file"));
    }
    let guest = guest_path(&words[colon + 1..]);
    let first = guest.split(|&byte| byte == b'/').next().unwrap_or_default();
    let taken = matches!(first, b"" | b"boot" | b"dev" | b"proc")
        || guest == b"tmp"
        || guest == b"app"
        || guest == b"bin";
    if taken || !trivet_abi::archive::is_path(&guest) || guest.contains(&b'\n') {
        return Err(failure("the guest cannot have it there")
            .help("choose a folder of its own without .., such as /mnt/data or /app/data"));
    }
    Ok(Share {
        host,
        guest,
        read_only,
    })
}

/// A path of the guest without its leading slash; a relative one lies in /app. `a//b/./c/` is the same place as `a/b/c`.
fn guest_path(path: &[u8]) -> Vec<u8> {
    let path = match path.strip_prefix(b"/") {
        Some(absolute) => absolute.to_vec(),
        None if path.is_empty() => Vec::new(),
        None => [b"app/", path].concat(),
    };
    path.split(|&byte| byte == b'/')
        .filter(|name| !name.is_empty() && *name != b".")
        .collect::<Vec<_>>()
        .join(&b'/')
}

fn parse_duration(text: &str) -> std::result::Result<Duration, String> {
    let digits = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err("the unit is ms, s, m or h".into()),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| "a number, such as 10, 0.5, 500ms or 2m")?;
    match Duration::try_from_secs_f64(number * factor) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("more than zero, and less than centuries".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: RunOptions,
    }

    fn parse(words: &[&str]) -> RunOptions {
        Line::try_parse_from([&["run"], words].concat()).unwrap().options
    }

    #[test]
    fn everything_after_the_program_is_the_programs() {
        let options = parse(&["--quiet", "--", "lua", "-e", "print(1)", "--quiet"]);
        assert!(options.quiet);
        assert_eq!(options.arguments(), ["lua", "-e", "print(1)", "--quiet"]);
        let options = parse(&["./hello", "--tty", "-x"]);
        assert!(!options.tty);
        assert_eq!(options.program(), Program::Host("./hello".into()));
        assert_eq!(options.arguments(), ["./hello", "--tty", "-x"]);
    }

    #[test]
    fn a_word_without_slash_is_a_guest_program() {
        assert_eq!(parse(&["lua"]).program(), Program::Guest("lua".into()));
        assert_eq!(parse(&[]).program(), Program::Guest("sh".into()));
        assert_eq!(parse(&[]).arguments(), ["sh"]);
    }

    #[test]
    fn durations_have_units() {
        assert_eq!(parse_duration("1.5").unwrap(), Duration::from_millis(1500));
        assert_eq!(parse_duration("250ms").unwrap(), Duration::from_millis(250));
        assert_eq!(parse_duration("2m").unwrap(), Duration::from_secs(120));
        for wrong in ["", "0", "-1", "x", "1d", "inf", "1e400s"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_variable_given_twice_has_its_last_value() {
        let options = parse(&["--env", "HOME=/tmp", "--env", "A=1", "--env", "A=2"]);
        let environment = options.environment(false).unwrap();
        assert_eq!(
            environment,
            ["PATH=/bin", "USER=app", "LANG=C.UTF-8", "HOME=/tmp", "A=2"]
        );
        assert!(parse(&["--env", "=x"]).environment(false).is_err());
    }

    #[test]
    fn a_share_names_both_folders_and_whether_it_can_be_changed() {
        let folder = tempfile::tempdir().unwrap();
        let host = folder.path().canonicalize().unwrap();
        let share = |guest: &str| {
            parse_share(&concat(host.to_str().unwrap(), OsStr::new(guest))).map(|share| {
                assert_eq!(share.host, host);
                (String::from_utf8(share.guest).unwrap(), share.read_only)
            })
        };
        assert_eq!(share(":/mnt/data").unwrap(), ("mnt/data".to_owned(), false));
        assert_eq!(share(":/mnt//x/./:ro").unwrap(), ("mnt/x".to_owned(), true));
        assert_eq!(share(":work").unwrap(), ("app/work".to_owned(), false));
        for wrong in [
            "", ":", ":/", ":/tmp", ":/app", ":/proc/x", ":/dev", ":/boot/x", ":/a/../b", ":/a\nb",
        ] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
        assert!(parse_share(OsStr::new("/no/such/folder:/x")).is_err());
        std::fs::write(host.join("file"), "").unwrap();
        assert!(parse_share(&concat(host.join("file").to_str().unwrap(), OsStr::new(":/x"))).is_err());
    }

    #[test]
    fn shares_do_not_lie_within_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let at = |guest: &str| concat(folder.path().to_str().unwrap(), OsStr::new(guest));
        assert_eq!(parse_shares(&[at(":/a"), at(":/ab:ro")]).unwrap().len(), 2);
        assert!(parse_shares(&[at(":/a"), at(":/a/b")]).is_err());
        assert!(parse_shares(&[at(":/a/b"), at(":/a")]).is_err());
        assert!(parse_shares(&[at(":/a"), at(":/a:ro")]).is_err());
    }

    #[test]
    fn a_file_lands_where_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let host = folder.path().join("data");
        std::fs::create_dir(&host).unwrap();
        let guest = |suffix: &str| {
            parse_file(&concat(host.to_str().unwrap(), OsStr::new(suffix)))
                .map(|(_, guest)| String::from_utf8(guest).unwrap())
        };
        assert_eq!(guest("").unwrap(), "app/data");
        assert_eq!(guest(":x//y/.").unwrap(), "app/x/y");
        assert_eq!(guest(":/etc/conf").unwrap(), "etc/conf");
        assert!(guest(":/boot/policy").is_err());
        assert!(guest(":../../boot").is_err());
        std::fs::write(folder.path().join("a:b"), "").unwrap();
        let (_, path) = parse_file(folder.path().join("a:b").as_os_str()).unwrap();
        assert_eq!(path, b"app/a:b");
    }
}
