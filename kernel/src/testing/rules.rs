//! The kernel under a policy of the real engine: rules that look at words, and counts of names that fail.

use super::System;
use super::behaviour::status;
use crate::arena::Ref;
use crate::handle::install::NewHandle;
use crate::handle::slot::Object;
use crate::methods;
use crate::thread::Thread;
use trivet_abi::error::CallError;
use trivet_abi::handle::Handle;
use trivet_abi::{InterfaceNumber, Label};
use trivet_policy::Policy;
use trivet_policyc::{Catalogue, MemoryLoader, compile, diagnostics};

const RULES: &str = "
account system;
domain init { account system; program \"boot/init\"; }
domain server { account system; }
domain client { account system; }
label folder;
label documents;
label decisions { object Policy; }
mint server -> folder, documents: File;
allow server -> self: Endpoint.*;
allow server -> decisions: Policy.*;
allow client -> folder: File.unlink;
allow client -> folder: File.read where count <= 100;
allow client -> documents: File.unlink;
limit removals: client -> documents: File.unlink to 2 per domain;
";

/// A file server and its client under [`RULES`].
struct Files {
    system: System,
    policy: &'static Policy<'static>,
    calling: Ref<Thread>,
    serving: Ref<Thread>,
    session: Handle,
    endpoint: Handle,
    decisions: Handle,
}

const ENOENT: u64 = 2;

impl Files {
    fn new() -> Files {
        let model = trivet_idl::load_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../interfaces")).unwrap();
        let catalogue = Catalogue::from_model(&model);
        let loader = MemoryLoader::default().with("test.policy", RULES);
        let compilation = compile(&loader, "test.policy", &catalogue);
        let found = diagnostics::render_short(&compilation.diagnostics, &compilation.sources);
        let binary: &'static [u8] = Box::leak(compilation.binary.expect(&found).into_boxed_slice());
        let load = || Policy::load(binary).expect("what the compiler makes can be loaded");
        let policy: &'static Policy<'static> = Box::leak(Box::new(load()));
        assert_eq!(
            policy.interfaces_fingerprint(),
            crate::policy::interfaces_fingerprint()
        );
        let domain = |name: &str| policy.domain_by_name(name).unwrap().0;
        let label = |name: &str| Label(policy.label_by_name(name).unwrap().0);
        let mut system = System::new(load(), 1);
        let server = system.process(domain("server"));
        let client = system.process(domain("client"));
        let (reference, endpoint) = system.endpoint(server);
        let interface = InterfaceNumber(policy.interface_by_name("File").unwrap().0);
        let session = system.session_of(client, reference, 9, interface, label("folder"));
        let decisions = system.give(server, NewHandle::new(Object::Policy, label("decisions")));
        let (serving, calling) = (system.thread(server), system.thread(client));
        Files {
            system,
            policy,
            calling,
            serving,
            session,
            endpoint,
            decisions,
        }
    }

    fn method(&self, name: &str) -> u64 {
        let interface = self.policy.interface_by_name("File").unwrap();
        u64::from(self.policy.method_by_name(interface, name).unwrap().0)
    }

    /// The client removes a name; the server asks about it and answers with a status. Whether the name was granted.
    fn remove(&mut self, answer: u64) -> bool {
        let unlink = self.method("unlink");
        self.system.call(self.calling, self.session, unlink, [0; 6]);
        let request = self.system.receive(self.serving, self.endpoint, 0);
        let label = u64::from(self.policy.label_by_name("documents").unwrap().0);
        let interface = u64::from(self.policy.interface_by_name("File").unwrap().0);
        let question = [
            u64::from(self.endpoint.0),
            request.rdi,
            label,
            interface,
            unlink,
            0,
        ];
        let check = methods::Policy::Check as u64;
        let verdict = self.system.call(self.serving, self.decisions, check, question);
        assert_eq!(verdict.rax, 0);
        let granted = verdict.words()[0] != 0;
        let answer = if granted { answer } else { ENOENT };
        self.system.reply(self.serving, request.rdi, answer, [0; 6]);
        assert_eq!(self.system.frame(self.calling).rax, answer);
        granted
    }
}

#[test]
fn a_rule_that_looks_at_a_word_decides_each_message() {
    let mut files = Files::new();
    let read = files.method("read");
    for (count, passes) in [(100, true), (101, false), (0, true), (u64::MAX, false)] {
        let frame = files
            .system
            .call(files.calling, files.session, read, [count, 0, 0, 0, 0, 0]);
        if !passes {
            assert_eq!(frame.rax, status(CallError::Denied), "{count}");
            continue;
        }
        let request = files.system.receive(files.serving, files.endpoint, 0);
        assert_eq!(request.words()[0], count);
        files
            .system
            .reply(files.serving, request.rdi, 0, [7, 0, 0, 0, 0, 0]);
        assert_eq!(files.system.frame(files.calling).words()[0], 7);
    }
    files.system.end();
}

#[test]
fn a_counted_name_is_given_back_when_its_request_fails() {
    let mut files = Files::new();
    for _ in 0..5 {
        assert!(files.remove(ENOENT), "a removal that failed counts nothing");
    }
    assert!(files.remove(0) && files.remove(0));
    assert!(!files.remove(0), "two removals are all");
    files.system.end();
}
