//! What rules come to: grants, denials, groups, conditions, audit, minting, names.

mod common;

use common::{findings, granted, ids, masks, methods, policy, world};
use trivet_policy::format::ANY_USER;
use trivet_policy::{
    AccountId, DomainId, Frames, InterfaceId, LabelId, Masks, MethodId, Policy, Request, Rows, Transition,
    publish_rows,
};

/// Judges one message with fresh state.
fn passes(policy: &Policy<'_>, who: (&str, &str, &str), method: &str, words: [u64; 6]) -> bool {
    verdict(policy, who, method, words).allowed
}

fn verdict(
    policy: &Policy<'_>,
    who: (&str, &str, &str),
    method: &str,
    words: [u64; 6],
) -> trivet_policy::Verdict {
    let (domain, label, interface) = ids(policy, who.0, who.1, who.2);
    let method = policy
        .method_by_name(interface, method)
        .expect("the method exists");
    let mut inputs = [0; 9];
    inputs[..6].copy_from_slice(&words);
    let mut session = vec![0; policy.session_cells(label, interface).into()];
    let mut process = vec![0; policy.process_cells(domain).into()];
    let mut shared = vec![0; policy.domain_cells(domain).into()];
    let mut frames = Frames {
        session: &mut session,
        process: &mut process,
        domain: &mut shared,
    };
    let request = Request {
        domain,
        label,
        interface,
        method,
        time_ns: 0,
        inputs: &inputs,
    };
    policy.evaluate(&mut frames, &request)
}

#[test]
fn what_no_rule_grants_is_denied() {
    let compilation = world("allow app -> tmp: File.read;");
    let policy = policy(&compilation);
    assert_eq!(granted(&policy, "app", "tmp", "File"), ["read"]);
    assert_eq!(masks(&policy, "app", "home", "File"), Masks::DENY_ALL);
    assert_eq!(masks(&policy, "other", "tmp", "File"), Masks::DENY_ALL);
    let nowhere = policy.masks(DomainId(999), LabelId(999), InterfaceId(999));
    assert_eq!(nowhere, Masks::DENY_ALL);
}

#[test]
fn deny_overrides_allow_whatever_the_order() {
    for rules in [
        "deny app -> tmp: File.write; allow app -> tmp: File.*;",
        "allow app -> tmp: File.*; deny app -> tmp: File.write;",
        "allow app -> tmp: File.*; deny app -> tmp: * except File.{open, read, create, remove};",
        "allow app -> tmp: File.*; deny * except init -> *: File.write;",
    ] {
        let compilation = world(rules);
        assert_eq!(
            granted(&policy(&compilation), "app", "tmp", "File"),
            ["open", "read", "create", "remove"],
            "{rules}"
        );
    }
}

#[test]
fn groups_and_exceptions_choose_names() {
    let compilation = world(
        "domains people = app, other;
         labels places = home, tmp;
         methods seeing = File.{open, read};
         methods all_files = File.* except File.remove;
         allow people except other -> places except home: seeing;
         allow * except app, files -> home: all_files except seeing;",
    );
    let policy = policy(&compilation);
    assert_eq!(granted(&policy, "app", "tmp", "File"), ["open", "read"]);
    assert_eq!(granted(&policy, "other", "tmp", "File"), [""; 0]);
    assert_eq!(granted(&policy, "other", "home", "File"), ["write", "create"]);
    assert_eq!(granted(&policy, "init", "home", "File"), ["write", "create"]);
    assert_eq!(granted(&policy, "app", "home", "File"), [""; 0]);
}

#[test]
fn self_is_the_own_label_of_each_domain() {
    let compilation = world("allow app, other -> self: Process.stop; allow init -> app: Process.kill;");
    let policy = policy(&compilation);
    assert_eq!(granted(&policy, "app", "app", "Process"), ["stop"]);
    assert_eq!(granted(&policy, "other", "other", "Process"), ["stop"]);
    assert_eq!(granted(&policy, "app", "other", "Process"), [""; 0]);
    assert_eq!(granted(&policy, "init", "app", "Process"), ["kill"]);
    let app = policy.domain_by_name("app").expect("exists");
    assert_eq!(policy.label_name(app.own_label()), "app");
}

#[test]
fn audit_and_quiet_choose_what_is_recorded() {
    let compilation = world(
        "allow app -> tmp: File.{read, write, open};
         audit app -> tmp: File.write;
         quiet app -> tmp: File.remove;",
    );
    let policy = policy(&compilation);
    let found = masks(&policy, "app", "tmp", "File");
    let recorded = methods(&policy, "File", found.audit & 0b10_1111);
    assert_eq!(
        recorded,
        ["write", "create"],
        "audited grants and refusals that are not quiet"
    );
    assert_eq!(methods(&policy, "File", found.plain()), ["open", "read"]);
    assert!(verdict(&policy, ("app", "tmp", "File"), "write", [0; 6]).audit);
    assert!(!verdict(&policy, ("app", "tmp", "File"), "read", [0; 6]).audit);
    assert!(!verdict(&policy, ("app", "tmp", "File"), "remove", [0; 6]).audit);
    let (domain, label, interface) = ids(&policy, "app", "tmp", "File");
    let refusals: Vec<u8> = (0..6)
        .filter(|&method| policy.records_refusal(domain, label, interface, MethodId(method)))
        .collect();
    assert_eq!(refusals, [0, 1, 2, 3, 4], "all but the quiet one");
    assert!(policy.records_refusal(domain, LabelId::NONE, interface, MethodId(0)));
}

#[test]
fn conditions_see_the_field_and_not_the_whole_register() {
    let compilation = world("allow app -> safe: Vault.unlock where code == 0x1234;");
    let policy = policy(&compilation);
    let who = ("app", "safe", "Vault");
    assert!(passes(&policy, who, "unlock", [0x1234, 0, 0, 0, 0, 0]));
    // The server cuts the word to 16 bits; so must the policy, or garbage above would go around it.
    assert!(passes(&policy, who, "unlock", [0xffff_0000_1234, 0, 0, 0, 0, 0]));
    assert!(!passes(&policy, who, "unlock", [0x1235, 0, 0, 0, 0, 0]));
}

#[test]
fn conditions_compare_with_and_without_sign() {
    let compilation = world("allow app -> safe: Vault.take where amount in -5 to 5 and number > 7;");
    let policy = policy(&compilation);
    let take = |number: u64, amount: i32| {
        passes(
            &policy,
            ("app", "safe", "Vault"),
            "take",
            [number, amount as u32 as u64, 0, 0, 0, 0],
        )
    };
    assert!(take(8, -5) && take(8, 5) && take(u64::from(u32::MAX), 0));
    assert!(!take(8, -6) && !take(8, 6) && !take(7, 0));
}

#[test]
fn conditions_know_members_constants_masks_and_header_fields() {
    let compilation = world(
        "const SPECIAL = 0x77;
         allow app -> safe: Vault.open where kind == Large and not key in {1, 3 to 5, SPECIAL};
         mint files -> home: Disk;
         allow app -> home: Disk.transfer where flags & CREATE == 0 and (length < 4 KiB or message.handles == 1);",
    );
    let policy = policy(&compilation);
    let open =
        |key: u64, kind: u64| passes(&policy, ("app", "safe", "Vault"), "open", [key, kind, 0, 0, 0, 0]);
    assert!(open(0, 2) && open(2, 2) && open(6, 2));
    for refused in [1, 3, 4, 5, 0x77] {
        assert!(!open(refused, 2), "{refused}");
    }
    assert!(!open(0, 1));
    let transfer = |length, flags| {
        passes(
            &policy,
            ("app", "home", "Disk"),
            "transfer",
            [0, length, flags, 0, 0, 0],
        )
    };
    assert!(transfer(4095, 1));
    assert!(!transfer(4096, 1) && !transfer(1, 0x41));
}

#[test]
fn any_of_several_conditional_grants_is_enough_and_conditional_denials_win() {
    let compilation = world(
        "allow app -> safe: Vault.unlock where code == 1;
         allow app -> safe: Vault.unlock where code in 10 to 20;
         deny app -> safe: Vault.unlock where code == 15;",
    );
    let policy = policy(&compilation);
    let judge = |code| verdict(&policy, ("app", "safe", "Vault"), "unlock", [code, 0, 0, 0, 0, 0]);
    let line = |code| {
        judge(code)
            .rule
            .and_then(|rule| policy.rule_text(rule))
            .map(|text| text.text.to_owned())
    };
    assert!(judge(1).allowed && judge(10).allowed && judge(20).allowed);
    assert!(!judge(15).allowed && !judge(2).allowed);
    assert_eq!(
        line(12).as_deref(),
        Some("allow app -> safe: Vault.unlock where code in 10 to 20;")
    );
    assert_eq!(
        line(15).as_deref(),
        Some("deny app -> safe: Vault.unlock where code == 15;")
    );
    assert_eq!(line(2), None);
}

#[test]
fn the_deciding_rule_is_named_with_file_and_line() {
    let compilation = world("allow app -> tmp: File.read;\ndeny app -> tmp:\n    File.write; // never");
    let policy = policy(&compilation);
    let (domain, label, interface) = ids(&policy, "app", "tmp", "File");
    let rule = |name: &str| {
        let method = policy.method_by_name(interface, name).expect("exists");
        policy
            .deciding_rule(domain, label, interface, method)
            .and_then(|rule| policy.rule_text(rule))
    };
    let read = rule("read").expect("a rule speaks of it");
    assert_eq!(
        (read.file, read.text),
        ("test.policy", "allow app -> tmp: File.read;")
    );
    let write = rule("write").expect("a rule speaks of it");
    assert_eq!(
        (write.line, write.text),
        (read.line + 1, "deny app -> tmp: File.write;")
    );
    assert_eq!(rule("create"), None);
    assert_eq!(
        policy.deciding_rule(domain, label, interface, MethodId(200)),
        None
    );
}

#[test]
fn minting_needs_a_rule_but_for_own_kernel_objects() {
    let compilation = world("allow app -> tmp: File.read;");
    let policy = policy(&compilation);
    let may = |domain: &str, label: &str, interface: &str| {
        let (domain, label, interface) = ids(&policy, domain, label, interface);
        policy.may_mint(domain, label, interface)
    };
    assert!(may("files", "tmp", "File") && may("files", "home", "Memory"));
    assert!(!may("app", "tmp", "File") && !may("files", "safe", "File"));
    assert!(may("app", "app", "Memory") && !may("app", "other", "Memory") && !may("app", "app", "File"));
}

#[test]
fn who_mints_a_session_holds_all_of_it_and_may_hand_it_on() {
    let compilation = world(
        "allow app -> tmp: File.*; audit * -> tmp: File.write; limit few: files, app -> tmp: File.read to 3 per process;
         allow files -> tmp: Memory.map_write; deny files -> home: File.remove;",
    );
    let policy = policy(&compilation);
    let held = masks(&policy, "files", "tmp", "File");
    assert_eq!(
        methods(&policy, "File", held.plain()),
        ["open", "read", "write", "create", "remove"]
    );
    assert_eq!(
        granted(&policy, "files", "home", "File"),
        ["open", "read", "write", "create"],
        "deny overrides"
    );
    assert_eq!(
        granted(&policy, "files", "tmp", "Memory"),
        ["map_write"],
        "kernel objects need a rule, and nothing withholds"
    );
    assert_eq!(granted(&policy, "files", "safe", "File"), [""; 0]);
}

#[test]
fn programs_and_transitions_lead_to_domains() {
    let compilation = world(
        "label tools { path disk \"/bin\"; }
         transition app, other: tools -> other;
         allow app -> tools: File.read; mint files -> tools: File;",
    );
    let policy = policy(&compilation);
    let domain = |name: &str| policy.domain_by_name(name).expect("exists");
    let tools = policy.label_by_name("tools").expect("exists");
    let leads = |from, program| policy.transition(domain(from), program, ANY_USER);
    assert_eq!(leads("app", tools), Transition::To(domain("other")));
    assert_eq!(leads("init", tools), Transition::Stays);
    assert_eq!(leads("app", LabelId::NONE), Transition::Stays);
    assert_eq!(policy.boot_domain("files"), Some(domain("files")));
    assert_eq!(policy.boot_domain("filesystem"), None);
}

#[test]
fn transitions_for_users_are_for_nobody_else() {
    let compilation = world(
        "label tools { path disk \"/bin\"; }
         label shells { path disk \"/shells\"; }
         transition app: tools -> other for user 1001, 1002;
         transition app: tools -> files for user 0;
         transition app: shells -> init;
         transition app: shells -> other for user 4294967294;
         allow app -> tools, shells: File.read; mint files -> tools, shells: File;
         test \"users\" {
             assert transition app: tools -> other for user 1001, 1002;
             assert no transition app: tools for user 1000;
             assert no transition app: tools;
             assert transition app: shells -> init for user 7;
         }",
    );
    let policy = policy(&compilation);
    let domain = |name: &str| policy.domain_by_name(name).expect("exists");
    let label = |name: &str| policy.label_by_name(name).expect("exists");
    let leads = |program, user| policy.transition(domain("app"), label(program), user);
    assert_eq!(leads("tools", 1001), Transition::To(domain("other")));
    assert_eq!(leads("tools", 1002), Transition::To(domain("other")));
    assert_eq!(leads("tools", 0), Transition::To(domain("files")));
    for user in [1, 1000, 1003, u32::MAX - 1, ANY_USER] {
        assert_eq!(leads("tools", user), Transition::Refused, "{user}");
    }
    // Whom no transition names is everybody else, where there is one for everybody.
    assert_eq!(leads("shells", u32::MAX - 1), Transition::To(domain("other")));
    assert_eq!(leads("shells", 0), Transition::To(domain("init")));
    assert_eq!(leads("shells", ANY_USER), Transition::To(domain("init")));
}

#[test]
fn an_account_can_be_put_into_one_that_stands_above() {
    let compilation = world("account tenant in apps { threads 7; }");
    let policy = policy(&compilation);
    let tenant = (0..policy.account_count())
        .map(AccountId)
        .find(|&account| policy.account_name(account) == "tenant")
        .expect("exists");
    let account = policy.account(tenant).expect("exists");
    assert_eq!(policy.account_name(account.parent.expect("one above")), "apps");
    assert_eq!(account.limits.threads, 7);
}

#[test]
fn the_longest_path_gives_the_label() {
    let compilation = world(
        "label etc { path disk \"/etc\", \"/tmp/etc\"; path ram \"/\"; }
         label shadow { path disk \"/etc/shadow\"; }
         allow app -> etc, shadow: File.read; mint files -> etc, shadow: File;",
    );
    let policy = policy(&compilation);
    let label = |system: &str, path: &str| {
        policy
            .label_name(policy.label_for_path(system, path.as_bytes()))
            .to_owned()
    };
    assert_eq!(label("disk", "/etc/passwd"), "etc");
    assert_eq!(label("disk", "/etc"), "etc");
    assert_eq!(label("disk", "/etc/shadow"), "shadow");
    assert_eq!(label("disk", "/etc/shadow/x"), "shadow");
    assert_eq!(label("disk", "/etc/shadow2"), "etc");
    assert_eq!(label("disk", "/tmp/etc/"), "etc");
    assert_eq!(label("disk", "/"), "none");
    assert_eq!(label("disk", ""), "none");
    assert_eq!(label("ram", "/any/where"), "etc");
    assert_eq!(label("ram", "/"), "etc");
    assert_eq!(label("tape", "/etc"), "none");
    assert_eq!(
        policy.label_for_path("disk", b"/etc/\xff\xfe"),
        policy.label_for_path("disk", b"/etc")
    );
}

#[test]
fn new_objects_get_the_most_particular_label() {
    let compilation = world(
        "label keys; label locks; label own;
         new in home named \"*.key\", \"id_*\" -> keys;
         new in home named \"x.key\" by other -> locks;
         new in tmp by app -> own;
         new in tmp named \"*.lock\" -> locks;
         allow app -> keys, locks, own: File.read; mint files -> keys, locks, own: File;",
    );
    let policy = policy(&compilation);
    let label = |parent: &str, name: &str, creator: &str| {
        let parent = policy.label_by_name(parent).expect("exists");
        let creator = policy.domain_by_name(creator).expect("exists");
        policy
            .label_name(policy.label_for_new(parent, name.as_bytes(), creator))
            .to_owned()
    };
    assert_eq!(label("home", "a.key", "app"), "keys");
    assert_eq!(label("home", "id_1", "app"), "keys");
    assert_eq!(label("home", "x.key", "other"), "locks");
    assert_eq!(label("home", "x.key", "app"), "keys");
    assert_eq!(label("home", "letter", "app"), "home");
    assert_eq!(label("tmp", "a.lock", "app"), "locks");
    assert_eq!(label("tmp", "a", "app"), "own");
    assert_eq!(label("tmp", "a", "other"), "tmp");
    assert_eq!(label("safe", "a.key", "app"), "safe");
}

#[test]
fn addresses_get_the_most_particular_label() {
    let compilation = world(
        "label net { port tcp 0 to 65535; port udp 53; }
         label web { port tcp 80; port tcp 8000 to 8080; }
         label inside { port tcp 0 to 65535 at \"10.0.0.0/8\"; port tcp 0 to 65535 at \"fd00::/8\"; }
         allow app -> net, web, inside: File.open; mint files -> net, web, inside: File;",
    );
    let policy = policy(&compilation);
    let label = |protocol: u8, address: &str, port: u16| {
        let address: std::net::IpAddr = address.parse().expect("an address");
        let bytes = match address {
            std::net::IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            std::net::IpAddr::V6(address) => address.octets(),
        };
        policy
            .label_name(policy.label_for_address(protocol, bytes, port))
            .to_owned()
    };
    assert_eq!(label(6, "1.2.3.4", 80), "web");
    assert_eq!(label(6, "1.2.3.4", 8079), "web");
    assert_eq!(label(6, "1.2.3.4", 443), "net");
    assert_eq!(label(6, "10.9.9.9", 80), "inside");
    assert_eq!(label(6, "fd12::1", 80), "inside");
    assert_eq!(label(17, "10.9.9.9", 53), "net");
    assert_eq!(label(17, "10.9.9.9", 54), "none");
    assert_eq!(label(1, "10.9.9.9", 53), "none");
}

#[test]
fn accounts_form_a_tree_with_limits() {
    let compilation = findings(
        "account root { memory 8 MiB; account a { handles 5; overcommit; processor 3; } account b; }
         domain x { account b; program \"x\"; }",
    );
    assert_eq!(compilation, "");
    let compilation = world("");
    let policy = policy(&compilation);
    assert_eq!(policy.account_count(), 2);
    let app = policy.domain_by_name("app").expect("exists");
    let account = policy.account(policy.account_of(app)).expect("exists");
    assert_eq!(
        (account.name, account.limits.handles, account.limits.memory_bytes),
        ("apps", 100, u64::MAX)
    );
    assert_eq!(account.parent, Some(AccountId(0)));
    assert_eq!(policy.account(AccountId(0)).expect("exists").parent, None);
    assert_eq!(policy.account(AccountId(9)), None);
}

#[test]
fn a_published_table_says_what_the_masks_say_and_nothing_of_other_servers() {
    let compilation = world(
        "allow app -> tmp: File.{read, write}; audit app -> tmp: File.write;
         allow other -> home: File.*; limit few: other -> home: File.create to 3 per process;
         allow app -> safe: Vault.*;
         mint init -> safe: Process;",
    );
    let policy = policy(&compilation);
    let server = policy.domain_by_name("files").expect("exists");
    let needed = trivet_policy::published_size(&policy, server);
    let mut memory = vec![0xaa; needed + 100];
    assert!(publish_rows(&policy, server, &mut memory[..needed - 1]).is_err());
    assert_eq!(publish_rows(&policy, server, &mut memory), Ok(needed));
    let rows = Rows::new(&memory).expect("just written");
    for (domain, label, interface, masks, _) in policy.all_rows() {
        let speaks = policy.may_mint(server, label, interface);
        let expected = if speaks { masks.plain() } else { 0 };
        assert_eq!(
            rows.granted(domain, label, interface),
            expected,
            "{domain:?} {label:?} {interface:?}"
        );
    }
    let (app, tmp, file) = ids(&policy, "app", "tmp", "File");
    assert_eq!(methods(&policy, "File", rows.granted(app, tmp, file)), ["read"]);
    assert_eq!(rows.granted(DomainId(77), LabelId(1), InterfaceId(1)), 0);
    assert!(Rows::new(&memory[..20]).is_err() && Rows::new(&[0; 64]).is_err());
}

#[test]
fn included_files_take_the_place_of_their_include() {
    use trivet_policyc::{MemoryLoader, compile};
    let loader = MemoryLoader::default()
        .with(
            "main.policy",
            "include \"parts/base.policy\"; allow app -> tmp: File.read;",
        )
        .with(
            "parts/base.policy",
            "include \"../main.policy\"; include \"world.policy\";",
        )
        .with("parts/world.policy", common::WORLD);
    let compilation = compile(&loader, "main.policy", &common::catalogue());
    let policy = policy(&compilation);
    assert_eq!(granted(&policy, "app", "tmp", "File"), ["read"]);
}
