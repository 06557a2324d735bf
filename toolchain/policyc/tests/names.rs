//! Names that servers judge: what a path or number in a message comes to, beside the message itself.

mod common;

use common::{ids, policy, world};
use trivet_policy::{Frames, Policy, Request, Verdict};

/// The process of domain `app`, with the state that names can touch.
struct Asker<'a> {
    policy: Policy<'a>,
    process: Vec<u64>,
}

impl<'a> Asker<'a> {
    fn new(policy: Policy<'a>) -> Self {
        let app = policy.domain_by_name("app").expect("exists");
        Asker {
            policy,
            process: vec![0; policy.process_cells(app).into()],
        }
    }

    /// Asks about `method` on `label`, while `pending` (label and method of `File`, word 1) waits.
    fn asks(&mut self, pending: (&str, &str, u64), label: &str, method: &str) -> Verdict {
        let (domain, session_label, interface) = ids(&self.policy, "app", pending.0, "File");
        let label = self.policy.label_by_name(label).expect("exists");
        let number = |name: &str| self.policy.method_by_name(interface, name).expect("exists");
        let inputs = [0, pending.2, 0, 0, 0, 0, 0, 0, 0];
        let message = Request {
            domain,
            label: session_label,
            interface,
            method: number(pending.1),
            time_ns: 1,
            inputs: &inputs,
        };
        let mut session = [0; 8];
        let mut frames = Frames {
            session: &mut session,
            process: &mut self.process,
            domain: &mut [],
        };
        self.policy
            .judge_name(&mut frames, &message, label, interface, number(method))
    }
}

fn rule<'a>(policy: &Policy<'a>, verdict: &Verdict) -> &'a str {
    verdict
        .rule
        .and_then(|rule| policy.rule_text(rule))
        .map_or("", |rule| rule.text)
}

#[test]
fn a_name_is_judged_by_its_own_label() {
    let compilation =
        world("allow app -> home: File.open; deny app -> tmp: File.open; allow app -> tmp: File.read;");
    let policy = policy(&compilation);
    let mut asker = Asker::new(policy);
    let refused = asker.asks(("home", "open", 0), "tmp", "open");
    assert!(!refused.allowed && refused.audit);
    assert_eq!(rule(&policy, &refused), "deny app -> tmp: File.open;");
    assert!(asker.asks(("home", "open", 0), "tmp", "read").allowed);
    assert!(!asker.asks(("home", "open", 0), "tmp", "write").allowed);
    assert!(!asker.asks(("home", "open", 0), "safe", "open").allowed);
}

#[test]
fn conditions_on_a_name_see_the_words_of_the_message_that_it_came_in() {
    let compilation = world("allow app -> home: File.*; allow app -> tmp: File.open where word1 & 1 == 0;");
    let mut asker = Asker::new(policy(&compilation));
    assert!(asker.asks(("home", "open", 0x40), "tmp", "open").allowed);
    assert!(
        !asker.asks(("home", "open", 0x41), "tmp", "open").allowed,
        "opened for writing"
    );
    assert!(
        !asker.asks(("home", "create", 0), "tmp", "open").allowed,
        "its words mean something else"
    );
}

#[test]
fn what_the_message_itself_was_is_not_judged_twice() {
    let compilation = world("allow app -> tmp: File.*; limit once: app -> tmp: File.open to 1 per process;");
    let mut asker = Asker::new(policy(&compilation));
    for _ in 0..3 {
        assert!(asker.asks(("tmp", "open", 0), "tmp", "open").allowed);
    }
    assert!(asker.asks(("home", "open", 0), "tmp", "open").allowed);
    assert!(
        !asker.asks(("home", "open", 0), "tmp", "open").allowed,
        "names are counted"
    );
}

#[test]
fn what_will_be_judged_on_each_message_is_not_counted_ahead() {
    let compilation = world(
        "allow app -> tmp: File.*; audit app -> tmp: File.write;
         limit bytes: app -> tmp: File.write to 1 KiB of message.bytes_sent per process;
         limit session: app -> tmp: File.read to 5 per session;",
    );
    let mut asker = Asker::new(policy(&compilation));
    for method in ["write", "read", "write", "read"] {
        let verdict = asker.asks(("home", "open", 1), "tmp", method);
        assert!(
            verdict.allowed && !verdict.audit && verdict.undo.is_empty(),
            "{method}"
        );
    }
    assert!(asker.process.iter().all(|cell| *cell == 0));
}

#[test]
fn rules_that_need_a_session_or_a_reply_refuse_names() {
    for rules in [
        "limit rule: app -> tmp: File.open to 9 per session;",
        "flow rule: app -> tmp per process { a: File.open -> b on success; b: File.read -> a; }",
        "deny reply app -> tmp: File.open;",
    ] {
        let compilation = world(&format!("allow app -> tmp: File.*; {rules}"));
        let policy = policy(&compilation);
        let verdict = Asker::new(policy).asks(("home", "open", 0), "tmp", "open");
        assert!(!verdict.allowed && verdict.undo.is_empty(), "{rules}");
        assert_eq!(rule(&policy, &verdict), rules);
        let warned = compilation
            .diagnostics
            .iter()
            .any(|found| found.message.contains("File.open takes names"));
        assert!(warned, "{rules}");
    }
}
