//! Building the tests: only those whose source, headers, compiler or C library changed.
//!
//! A test is compiled again when the contents of one of the files that its last compilation read changed, and linked again
//! when its object or libc.a did. Contents count, not times: a sysroot that was built anew with the same result
//! costs nothing.

use super::suite::{Kind, Test};
use super::verdict::Verdict;
use crate::build::fingerprint::hex;
use crate::debian::sha256_file;
use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use crate::sysroot;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// The suite asks for POSIX.1-2001 with XSI, which it was written for.
const COMPILE: &[&str] = &[
    "-std=gnu99",
    "-O2",
    "-w",
    "-fcommon",
    "-D_POSIX_C_SOURCE=200112L",
    "-D_XOPEN_SOURCE=600",
    "-Iinclude",
];
const LINK: &[&str] = &["-static", "-s", "-Wl,--gc-sections"];
const LIBRARIES: &[&str] = &["-lpthread", "-lrt", "-lm"];

/// Whose C library a test is linked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Library {
    /// Ours, for the guest.
    #[value(skip)]
    Trivet,
    /// The host's glibc.
    Glibc,
    /// musl, by Debian's musl-gcc.
    Musl,
}

impl Library {
    /// Its name in reports and folders.
    pub fn name(self) -> &'static str {
        match self {
            Library::Trivet => "trivet",
            Library::Glibc => "glibc",
            Library::Musl => "musl",
        }
    }
}

/// What came of building one test.
#[derive(Debug, Clone)]
pub enum Built {
    /// Its program.
    Program(PathBuf),
    /// Only compiled, as it has no `main`.
    Compiled,
    /// It does not build: the compiler's or linker's words.
    Failed(String),
}

impl Built {
    /// The verdict that is known without running anything.
    pub fn verdict(&self, is_header: bool) -> Option<Verdict> {
        match self {
            Built::Program(_) => None,
            Built::Compiled if is_header => Some(Verdict::Pass),
            Built::Compiled => Some(Verdict::NoProgram),
            Built::Failed(_) => Some(Verdict::NotBuilt),
        }
    }
}

/// A compiler with its libraries.
pub struct Toolchain {
    compiler: PathBuf,
    source: PathBuf,
    folder: PathBuf,
    /// What beside a test's own files makes a compilation current.
    compile_key: String,
    /// The same for a link.
    link_key: String,
    /// What a failed compilation may have looked for.
    headers: Vec<PathBuf>,
    hashes: Mutex<HashMap<PathBuf, String>>,
}

impl Toolchain {
    /// The toolchain for this library; builds the sysroot if it is ours.
    pub fn new(project: &Project, library: Library, source: &Path) -> Result<Self> {
        let mut toolchain = Toolchain {
            compiler: PathBuf::new(),
            source: source.to_owned(),
            folder: project.cache_folder(&format!("posix/{}", library.name()))?,
            compile_key: String::new(),
            link_key: String::new(),
            headers: vec![source.join("include")],
            hashes: Mutex::default(),
        };
        let mut linked = Vec::new();
        match library {
            Library::Trivet => {
                let sysroot = sysroot::ensure(project)?;
                toolchain.compiler = project.source("toolchain/bin/x86_64-trivet-cc");
                toolchain.headers.push(sysroot.join("usr/include"));
                for file in ["libc.a", "rcrt1.o", "crt1.o", "crti.o", "crtn.o"] {
                    linked.push(sysroot.join("usr/lib").join(file));
                }
            }
            Library::Glibc => toolchain.compiler = "gcc".into(),
            Library::Musl => toolchain.compiler = "musl-gcc".into(),
        }
        let version = Command::new(&toolchain.compiler)
            .arg("--version")
            .output()
            .map_err(|error| {
                Failure::new(format!("starting {}: {error}", toolchain.compiler.display()))
                    .help("as root: apt-get install --yes gcc libc6-dev musl-tools")
            })?;
        let version = hex(&Sha256::digest(&version.stdout));
        toolchain.compile_key = format!("{version} {COMPILE:?}");
        let mut hash = Sha256::new();
        hash.update(&version);
        hash.update(format!("{LINK:?} {LIBRARIES:?}"));
        for file in linked {
            hash.update(sha256_file(&file)?);
        }
        toolchain.link_key = hex(&hash.finalize());
        Ok(toolchain)
    }

    /// The functions of this library that can only fail with ENOSYS.
    pub fn unsupported(&self) -> Vec<String> {
        let stubs = self.headers.iter().map(|folder| folder.join("gnu/stubs.h"));
        let texts = stubs.filter_map(|path| fs::read_to_string(path).ok());
        texts
            .flat_map(|text| {
                let names = text
                    .lines()
                    .filter_map(|line| line.strip_prefix("#define __stub_"));
                names.map(str::to_owned).collect::<Vec<_>>()
            })
            .collect()
    }

    /// Builds these tests, several at a time; `progress` hears how many are done.
    pub fn build(&self, tests: &[&Test], progress: &(dyn Fn(usize) + Sync)) -> Result<Vec<Built>> {
        let next = AtomicUsize::new(0);
        let results: Mutex<Vec<Option<Built>>> = Mutex::new(vec![None; tests.len()]);
        let failure: Mutex<Option<Failure>> = Mutex::new(None);
        thread::scope(|scope| {
            for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(|| {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(test) = tests.get(index) else {
                            return;
                        };
                        progress(index);
                        match self.build_one(test) {
                            Ok(built) => lock(&results)[index] = Some(built),
                            Err(error) => {
                                lock(&failure).get_or_insert(error);
                                next.store(tests.len(), Ordering::Relaxed);
                            }
                        }
                    }
                });
            }
        });
        if let Some(failure) = lock(&failure).take() {
            return Err(failure);
        }
        let results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(results.into_iter().flatten().collect())
    }

    fn build_one(&self, test: &Test) -> Result<Built> {
        if test.kind == Kind::Interface && test.runs.is_empty() {
            return Ok(Built::Compiled);
        }
        let stem = self.folder.join("conformance").join(&test.name);
        let folder = stem.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).context(|| format!("making {}", folder.display()))?;
        let file = |extension: &str| {
            let mut path = stem.clone().into_os_string();
            path.push(extension);
            PathBuf::from(path)
        };
        let (object, dependencies, errors) = (file(".o"), file(".d"), file(".errors"));
        let (compile_stamp, link_stamp, program) = (file(".compiled"), file(".linked"), file(".test"));
        let is_compiled = fs::read_to_string(&compile_stamp).is_ok_and(|stamp| {
            self.compile_state(test, &dependencies)
                .is_ok_and(|now| now == stamp)
        });
        if !is_compiled {
            for old in [&object, &dependencies, &link_stamp] {
                remove(old)?;
            }
            let mut compiler = Command::new(&self.compiler);
            compiler.args(COMPILE).args(["-MD", "-MF"]).arg(&dependencies);
            compiler.arg("-c").arg(test.source()).arg("-o").arg(&object);
            self.run(compiler, &errors)?;
            let state = self.compile_state(test, &dependencies)?;
            fs::write(&compile_stamp, state).context(|| format!("writing {}", compile_stamp.display()))?;
        }
        if !object.is_file() {
            return Ok(Built::Failed(words(&errors)));
        }
        if test.runs.is_empty() {
            return Ok(Built::Compiled);
        }
        let state = format!("{} {}", sha256_file(&object)?, self.link_key);
        if fs::read_to_string(&link_stamp).ok().as_deref() != Some(&state) {
            remove(&program)?;
            let mut linker = Command::new(&self.compiler);
            linker
                .arg(&object)
                .args(LINK)
                .arg("-o")
                .arg(&program)
                .args(LIBRARIES);
            self.run(linker, &errors)?;
            fs::write(&link_stamp, state).context(|| format!("writing {}", link_stamp.display()))?;
        }
        if program.is_file() {
            return Ok(Built::Program(program));
        }
        let why = words(&errors);
        // The word `main` may stand in a comment only.
        match why.contains("undefined reference to `main'") {
            true => Ok(Built::Compiled),
            false => Ok(Built::Failed(why)),
        }
    }

    /// What the compilation's result depends on: the files that it read, or all headers when it failed.
    fn compile_state(&self, test: &Test, dependencies: &Path) -> Result<String> {
        let mut files = vec![self.source.join(test.source())];
        match fs::read_to_string(dependencies) {
            Ok(list) => {
                let names = list.split_whitespace().filter(|word| *word != "\\").skip(1);
                files.extend(names.map(|name| self.source.join(name)));
            }
            Err(_) => files.extend(self.headers.iter().cloned()),
        }
        let mut hash = Sha256::new();
        hash.update(&self.compile_key);
        for file in files {
            hash.update(self.hash_of(&file)?);
        }
        Ok(hex(&hash.finalize()))
    }

    /// The hash of a file's contents, or of all files below a folder; computed once.
    fn hash_of(&self, path: &Path) -> Result<String> {
        if let Some(hash) = lock(&self.hashes).get(path) {
            return Ok(hash.clone());
        }
        let hash = match path.is_dir() {
            true => {
                let mut paths: Vec<PathBuf> = fs::read_dir(path)
                    .context(|| format!("listing {}", path.display()))?
                    .flatten()
                    .map(|entry| entry.path())
                    // Debian's headers of the kernel are linked in, and do not change.
                    .filter(|path| !path.is_symlink())
                    .collect();
                paths.sort();
                let mut hash = Sha256::new();
                for path in paths {
                    hash.update(path.as_os_str().as_encoded_bytes());
                    hash.update(self.hash_of(&path)?);
                }
                hex(&hash.finalize())
            }
            false => sha256_file(path)?,
        };
        lock(&self.hashes).insert(path.to_owned(), hash.clone());
        Ok(hash)
    }

    fn run(&self, mut command: Command, errors: &Path) -> Result<()> {
        let output = command
            .current_dir(&self.source)
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output()
            .context(|| format!("starting {}", self.compiler.display()))?;
        fs::write(errors, &output.stderr).context(|| format!("writing {}", errors.display()))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).context(|| format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// The lines that say why, without the compiler's context.
fn words(errors: &Path) -> String {
    let text = fs::read(errors).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("error") || line.contains("undefined reference"))
        .collect();
    lines[..lines.len().min(5)].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A suite of one test, and the host's compiler.
    fn toolchain(folder: &Path) -> (Toolchain, Test) {
        let source = folder.join("source");
        fs::create_dir_all(source.join("conformance/interfaces/f")).unwrap();
        fs::create_dir_all(source.join("include")).unwrap();
        fs::write(source.join("include/own.h"), "#define STATUS 0\n").unwrap();
        let project = Project::at(folder, &folder.join("cache"));
        let toolchain = Toolchain::new(&project, Library::Glibc, &source).unwrap();
        let test = Test {
            name: "interfaces/f/1-1".into(),
            kind: Kind::Interface,
            runs: vec![Vec::new()],
        };
        (toolchain, test)
    }

    fn write(folder: &Path, text: &str) {
        fs::write(folder.join("source/conformance/interfaces/f/1-1.c"), text).unwrap();
    }

    #[test]
    fn a_test_that_does_not_compile_or_link_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let (toolchain, test) = toolchain(folder.path());
        write(
            folder.path(),
            "#include <absent.h>\nint main(void) { return 0; }\n",
        );
        assert!(
            matches!(toolchain.build_one(&test).unwrap(), Built::Failed(why) if why.contains("absent.h"))
        );
        write(
            folder.path(),
            "void absent(void);\nint main(void) { absent(); }\n",
        );
        assert!(matches!(toolchain.build_one(&test).unwrap(), Built::Failed(why) if why.contains("absent")));
        lock(&toolchain.hashes).clear();
        write(folder.path(), "/* main */ int other;\n");
        assert!(matches!(toolchain.build_one(&test).unwrap(), Built::Compiled));
    }

    #[test]
    fn a_header_that_changed_is_compiled_in() {
        let folder = tempfile::tempdir().unwrap();
        let (toolchain, test) = toolchain(folder.path());
        write(
            folder.path(),
            "#include \"own.h\"\nint main(void) { return STATUS; }\n",
        );
        let run = |toolchain: &Toolchain| match toolchain.build_one(&test).unwrap() {
            Built::Program(program) => Command::new(program).status().unwrap().code(),
            other => panic!("{other:?}"),
        };
        assert_eq!(run(&toolchain), Some(0));
        fs::write(folder.path().join("source/include/own.h"), "#define STATUS 3\n").unwrap();
        // Hashes are kept for one call of the command.
        lock(&toolchain.hashes).clear();
        assert_eq!(run(&toolchain), Some(3));
    }
}
