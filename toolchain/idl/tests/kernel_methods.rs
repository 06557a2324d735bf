//! The kernel's own list of methods agrees with the interface files.

use std::collections::BTreeMap;
use std::path::Path;

use trivet_idl::load_dir;

/// `(interface, number)` and its methods, as `kernel/src/methods.rs` writes them.
fn kernel_list(text: &str) -> BTreeMap<(String, u16), BTreeMap<String, u8>> {
    let mut list = BTreeMap::new();
    let mut current: Option<((String, u16), BTreeMap<String, u8>)> = None;
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#') && !line.starts_with("//"))
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [name, "=", number, "{"] if number.parse::<u16>().is_ok() => {
                let number = number.parse().expect("just parsed");
                current = Some((((*name).to_owned(), number), BTreeMap::new()));
            }
            [name, "=", number] if number.trim_end_matches(',').parse::<u8>().is_ok() => {
                if let Some((_, methods)) = &mut current {
                    methods.insert(
                        (*name).to_owned(),
                        number.trim_end_matches(',').parse().expect("just parsed"),
                    );
                }
            }
            ["}"] => {
                if let Some((interface, methods)) = current.take() {
                    list.insert(interface, methods);
                }
            }
            _ => {}
        }
    }
    list
}

fn type_case(name: &str) -> String {
    name.split('_')
        .map(|word| word[..1].to_ascii_uppercase() + &word[1..])
        .collect()
}

#[test]
fn the_kernel_lists_the_methods_of_the_interface_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let model = load_dir(root.join("interfaces")).unwrap_or_else(|error| panic!("{error}"));
    let text = std::fs::read_to_string(root.join("kernel/src/methods.rs")).expect("kernel/src/methods.rs");
    let kernel = kernel_list(&text);
    assert!(
        !kernel.is_empty(),
        "no interface was found in kernel/src/methods.rs"
    );
    let files: BTreeMap<(String, u16), BTreeMap<String, u8>> = model
        .interfaces
        .iter()
        .filter(|interface| interface.kernel)
        .map(|interface| {
            let methods = interface
                .methods
                .iter()
                .map(|method| (type_case(&method.name), method.number))
                .collect();
            ((interface.name.clone(), interface.number), methods)
        })
        .collect();
    for (interface, methods) in &files {
        assert_eq!(
            kernel.get(interface),
            Some(methods),
            "methods of {interface:?}: kernel on the left"
        );
    }
    for interface in kernel.keys() {
        assert!(
            files.contains_key(interface),
            "{interface:?} is in the kernel only"
        );
    }
}
