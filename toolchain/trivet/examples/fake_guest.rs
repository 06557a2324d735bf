//! Stands in for QEMU in the tests of `trivet run`: understands the arguments that name the five ports, and plays
//! the guest's side of the control channel. What it does is the program's name (`guest:NAME`).

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::FromRawFd;
use std::time::Duration;
use trivet_abi::archive::Archive;
use trivet_abi::control::{self, End, Refusal, ToGuest, ToHost, port};

struct Guest {
    control: File,
    received: Vec<u8>,
    input: File,
    output: File,
    error: File,
    log: File,
}

/// A job as it was described.
#[derive(Default)]
struct Job {
    program: String,
    arguments: Vec<String>,
    environment: Vec<String>,
    directory: String,
    terminal: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let port = |number: u32| {
        let start = format!("socket,id=port{number},fd=");
        let value = arguments
            .iter()
            .find_map(|argument| argument.strip_prefix(&start));
        let fd = value
            .expect("QEMU's arguments name the port")
            .parse()
            .expect("a descriptor");
        // SAFETY: the command made this descriptor for us and nothing else here uses it.
        unsafe { File::from_raw_fd(fd) }
    };
    let mut guest = Guest {
        control: port(port::CONTROL),
        received: Vec::new(),
        input: port(port::INPUT),
        output: port(port::OUTPUT),
        error: port(port::ERROR),
        log: port(port::LOG),
    };
    let initrd = arguments
        .iter()
        .position(|argument| argument == "-initrd")
        .map(|at| &arguments[at + 1]);
    let archive = std::fs::read(initrd.expect("a boot archive")).expect("the boot archive can be read");
    let archive = Archive::open(&archive).expect("the boot archive is valid");
    let serial = arguments
        .iter()
        .find_map(|argument| argument.strip_prefix("file,id=serial0,path="));
    std::fs::write(serial.expect("a serial line"), "kernel: first words\n").expect("the serial line");
    guest.say(&ToHost::Hello {
        version: control::VERSION,
    });
    let job = guest.job();
    guest.play(&job, &archive);
}

impl Guest {
    fn say(&mut self, message: &ToHost<'_>) {
        let mut buffer = vec![0; 8192];
        let length = message.encode(&mut buffer).expect("a frame");
        self.control
            .write_all(&buffer[..length])
            .expect("the host listens");
    }

    fn hear<T>(&mut self, mut read: impl FnMut(ToGuest<'_>) -> T) -> T {
        loop {
            if let Some((frame, length)) = control::split(&self.received).expect("frames") {
                let result = read(ToGuest::decode(frame).expect("a message"));
                self.received.drain(..length);
                return result;
            }
            let mut buffer = [0; 4096];
            let count = self.control.read(&mut buffer).expect("the host speaks");
            assert!(count > 0, "the host went away");
            self.received.extend_from_slice(&buffer[..count]);
        }
    }

    fn job(&mut self) -> Job {
        let mut job = Job::default();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        loop {
            let is_complete = self.hear(|message| {
                match message {
                    ToGuest::Job {
                        terminal, program, ..
                    } => {
                        job = Job {
                            program: text(program),
                            terminal: terminal.is_some(),
                            ..Job::default()
                        };
                    }
                    ToGuest::Argument(string) => job.arguments.push(text(string)),
                    ToGuest::Environment(string) => job.environment.push(text(string)),
                    ToGuest::Directory(path) => job.directory = text(path),
                    ToGuest::Start => return true,
                    _ => {}
                }
                false
            });
            if is_complete {
                return job;
            }
        }
    }

    fn exit(&mut self, end: End, output: u64, error: u64, denied: u64) {
        self.say(&ToHost::Exited {
            job: 1,
            end,
            output_bytes: output,
            error_bytes: error,
            denied,
        });
        // As a machine does, it stays until the host ends it.
        std::thread::sleep(Duration::from_secs(600));
    }

    fn play(&mut self, job: &Job, archive: &Archive<'_>) {
        match job.program.as_str() {
            "cat" => {
                // The input is taken as it comes; where it ends is known only at its end.
                let mut input = self.input.try_clone().expect("a second descriptor");
                let mut output = self.output.try_clone().expect("a second descriptor");
                std::thread::spawn(move || std::io::copy(&mut input, &mut output));
                let total = loop {
                    let end = self.hear(|message| match message {
                        ToGuest::InputEnd { bytes } => Some(bytes),
                        _ => None,
                    });
                    if let Some(bytes) = end {
                        break bytes;
                    }
                };
                self.exit(End::Status(0), total, 0, 0);
            }
            "show" => {
                let text = format!(
                    "{}|{}|{}|{}",
                    job.arguments.join(","),
                    job.environment.join(","),
                    job.directory,
                    job.terminal
                );
                self.output.write_all(text.as_bytes()).expect("output");
                self.exit(End::Status(0), text.len() as u64, 0, 0);
            }
            "paths" => {
                let paths: Vec<_> = archive
                    .entries()
                    .map(|e| String::from_utf8_lossy(e.path).into_owned())
                    .collect();
                let text = paths.join("\n");
                self.output.write_all(text.as_bytes()).expect("output");
                self.exit(End::Status(0), text.len() as u64, 0, 0);
            }
            "flood" => {
                let chunk = vec![b'x'; 1 << 20];
                for _ in 0..64 {
                    self.output.write_all(&chunk).expect("output");
                }
                self.exit(End::Status(0), 64 << 20, 0, 0);
            }
            "seven" => {
                self.error.write_all(b"oops\n").expect("error");
                self.exit(End::Status(7), 0, 5, 0);
            }
            "killed" => self.exit(End::Signal(9), 0, 0, 0),
            "denied" => {
                self.log.write_all(b"denied app file.write tmp\n").expect("log");
                self.say(&ToHost::Denied {
                    job: 1,
                    text: "app may not call file.write on tmp",
                });
                self.exit(End::Status(1), 0, 0, 2);
            }
            "missing" => {
                self.say(&ToHost::Refused {
                    job: 1,
                    reason: Refusal::NotFound,
                    text: "missing: no such program",
                });
                std::thread::sleep(Duration::from_secs(600));
            }
            "panic" => std::process::exit(1),
            "pid" => {
                let text = format!("{}\n", std::process::id());
                self.output.write_all(text.as_bytes()).expect("output");
                std::thread::sleep(Duration::from_secs(600));
            }
            other => {
                let text = format!("{other}: no such program");
                self.say(&ToHost::Refused {
                    job: 1,
                    reason: Refusal::NotFound,
                    text: &text,
                });
                std::thread::sleep(Duration::from_secs(600));
            }
        }
    }
}
