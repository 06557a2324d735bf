//! Source files, positions in them, and where `include` finds more.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Which file of a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub usize);

/// A byte range in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// From the beginning of this to the end of `other`, which lies behind it in the same file.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// One file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its name as seen from the folder of the first file, with forward slashes; it goes into audit lines.
    pub name: String,
    /// Its contents.
    pub text: String,
    /// Where each line begins.
    line_starts: Vec<usize>,
}

/// All files of a compilation, in the order in which they were first named.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a file.
    pub fn add(&mut self, name: String, text: String) -> FileId {
        let line_ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(line_ends.map(|(at, _)| at + 1))
            .collect();
        self.files.push(SourceFile {
            name,
            text,
            line_starts,
        });
        FileId(self.files.len() - 1)
    }

    /// The file of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<FileId> {
        self.files.iter().position(|file| file.name == name).map(FileId)
    }

    /// The file with this number.
    #[must_use]
    pub fn file(&self, file: FileId) -> &SourceFile {
        &self.files[file.0]
    }

    /// All files.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files
            .iter()
            .enumerate()
            .map(|(index, file)| (FileId(index), file))
    }

    /// The line of a position, from 1.
    #[must_use]
    pub fn line(&self, span: Span) -> u32 {
        self.file(span.file)
            .line_starts
            .partition_point(|start| *start <= span.start) as u32
    }

    /// The text of a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.start..span.end).unwrap_or("")
    }
}

/// Where source text comes from. `name` is relative to the first file's folder, with forward slashes, without `.`.
pub trait Loader {
    /// Reads one file.
    ///
    /// # Errors
    /// Says why the file cannot be had.
    fn load(&self, name: &str) -> Result<String, String>;
}

/// Files below (or, by `..`, beside) one folder.
#[derive(Clone, Debug)]
pub struct FolderLoader {
    folder: PathBuf,
}

impl FolderLoader {
    /// For a policy file: a loader for its folder, and its name there.
    #[must_use]
    pub fn for_file(path: &Path) -> (FolderLoader, String) {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        (FolderLoader { folder }, name)
    }
}

impl Loader for FolderLoader {
    fn load(&self, name: &str) -> Result<String, String> {
        std::fs::read_to_string(self.folder.join(name)).map_err(|error| error.to_string())
    }
}

/// Files in memory, for tests and fuzzing.
#[derive(Clone, Debug, Default)]
pub struct MemoryLoader {
    files: BTreeMap<String, String>,
}

impl MemoryLoader {
    /// Adds a file.
    #[must_use]
    pub fn with(mut self, name: &str, text: &str) -> Self {
        self.files.insert(name.to_owned(), text.to_owned());
        self
    }
}

impl Loader for MemoryLoader {
    fn load(&self, name: &str) -> Result<String, String> {
        self.files
            .get(name)
            .cloned()
            .ok_or_else(|| "no such file".to_owned())
    }
}

/// The name of a file that `from` includes as `path`; `None` if the path is absolute.
#[must_use]
pub fn included_name(from: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            Component::ParentDir => parts.push(".."),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn include_paths_are_relative_to_the_including_file() {
        assert_eq!(
            included_name("default.policy", "parts/net.policy").as_deref(),
            Some("parts/net.policy")
        );
        assert_eq!(
            included_name("examples/a.policy", "../default.policy").as_deref(),
            Some("default.policy")
        );
        assert_eq!(
            included_name("a.policy", "../default.policy").as_deref(),
            Some("../default.policy")
        );
        assert_eq!(
            included_name("../a.policy", "../b.policy").as_deref(),
            Some("../../b.policy")
        );
        assert_eq!(included_name("a.policy", "/etc/passwd"), None);
    }
}
