//! The shipped policies and init's list of servers fit: init may make and hold what it hands out, each server gets something of
//! each handle that the list gives it, and what a server gets is not less than its own rules grant it.

use std::path::{Path, PathBuf};

use trivet_policy::format::ANY_USER;
use trivet_policy::{AccountId, DomainId, InterfaceId, LabelId, Policy, Transition};
use trivet_policyc::{Catalogue, compile_file_with};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn binary(policy: &str, options: &[&str]) -> Vec<u8> {
    let model = trivet_idl::load_dir(root().join("interfaces")).unwrap_or_else(|error| panic!("{error}"));
    let compilation = compile_file_with(&root().join(policy), &Catalogue::from_model(&model), options);
    compilation.binary.expect("the shipped policy compiles")
}

/// Options of a run for which the list has lines.
const OPTIONS: &[&str] = &["share", "trace"];

/// A session that init mints.
struct Session {
    name: String,
    label: LabelId,
    interface: InterfaceId,
}

/// What a line of the list gives: label and interface of the handle.
struct Given {
    server: DomainId,
    line: String,
    label: LabelId,
    interface: InterfaceId,
}

struct List<'a> {
    policy: Policy<'a>,
    sessions: Vec<Session>,
    given: Vec<Given>,
    problems: Vec<String>,
}

impl<'a> List<'a> {
    fn read(policy: Policy<'a>, text: &str, options: &[&str]) -> Self {
        let mut list = List {
            policy,
            sessions: Vec::new(),
            given: Vec::new(),
            problems: Vec::new(),
        };
        let mut server = None;
        for line in text.lines() {
            let words: Vec<&str> = line.split('#').next().unwrap_or("").split_whitespace().collect();
            match words.as_slice() {
                ["when", option, rest @ ..] if options.contains(option) => {
                    list.line(rest, line.trim(), &mut server);
                }
                ["when", ..] => {}
                words => list.line(words, line.trim(), &mut server),
            }
        }
        list
    }

    fn label(&mut self, name: &str) -> LabelId {
        self.policy.label_by_name(name).unwrap_or_else(|| {
            self.problems.push(format!("the policy has no label `{name}`"));
            LabelId::NONE
        })
    }

    fn interface(&mut self, name: &str) -> InterfaceId {
        self.policy.interface_by_name(name).unwrap_or_else(|| {
            self.problems.push(format!("there is no interface `{name}`"));
            InterfaceId(0)
        })
    }

    /// A handle on an object that the kernel makes at boot.
    fn boot_object(&mut self, interface: &str) -> (LabelId, InterfaceId) {
        let interface = self.interface(interface);
        (self.policy.label_for_root(interface), interface)
    }

    fn line(&mut self, words: &[&str], line: &str, server: &mut Option<(String, DomainId)>) {
        let init = self.policy.domain_by_name("init").expect("there is init");
        let what = match words {
            [
                "session",
                name,
                "at",
                _,
                "interface",
                interface,
                "label",
                label,
                "badge",
                _,
            ] => {
                let (label, interface) = (self.label(label), self.interface(interface));
                if !self.policy.may_mint(init, label, interface) {
                    self.problems.push(format!("init may not mint: {line}"));
                }
                self.sessions.push(Session {
                    name: (*name).to_owned(),
                    label,
                    interface,
                });
                return;
            }
            ["server", name] => {
                *server = Some(((*name).to_owned(), DomainId::KERNEL));
                return;
            }
            ["program", path] => {
                let label = self
                    .policy
                    .label_for_path("archive", format!("/{path}").as_bytes());
                match (self.policy.transition(init, label, ANY_USER), server) {
                    (Transition::To(domain), Some((_, place))) => *place = domain,
                    _ => self.problems.push(format!("no transition: {line}")),
                }
                return;
            }
            ["slot", _, rest @ ..] | ["log" | "root", rest @ ..] => rest,
            _ => return,
        };
        let Some((name, domain)) = server.clone() else {
            return;
        };
        let (label, interface) = match what {
            ["endpoint", _] => (self.label(&name), self.interface("Endpoint")),
            ["session", wanted] => match self.sessions.iter().find(|session| session.name == *wanted) {
                Some(session) => (session.label, session.interface),
                None => return self.problems.push(format!("no such session: {line}")),
            },
            ["account", account] => {
                let owner = (0..self.policy.domain_count()).map(DomainId).find(|&domain| {
                    let of_domain = self.policy.account_of(domain);
                    domain != DomainId::KERNEL && self.policy.account_name(of_domain) == *account
                });
                let interface = self.interface("Account");
                (owner.map_or(LabelId::NONE, DomainId::own_label), interface)
            }
            ["accounts", "below", account] => {
                for (label, interface) in self.accounts_below(account) {
                    self.given.push(Given {
                        server: domain,
                        line: format!("{name}: {line}"),
                        label,
                        interface,
                    });
                }
                return;
            }
            ["machine"] => self.boot_object("Machine"),
            ["policy"] => self.boot_object("Policy"),
            ["audit"] => self.boot_object("Audit"),
            ["io-ports"] => self.boot_object("IoPorts"),
            ["device-memory"] => self.boot_object("DeviceMemory"),
            ["interrupts"] => self.boot_object("Interrupt"),
            ["dma"] => self.boot_object("Dma"),
            ["boot-archive"] => self.boot_object("Memory"),
            ["credentials"] => (self.label("credentials"), self.interface("Memory")),
            _ => return self.problems.push(format!("the test does not know: {line}")),
        };
        self.given.push(Given {
            server: domain,
            line: format!("{name}: {line}"),
            label,
            interface,
        });
    }

    /// The accounts below one in which a domain starts, by that domain's label.
    fn accounts_below(&mut self, name: &str) -> Vec<(LabelId, InterfaceId)> {
        let interface = self.interface("Account");
        let is_below = |mut account: AccountId| {
            while let Some(parent) = self.policy.account(account).and_then(|found| found.parent) {
                if self.policy.account_name(parent) == name {
                    return true;
                }
                account = parent;
            }
            false
        };
        (0..self.policy.account_count())
            .map(AccountId)
            .filter(|account| is_below(*account))
            .filter_map(|account| {
                let mut domains = (1..self.policy.domain_count()).map(DomainId);
                domains.find(|&domain| self.policy.account_of(domain) == account)
            })
            .map(|domain| (domain.own_label(), interface))
            .collect()
    }

    fn check(mut self) -> Vec<String> {
        let init = self.policy.domain_by_name("init").expect("there is init");
        for Given {
            server,
            line,
            label,
            interface,
        } in &self.given
        {
            let held = self.policy.masks(init, *label, *interface).allow;
            let granted = self.policy.masks(*server, *label, *interface).allow;
            if held & granted == 0 {
                self.problems.push(format!("refused, the boot stops: {line}"));
            }
            for method in (0..62).filter(|method| granted & !held & (1 << method) != 0) {
                let name = self
                    .policy
                    .method_name(*interface, trivet_policy::MethodId(method));
                self.problems
                    .push(format!("init lacks `{name}` that the server is granted: {line}"));
            }
        }
        self.problems
    }
}

#[test]
fn the_shipped_policies_let_init_start_its_servers() {
    let text = std::fs::read_to_string(root().join("system/init/init.conf")).expect("the list is there");
    for path in [
        "policy/default.policy",
        "policy/examples/read-only.policy",
        "policy/examples/quota.policy",
        "policy/examples/two-tenants.policy",
    ] {
        for options in [&[][..], OPTIONS] {
            let bytes = binary(path, options);
            let policy = Policy::load(&bytes).expect("it is sound");
            let list = List::read(policy, &text, options);
            assert!(list.given.len() > 15, "{}", list.given.len());
            let problems = list.check();
            assert!(problems.is_empty(), "{path} {options:?}\n{}", problems.join("\n"));
        }
    }
}

#[test]
fn a_list_that_does_not_fit_is_found() {
    let bytes = binary("policy/default.policy", &[]);
    let policy = Policy::load(&bytes).expect("it is sound");
    let text = "session x at vfs interface Processes label tmp badge 0\nserver bus\nprogram boot/bus\nslot 8 audit\nslot 9 session x";
    let problems = List::read(policy, text, &[]).check().join("\n");
    assert!(
        problems.contains("init may not mint") && problems.contains("bus: slot 8 audit"),
        "{problems}"
    );
    assert!(problems.contains("bus: slot 9 session x"), "{problems}");
}
