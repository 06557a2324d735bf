//! What the files below /proc say, in the forms that programs written for Linux read.

use crate::limits::{INFINITY, Limits};
use alloc::format;
use alloc::string::String;
use core::fmt::Write;
use trivet_abi::credentials::Row;
use trivet_ipc::address_space::Region;
use trivet_ipc::machine::Counts;
use trivet_ipc::process::Info;

/// Bytes of a page.
const PAGE: u64 = 4096;
/// Nanoseconds of a tick of `times`.
const TICK_NS: u64 = 10_000_000;
/// Nanoseconds of a second.
const SECOND_NS: u64 = 1_000_000_000;

/// Everything that the files about one process show.
#[derive(Debug)]
pub struct Shown<'a> {
    /// Its number, or a thread's.
    pub number: u64,
    /// The process's number.
    pub process: u64,
    /// Name for listings.
    pub name: &'a [u8],
    /// One of R, S, T, Z.
    pub state: char,
    /// Parent, group, session.
    pub family: [u64; 3],
    /// Device and foreground group of its terminal; 0 and -1 without one.
    pub terminal: (u64, i64),
    /// Figures of the kernel.
    pub info: Info,
    /// What its children used, in nanoseconds.
    pub children_ns: [u64; 2],
    /// Page faults of its children.
    pub children_faults: u64,
    /// Nice value.
    pub nice: i64,
    /// Pages mapped.
    pub mapped: u64,
    /// Credentials.
    pub row: Row,
    /// Pending, blocked, ignored, caught signals.
    pub signals: [u64; 4],
    /// Wait status of one that has ended.
    pub status: u32,
}

/// Text of bytes, those that are no UTF-8 replaced.
fn plain(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `stat`: one line of 52 fields.
#[must_use]
pub fn stat(shown: &Shown<'_>) -> String {
    let [parent, group, session] = shown.family;
    let (device, foreground) = shown.terminal;
    let [pending, blocked, ignored, caught] = shown.signals.map(|set| set & 0x7fff_ffff);
    let ticks = |ns: u64| ns / TICK_NS;
    let info = &shown.info;
    format!(
        "{} ({}) {} {parent} {group} {session} {device} {foreground} 0 {} {} 0 0 {} {} {} {} {} {} {} 0 {} {} {} {} 0 0 0 0 0 \
         {pending} {blocked} {ignored} {caught} 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 {}\n",
        shown.number,
        plain(shown.name),
        shown.state,
        info.page_faults,
        shown.children_faults,
        ticks(info.user_time_ns),
        ticks(info.system_time_ns),
        ticks(shown.children_ns[0]),
        ticks(shown.children_ns[1]),
        20 + shown.nice,
        shown.nice,
        info.threads,
        ticks(info.start_time_ns),
        shown.mapped * PAGE,
        info.resident / PAGE,
        u64::MAX,
        shown.status,
    )
}

/// `statm`: pages mapped, resident, shared, of code, of libraries, of data, changed.
#[must_use]
pub fn statm(shown: &Shown<'_>) -> String {
    format!(
        "{} {} 0 0 0 {} 0\n",
        shown.mapped,
        shown.info.resident / PAGE,
        shown.info.committed / PAGE
    )
}

/// `status`: lines for people.
#[must_use]
pub fn status(shown: &Shown<'_>) -> String {
    let word = match shown.state {
        'R' => "running",
        'T' => "stopped",
        'Z' => "zombie",
        _ => "sleeping",
    };
    let row = &shown.row;
    let info = &shown.info;
    let mut text = format!(
        "Name:\t{}\nState:\t{} ({word})\nTgid:\t{}\nNgid:\t0\nPid:\t{}\nPPid:\t{}\nTracerPid:\t0\n",
        plain(shown.name),
        shown.state,
        shown.process,
        shown.number,
        shown.family[0],
    );
    let _ = write!(
        text,
        "Uid:\t{}\t{}\t{}\t{}\nGid:\t{}\t{}\t{}\t{}\nFDSize:\t{}\nGroups:\t",
        row.real_user,
        row.effective_user,
        row.saved_user,
        row.file_user,
        row.real_group,
        row.effective_group,
        row.saved_group,
        row.file_group,
        info.descriptors.next_power_of_two().max(64),
    );
    for group in row.supplementary() {
        let _ = write!(text, "{group} ");
    }
    let _ = write!(
        text,
        "\nNStgid:\t{0}\nNSpid:\t{1}\nNSpgid:\t{2}\nNSsid:\t{3}\nVmPeak:\t{4:8} kB\nVmSize:\t{4:8} kB\nVmHWM:\t{5:8} kB\nVmRSS:\t{5:8} kB\nThreads:\t{6}\n",
        shown.process,
        shown.number,
        shown.family[1],
        shown.family[2],
        shown.mapped * (PAGE / 1024),
        info.resident / 1024,
        info.threads,
    );
    let [pending, blocked, ignored, caught] = shown.signals;
    let _ = write!(
        text,
        "SigPnd:\t{:016x}\nShdPnd:\t{pending:016x}\nSigBlk:\t{blocked:016x}\nSigIgn:\t{ignored:016x}\nSigCgt:\t{caught:016x}\n",
        0,
    );
    let _ = writeln!(text, "voluntary_ctxt_switches:\t{}", info.context_switches);
    text
}

/// `limits`: a table for people.
#[must_use]
pub fn limits(limits: &Limits) -> String {
    const NAMES: [(&str, &str); 16] = [
        ("Max cpu time", "seconds"),
        ("Max file size", "bytes"),
        ("Max data size", "bytes"),
        ("Max stack size", "bytes"),
        ("Max core file size", "bytes"),
        ("Max resident set", "bytes"),
        ("Max processes", "processes"),
        ("Max open files", "files"),
        ("Max locked memory", "bytes"),
        ("Max address space", "bytes"),
        ("Max file locks", "locks"),
        ("Max pending signals", "signals"),
        ("Max msgqueue size", "bytes"),
        ("Max nice priority", ""),
        ("Max realtime priority", ""),
        ("Max realtime timeout", "us"),
    ];
    let mut text = format!(
        "{:<26}{:<21}{:<21}{:<10}\n",
        "Limit", "Soft Limit", "Hard Limit", "Units"
    );
    let figure = |value: u64| match value {
        INFINITY => String::from("unlimited"),
        value => format!("{value}"),
    };
    for (resource, (name, unit)) in NAMES.iter().enumerate() {
        if let Some(limit) = limits.get(resource) {
            let (soft, hard) = (figure(limit.soft), figure(limit.hard));
            let _ = writeln!(text, "{name:<26}{soft:<21}{hard:<21}{unit:<10}");
        }
    }
    text
}

/// One line of `maps`.
#[must_use]
pub fn map(region: &Region) -> String {
    let bit = |flag: u64, letter: char| {
        if region.protection & flag != 0 {
            letter
        } else {
            '-'
        }
    };
    format!(
        "{:08x}-{:08x} {}{}{}p {:08x} 00:00 {}\n",
        region.address,
        region.address.saturating_add(region.length),
        bit(1, 'r'),
        bit(2, 'w'),
        bit(4, 'x'),
        region.offset,
        // Where no file is known here, what counts is which mappings share one object.
        region.memory & 0xffff_ffff,
    )
}

/// `meminfo`.
#[must_use]
pub fn meminfo(counts: &Counts) -> String {
    let kib = PAGE / 1024;
    let mut text = String::new();
    for (name, value) in [
        ("MemTotal", counts.pages * kib),
        ("MemFree", counts.pages_free * kib),
        ("MemAvailable", counts.pages_free * kib),
        ("Buffers", 0),
        ("Cached", 0),
        ("SwapCached", 0),
        ("SwapTotal", 0),
        ("SwapFree", 0),
        ("Shmem", 0),
        ("SReclaimable", 0),
    ] {
        let _ = writeln!(text, "{:<16}{value:>8} kB", format!("{name}:"));
    }
    text
}

/// `uptime`: seconds since the start, and idle seconds of all processors.
#[must_use]
pub fn uptime(counts: &Counts) -> String {
    let hundredths = |ns: u64| (ns / SECOND_NS, ns % SECOND_NS / TICK_NS);
    let ((up, up_rest), (idle, idle_rest)) = (hundredths(counts.uptime_ns), hundredths(counts.idle_ns));
    format!("{up}.{up_rest:02} {idle}.{idle_rest:02}\n")
}

/// `stat` of the machine. The kernel counts busy and idle time; busy time is shown as the programs' own.
#[must_use]
pub fn machine_stat(counts: &Counts, realtime_ns: u64, running: usize, last: u64) -> String {
    let all_ns = counts.uptime_ns.saturating_mul(counts.processors);
    let busy = all_ns.saturating_sub(counts.idle_ns) / TICK_NS;
    let idle = counts.idle_ns / TICK_NS;
    let started = realtime_ns.saturating_sub(counts.uptime_ns) / SECOND_NS;
    let mut text = format!("cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\n");
    for processor in 0..counts.processors.min(64) {
        let share = counts.processors.max(1);
        let _ = writeln!(
            text,
            "cpu{processor} {} 0 0 {} 0 0 0 0 0 0",
            busy / share,
            idle / share
        );
    }
    let _ = write!(
        text,
        "intr 0\nctxt 0\nbtime {started}\nprocesses {last}\nprocs_running {running}\nprocs_blocked 0\n"
    );
    text
}

/// How busy the processors were, decaying over one, five and fifteen minutes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Load {
    uptime_ns: u64,
    idle_ns: u64,
    /// Thousandths of a processor.
    averages: [u64; 3],
}

impl Load {
    /// Takes the counts of now into the averages.
    pub fn take(&mut self, counts: &Counts) {
        let elapsed_ns = counts.uptime_ns.saturating_sub(self.uptime_ns);
        if elapsed_ns == 0 {
            return;
        }
        let all_ns = elapsed_ns.saturating_mul(counts.processors);
        let busy_ns = all_ns.saturating_sub(counts.idle_ns.saturating_sub(self.idle_ns));
        let busy = (u128::from(busy_ns) * 1000 / u128::from(elapsed_ns)) as u64;
        for (average, minutes) in self.averages.iter_mut().zip([1, 5, 15]) {
            let (elapsed, window) = (u128::from(elapsed_ns), u128::from(minutes * 60 * SECOND_NS));
            let weighted = u128::from(busy) * elapsed + u128::from(*average) * window;
            *average = (weighted / (elapsed + window)) as u64;
        }
        self.uptime_ns = counts.uptime_ns;
        self.idle_ns = counts.idle_ns;
    }

    /// `loadavg`.
    #[must_use]
    pub fn text(&self, running: usize, all: usize, last: u64) -> String {
        let mut text = String::new();
        for average in self.averages {
            let _ = write!(text, "{}.{:02} ", average / 1000, average % 1000 / 10);
        }
        let _ = writeln!(text, "{running}/{all} {last}");
        text
    }
}

/// The kernel's counts, a line each: name and value.
#[must_use]
pub fn counts(counts: &Counts) -> String {
    let mut text = String::new();
    for (name, value) in [
        ("pages", counts.pages),
        ("pages_free", counts.pages_free),
        ("pages_quarantined", counts.pages_quarantined),
        ("kernel_bytes", counts.kernel_bytes),
        ("processes", counts.processes),
        ("threads", counts.threads),
        ("endpoints", counts.endpoints),
        ("sessions", counts.sessions),
        ("memories", counts.memories),
        ("wait_sets", counts.wait_sets),
        ("timers", counts.timers),
        ("accounts", counts.accounts),
        ("handles", counts.handles),
        ("processors", counts.processors),
        ("uptime_ns", counts.uptime_ns),
        ("idle_ns", counts.idle_ns),
    ] {
        let _ = writeln!(text, "{name} {value}");
    }
    text
}

/// `cpuinfo`: what programs count processors by.
#[must_use]
pub fn cpuinfo(processors: u64) -> String {
    let mut text = String::new();
    for processor in 0..processors.min(64) {
        let _ = write!(
            text,
            "processor\t: {processor}\nvendor_id\t: unknown\nmodel name\t: x86-64\n\n"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &[u8]) -> Shown<'_> {
        Shown {
            number: 7,
            process: 7,
            name,
            state: 'S',
            family: [6, 7, 5],
            terminal: (0, -1),
            info: Info {
                user_time_ns: 30_000_000,
                start_time_ns: 50_000_000,
                threads: 2,
                resident: 8192,
                ..Info::default()
            },
            children_ns: [0; 2],
            children_faults: 0,
            nice: 5,
            mapped: 10,
            row: Row {
                real_user: 1000,
                ..Row::default()
            },
            signals: [0, 1, 2, 4],
            status: 0,
        }
    }

    #[test]
    fn stat_has_52_fields_behind_the_name() {
        let text = stat(&shown(b"a b) c"));
        assert!(text.starts_with("7 (a b) c) S 6 7 5 0 -1 "));
        let behind: alloc::vec::Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
        assert_eq!(behind.len(), 50);
        // utime, priority, nice, num_threads, starttime, vsize, rss: fields 14, 18, 19, 20, 22, 23, 24.
        let field = |number: usize| behind[number - 3];
        assert_eq!(
            [
                field(14),
                field(18),
                field(19),
                field(20),
                field(22),
                field(23),
                field(24)
            ],
            ["3", "25", "5", "2", "5", "40960", "2"]
        );
        assert_eq!(field(38), "17");
    }

    #[test]
    fn status_has_the_lines_that_programs_look_for() {
        let text = status(&shown(b"sh"));
        for line in [
            "Name:\tsh\n",
            "State:\tS (sleeping)\n",
            "PPid:\t6\n",
            "Uid:\t1000\t0\t0\t0\n",
            "VmSize:\t      40 kB\n",
            "Threads:\t2\n",
        ] {
            assert!(text.contains(line), "{line}");
        }
    }

    #[test]
    fn the_load_follows_the_busy_share() {
        let mut load = Load::default();
        let minute = Counts {
            processors: 2,
            uptime_ns: 60 * SECOND_NS,
            idle_ns: 60 * SECOND_NS,
            ..Counts::default()
        };
        load.take(&minute);
        assert_eq!(load.text(1, 4, 9), "0.50 0.16 0.06 1/4 9\n");
        load.take(&minute);
        assert_eq!(load.averages[0], 500);
    }

    #[test]
    fn uptime_has_two_digits() {
        let counts = Counts {
            uptime_ns: 5_030_000_000,
            ..Counts::default()
        };
        assert_eq!(uptime(&counts), "5.03 0.00\n");
    }

    #[test]
    fn unlimited_is_a_word() {
        assert!(
            limits(&Limits::default())
                .contains("Max cpu time              unlimited            unlimited            seconds")
        );
    }
}
