//! `trivet run` as its user sees it, against a machine that the example `fake_guest` plays: output, statuses,
//! the terminal, and that nothing outlives the command.

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything here may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("parts/boot")).unwrap();
        for name in ["kernel", "policy", "boot/init"] {
            fs::write(folder.path().join("parts").join(name), name).unwrap();
        }
        Bench { folder }
    }

    fn command(&self, options: &[&str], program: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trivet"));
        command
            .arg("run")
            .arg("--parts")
            .arg(self.folder.path().join("parts"));
        command.args(options).arg("--").args(program);
        command.env("TRIVET_ROOT", Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."));
        command.env("TRIVET_CACHE", self.folder.path().join("cache"));
        command.env("TRIVET_QEMU", fake_guest()).stdin(Stdio::null());
        command
    }

    fn run(&self, options: &[&str], program: &[&str]) -> Output {
        self.command(options, program).output().unwrap()
    }

    fn logs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join("cache/log")).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    }
}

/// The example lies beside the folder of the test programs.
fn fake_guest() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/fake_guest")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is_alive(pid: i32) -> bool {
    test_kill_process(Pid::from_raw(pid).unwrap()).is_ok() && !is_zombie(pid)
}

/// A process that nobody has waited for yet is dead all the same.
fn is_zombie(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
}

/// Starts a program that stays, and returns the command with its machine's process number.
fn start_staying(bench: &Bench) -> (Child, i32) {
    let mut child = bench
        .command(&[], &["pid"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, line.trim().parse().unwrap())
}

#[test]
fn input_and_output_are_the_commands_own_byte_for_byte() {
    let bench = Bench::new();
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 256) as u8).collect();
    let mut child = bench
        .command(&[], &["cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let sent = bytes.clone();
    let writer = std::thread::spawn(move || input.write_all(&sent).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout == bytes);
}

#[test]
fn sixty_four_mebibytes_of_output_arrive_whole() {
    let output = Bench::new().run(&[], &["flood"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 64 << 20));
    assert!(output.stderr.is_empty());
}

#[test]
fn the_status_is_the_programs_and_stderr_is_passed_on() {
    let output = Bench::new().run(&[], &["seven"]);
    assert_eq!(
        (output.status.code(), text(&output.stderr)),
        (Some(7), "oops\n".to_owned())
    );
}

#[test]
fn a_signal_is_128_plus_its_number() {
    assert_eq!(Bench::new().run(&[], &["killed"]).status.code(), Some(137));
}

#[test]
fn a_missing_guest_program_is_127() {
    let output = Bench::new().run(&[], &["missing"]);
    assert_eq!(output.status.code(), Some(127));
    assert!(text(&output.stderr).contains("no such program"));
}

#[test]
fn a_host_program_built_for_linux_is_126_and_names_the_compiler() {
    let output = Bench::new().run(&[], &["/bin/true"]);
    assert_eq!(output.status.code(), Some(126));
    assert!(
        text(&output.stderr).contains("x86_64-trivet-cc"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_time_limit_is_124() {
    let output = Bench::new().run(&["--timeout", "200ms"], &["pid"]);
    assert_eq!(output.status.code(), Some(124));
}

#[test]
fn a_machine_that_stops_is_125_and_shows_the_kernels_words() {
    let bench = Bench::new();
    let output = bench.run(&[], &["panic"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(
        text(&output.stderr).contains("kernel: first words"),
        "{}",
        text(&output.stderr)
    );
    assert!(bench.logs().iter().any(|name| name.starts_with("serial-")));
}

#[test]
fn a_wrong_option_is_125() {
    assert_eq!(
        Bench::new().run(&["--no-such-option"], &["cat"]).status.code(),
        Some(125)
    );
}

#[test]
fn a_run_without_denials_leaves_no_files() {
    let bench = Bench::new();
    bench.run(&[], &["seven"]);
    assert_eq!(bench.logs(), [""; 0]);
}

#[test]
fn denials_end_stderr_with_one_line_and_keep_the_audit() {
    let bench = Bench::new();
    let stderr = text(&bench.run(&[], &["denied"]).stderr);
    let last = stderr.lines().last().unwrap();
    assert!(last.starts_with(
        "trivet: 2 messages were denied, the first: app may not call file.write on tmp; all: cat "
    ));
    let audit = last.rsplit(' ').next().unwrap();
    assert_eq!(fs::read_to_string(audit).unwrap(), "denied app file.write tmp\n");
}

#[test]
fn the_audit_goes_where_it_is_asked_for() {
    let bench = Bench::new();
    let audit = bench.folder.path().join("audit");
    bench.run(&["--audit", audit.to_str().unwrap()], &["denied"]);
    assert_eq!(fs::read_to_string(&audit).unwrap(), "denied app file.write tmp\n");
}

#[test]
fn arguments_environment_and_folder_reach_the_program() {
    let output = Bench::new().run(&["--env", "A=1 2"], &["show", "-x", "", "--env"]);
    assert_eq!(
        text(&output.stdout),
        "show,-x,,--env|PATH=/bin,HOME=/app,USER=app,LANG=C.UTF-8,A=1 2|/app|false"
    );
}

#[test]
fn host_files_lie_in_the_archive() {
    let bench = Bench::new();
    let data = bench.folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("x"), "1").unwrap();
    let argument = format!("{}:/srv/data", data.display());
    let output = bench.run(&["--file", &argument], &["paths"]);
    let paths = text(&output.stdout);
    for path in ["boot/init", "boot/policy", "boot/seed", "srv/data/x", "tmp"] {
        assert!(paths.lines().any(|line| line == path), "{path} in {paths}");
    }
}

#[test]
fn the_machine_dies_with_the_command_even_by_sigkill() {
    let bench = Bench::new();
    for signal in [Signal::TERM, Signal::KILL] {
        let (mut child, machine) = start_staying(&bench);
        assert!(is_alive(machine));
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
        wait_for("the machine is gone", || !is_alive(machine));
    }
}

#[test]
fn sigterm_gives_143() {
    let (mut child, _) = start_staying(&Bench::new());
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn a_reader_that_goes_away_ends_the_run_like_sigpipe() {
    let bench = Bench::new();
    let mut child = bench
        .command(&[], &["flood"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut some = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(141));
}

#[test]
fn several_runs_at_once_do_not_meet() {
    let bench = Bench::new();
    let runs: Vec<_> = (0..8)
        .map(|number: usize| {
            let mut command = bench.command(&[], &["show", &number.to_string()]);
            command.stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for (number, child) in runs.into_iter().enumerate() {
        let output = child.wait_with_output().unwrap();
        assert!(text(&output.stdout).starts_with(&format!("show,{number}|")));
    }
}

mod terminal {
    //! The command on a terminal: raw while it runs, restored on every way out.

    use super::*;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{LocalModes, tcgetattr};
    use std::fs::{File, OpenOptions};
    use std::os::fd::OwnedFd;

    struct Terminal {
        master: File,
        slave: File,
    }

    impl Terminal {
        fn new() -> Self {
            let master: OwnedFd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
            grantpt(&master).unwrap();
            unlockpt(&master).unwrap();
            let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
            let slave = OpenOptions::new().read(true).write(true).open(name).unwrap();
            Terminal {
                master: File::from(master),
                slave,
            }
        }

        fn is_raw(&self) -> bool {
            !tcgetattr(&self.slave)
                .unwrap()
                .local_modes
                .contains(LocalModes::ICANON)
        }

        fn start(&self, bench: &Bench, program: &[&str]) -> Child {
            let mut command = bench.command(&[], program);
            let end = || self.slave.try_clone().unwrap();
            command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap()
        }
    }

    #[test]
    fn the_terminal_is_raw_for_the_guest_and_restored_after_a_signal() {
        for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
            let (bench, terminal) = (Bench::new(), Terminal::new());
            let mut child = terminal.start(&bench, &["pid"]);
            wait_for("raw mode", || terminal.is_raw());
            kill_process(Pid::from_child(&child), signal).unwrap();
            child.wait().unwrap();
            assert!(!terminal.is_raw(), "{signal:?}");
        }
    }

    #[test]
    fn the_terminal_is_restored_after_the_program_and_after_a_failure() {
        for program in ["seven", "panic", "missing"] {
            let (bench, terminal) = (Bench::new(), Terminal::new());
            terminal.start(&bench, &[program]).wait().unwrap();
            assert!(!terminal.is_raw(), "{program}");
        }
    }

    #[test]
    fn three_escape_keys_end_the_machine() {
        let (bench, mut terminal) = (Bench::new(), Terminal::new());
        let mut child = terminal.start(&bench, &["pid"]);
        wait_for("raw mode", || terminal.is_raw());
        terminal.master.write_all(&[0x1d, 0x1d, 0x1d]).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert!(!terminal.is_raw());
    }

    #[test]
    fn a_program_on_a_terminal_gets_one() {
        let (bench, mut terminal) = (Bench::new(), Terminal::new());
        terminal.start(&bench, &["show"]).wait().unwrap();
        let mut buffer = [0; 4096];
        let count = terminal.master.read(&mut buffer).unwrap();
        let output = text(&buffer[..count]);
        assert!(output.contains("TERM=") && output.contains("|true"), "{output}");
    }
}
