//! Building a port: its steps, in an empty folder, with our compiler, the source untouched.

use super::recipe::Recipe;
use super::source;
use crate::build::fingerprint::{fingerprint, is_current, record};
use crate::failure::{Context, Failure, Result};
use crate::progress::Progress;
use crate::project::Project;
use crate::sysroot;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::available_parallelism;

/// The prefix of our tools' names.
const TOOLS: &str = "x86_64-trivet-";

/// The build folder of a port, built if it is not or if anything that it is made from changed.
///
/// # Errors
/// What fails: fetching, unpacking, a step, or a source that is not what the recipe says.
pub fn build(project: &Project, recipe: &Recipe, offline: bool) -> Result<PathBuf> {
    let _lock = project.lock(&format!("port-{}", recipe.name))?;
    let sysroot = sysroot::ensure(project)?;
    let folder = project.cache_folder(&format!("ports/{}", recipe.name))?;
    let (stamp, build_folder) = (folder.join("fingerprint"), folder.join("build"));
    let compiled_stamp = folder.join("compiled");
    let mut inputs = vec![
        project.source("ports").join(&recipe.name),
        project.source("toolchain/bin"),
        project.source("toolchain/driver.sh"),
        sysroot.join("usr/include"),
    ];
    let mut prefixes = Vec::new();
    for need in &recipe.needs {
        build(project, &Recipe::read(project, need)?, offline)?;
        inputs.push(project.cache(&format!("ports/{need}/fingerprint")));
        prefixes.push(project.cache(&format!("ports/{need}/prefix")));
    }
    let compiled = fingerprint(&inputs, "")?;
    inputs.push(sysroot.join("usr/lib"));
    let now = fingerprint(&inputs, "")?;
    if is_current(&stamp, &now) && all_there(recipe, &build_folder).is_ok() {
        return Ok(build_folder);
    }
    // Where only the C library's code changed, what was compiled stays, and the steps link it again.
    let relink = is_current(&compiled_stamp, &compiled) && all_there(recipe, &build_folder).is_ok();
    let tarball = source::tarball(project, recipe, offline)?;
    let progress = Progress::start(format!("building the port {}", recipe.name));
    let (source_folder, prefix) = (folder.join("source"), folder.join("prefix"));
    if relink {
        for made in made(recipe) {
            let made = build_folder.join(made);
            fs::remove_file(&made).context(|| format!("removing {}", made.display()))?;
        }
    } else {
        for old in [&source_folder, &build_folder, &prefix] {
            if old.exists() {
                fs::remove_dir_all(old).context(|| format!("removing {}", old.display()))?;
            }
        }
        source::unpack(recipe, &tarball, &source_folder)?;
    }
    fs::create_dir_all(&build_folder).context(|| format!("making {}", build_folder.display()))?;
    let log_path = folder.join("build.log");
    let log = File::create(&log_path).context(|| format!("making {}", log_path.display()))?;
    let setting = Setting {
        project,
        sysroot: &sysroot,
        source: &source_folder,
        prefix: &prefix,
        prefixes: &prefixes,
        run_built: &recipe.run_built,
    };
    for step in &recipe.steps {
        run_step(step, &build_folder, &setting, &log, &log_path)?;
    }
    put_back(recipe, &build_folder)?;
    source::check(recipe, &source_folder, "building")?;
    all_there(recipe, &build_folder)?;
    record(&compiled_stamp, &compiled)?;
    record(&stamp, &now)?;
    progress.done();
    Ok(build_folder)
}

/// Where a step finds things.
struct Setting<'a> {
    project: &'a Project,
    sysroot: &'a Path,
    source: &'a Path,
    prefix: &'a Path,
    prefixes: &'a [PathBuf],
    run_built: &'a [String],
}

/// What the compiler driver adds to the name of a program whose place a wrapper takes.
const IN_GUEST: &str = ".in-guest";

/// Programs that the steps ran get their places back.
fn put_back(recipe: &Recipe, folder: &Path) -> Result<()> {
    for program in &recipe.run_built {
        let place = folder.join(program);
        let mut real = place.clone().into_os_string();
        real.push(IN_GUEST);
        fs::rename(&real, &place)
            .context(|| format!("{program}, which `run_built` names, was not linked by the steps"))?;
    }
    Ok(())
}

fn run_step(step: &str, folder: &Path, setting: &Setting<'_>, log: &File, log_path: &Path) -> Result<()> {
    let bin = setting.project.source("toolchain/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([bin].into_iter().chain(std::env::split_paths(&path)))
        .context(|| "putting the compiler into PATH")?;
    let join = |tail: &str| {
        setting
            .prefixes
            .iter()
            .map(|p| p.join(tail).display().to_string())
            .collect::<Vec<_>>()
    };
    let flags = |option: &str, tail: &str| {
        join(tail)
            .iter()
            .map(|folder| format!("{option}{folder}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let clone = |log: &File| log.try_clone().context(|| "duplicating the log");
    let mut shell = Command::new("sh");
    // The same everywhere: a build must not depend on who runs it.
    shell
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .env("LC_ALL", "C")
        .env("TZ", "UTC");
    shell
        .env("SOURCE_DATE_EPOCH", "1704067200")
        .env("SOURCE", setting.source)
        .env("PREFIX", setting.prefix);
    shell.env("JOBS", available_parallelism().map_or(1, usize::from).to_string());
    shell.env("TRIVET_SYSROOT", setting.sysroot);
    if !setting.run_built.is_empty() {
        let programs: Vec<PathBuf> = setting.run_built.iter().map(|name| folder.join(name)).collect();
        let programs = std::env::join_paths(programs).context(|| "naming the programs that the steps run")?;
        let shares =
            std::env::join_paths([folder, setting.source]).context(|| "naming the build's folders")?;
        shell
            .env("TRIVET_RUN_BUILT", programs)
            .env("TRIVET_RUN_SHARES", shares);
        shell.env("TRIVET_CACHE", setting.project.cache(""));
    }
    for (name, tool) in [
        ("CC", "cc"),
        ("CXX", "c++"),
        ("AR", "ar"),
        ("RANLIB", "ranlib"),
        ("NM", "nm"),
        ("STRIP", "strip"),
    ] {
        shell.env(name, format!("{TOOLS}{tool}"));
    }
    shell.env("PKG_CONFIG", format!("{TOOLS}pkg-config"));
    shell.env("PKG_CONFIG_PATH", join("lib/pkgconfig").join(":"));
    shell
        .env("CPPFLAGS", flags("-I", "include"))
        .env("LDFLAGS", flags("-L", "lib"));
    shell
        .args(["-eu", "-c", step])
        .current_dir(folder)
        .stdin(Stdio::null());
    shell.stdout(clone(log)?).stderr(clone(log)?);
    let status = shell.status().context(|| "starting sh")?;
    if status.success() {
        return Ok(());
    }
    let text = fs::read(log_path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    Err(
        Failure::new(format!("the step `{step}` failed ({status}); its last words:")).help(format!(
            "{}\nall of it: {}",
            lines[lines.len().saturating_sub(15)..].join("\n"),
            log_path.display()
        )),
    )
}

/// What the build makes, relative to its folder.
fn made(recipe: &Recipe) -> impl Iterator<Item = &String> {
    let programs = recipe.programs.iter().map(|program| &program.from);
    programs.chain(&recipe.produces)
}

/// Whether the build made what the recipe says.
fn all_there(recipe: &Recipe, folder: &Path) -> Result<()> {
    match made(recipe).find(|path| !folder.join(path).is_file()) {
        None => Ok(()),
        Some(missing) => Err(Failure::new(format!(
            "the port {} made no {missing}",
            recipe.name
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_steps_ran_gets_its_place_back() {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let project = Project::at(&root, &root.join(".cache"));
        let mut recipe = Recipe::read(&project, "lua").unwrap();
        recipe.run_built = vec!["tool".to_owned()];
        assert!(put_back(&recipe, folder.path()).is_err());
        fs::write(folder.path().join("tool"), "wrapper").unwrap();
        fs::write(folder.path().join("tool.in-guest"), "program").unwrap();
        put_back(&recipe, folder.path()).unwrap();
        assert_eq!(fs::read(folder.path().join("tool")).unwrap(), b"program");
    }

    #[test]
    fn a_failed_step_shows_its_last_words() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::at(folder.path(), folder.path());
        let path = folder.path();
        let setting = Setting {
            project: &project,
            sysroot: path,
            source: path,
            prefix: path,
            prefixes: &[],
            run_built: &[],
        };
        let log_path = folder.path().join("log");
        let log = File::create(&log_path).unwrap();
        run_step(
            "test $CC = x86_64-trivet-cc",
            folder.path(),
            &setting,
            &log,
            &log_path,
        )
        .unwrap();
        let failure = run_step(
            "echo no such header; exit 3",
            folder.path(),
            &setting,
            &log,
            &log_path,
        )
        .unwrap_err();
        assert!(failure.to_string().contains("no such header"), "{failure}");
    }
}
