//! Progress of long steps, on stderr.
//!
//! A step announces itself at once when stderr is a terminal or after two seconds otherwise, and says how
//! long it took if that was more than two seconds. `--quiet` silences all of it.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

static QUIET: AtomicBool = AtomicBool::new(false);

/// How long a step may take before the user is told about it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Silences all progress from now on.
pub fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether [`be_quiet`] was called.
pub fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Prints a line about what is going on, unless `--quiet` was given.
pub fn say(line: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        eprintln!("trivet: {line}");
    }
}

/// A step that is under way.
pub struct Progress {
    what: String,
    since: Instant,
    announcer: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts a step, described as "building the kernel".
    pub fn start(what: impl Into<String>) -> Self {
        let what = what.into();
        let announcer = if std::io::stderr().is_terminal() {
            say(&format!("{what} ..."));
            None
        } else {
            let (stop, stopped) = mpsc::channel::<()>();
            let line = format!("{what} ...");
            let thread = thread::spawn(move || {
                if stopped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    say(&line);
                }
            });
            Some((stop, thread))
        };
        Progress {
            what,
            since: Instant::now(),
            announcer,
        }
    }

    /// Ends the step with success.
    pub fn done(self) {
        let took = self.since.elapsed();
        if took > PATIENCE {
            say(&format!("{}: {:.1} s", self.what, took.as_secs_f64()));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.announcer.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}
