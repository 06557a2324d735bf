//! `Qemu`: QEMU's command line as a typed value.
//!
//! `run`, `boot`, `test` and `bench` fill in what differs between them; everything that must be the same for
//! all of them, so that figures can be compared, is written here once.

use std::ffi::OsString;
use std::path::PathBuf;

/// QEMU's program for the one architecture that Trivet supports.
const PROGRAM: &str = "qemu-system-x86_64";

/// QEMU's program: `TRIVET_QEMU`, or the one in PATH.
pub fn program() -> PathBuf {
    std::env::var_os("TRIVET_QEMU")
        .unwrap_or_else(|| PROGRAM.into())
        .into()
}

/// The I/O port of isa-debug-exit. A guest that writes `v` there ends QEMU with status `(v << 1) | 1`.
pub const DEBUG_EXIT_PORT: u16 = 0xf4;

/// Which processor the guest sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processor {
    /// Everything that QEMU can emulate, but for ERMS and FSRM: they tell software that `rep movsb` is fast,
    /// and under emulation it runs byte by byte.
    Full,
    /// As `Full`, without RDRAND and RDSEED, whose values differ in each run: for runs that must repeat.
    Repeatable,
}

impl Processor {
    fn argument(self) -> &'static str {
        match self {
            Processor::Full => "max,-erms,-fsrm",
            Processor::Repeatable => "max,-rdrand,-rdseed,-erms,-fsrm",
        }
    }
}

/// Where a character device of the guest leads to on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Character {
    /// QEMU's own standard input and output.
    Stdio,
    /// A file that is written from its start.
    File(PathBuf),
    /// A connected stream socket that QEMU inherits under this descriptor number.
    Socket(i32),
}

impl Character {
    /// The argument of `-chardev` that makes this device under the name `id`.
    fn argument(&self, id: &str) -> OsString {
        let mut argument = OsString::new();
        match self {
            Character::Stdio => argument.push(format!("stdio,id={id},signal=off")),
            Character::File(path) => {
                argument.push(format!("file,id={id},path="));
                argument.push(escaped(path.as_os_str()));
            }
            Character::Socket(fd) => argument.push(format!("socket,id={id},fd={fd}")),
        }
        argument
    }
}

/// QEMU takes a comma as the end of an option's value; a doubled comma stands for itself.
fn escaped(text: &std::ffi::OsStr) -> OsString {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let mut bytes = Vec::with_capacity(text.len());
    for &byte in text.as_bytes() {
        bytes.push(byte);
        if byte == b',' {
            bytes.push(b',');
        }
    }
    OsString::from_vec(bytes)
}

/// A port of the guest's virtio-serial device.
#[derive(Debug, Clone)]
pub struct Port {
    /// The number by which the guest knows the port; 0 is reserved.
    pub number: u32,
    /// The name that the device announces.
    pub name: &'static str,
    /// Its host side.
    pub to: Character,
}

/// A folder of the host that the guest reaches through virtio-9p.
#[derive(Debug, Clone)]
pub struct SharedFolder {
    /// The name that the device announces.
    pub tag: String,
    /// The folder.
    pub path: PathBuf,
    /// QEMU itself changes nothing there.
    pub read_only: bool,
}

/// A machine to be started.
#[derive(Debug, Clone)]
pub struct Qemu {
    /// The kernel: an ELF file with a PVH entry, or a Linux bzImage.
    pub kernel: PathBuf,
    /// The boot archive or initramfs.
    pub initrd: Option<PathBuf>,
    /// The kernel's command line.
    pub append: String,
    /// The guest's memory in MiB.
    pub memory_mib: u32,
    /// The number of processors.
    pub processors: u32,
    /// Which processor it is.
    pub processor: Processor,
    /// Count instructions: one takes one nanosecond of guest time, and a sleeping guest costs none.
    pub instruction_count: bool,
    /// With it, how long an instruction takes: two to this power nanoseconds.
    pub instruction_shift: u8,
    /// The 16550's host side.
    pub serial: Character,
    /// The ports of the virtio-serial device; without any there is no such device.
    pub ports: Vec<Port>,
    /// Folders of the host.
    pub shares: Vec<SharedFolder>,
    /// Listen for a debugger on this TCP port of the loopback address and wait for it.
    pub debugger_port: Option<u16>,
}

impl Qemu {
    /// A machine with this kernel and else the defaults: 256 MiB, one processor, serial line to stdout.
    pub fn new(kernel: PathBuf) -> Self {
        Qemu {
            kernel,
            initrd: None,
            append: String::new(),
            memory_mib: 256,
            processors: 1,
            processor: Processor::Full,
            instruction_count: false,
            instruction_shift: 0,
            serial: Character::Stdio,
            ports: Vec::new(),
            shares: Vec::new(),
            debugger_port: None,
        }
    }

    /// QEMU's arguments.
    pub fn arguments(&self) -> Vec<OsString> {
        let mut line = Line::default();
        // Nothing from the host's configuration files, no devices but those named here.
        line.flag("-no-user-config").flag("-nodefaults");
        line.pair("-display", "none").pair("-machine", "q35");
        line.pair("-cpu", self.processor.argument());
        line.pair("-smp", self.processors.to_string());
        line.pair("-m", format!("{}M", self.memory_mib));
        if self.instruction_count {
            // One instruction takes a fixed time, one nanosecond if nothing else is said; a halted processor skips to the next timer. The clock starts
            // at a fixed date and follows guest time, so that a run repeats to the byte.
            line.pair("-icount", format!("shift={},sleep=off", self.instruction_shift));
            line.pair("-rtc", "base=2024-01-01T00:00:00,clock=vm");
        } else {
            let threads = if self.processors > 1 {
                "tcg,thread=multi"
            } else {
                "tcg"
            };
            line.pair("-accel", threads).pair("-rtc", "base=utc");
        }
        // A triple fault ends QEMU instead of starting the guest again.
        line.flag("-no-reboot");
        line.pair(
            "-device",
            format!("isa-debug-exit,iobase={DEBUG_EXIT_PORT:#x},iosize=0x04"),
        );
        line.pair("-chardev", self.serial.argument("serial0"))
            .pair("-serial", "chardev:serial0");
        if !self.ports.is_empty() {
            line.pair(
                "-device",
                "virtio-serial-pci-non-transitional,id=trivet,max_ports=8",
            );
        }
        for port in &self.ports {
            let id = format!("port{}", port.number);
            line.pair("-chardev", port.to.argument(&id));
            line.pair(
                "-device",
                format!(
                    "virtserialport,bus=trivet.0,nr={},chardev={id},name={}",
                    port.number, port.name
                ),
            );
        }
        for share in &self.shares {
            // Modes and links are the host's own, so that what the guest makes is as usable as if it were made there. QEMU follows no link in a
            // path that the guest sends. Files of several file systems below the folder keep numbers of their own.
            let mut folder = OsString::from(format!(
                "local,id={},security_model=none,multidevs=remap,path=",
                share.tag
            ));
            folder.push(escaped(share.path.as_os_str()));
            if share.read_only {
                folder.push(",readonly=on");
            }
            line.pair("-fsdev", folder);
            line.pair(
                "-device",
                format!(
                    "virtio-9p-pci-non-transitional,fsdev={0},mount_tag={0}",
                    share.tag
                ),
            );
        }
        if let Some(port) = self.debugger_port {
            line.pair("-gdb", format!("tcp:127.0.0.1:{port}")).flag("-S");
        }
        line.pair("-kernel", escaped(self.kernel.as_os_str()));
        if let Some(initrd) = &self.initrd {
            line.pair("-initrd", escaped(initrd.as_os_str()));
        }
        if !self.append.is_empty() {
            line.pair("-append", &self.append);
        }
        line.arguments
    }
}

/// Arguments as they are collected.
#[derive(Default)]
struct Line {
    arguments: Vec<OsString>,
}

impl Line {
    fn flag(&mut self, name: &str) -> &mut Self {
        self.arguments.push(name.into());
        self
    }

    fn pair(&mut self, name: &str, value: impl Into<OsString>) -> &mut Self {
        self.arguments.push(name.into());
        self.arguments.push(value.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(qemu: &Qemu) -> String {
        qemu.arguments()
            .iter()
            .map(|a| a.to_str().unwrap())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn icount_fixes_the_clock_and_skips_sleep() {
        let mut qemu = Qemu::new("kernel".into());
        assert!(!text(&qemu).contains("-icount"));
        qemu.instruction_count = true;
        assert!(text(&qemu).contains("-icount shift=0,sleep=off"));
        assert!(text(&qemu).contains("clock=vm"));
    }

    #[test]
    fn several_processors_run_in_parallel_without_icount() {
        let mut qemu = Qemu::new("kernel".into());
        qemu.processors = 2;
        assert!(text(&qemu).contains("thread=multi"));
    }

    #[test]
    fn a_port_names_its_socket_and_number() {
        let mut qemu = Qemu::new("kernel".into());
        qemu.ports.push(Port {
            number: 4,
            name: "trivet.control",
            to: Character::Socket(9),
        });
        let line = text(&qemu);
        assert!(line.contains("socket,id=port4,fd=9"), "{line}");
        assert!(line.contains("nr=4,chardev=port4,name=trivet.control"), "{line}");
    }

    #[test]
    fn a_shared_folder_is_a_device_with_its_path_and_rights() {
        let mut qemu = Qemu::new("kernel".into());
        assert!(!text(&qemu).contains("9p"));
        qemu.shares.push(SharedFolder {
            tag: "share0".to_owned(),
            path: "/a,b".into(),
            read_only: true,
        });
        let line = text(&qemu);
        assert!(
            line.contains("local,id=share0,security_model=none,multidevs=remap,path=/a,,b,readonly=on"),
            "{line}"
        );
        assert!(line.contains("fsdev=share0,mount_tag=share0"), "{line}");
    }

    #[test]
    fn a_comma_in_a_path_does_not_end_the_value() {
        let mut qemu = Qemu::new("a,b".into());
        qemu.serial = Character::File("x,y".into());
        let line = text(&qemu);
        assert!(
            line.contains("-kernel a,,b") && line.contains("path=x,,y"),
            "{line}"
        );
    }
}
