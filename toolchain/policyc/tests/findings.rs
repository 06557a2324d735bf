//! What the compiler says of mistakes and doubtful rules: the right words at the right place, and what to do.

mod common;

use common::{compile_text, findings, world_findings};
use trivet_policyc::diagnostics;

/// The full text of the first finding, with its help.
fn shown(rules: &str) -> String {
    let compilation = compile_text(&format!("{}{rules}", common::WORLD));
    diagnostics::render(&compilation.diagnostics, &compilation.sources, false)
}

/// Asserts that each of `rules` gives a finding that contains the words beside it, and an error.
fn refuses(cases: &[(&str, &str)]) {
    for (rules, words) in cases {
        let text = shown(rules);
        assert!(text.contains(words) && text.contains("Error"), "{rules}\n{text}");
    }
}

/// As `refuses`, but it is a warning.
fn warns(cases: &[(&str, &str)]) {
    for (rules, words) in cases {
        let text = shown(rules);
        assert!(text.contains(words) && !text.contains("Error"), "{rules}\n{text}");
    }
}

#[test]
fn unknown_names_get_a_suggestion() {
    refuses(&[
        ("allow apq -> tmp: File.read;", "did you mean `app`?"),
        ("allow app -> tmo: File.read;", "did you mean `tmp`?"),
        ("allow app -> tmp: Fiel.read;", "did you mean `File`?"),
        ("allow app -> tmp: File.raed;", "did you mean `read`?"),
        (
            "allow app -> tmp: File.frobnicate;",
            "it has: open, read, write, create, remove",
        ),
        (
            "methods seeing = File.read; allow app -> tmp: seing;",
            "did you mean `seeing`?",
        ),
        ("allow app -> tmp: File;", "write `File.*`"),
        ("alow app -> tmp: File.read;", "did you mean `allow`?"),
        (
            "domain late { account aps; program \"late\"; }",
            "did you mean `apps`?",
        ),
        (
            "allow app -> safe: Vault.unlock where coed == 1;",
            "did you mean `code`?",
        ),
        (
            "allow app -> safe: Vault.open where kind == Lagre;",
            "did you mean `Large`?",
        ),
        (
            "flow f: app -> safe per session { a: Vault.open -> bb; b: Vault.close -> a; }",
            "did you mean `b`?",
        ),
    ]);
}

#[test]
fn power_is_not_given_by_wildcards() {
    refuses(&[
        (
            "allow app -> *: File.read;",
            "`*` cannot stand for all labels here",
        ),
        ("allow app -> tmp: *;", "`*` cannot stand for all methods here"),
        ("mint app -> *: File;", "`mint` says which labels"),
        ("quiet app -> tmp: *;", "`quiet` says of which interface"),
        ("methods all = *;", "names its interfaces"),
        (
            "limit l: app -> *: File.read to 3 per process;",
            "a stateful rule names its labels",
        ),
    ]);
}

#[test]
fn doubled_and_reserved_names_are_refused() {
    refuses(&[
        ("label tmp;", "there is already a label `tmp`"),
        ("domain app;", "there is already a domain `app`"),
        ("label app;", "already the label of a domain's own objects"),
        ("label self;", "has a meaning of its own"),
        ("labels tmp = home;", "there is already a label or group `tmp`"),
        (
            "label x { path disk \"/tmp\"; }",
            "there is already a label for path `/tmp`",
        ),
        (
            "domain y { program \"app\"; }",
            "there is already a domain for program `app`",
        ),
        ("account second;", "there is one root account"),
        ("const A = 1; const A = 2;", "declared twice"),
        ("test \"a\" { } test \"a\" { }", "two tests have this name"),
    ]);
}

#[test]
fn broken_statements_are_reported_and_the_next_ones_read() {
    let found = world_findings(
        "allow app tmp: File.read;\nallow app -> nowhere: File.read\ndeny apq -> tmp: File.read;\n",
    );
    // Names are looked at only once all statements are read.
    assert_eq!(found.matches("error").count(), 2, "{found}");
    assert!(
        found.contains("expected `->`, found `tmp`") && found.contains("expected `;`"),
        "{found}"
    );
    refuses(&[
        ("allow app -> tmp: File.{read;", "expected `}`"),
        ("label x { color red; }", "expected `path`, `port` or `object`"),
        (
            "limit l: app -> tmp: File.read to 3 every 5 per process;",
            "a unit (ns, us, ms, s, min, h)",
        ),
        (
            "limit l: app -> tmp: File.read to 3 per week;",
            "`session`, `process` or `domain`",
        ),
        (
            "audit app -> tmp: File.read where count == 1;",
            "only `allow` and `deny` take a condition",
        ),
        (
            "assert denied app -> tmp: File.read;",
            "`assert` stands inside a test",
        ),
        ("include \"missing.policy\";", "cannot read missing.policy"),
        ("include \"/etc/passwd\";", "relative to the including one"),
        ("# a comment", "comments begin with `//`"),
        (
            "label x { path disk \"tmp\"; }",
            "is no path inside a file system",
        ),
        ("label x { port tcp 70000; }", "is no port"),
        ("label x { port tcp 80 at \"10.0.0.1/8\"; }", "is no address"),
        ("new in tmp named \"a*b\" -> home;", "is no pattern"),
        ("const A = 99999999999999999999;", "is not a number of 64 bits"),
        (
            "account",
            "expected the account's name, found the end of the file",
        ),
    ]);
}

#[test]
fn conditions_and_stateful_rules_are_checked_against_the_interfaces() {
    refuses(&[
        (
            "allow app -> tmp: File.{read, remove} where count == 1;",
            "File.remove has no argument `count`",
        ),
        (
            "allow app -> safe: Vault.unlock where code == 65536;",
            "never has this value",
        ),
        (
            "allow app -> safe: Vault.unlock where code in 5 to 4;",
            "this range is empty",
        ),
        (
            "allow app -> safe: Vault.take where amount in 5 to -5;",
            "this range is empty",
        ),
        (
            "set s: app -> safe of 33 per process { add key on Vault.open; }",
            "a set holds 1 to 32 values",
        ),
        (
            "set s: app -> safe of 3 per process { add reply key on Vault.open; }",
            "has no result `key`",
        ),
        (
            "flow f: app -> safe per session { a: Vault.open -> b, Vault.open; b: ; }",
            "mentions this method twice",
        ),
        (
            "flow f: app -> safe per session { a: Vault.open -> b; b: Vault.open -> a on success; }",
            "either at once or on success",
        ),
        (
            "flow f: app -> safe per session { }",
            "a flow has 1 to 1024 states",
        ),
        (
            "limit l: app -> tmp: File.read to 1 per process; limit l: app -> tmp: File.read to 1 per process;",
            "already a stateful rule",
        ),
        (
            "transition app: tmp -> other; transition app: tmp -> init;",
            "two transitions lead to different domains",
        ),
        (
            "transition app: tmp -> other for user 7; transition app: tmp -> init for user 8, 7;",
            "two transitions lead to different domains",
        ),
        (
            "transition app: tmp -> other for user 4294967295;",
            "no user has this number",
        ),
        (
            "account tenant in nowhere { threads 1; }",
            "no account `nowhere` stands above this one",
        ),
        (
            "label c { object File; }",
            "the kernel makes no objects of interface `File`",
        ),
    ]);
    let five: String = (0..5)
        .map(|n| format!("limit l{n}: app -> tmp: File.read to 9 per process;"))
        .collect();
    refuses(&[(
        &format!("allow app -> tmp: File.read; {five}"),
        "more than 4 stateful rules change",
    )]);
}

#[test]
fn rules_without_effect_are_reported() {
    warns(&[
        ("label unused;", "no rule names label `unused`"),
        ("domain nobody;", "no process can enter domain `nobody`"),
        (
            "allow app -> tmp: File.read; deny app -> tmp: File.*;",
            "this grants nothing: all of it is denied",
        ),
        (
            "allow app -> tmp: File.*; allow app -> tmp: File.read;",
            "not granted above",
        ),
        ("audit app -> tmp: File.read;", "messages that nothing grants"),
        (
            "deny reply app -> tmp: File.read;",
            "messages that nothing grants",
        ),
        (
            "allow app -> tmp: File.read; quiet app -> tmp: File.read;",
            "all of it is granted",
        ),
        (
            "limit l: app -> tmp: File.read to 1 per process;",
            "`l` is about messages that nothing grants: File.read",
        ),
        (
            "allow app -> safe: Vault.*; flow f: app -> safe per session { a: Vault.open; b: Vault.close -> a; }",
            "no move leads to state `b`",
        ),
        (
            "allow app -> safe: Vault.*; set s: app -> safe of 1 per process { require key on Vault.open; }",
            "nothing is ever put into set `s`",
        ),
        ("allow app -> safe: File.read;", "nobody serves `File` on `safe`"),
    ]);
    assert_eq!(world_findings("allow app -> tmp: File.read;"), "");
    let limits = "account root { memory 1 MiB; account a { memory 2 MiB; } } domain x { program \"x\"; }";
    assert!(findings(limits).contains("its parent has less"));
}

#[test]
fn a_grant_is_not_called_useless_for_what_an_including_file_denies() {
    use trivet_policyc::{MemoryLoader, compile};
    let loader = MemoryLoader::default()
        .with(
            "strict.policy",
            "include \"base.policy\"; deny app -> tmp: File.write;",
        )
        .with(
            "base.policy",
            &format!("{} allow app -> tmp: File.write;", common::WORLD),
        );
    let compilation = compile(&loader, "strict.policy", &common::catalogue());
    assert_eq!(compilation.diagnostics, []);
}

#[test]
fn calls_between_servers_must_not_go_in_a_circle() {
    let circle = "domain a { program \"a\"; } domain b { program \"b\"; } domain c { program \"c\"; }
         label la; label lb; label lc;
         mint a -> la: File; mint b -> lb: File; mint c -> lc: File;
         allow a -> lb: File.read; allow b -> lc: File.read;";
    assert_eq!(findings(circle), "");
    let found = findings(&format!("{circle} allow c -> la: File.read;"));
    assert!(
        found.contains("servers may call each other in a circle: a -> b -> c -> a"),
        "{found}"
    );
    assert_eq!(found.matches("circle").count(), 1, "{found}");
    let itself = findings(&format!("{circle} allow c -> lc: File.read;"));
    assert!(itself.contains("`c` may call itself"), "{itself}");
    // Who mints for another does not answer.
    assert_eq!(
        findings(&format!(
            "{circle} mint c -> lb: File for b; mint b -> la: File for a;"
        )),
        ""
    );
    assert!(findings(&format!("{circle} mint a -> lc: File for b;")).contains("`b` may call itself"));
    // What is denied is no call, and a kernel object waits for nobody.
    assert_eq!(
        findings(&format!(
            "{circle} allow c -> la: File.read where count == 1; deny c -> la: File.read;"
        ))
        .matches("circle")
        .count(),
        0
    );
    assert_eq!(
        findings(&format!(
            "{circle} mint c -> la: Memory; allow a -> la: Memory.read;"
        ))
        .matches("circle")
        .count(),
        0
    );
}

#[test]
fn mappings_are_withheld_where_they_would_go_around_a_rule() {
    let base = "allow app -> tmp: File.*, Memory.{map_read, map_write, read};";
    let granted = |rules: &str| -> String {
        let compilation = common::world(rules);
        let policy = common::policy(&compilation);
        common::granted(&policy, "app", "tmp", "Memory").join(" ")
    };
    assert_eq!(granted(base), "map_read map_write read");
    for rule in [
        "audit app -> tmp: File.write;",
        "limit l: app -> tmp: File.read to 5 per process;",
        "deny app -> tmp: File.read where count > 9;",
        "deny reply app -> tmp: File.read;",
        "audit app -> tmp: Memory.read;",
    ] {
        assert_eq!(granted(&format!("{base} {rule}")), "read", "{rule}");
        assert!(
            shown(&format!("{base} {rule}")).contains("is withheld from `app` on `tmp`"),
            "{rule}"
        );
    }
    // About other labels, other domains and other kernel objects there is nothing to go around.
    for rule in [
        "allow app -> home: File.read; audit app -> home: File.read;",
        "allow other -> tmp: File.read; audit other -> tmp: File.read;",
        "allow app -> tmp: Process.kill; audit app -> tmp: Process.kill;",
    ] {
        assert_eq!(
            granted(&format!("{base} {rule}")),
            "map_read map_write read",
            "{rule}"
        );
    }
    // Reading by messages does not give writing by mapping.
    assert_eq!(
        granted("allow app -> tmp: File.read, Memory.{map_read, map_write};"),
        "map_read"
    );
    assert_eq!(
        granted("allow app -> tmp: File.write, Memory.{map_read, map_write};"),
        ""
    );
}

#[test]
fn the_audit_says_which_rule_withholds_a_mapping() {
    let compilation =
        common::world("allow app -> tmp: File.*, Memory.map_read; audit app -> tmp: File.write;");
    let policy = common::policy(&compilation);
    let (domain, label, interface) = common::ids(&policy, "app", "tmp", "Memory");
    let method = policy.method_by_name(interface, "map_read").expect("exists");
    let rule = policy
        .deciding_rule(domain, label, interface, method)
        .expect("a rule withholds it");
    let text = policy.rule_text(rule).expect("exists").text;
    assert!(text.starts_with("withheld because of: "), "{text}");
}

#[test]
fn hostile_sources_end_in_findings() {
    let deep = format!(
        "allow app -> tmp: File.read where {}count == 1{};",
        "(".repeat(5000),
        ")".repeat(5000)
    );
    assert!(shown(&deep).contains("nested too deep"));
    let nots = format!(
        "allow app -> tmp: File.read where {}count == 1;",
        "not ".repeat(5000)
    );
    assert!(shown(&nots).contains("nested too deep"));
    let accounts = format!("account a {{ {}", "account b { ".repeat(5000));
    assert!(findings(&accounts).contains("nested too deep"));
    let long = format!(
        "allow app -> tmp: File.read where {};",
        vec!["count == 1"; 400].join(" or ")
    );
    assert!(shown(&long).contains("256 is the most"));
    assert!(findings("\u{0}\u{7f}é\"").contains("means nothing here"));
    let many: String = (0..60).map(|n| format!("label l{n};")).collect();
    let wide: String = (0..60)
        .map(|n| format!("domain d{n} {{ program \"d{n}\"; }}"))
        .collect();
    assert!(!findings(&format!("{many}{wide} deny * -> *: File.read, Vault.take;")).contains("error"));
    let labels: String = (0..1000).map(|n| format!("label l{n};")).collect();
    let domains: String = (0..300)
        .map(|n| format!("domain d{n} {{ program \"d{n}\"; }}"))
        .collect();
    assert!(
        findings(&format!("{labels}{domains} deny * -> *: File.read;")).contains("more than 262144 pairs")
    );
    let rules: String = (0..4)
        .map(|n| format!("deny * except d{n} -> * except l0: File.read, Vault.open;"))
        .collect();
    let some: String = (0..200)
        .map(|n| format!("domain d{n} {{ program \"d{n}\"; }}"))
        .collect();
    assert!(findings(&format!("{labels}{some}{rules}")).contains("more than 262144 decisions"));
}
