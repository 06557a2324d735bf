//! Why a test does not pass: our own list, tests/posix/causes.toml.

use crate::failure::{Context, Result};
use crate::project::Project;
use serde::Deserialize;
use std::fs;

/// The list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Causes {
    #[serde(default)]
    cause: Vec<Cause>,
}

/// One cause, and the tests that it is the cause of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cause {
    text: String,
    /// Names of tests; a `*` at the end stands for any rest.
    tests: Vec<String>,
}

impl Causes {
    /// Reads the list.
    pub fn read(project: &Project) -> Result<Self> {
        let path = project.source("tests/posix/causes.toml");
        let text = fs::read_to_string(&path).context(|| format!("reading {}", path.display()))?;
        toml::from_str(&text).context(|| format!("reading {}", path.display()))
    }

    /// The cause of this test's verdict. The most exact pattern counts.
    pub fn of(&self, name: &str) -> Option<&str> {
        let matching = self.cause.iter().flat_map(|cause| {
            let patterns = cause.tests.iter().filter(|pattern| matches(pattern, name));
            patterns.map(|pattern| (pattern.len(), cause.text.as_str()))
        });
        matching.max_by_key(|(length, _)| *length).map(|(_, text)| text)
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_exact_pattern_gives_the_cause() {
        let text = "[[cause]]\ntext = \"family\"\ntests = [\"interfaces/mq_*\"]\n\
                    [[cause]]\ntext = \"own\"\ntests = [\"interfaces/mq_open/1-1\"]\n";
        let causes: Causes = toml::from_str(text).unwrap();
        assert_eq!(causes.of("interfaces/mq_open/1-1"), Some("own"));
        assert_eq!(causes.of("interfaces/mq_open/1-2"), Some("family"));
        assert_eq!(causes.of("interfaces/mmap/1-1"), None);
    }

    #[test]
    fn the_committed_list_is_readable() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        assert!(Causes::read(&Project::at(&root, &root)).is_ok());
    }
}
