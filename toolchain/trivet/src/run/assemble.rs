//! What the machine boots, and the boot archive for one run.
//!
//! `Parts` are the same for every run of one tree: kernel, servers, compiled policy, guest programs, default
//! files. `pack` adds what belongs to the run: the host program, `--file`, the random seed. Note 0012 says
//! what lies where.

use super::debugger::{self, Symbols};
use super::options::{self, Program, Share};
use super::overlay::Overlay;
use crate::build::{Services, build_guest_tests, build_kernel, build_servers, build_unchecked_kernel};
use crate::failure::{Context, Failure, Result};
use crate::packages;
use crate::policy;
use crate::ports;
use crate::project::Project;
use crate::qemu::SharedFolder;
use rustix::fs::{MemfdFlags, memfd_create};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufWriter, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use trivet_abi::elf::{ElfError, Image};
use trivet_image::archive::{Attributes, Packer};

/// The user whom host programs and their files belong to.
pub const USER: u32 = 1000;
/// Where host programs and `--file` lie, and their working directory.
pub const HOME: &str = "app";
/// Bytes of the seed for the guest's random numbers.
const SEED_SIZE: usize = 64;

/// Servers that are there only in runs with an option, with that option.
const OPTIONAL_SERVERS: &[(&str, &str)] = &[("share", "share"), ("tracer", "trace")];

/// Programs lie in /bin, wherever a script looks for them.
const FOLDER_LINKS: [(&str, &str); 3] = [("sbin", "bin"), ("usr/bin", "../bin"), ("usr/sbin", "../bin")];

/// What of the kernel's guest tests is to run, and on which kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GuestTests {
    /// The tests, then the figures.
    All,
    /// The figures, under a policy with so many rules more.
    Figures {
        /// How many; none of them is about what is measured.
        more_rules: usize,
    },
    /// The figures of a kernel that does not ask the policy.
    FiguresWithoutCheck,
}

impl GuestTests {
    /// What the tests' policy gets in addition. The label tells the program in the guest to measure only.
    fn more_policy(self) -> String {
        let more_rules = match self {
            GuestTests::Figures { more_rules } => more_rules,
            _ => 0,
        };
        let mut text = "label figures_only;\n".to_owned();
        for number in 0..more_rules {
            text += &format!("label other_{number};\nallow peer -> other_{number}: Endpoint.info;\n");
        }
        text
    }
}

/// What every run of one tree boots.
#[derive(Debug, Default)]
pub struct Parts {
    /// The kernel.
    pub kernel: PathBuf,
    /// Files of `boot/`: their name there, and the file on the host.
    boot: Vec<(String, PathBuf)>,
    /// Programs of `boot/` with their debug information.
    symbols: Vec<(String, PathBuf)>,
    /// Init's file, if it is not among the files of `boot/`.
    configuration: Vec<u8>,
    /// Options of the run that policy and init's file know.
    options: Vec<&'static str>,
    /// The servers lie where a debugger is told.
    fixed_addresses: bool,
    /// The compiled policy.
    policy: Vec<u8>,
    /// Guest programs: their path in the guest, and the file on the host.
    programs: Vec<(String, PathBuf)>,
    /// Symbolic links: their path in the guest, and what they lead to.
    links: Vec<(String, String)>,
    /// Where programs and folders come from, in the order of both lists.
    origins: Vec<String>,
    /// Files and folders that lie under a path of the guest.
    folders: Vec<(String, PathBuf)>,
    /// What the policy's machine has besides.
    overlay: Overlay,
}

impl Parts {
    /// Builds the system alone: kernel, servers, policy and its default files, without any program. With options the policy's statements for them hold, and their servers are there.
    pub fn system_with(
        project: &Project,
        policy_file: Option<&Path>,
        options: &[&'static str],
    ) -> Result<Self> {
        let kernel = build_kernel(project)?.path;
        let servers = build_servers(project)?;
        let short = |name: &str| name.trim_start_matches("trivet-").to_owned();
        let symbols = servers
            .iter()
            .map(|server| (short(&server.name), server.path.clone()))
            .collect();
        let boot: Vec<(String, PathBuf)> = servers
            .into_iter()
            .map(|server| (short(&server.name), server.stripped))
            .filter(|(name, _)| {
                let option = OPTIONAL_SERVERS.iter().find(|(server, _)| server == name);
                option.is_none_or(|(_, option)| options.contains(option))
            })
            .collect();
        let configuration = project.source("system/init/init.conf");
        let configuration =
            fs::read(&configuration).context(|| format!("reading {}", configuration.display()))?;
        let policy = policy::compile(project, policy_file, options)?;
        Ok(Parts {
            options: options.to_vec(),
            kernel,
            boot,
            symbols,
            configuration,
            policy,
            overlay: Overlay::beside(policy_file)?,
            folders: vec![("etc".to_owned(), project.source("system/etc"))],
            origins: vec!["this tree, system/etc".to_owned()],
            ..Parts::default()
        })
    }

    /// Builds everything from the tree; the image has the programs of `ports` besides those of every image.
    pub fn build(
        project: &Project,
        policy_file: Option<&Path>,
        ports: &[String],
        offline: bool,
    ) -> Result<Self> {
        Parts::build_with(project, policy_file, ports, offline, &[])
    }

    /// As `build`, for runs with options.
    pub fn build_with(
        project: &Project,
        policy_file: Option<&Path>,
        ports: &[String],
        offline: bool,
        options: &[&'static str],
    ) -> Result<Self> {
        let system = Parts::system_with(project, policy_file, options)?;
        let (mut programs, mut origins) = (Vec::new(), Vec::new());
        let mut links: Vec<(String, String)> = FOLDER_LINKS
            .iter()
            .map(|(link, target)| ((*link).to_owned(), (*target).to_owned()))
            .collect();
        for program in ports::guest_programs(project, ports, offline)? {
            let (folder, name) = program.guest.split_at(ports::folder_of(&program.guest).len());
            links.extend(
                program
                    .links
                    .iter()
                    .map(|link| (format!("{folder}{link}"), name.to_owned())),
            );
            origins.push(format!("port {}", program.port));
            programs.push((program.guest, program.host));
        }
        origins.extend(system.origins.iter().cloned());
        let mut folders = system.folders.clone();
        for data in packages::data(project, offline)? {
            origins.push(format!("Debian package {}", data.package));
            folders.push((data.guest, data.host));
        }
        Ok(Parts {
            programs,
            links,
            origins,
            folders,
            ..system
        })
    }

    /// Whether the image has a program or link of this name in /bin.
    pub fn has_program(&self, name: &str) -> bool {
        let path = format!("bin/{name}");
        let programs = self.programs.iter().map(|(guest, _)| guest);
        programs
            .chain(self.links.iter().map(|(link, _)| link))
            .any(|guest| *guest == path)
    }

    /// Adds servers: their programs, and their part of init's file.
    pub fn add(&mut self, services: Services) {
        self.configuration.push(b'\n');
        self.configuration.extend(services.configuration);
        for (name, program) in services.programs {
            self.symbols.push((name.clone(), program.path));
            self.boot.push((name, program.stripped));
        }
    }

    /// The kernel with its guest tests in init's place, under their own policy.
    pub fn guest_tests(project: &Project, variant: GuestTests) -> Result<Self> {
        let tests = build_guest_tests(project)?;
        let kernel = match variant {
            GuestTests::FiguresWithoutCheck => build_unchecked_kernel(project)?,
            _ => build_kernel(project)?,
        };
        let tests_policy = project.source("kernel/guest-tests/tests.policy");
        let policy = match variant {
            GuestTests::All => policy::compile(project, Some(&tests_policy), &[])?,
            _ => {
                let text = fs::read_to_string(&tests_policy)
                    .context(|| format!("reading {}", tests_policy.display()))?;
                let file = tempfile::NamedTempFile::with_suffix(".policy")
                    .context(|| "making a file for a policy")?;
                fs::write(&file, text + &variant.more_policy()).context(|| "writing a policy")?;
                policy::compile(project, Some(file.path()), &[])?
            }
        };
        Ok(Parts {
            kernel: kernel.path,
            boot: vec![("init".to_owned(), tests.stripped)],
            symbols: vec![("init".to_owned(), tests.path)],
            policy,
            ..Parts::default()
        })
    }

    /// Takes everything from a folder: `kernel`, `policy`, and the files of `boot/` and `bin/` below it.
    pub fn from_folder(folder: &Path) -> Result<Self> {
        let list = |name: &str| -> Result<Vec<(String, PathBuf)>> {
            let Ok(entries) = fs::read_dir(folder.join(name)) else {
                return Ok(Vec::new());
            };
            entries
                .map(|entry| {
                    let entry = entry.context(|| format!("listing {}", folder.display()))?;
                    Ok((entry.file_name().to_string_lossy().into_owned(), entry.path()))
                })
                .collect()
        };
        let policy = folder.join("policy");
        let policy = fs::read(&policy).context(|| format!("reading {}", policy.display()))?;
        let programs = list("bin")?
            .into_iter()
            .map(|(name, path)| (format!("bin/{name}"), path))
            .collect();
        Ok(Parts {
            kernel: folder.join("kernel"),
            symbols: list("boot")?,
            boot: list("boot")?,
            policy,
            programs,
            ..Parts::default()
        })
    }

    /// Everything in the image, for a list of it.
    pub fn items(&self) -> Vec<ImageItem> {
        let item = |guest: String, host: Option<&PathBuf>, origin: &str| ImageItem {
            guest,
            host: host.cloned(),
            origin: origin.to_owned(),
            links: Vec::new(),
        };
        let mut items: Vec<ImageItem> = self
            .boot
            .iter()
            .map(|(name, path)| item(format!("boot/{name}"), Some(path), "this tree"))
            .collect();
        items.push(item("boot/policy".to_owned(), None, "compiled from the policy"));
        items.push(item("boot/seed".to_owned(), None, "made anew for each run"));
        let mut origins = self.origins.iter();
        for (guest, host) in self.programs.iter().chain(&self.folders) {
            let origin = origins.next().map_or("", String::as_str);
            let mut program = item(guest.clone(), Some(host), origin);
            let (folder, name) = guest.split_at(ports::folder_of(guest).len());
            program.links = self
                .links
                .iter()
                .filter(|(link, target)| target == name && ports::folder_of(link) == folder)
                .cloned()
                .collect();
            items.push(program);
        }
        items
    }

    /// The file on the host of a program in the guest, for its symbols.
    pub fn host_file(&self, guest_path: &[u8]) -> Option<&Path> {
        let wanted = guest_path.strip_prefix(b"/").unwrap_or(guest_path);
        let boot = self
            .symbols
            .iter()
            .map(|(name, path)| (format!("boot/{name}"), path));
        let programs = self.programs.iter().map(|(name, path)| (name.clone(), path));
        boot.chain(programs)
            .find(|(name, _)| name.as_bytes() == wanted)
            .map(|(_, path)| path.as_path())
    }

    /// Places the servers where a debugger is told they are.
    pub fn fix_addresses(&mut self) {
        self.fixed_addresses = true;
    }

    /// What a debugger is told. `program` is the one to start, as [`RunFiles`] has it.
    pub fn debugger_symbols(&self, run: &RunFiles) -> Symbols {
        let name = String::from_utf8_lossy(&run.program).into_owned();
        let path = format!("bin/{name}");
        let linked = self.links.iter().find(|(link, _)| *link == path);
        let path = linked.map_or(path, |(_, target)| match target.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None => format!("bin/{target}"),
        });
        let program = run.host_program.clone();
        let program = program.or_else(|| self.host_file(path.as_bytes()).map(Path::to_owned));
        let others = self.programs.iter().map(|(_, path)| path.clone());
        Symbols {
            kernel: self.kernel.clone(),
            servers: self
                .server_addresses()
                .map(|(_, path, address)| (path.clone(), address))
                .collect(),
            others: others.filter(|path| program.as_ref() != Some(path)).collect(),
            program,
        }
    }

    /// Servers (init, which the kernel places, is none) with their symbols and fixed addresses.
    fn server_addresses(&self) -> impl Iterator<Item = (&str, &PathBuf, u64)> {
        let servers = self.symbols.iter().filter(|(name, _)| name != "init").enumerate();
        servers.map(|(index, (name, path))| (name.as_str(), path, debugger::server_address(index)))
    }

    /// Packs the archive of one run. The result is a file without a name: it is gone with the last process
    /// that has it open, and the seed in it is never on a disk.
    pub fn pack(&self, run: &RunFiles) -> Result<File> {
        let mut packer = Packer::new();
        let private = Attributes::with_mode(0o600);
        let program = Attributes::with_mode(0o755);
        for (name, path) in &self.boot {
            add_file(&mut packer, &format!("boot/{name}"), program, path)?;
        }
        if !self.configuration.is_empty() {
            let mut configuration = Vec::new();
            for option in &self.options {
                configuration.extend_from_slice(format!("option {option}\n").as_bytes());
            }
            if self.fixed_addresses {
                for (name, _, address) in self.server_addresses() {
                    configuration.extend_from_slice(format!("address {name} {address:#x}\n").as_bytes());
                }
            }
            configuration.extend_from_slice(&self.configuration);
            packer
                .file(b"boot/init.conf", private, configuration)
                .context(|| "packing init's file")?;
        }
        packer
            .file(b"boot/policy", private, self.policy.clone())
            .context(|| "packing the policy")?;
        packer
            .file(b"boot/seed", private, run.seed.clone())
            .context(|| "packing the seed")?;
        packer
            .directory(b"tmp", Attributes::with_mode(0o1777))
            .context(|| "packing /tmp")?;
        // What the file server mounts over.
        for (name, mode) in [
            (&b"dev"[..], 0o755),
            (b"mnt", 0o755),
            (b"proc", 0o555),
            (b"root", 0o700),
        ] {
            packer
                .directory(name, Attributes::with_mode(mode))
                .context(|| "packing the places for mounts")?;
        }
        let home = Attributes {
            uid: USER,
            gid: USER,
            ..Attributes::with_mode(0o755)
        };
        packer
            .directory(HOME.as_bytes(), home)
            .context(|| "packing /app")?;
        run.pack_shares(&mut packer)?;
        for (guest, path) in &self.programs {
            add_file(&mut packer, guest, program, path)?;
        }
        for (guest, target) in &self.links {
            packer
                .symlink(guest.as_bytes(), target.as_bytes())
                .context(|| "packing the boot archive")?;
        }
        for (guest, folder) in &self.folders {
            if folder.exists() {
                packer
                    .host_path(folder, guest.as_bytes(), 0, 0)
                    .context(|| "packing default files")?;
            }
        }
        self.overlay.pack(&mut packer, &self.programs)?;
        for (host, guest) in &run.files {
            packer
                .host_path(host, guest, USER, USER)
                .context(|| "packing --file")?;
        }
        let memory = memfd_create("trivet-boot-archive", MemfdFlags::CLOEXEC)
            .context(|| "making a file in memory for the boot archive")?;
        let file = File::from(memory);
        packer
            .write(&mut BufWriter::new(&file))
            .context(|| "packing the boot archive")?;
        Ok(file)
    }
}

fn add_file(packer: &mut Packer, guest: &str, attributes: Attributes, host: &Path) -> Result<()> {
    let data = fs::read(host).context(|| format!("reading {}", host.display()))?;
    packer
        .file(guest.as_bytes(), attributes, data)
        .context(|| "packing the boot archive")
}

/// A file, folder or program of the image.
#[derive(Debug)]
pub struct ImageItem {
    /// Its path in the guest.
    pub guest: String,
    /// Where it lies on the host; none for what is made for each run.
    pub host: Option<PathBuf>,
    /// Where it comes from, in words.
    pub origin: String,
    /// Links to it, each with its path and what it leads to.
    pub links: Vec<(String, String)>,
}

/// What belongs to one run.
#[derive(Debug)]
pub struct RunFiles {
    /// Host files and where they go in the guest.
    files: Vec<(PathBuf, Vec<u8>)>,
    /// Folders of the host.
    pub shares: Vec<Share>,
    seed: Vec<u8>,
    /// The program to start, in the guest.
    pub program: Vec<u8>,
    /// The program's file on the host, if it came from there.
    pub host_program: Option<PathBuf>,
}

impl RunFiles {
    /// The devices of the shared folders.
    pub fn shared_folders(&self) -> Vec<SharedFolder> {
        let numbered = self.shares.iter().enumerate();
        numbered
            .map(|(index, share)| SharedFolder {
                tag: format!("share{index}"),
                path: share.host.clone(),
                read_only: share.read_only,
            })
            .collect()
    }

    /// Puts the places for shared folders into the archive, and their list: `TAG ro|rw USER GROUP GUEST_USER PATH`, a line each.
    fn pack_shares(&self, packer: &mut Packer) -> Result<()> {
        let mut list = Vec::new();
        for (index, share) in self.shares.iter().enumerate() {
            let rights = if share.read_only { "ro" } else { "rw" };
            let (user, group) = (
                rustix::process::geteuid().as_raw(),
                rustix::process::getegid().as_raw(),
            );
            list.extend_from_slice(format!("share{index} {rights} {user} {group} {USER} ").as_bytes());
            list.extend_from_slice(&share.guest);
            list.push(b'\n');
            // What lies in /tmp is made by the file server.
            if !share.guest.starts_with(b"tmp/") {
                packer
                    .directory(&share.guest, Attributes::with_mode(0o755))
                    .context(|| "packing a place for --share")?;
            }
        }
        if !list.is_empty() {
            packer
                .file(b"boot/shares", Attributes::with_mode(0o600), list)
                .context(|| "packing the list of shared folders")?;
        }
        Ok(())
    }

    /// A run without program and files.
    pub fn none(fixed_seed: bool) -> Result<Self> {
        Ok(RunFiles {
            files: Vec::new(),
            shares: Vec::new(),
            seed: seed(fixed_seed)?,
            program: Vec::new(),
            host_program: None,
        })
    }

    /// Collects the files that the command line names. With `fixed_seed` the guest's random numbers repeat.
    pub fn collect(program: &Program, files: &[OsString], fixed_seed: bool) -> Result<Self> {
        let mut list = Vec::new();
        let (program, host_program) = match program {
            Program::Guest(name) => (name.as_bytes().to_vec(), None),
            Program::Host(path) => {
                check_program(path)?;
                let name = path
                    .file_name()
                    .ok_or_else(|| not_a_program(path, "it is a folder"))?;
                let guest = [HOME.as_bytes(), b"/", name.as_bytes()].concat();
                list.push((path.clone(), guest.clone()));
                ([b"/", &guest[..]].concat(), Some(path.clone()))
            }
        };
        for file in files {
            list.push(options::parse_file(file)?);
        }
        Ok(RunFiles {
            shares: Vec::new(),
            files: list,
            seed: seed(fixed_seed)?,
            program,
            host_program,
        })
    }

    /// Adds a host file at a path of the guest.
    pub fn add(&mut self, host: PathBuf, guest: Vec<u8>) {
        self.files.push((host, guest));
    }
}

impl RunFiles {
    /// Random numbers of the guest that follow from `number`.
    pub fn set_seed(&mut self, number: u64) {
        let words = [0xa5a5_a5a5_a5a5_a5a5, number].map(u64::to_le_bytes);
        self.seed = words.concat().into_iter().cycle().take(SEED_SIZE).collect();
    }
}

fn seed(fixed: bool) -> Result<Vec<u8>> {
    let mut seed = vec![0x5a; SEED_SIZE];
    if !fixed {
        let mut random = File::open("/dev/urandom").context(|| "opening /dev/urandom")?;
        random.read_exact(&mut seed).context(|| "reading /dev/urandom")?;
    }
    Ok(seed)
}

/// Refuses a host file that the guest could not execute, with the reason.
fn check_program(path: &Path) -> Result<()> {
    use super::status::{CANNOT_EXECUTE, NOT_FOUND};
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(
                Failure::new(format!("{}: there is no such file on this host", path.display()))
                    .help("a word without a slash is a program of the guest")
                    .status(NOT_FOUND),
            );
        }
        Err(error) => {
            return Err(Failure::new(format!("{}: {error}", path.display())).status(CANNOT_EXECUTE));
        }
    };
    if bytes.starts_with(b"#!") {
        return Ok(());
    }
    let reason = match Image::parse(&bytes, bytes.len() as u64) {
        Ok(_) => return Ok(()),
        Err(ElfError::NotElf) => "it is neither an ELF program nor a script that begins with #!".to_owned(),
        Err(ElfError::WrongMachine) => "it is an ELF file, but no program for x86-64".to_owned(),
        Err(ElfError::NoNote | ElfError::Interpreter) => "it was not built for Trivet".to_owned(),
        Err(ElfError::OtherGeneration(generation)) => format!(
            "it was built for generation {generation} of Trivet's ABI, this is generation {}",
            trivet_abi::ABI_GENERATION
        ),
        Err(ElfError::WritableCode) => "it has memory that is both writable and executable".to_owned(),
        Err(ElfError::Malformed | ElfError::TooMany) => "its ELF headers are damaged".to_owned(),
    };
    Err(not_a_program(path, &reason))
}

fn not_a_program(path: &Path, reason: &str) -> Failure {
    Failure::new(format!("{}: {reason}", path.display()))
        .help("compile it with toolchain/bin/x86_64-trivet-cc (C), -c++ (C++), or cargo with toolchain/cargo-config.toml")
        .status(super::status::CANNOT_EXECUTE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trivet_abi::archive::{Archive, Content};

    #[test]
    fn a_program_of_the_host_is_refused_with_the_compiler_to_use() {
        let own = std::env::current_exe().unwrap();
        let failure = check_program(&own).unwrap_err();
        assert_eq!(failure.exit_status(), Some(126));
        let text = failure.to_string();
        assert!(
            text.contains("not built for Trivet") && text.contains("x86_64-trivet-cc"),
            "{text}"
        );
    }

    #[test]
    fn a_missing_file_is_not_found_and_text_cannot_be_executed() {
        assert_eq!(
            check_program(Path::new("./no/such")).unwrap_err().exit_status(),
            Some(127)
        );
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("text");
        fs::write(&text, "hello").unwrap();
        assert_eq!(check_program(&text).unwrap_err().exit_status(), Some(126));
        fs::write(&text, "#!/bin/lua\n").unwrap();
        assert!(check_program(&text).is_ok());
        assert_eq!(check_program(folder.path()).unwrap_err().exit_status(), Some(126));
    }

    #[test]
    fn the_archive_of_a_run_has_program_files_and_seed() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("boot")).unwrap();
        for (name, text) in [
            ("kernel", "k"),
            ("policy", "p"),
            ("boot/init", "i"),
            ("script", "#!/bin/lua\n"),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let parts = Parts::from_folder(folder.path()).unwrap();
        let script = folder.path().join("script");
        let run = RunFiles::collect(&Program::Host(script.clone()), &[], true).unwrap();
        assert_eq!(run.program, b"/app/script");
        let mut bytes = Vec::new();
        let file = parts.pack(&run).unwrap();
        File::open(format!(
            "/proc/self/fd/{}",
            std::os::fd::AsRawFd::as_raw_fd(&file)
        ))
        .unwrap()
        .read_to_end(&mut bytes)
        .unwrap();
        let archive = Archive::open(&bytes).unwrap();
        for (path, data) in [
            (&b"boot/init"[..], &b"i"[..]),
            (b"boot/policy", b"p"),
            (b"app/script", b"#!/bin/lua\n"),
        ] {
            let Some(Content::File(file)) = archive.find(path).map(|entry| entry.content) else {
                panic!("{} is missing", String::from_utf8_lossy(path));
            };
            assert_eq!(file.data, data);
        }
        assert_eq!(archive.find(b"app/script").unwrap().uid, USER);
        assert_eq!(archive.find(b"tmp").unwrap().mode, 0o1777);
        assert_eq!(archive.find(b"proc").unwrap().mode, 0o555);
        assert_eq!(
            parts.host_file(b"/boot/init"),
            Some(folder.path().join("boot/init").as_path())
        );
    }

    #[test]
    fn seeds_differ_unless_they_are_fixed() {
        assert_ne!(seed(false).unwrap(), seed(false).unwrap());
        assert_eq!(seed(true).unwrap(), seed(true).unwrap());
    }
}
