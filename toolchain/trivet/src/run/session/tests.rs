//! The session against a guest made of Rust, over the same sockets that lead to QEMU.

use super::*;
use crate::run::capture::Capture;
use std::io;

/// The number of a session's first job.
const JOB: u32 = 1;

/// A guest that receives a job and then does what the test says.
struct Guest {
    streams: Streams,
    received: Vec<u8>,
}

impl Guest {
    fn say(&mut self, message: &ToHost<'_>) {
        let mut buffer = vec![0; 8192];
        let length = message.encode(&mut buffer).unwrap();
        self.streams.control.write_all(&buffer[..length]).unwrap();
    }

    /// The next frame, as text.
    fn hear(&mut self) -> String {
        loop {
            if let Some((frame, length)) = control::split(&self.received).unwrap() {
                let text = format!("{:?}", ToGuest::decode(frame).unwrap());
                self.received.drain(..length);
                return text;
            }
            let mut buffer = [0; 4096];
            let count = self.streams.control.read(&mut buffer).unwrap();
            assert!(count > 0, "the host closed the control channel");
            self.received.extend_from_slice(&buffer[..count]);
        }
    }

    /// Reads the job's description up to Start.
    fn hear_job(&mut self) -> Vec<String> {
        let mut frames = Vec::new();
        loop {
            frames.push(self.hear());
            if frames.last().is_some_and(|frame| frame == "Start") {
                return frames;
            }
        }
    }

    fn exit(&mut self, end: End, output_bytes: u64, error_bytes: u64) {
        self.say(&ToHost::Exited {
            job: JOB,
            end,
            output_bytes,
            error_bytes,
            denied: 0,
        });
    }
}

struct Run {
    outcome: Result<Outcome>,
    output: Vec<u8>,
    error: Vec<u8>,
}

/// Runs a session whose guest is `guest`, with this input.
fn run(
    input: &'static [u8],
    limit: Option<Duration>,
    guest: impl FnOnce(&mut Guest) + Send + 'static,
) -> Run {
    let (host_end, guest_end) = Streams::pair().unwrap();
    let (output, error) = (Capture::default(), Capture::default());
    let host = Host {
        input: Box::new(input),
        output: Box::new(output.clone()),
        error: Box::new(error.clone()),
    };
    let thread = thread::spawn(move || {
        let mut machine = Guest {
            streams: guest_end,
            received: Vec::new(),
        };
        guest(&mut machine);
        // A machine stays until the host ends it.
        machine
    });
    let mut session =
        Session::start(host_end, host, Box::new(io::sink()), false, None, mpsc::channel()).unwrap();
    let job = Job {
        program: b"/app/hello".to_vec(),
        arguments: vec![b"./hello".to_vec(), b"a b".to_vec()],
        environment: vec![b"PATH=/bin".to_vec()],
        directory: b"/app".to_vec(),
        ..Job::default()
    };
    let outcome = session.run(&job, limit);
    drop(session);
    thread.join().unwrap();
    let (output, error) = (output.take(), error.take());
    Run {
        outcome,
        output,
        error,
    }
}

fn ending(run: Run) -> Ending {
    run.outcome.unwrap().ending
}

#[test]
fn the_job_arrives_whole_and_its_status_comes_back() {
    let run = run(b"", None, |guest| {
        guest.say(&ToHost::Hello {
            version: control::VERSION,
        });
        let job = guest.hear_job().join(" ");
        for part in [
            "Hello { version: 1 }",
            "Job { job: 1, terminal: None",
            "Argument(",
            "Environment(",
            "Directory(",
        ] {
            assert!(job.contains(part), "{part} in {job}");
        }
        guest.say(&ToHost::Started { job: JOB, process: 5 });
        guest.exit(End::Status(7), 0, 0);
    });
    assert_eq!(ending(run), Ending::Program(End::Status(7)));
}

#[test]
fn output_that_arrives_after_the_exit_frame_is_not_lost() {
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let sent = bytes.clone();
    let run = run(b"", None, move |guest| {
        guest.hear_job();
        guest.exit(End::Status(0), sent.len() as u64, 4);
        guest.streams.output.write_all(&sent).unwrap();
        guest.streams.error.write_all(b"oops").unwrap();
    });
    assert_eq!(run.output, bytes);
    assert_eq!(run.error, b"oops");
    assert!(run.outcome.unwrap().complete);
}

#[test]
fn input_and_its_end_are_passed_on() {
    let run = run(b"some input", None, |guest| {
        guest.hear_job();
        assert_eq!(guest.hear(), "InputEnd { bytes: 10 }");
        let mut input = [0; 10];
        guest.streams.input.read_exact(&mut input).unwrap();
        guest.streams.output.write_all(&input).unwrap();
        guest.exit(End::Status(0), 10, 0);
    });
    assert_eq!(run.output, b"some input");
}

#[test]
fn the_input_stays_open_behind_its_end() {
    let run = run(b"x", None, |guest| {
        guest.hear_job();
        assert_eq!(guest.hear(), "InputEnd { bytes: 1 }");
        guest.streams.input.set_nonblocking(true).unwrap();
        let mut input = [0; 2];
        assert_eq!(guest.streams.input.read(&mut input).unwrap(), 1);
        // A closed end would read as 0 bytes, and QEMU would throw away what the guest has not taken.
        let error = guest.streams.input.read(&mut input).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        guest.exit(End::Status(0), 0, 0);
    });
    assert_eq!(ending(run), Ending::Program(End::Status(0)));
}

#[test]
fn a_signal_a_refusal_and_a_denial_are_told() {
    let by_signal = run(b"", None, |guest| {
        guest.hear_job();
        guest.say(&ToHost::Denied {
            job: JOB,
            text: "the first",
        });
        guest.say(&ToHost::Denied {
            job: JOB,
            text: "the second",
        });
        guest.say(&ToHost::Exited {
            job: JOB,
            end: End::Signal(11),
            output_bytes: 0,
            error_bytes: 0,
            denied: 2,
        });
    });
    let outcome = by_signal.outcome.unwrap();
    assert_eq!(
        (outcome.ending, outcome.denied),
        (Ending::Program(End::Signal(11)), 2)
    );
    assert_eq!(outcome.first_denial.as_deref(), Some("the first"));
    let refused = run(b"", None, |guest| {
        guest.hear_job();
        guest.say(&ToHost::Refused {
            job: JOB,
            reason: Refusal::NotFound,
            text: "no lua",
        });
    });
    assert_eq!(
        ending(refused),
        Ending::Refused(Refusal::NotFound, "no lua".into())
    );
}

#[test]
fn crash_addresses_are_relative_to_the_image() {
    let run = run(b"", None, |guest| {
        guest.hear_job();
        let crash = control::Crash::new(JOB, 11, 8, 0x5000_1234, 0x5000_0000, b"/app/hello");
        let mut buffer = [0; 512];
        let length = control::encode_crash(&crash, &[0x5000_2000], &mut buffer).unwrap();
        guest.streams.control.write_all(&buffer[..length]).unwrap();
        guest.exit(End::Signal(11), 0, 0);
    });
    let outcome = run.outcome.unwrap();
    assert_eq!(outcome.crashes[0].code, [0x1234, 0x2000]);
    assert_eq!((outcome.crashes[0].signal, outcome.crashes[0].address), (11, 8));
}

#[test]
fn a_program_that_runs_too_long_is_a_time_out() {
    let run = run(b"", Some(Duration::from_millis(50)), |guest| {
        guest.say(&ToHost::Hello {
            version: control::VERSION,
        });
        guest.hear_job();
    });
    assert_eq!(ending(run), Ending::TimeOut);
}

#[test]
fn a_machine_that_stops_is_told_from_a_program_that_ends() {
    let silent = run(b"", None, |guest| {
        guest.streams.control.shutdown(std::net::Shutdown::Both).unwrap()
    });
    assert!(matches!(ending(silent), Ending::MachineFailed(_)));
    let failed = run(b"", None, |guest| {
        guest.say(&ToHost::Failed { text: "no policy" })
    });
    assert_eq!(ending(failed), Ending::MachineFailed("no policy".into()));
}

#[test]
fn a_guest_that_breaks_the_protocol_ends_the_session() {
    let frames: [&[u8]; 3] = [
        &[0xff; 64],
        &[1, 0, 0, 0, 0, 0, 0, 0],
        &[129, 0, 0, 0, 4, 0, 0, 0, 9, 0, 0, 0],
    ];
    for bytes in frames {
        let run = run(b"", None, move |guest| {
            let mut control: &UnixStream = &guest.streams.control;
            control.write_all(bytes).unwrap();
        });
        assert!(run.outcome.is_err(), "{bytes:?}");
    }
}

#[test]
fn a_reader_that_went_away_ends_the_run() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (host_end, mut guest_end) = Streams::pair().unwrap();
    let host = Host {
        input: Box::new(io::empty()),
        output: Box::new(Closed),
        error: Box::new(io::sink()),
    };
    let mut session =
        Session::start(host_end, host, Box::new(io::sink()), false, None, mpsc::channel()).unwrap();
    guest_end.output.write_all(b"x").unwrap();
    assert_eq!(
        session.run(&Job::default(), None).unwrap().ending,
        Ending::OutputClosed
    );
}

#[test]
fn a_signal_to_the_command_ends_the_run() {
    let (host_end, _guest_end) = Streams::pair().unwrap();
    let host = Host {
        input: Box::new(io::empty()),
        output: Box::new(io::sink()),
        error: Box::new(io::sink()),
    };
    let (sender, receiver) = mpsc::channel();
    let mut session = Session::start(
        host_end,
        host,
        Box::new(io::sink()),
        false,
        None,
        (sender.clone(), receiver),
    )
    .unwrap();
    sender.send(Event::Signal(signal_hook::consts::SIGTERM)).unwrap();
    let outcome = session.run(&Job::default(), None).unwrap();
    assert_eq!(outcome.ending, Ending::Interrupted(signal_hook::consts::SIGTERM));
}

#[test]
fn an_argument_that_no_program_can_receive_is_refused() {
    let (host_end, _guest_end) = Streams::pair().unwrap();
    let host = Host {
        input: Box::new(io::empty()),
        output: Box::new(io::sink()),
        error: Box::new(io::sink()),
    };
    let mut session =
        Session::start(host_end, host, Box::new(io::sink()), false, None, mpsc::channel()).unwrap();
    let job = Job {
        arguments: vec![vec![b'x'; control::STRING_MAX + 1]],
        ..Job::default()
    };
    assert!(session.run(&job, None).is_err());
}
