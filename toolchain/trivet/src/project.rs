//! `Project`: where the source tree and the cache folder are.
//!
//! All paths that this tool uses start here, so that it works from any folder.

use crate::failure::{Context, Failure, Result};
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// The source tree and its cache folder.
#[derive(Debug, Clone)]
pub struct Project {
    root: PathBuf,
    cache: PathBuf,
}

impl Project {
    /// Finds the project: `TRIVET_ROOT` (the `./trivet` script sets it), or the nearest folder above the
    /// current one that has the workspace's `abi/` and `kernel/`. The cache is `.cache/` in the project, or
    /// `TRIVET_CACHE`.
    pub fn find() -> Result<Self> {
        let start = match env::var_os("TRIVET_ROOT") {
            Some(root) => PathBuf::from(root),
            None => env::current_dir().context(|| "finding the current folder")?,
        };
        let root = start
            .ancestors()
            .find(|folder| {
                folder.join("abi/Cargo.toml").is_file() && folder.join("kernel/Cargo.toml").is_file()
            })
            .ok_or_else(|| {
                Failure::new(format!("no Trivet source tree at or above {}", start.display())).help(
                    "run the ./trivet script of your checkout, or set TRIVET_ROOT to the checkout's folder",
                )
            })?;
        let root = fs::canonicalize(root).context(|| format!("finding {}", root.display()))?;
        let cache = match env::var_os("TRIVET_CACHE").filter(|value| !value.is_empty()) {
            Some(cache) => std::path::absolute(PathBuf::from(cache)).context(|| "finding TRIVET_CACHE")?,
            None => root.join(".cache"),
        };
        Ok(Project { root, cache })
    }

    /// A project at known places; for tests.
    #[cfg(test)]
    pub fn at(root: &Path, cache: &Path) -> Self {
        Project {
            root: root.into(),
            cache: cache.into(),
        }
    }

    /// The top of the source tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path inside the source tree.
    pub fn source(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// A path inside the cache folder. Nothing is made there yet.
    pub fn cache(&self, path: &str) -> PathBuf {
        self.cache.join(path)
    }

    /// A folder inside the cache folder, made if it is not there.
    pub fn cache_folder(&self, path: &str) -> Result<PathBuf> {
        let folder = self.cache.join(path);
        fs::create_dir_all(&folder).context(|| format!("making the folder {}", folder.display()))?;
        Ok(folder)
    }

    /// Takes the lock of this name, waiting while another run of the command holds it. It is released when
    /// the returned file is dropped or the process ends.
    pub fn lock(&self, name: &str) -> Result<File> {
        let path = self.cache_folder("locks")?.join(name);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .context(|| format!("opening {}", path.display()))?;
        if file.try_lock().is_err() {
            eprintln!("trivet: waiting for another run of this command ({name})");
            file.lock().context(|| format!("locking {}", path.display()))?;
        }
        Ok(file)
    }
}
