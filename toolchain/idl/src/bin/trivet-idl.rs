//! `trivet-idl`: checks the interfaces and writes what comes from them.
//!
//! The Rust stubs are made by build scripts through the library; this command serves people and other tools.

use std::path::Path;
use std::process::ExitCode;

use trivet_idl::{Model, golden, load_dir};

const USAGE: &str = "usage:
  trivet-idl check DIR           report errors in the interfaces
  trivet-idl golden DIR          compare with DIR/golden.txt
  trivet-idl golden DIR --write  add what is new to DIR/golden.txt
  trivet-idl golden DIR --force  write DIR/golden.txt anew, also where programs that exist break
  trivet-idl docs DIR OUT        write a page of documentation for each interface into OUT
  trivet-idl c DIR OUT           write the C headers into OUT/trivet";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match arguments.as_slice() {
        ["check", directory] => load(directory).map(|model| report(&model)),
        ["golden", directory] => golden(Path::new(directory), Write::No),
        ["golden", directory, "--write"] => golden(Path::new(directory), Write::Additions),
        ["golden", directory, "--force"] => golden(Path::new(directory), Write::All),
        ["docs", directory, out] => {
            load(directory).and_then(|model| write_all(Path::new(out), trivet_idl::docs::pages(&model)))
        }
        ["c", directory, out] => load(directory)
            .and_then(|model| write_all(&Path::new(out).join("trivet"), trivet_idl::c::headers(&model))),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{}", message.trim_end());
            ExitCode::FAILURE
        }
    }
}

fn load(directory: impl AsRef<Path>) -> Result<Model, String> {
    load_dir(directory).map_err(|error| error.to_string())
}

fn report(model: &Model) {
    let methods: usize = model
        .interfaces
        .iter()
        .map(|interface| interface.methods.len())
        .sum();
    println!("{} interfaces, {methods} methods", model.interfaces.len());
}

/// What `golden` may write.
#[derive(Clone, Copy, PartialEq)]
enum Write {
    No,
    Additions,
    All,
}

fn golden(directory: &Path, write: Write) -> Result<(), String> {
    let model = load(directory)?;
    let path = directory.join("golden.txt");
    let current = golden::text(&model);
    let old = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    let difference = golden::compare(&old, &current);
    print!("{difference}");
    if !difference.broken.is_empty() && write != Write::All {
        return Err("numbers changed that programs carry".to_owned());
    }
    if write == Write::No {
        return if difference.is_empty() {
            Ok(())
        } else {
            Err("golden.txt lacks the lines above".to_owned())
        };
    }
    std::fs::write(&path, current).map_err(|error| format!("cannot write {}: {error}", path.display()))
}

/// Writes files into a folder, which is made where it does not exist.
fn write_all(folder: &Path, files: Vec<(String, String)>) -> Result<(), String> {
    let failed = |path: &Path, error: std::io::Error| format!("cannot write {}: {error}", path.display());
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}
