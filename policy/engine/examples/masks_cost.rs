//! Instructions of one `Policy::masks`, from 10 to 10,000 rules. Counted by callgrind, so it is the same on every machine:
//!
//! ```text
//! cargo build --release -p trivet-policy --example masks_cost
//! for rules in 10 100 1000 10000; do for rounds in 0 100000; do
//!   valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/examples/masks_cost $rules $rounds; done; done
//! ```
//! The difference of the two counts, divided by the rounds, is the cost of one look-up and of the loop around it.

use std::fmt::Write as _;
use std::hint::black_box;

use trivet_policy::{DomainId, InterfaceId, LabelId, Policy};
use trivet_policyc::catalogue::{Catalogue, Interface, Method};
use trivet_policyc::{MemoryLoader, compile};

fn catalogue() -> Catalogue {
    let method = |number: u8| Method {
        name: format!("m{number}"),
        number,
        doc: String::new(),
        danger: String::new(),
        words: Vec::new(),
        result_words: Vec::new(),
        names: Vec::new(),
        takes_bytes: false,
        gives_bytes: false,
        bulk: None,
    };
    let methods = (0..8).map(method).collect();
    Catalogue {
        interfaces: vec![Interface {
            name: "File".into(),
            number: 32,
            kernel: false,
            methods,
        }],
    }
}

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse::<usize>().ok());
    let (rules, rounds) = (arguments.next().unwrap_or(1000), arguments.next().unwrap_or(0));
    let mut text = "domain s { program \"s\"; } domain a { program \"a\"; }\n".to_owned();
    for number in 0..rules {
        let _ = writeln!(
            text,
            "label l{number}; mint s -> l{number}: File; allow a -> l{number}: File.m{};",
            number % 8
        );
    }
    let compilation = compile(&MemoryLoader::default().with("p", &text), "p", &catalogue());
    let Some(binary) = compilation.binary else { return };
    let Ok(policy) = Policy::load(&binary) else { return };
    let mut granted = 0u64;
    let mut label = 7usize;
    for _ in 0..rounds {
        // Steps through all labels in an order that no cache or predictor likes.
        label = (label + 7919) % rules;
        let masks = policy.masks(DomainId(2), LabelId(black_box(label as u32 + 3)), InterfaceId(32));
        granted |= masks.allow;
    }
    println!("{rules} rules, {rounds} look-ups, granted {granted:#x}");
}
