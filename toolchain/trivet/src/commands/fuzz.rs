//! `trivet fuzz`: generated messages against the kernel and the servers, from inside the guest.

use crate::doctor;
use crate::failure::Result;
use crate::fuzz::{Counts, Fuzzer};
use crate::project::Project;
use clap::Args;
use std::hash::{BuildHasher, RandomState};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Options of `trivet fuzz`.
#[derive(Debug, Args)]
pub struct Options {
    /// Begin no new round after this many seconds; there is always one
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// The first round's seed; each further round takes the next number. Without it one is drawn, and printed
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Messages of a round
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    messages: u64,
    /// Fuzz also from a server that may do everything, with sessions to every other server
    #[arg(long)]
    everything: bool,
    /// Print each method's messages
    #[arg(long)]
    methods: bool,
    /// Print each message before it is sent
    #[arg(long)]
    trace: bool,
    /// Wait for a debugger in each round; prints the command that connects it
    #[arg(long)]
    gdb: bool,
    /// Print one line a round in the form of a test's result
    #[arg(long, hide = true)]
    test: bool,
}

/// The least share of messages, in percent, that must get past policy and first check: below, the fuzzer tests little.
const LEAST_SHARE: u64 = 30;

/// Fuzzes; the status is 1 when something was found.
pub fn execute(project: &Project, options: &Options) -> Result<ExitCode> {
    doctor::ensure(project)?;
    let fuzzer = Fuzzer::build(project, options.everything, options.trace, options.gdb)?;
    let first = options
        .seed
        .unwrap_or_else(|| RandomState::new().hash_one(std::process::id()) >> 16);
    let start = Instant::now();
    let mut counts = Counts::default();
    let mut round = 0;
    let mut found = None;
    while found.is_none() && (round == 0 || start.elapsed() < Duration::from_secs(options.seconds)) {
        let seed = first.wrapping_add(round);
        found = fuzzer.round(project, seed, options.messages, &mut counts)?;
        if let Some(text) = &found {
            let everything = if options.everything { " --everything" } else { "" };
            println!("found with seed {seed}: {text}");
            println!(
                "again: ./trivet fuzz{everything} --seconds 0 --messages {} --seed {seed}",
                options.messages
            );
        }
        round += 1;
    }
    let (sent, passed) = counts.total();
    let share = passed * 100 / sent.max(1);
    if options.methods {
        for (method, (sent, passed)) in &counts.methods {
            println!("{method:40} {sent:8} {passed:8}");
        }
    }
    println!(
        "{round} rounds from seed {first}: {sent} messages to {} methods, {share} % passed policy and first check",
        counts.methods.len()
    );
    let good = found.is_none() && share >= LEAST_SHARE;
    if options.test {
        let domain = if options.everything { "everything" } else { "app" };
        let result = if good { "ok" } else { "FAILED" };
        println!("the_system_survives_generated_messages_from_{domain} ... {result}");
    }
    Ok(ExitCode::from(u8::from(!good)))
}
