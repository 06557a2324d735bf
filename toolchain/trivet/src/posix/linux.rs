//! The same sources on this host's Linux, for the columns beside ours: same harness, same user, same limits.
//!
//! The tests run in namespaces of their own: what is killed, mounted or left in /tmp and /dev/shm is theirs alone.

use super::compile::Library;
use super::harness::{self, Answers, Collector, LIMIT_S, Listener, Runnable};
use crate::failure::{Context, Failure, Result};
use crate::process::spawn_tied;
use crate::project::Project;
use crate::run::assemble::USER;
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};

/// Mounts the suite where any user reaches it, and empty folders for what the tests write.
const SCRIPT: &str = "mount --bind \"$1\" /mnt
mount -t tmpfs -o mode=1777 tmpfs /tmp
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
exec setpriv --reuid \"$2\" --regid \"$2\" --clear-groups --no-new-privs /mnt/harness /mnt /mnt/list \"$3\"";

/// Runs the tests.
pub fn run(
    project: &Project,
    library: Library,
    tests: &[Runnable<'_>],
    listener: &mut Listener<'_>,
) -> Result<()> {
    harness::compile(project, library)?;
    let folder = project.cache(&format!("posix/{}", library.name()));
    let list = folder.join("list");
    fs::write(&list, harness::list(tests)).context(|| format!("writing {}", list.display()))?;
    let mut command = Command::new("unshare");
    command
        .args([
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--ipc",
            "--mount-proc",
            "--",
            "sh",
            "-ec",
            SCRIPT,
            "sh",
        ])
        .arg(&folder)
        .args([USER.to_string(), LIMIT_S.to_string()])
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LANG", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = spawn_tied(&mut command, Vec::new()).context(|| "starting unshare")?;
    let mut output = child
        .stdout
        .take()
        .ok_or_else(|| Failure::new("unshare has no output"))?;
    let (mut answers, mut collector) = (Answers::default(), Collector::new(tests));
    let mut buffer = [0; 16 * 1024];
    loop {
        let count = output
            .read(&mut buffer)
            .context(|| "reading the harness's answers")?;
        if count == 0 {
            break;
        }
        answers.add(&buffer[..count]);
        while let Some(answer) = answers.next()? {
            collector.take(answer, listener)?;
        }
    }
    let status = child.wait().context(|| "waiting for the harness")?;
    if !status.success() || !collector.is_done {
        return Err(Failure::new(format!("the harness ended early ({status})"))
            .help("the host's tests run as root only, who may make namespaces; unshare and setpriv are of util-linux"));
    }
    Ok(())
}
