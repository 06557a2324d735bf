//! `Recipe`: how a port is made, as `ports/NAME/recipe.toml` says it.

use crate::failure::{Context, Failure, Result};
use crate::project::Project;
use serde::Deserialize;
use std::fs;
use std::path::{Component, Path};

/// A port's recipe.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The port's name, which is its folder's.
    #[serde(skip)]
    pub name: String,
    /// What it is, in a few words.
    pub description: String,
    /// The upstream version.
    pub version: String,
    /// Its licence, as an SPDX expression.
    pub licence: String,
    /// The domain of the policy in which its programs run.
    pub domain: String,
    /// Whether its programs are in every image.
    #[serde(default)]
    pub in_image: bool,
    /// Ports whose libraries and headers it uses.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Where its source comes from.
    pub source: Source,
    /// Shell commands, run one by one in an empty build folder; `SOURCE` names the source tree, which is read
    /// only, `PREFIX` the folder that `make install` may write to, `JOBS` how many may run at once.
    pub steps: Vec<String>,
    /// Programs of the build folder that steps run, though they are built for the guest: the compiler driver puts a wrapper in the place of each, which
    /// runs it in the guest with build folder and source shared. After the steps the programs have their places.
    #[serde(default)]
    pub run_built: Vec<String>,
    /// What goes into the guest.
    #[serde(default)]
    pub programs: Vec<Program>,
    /// Files that must be there after the build; a library's, say.
    #[serde(default)]
    pub produces: Vec<String>,
    /// Its own tests, run in the guest.
    #[serde(default)]
    pub test: Vec<Test>,
    /// Upstream's own test suite, run in the guest by a driver.
    pub suite: Option<Suite>,
}

/// An upstream tarball in a Debian source package.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The Debian source package.
    pub package: String,
    /// The upstream tarball's name.
    pub tarball: String,
    /// The tarball's SHA-256.
    pub sha256: String,
    /// The hash of the unpacked tree (`ports::tree`).
    pub tree: String,
}

/// A program of the port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// Its file, relative to the build folder.
    pub from: String,
    /// Its path in the guest.
    pub to: String,
    /// A file of the build folder that lists the program's further names, a path a line: each path's last part is a
    /// link to the program in its folder.
    pub links: Option<String>,
}

/// A test: a program is run in the guest and compared with what it must print.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// The program and its arguments; the program is relative to the build folder.
    pub command: Vec<String>,
    /// Further commands; what they print follows the first one's.
    #[serde(default)]
    pub then: Vec<Vec<String>>,
    /// Files that it needs in its working directory, relative to the source tree.
    #[serde(default)]
    pub files: Vec<String>,
    /// What it reads, relative to the port's own folder.
    pub input: Option<String>,
    /// A file with what it must print, relative to the source tree, or to the port's own folder if it begins with
    /// `./`. Without it, what is printed does not count.
    pub output: Option<String>,
    /// The exit status it must have.
    #[serde(default)]
    pub status: u8,
}

/// Upstream's test suite: what its driver needs in the guest (`ports::suite`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suite {
    /// The driver: a file of `ports/suites`, or of the port's own folder if it begins with `./`.
    pub driver: String,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// Files and folders of the source tree that lie below `/app/source`.
    #[serde(default)]
    pub source: Vec<String>,
    /// Files and folders of the build folder that lie below `/app/build`.
    #[serde(default)]
    pub build: Vec<String>,
    /// The machine's memory in MiB.
    #[serde(default = "suite_memory_mib")]
    pub memory_mib: u32,
    /// How long all of it may take, in seconds.
    #[serde(default = "suite_limit_s")]
    pub limit_s: u64,
}

fn suite_memory_mib() -> u32 {
    512
}

fn suite_limit_s() -> u64 {
    1800
}

impl Recipe {
    /// Reads one port's recipe.
    pub fn read(project: &Project, name: &str) -> Result<Self> {
        let path = project.source("ports").join(name).join("recipe.toml");
        if name.contains('/') || !path.is_file() {
            let names: Vec<String> = Recipe::all(project)?
                .into_iter()
                .map(|recipe| recipe.name)
                .collect();
            return Err(Failure::new(format!("there is no port {name}"))
                .help(format!("the ports are: {}", names.join(", "))));
        }
        let text = fs::read_to_string(&path).context(|| format!("reading {}", path.display()))?;
        Recipe::parse(&text, name).context(|| format!("{}", path.display()))
    }

    /// Reads all recipes, in the order of their names.
    pub fn all(project: &Project) -> Result<Vec<Self>> {
        let folder = project.source("ports");
        let mut names = Vec::new();
        for entry in fs::read_dir(&folder).context(|| format!("listing {}", folder.display()))? {
            let entry = entry.context(|| format!("listing {}", folder.display()))?;
            if entry.path().join("recipe.toml").is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort();
        names.iter().map(|name| Recipe::read(project, name)).collect()
    }

    fn parse(text: &str, name: &str) -> Result<Self> {
        let mut recipe: Recipe = toml::from_str(text).context(|| "reading the recipe")?;
        name.clone_into(&mut recipe.name);
        let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_hash(&recipe.source.sha256) || !is_hash(&recipe.source.tree) {
            return Err(Failure::new("sha256 and tree are 64 hexadecimal digits"));
        }
        let inside = recipe
            .programs
            .iter()
            .flat_map(|program| [&program.from, &program.to].into_iter().chain(&program.links))
            .chain(&recipe.produces)
            .chain(&recipe.run_built)
            .chain(
                recipe
                    .test
                    .iter()
                    .flat_map(|test| test.files.iter().chain(&test.input).chain(&test.output)),
            )
            .chain(
                recipe
                    .suite
                    .iter()
                    .flat_map(|suite| suite.source.iter().chain(&suite.build).chain([&suite.driver])),
            )
            .chain([&recipe.source.tarball]);
        for path in inside {
            let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
            if !Path::new(path).components().all(plain) {
                return Err(Failure::new(format!(
                    "{path}: paths are relative and do not climb"
                )));
            }
        }
        if recipe
            .test
            .iter()
            .any(|test| test.command.is_empty() || test.then.iter().any(Vec::is_empty))
        {
            return Err(Failure::new("a test has a command"));
        }
        Ok(recipe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "164c7849653b80ae67bec4b7473b884bf5cc8d2dca05653475ec2ed27b9ebf61";

    fn text(program: &str) -> String {
        format!(
            "description = \"x\"\nversion = \"1\"\nlicence = \"MIT\"\ndomain = \"app\"\nsteps = [\"make\"]\nprograms = [{{ from = \"{program}\", to = \"bin/x\" }}]\n[source]\npackage = \"x\"\ntarball = \"x.tar.gz\"\nsha256 = \"{HASH}\"\ntree = \"{HASH}\"\n"
        )
    }

    #[test]
    fn a_recipe_is_read_with_its_name() {
        let recipe = Recipe::parse(&text("src/x"), "x").unwrap();
        assert_eq!((recipe.name.as_str(), recipe.in_image), ("x", false));
    }

    #[test]
    fn paths_that_climb_and_unknown_fields_are_refused() {
        assert!(Recipe::parse(&text("../x"), "x").is_err());
        assert!(Recipe::parse(&text("/bin/x"), "x").is_err());
        assert!(Recipe::parse(&format!("run_built = [\"../x\"]\n{}", text("x")), "x").is_err());
        assert!(Recipe::parse(&format!("stpes = []\n{}", text("x")), "x").is_err());
        assert!(Recipe::parse(&text("x").replace(HASH, "abc"), "x").is_err());
    }

    #[test]
    fn every_recipe_of_this_tree_is_valid() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let project = Project::at(&root, &root.join(".cache"));
        let names: Vec<String> = Recipe::all(&project)
            .unwrap()
            .into_iter()
            .map(|recipe| recipe.name)
            .collect();
        assert!(names.contains(&"lua".to_owned()), "{names:?}");
        assert!(
            names
                .iter()
                .all(|name| project.source("ports").join(name).join("README.md").is_file())
        );
    }
}
