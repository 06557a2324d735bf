//! Flows, limits, sets: step by step with the engine, also where messages overlap, fail, and where frames are missing.

mod common;

use common::{ids, policy, world};
use trivet_policy::{Frames, Outcome, Policy, ReplyVerdict, Request, Undo, Verdict};

/// The frames of one session, process and domain.
struct State<'a> {
    policy: Policy<'a>,
    who: (&'a str, &'a str, &'a str),
    session: Vec<u64>,
    process: Vec<u64>,
    domain: Vec<u64>,
    time_ns: u64,
}

impl<'a> State<'a> {
    fn new(policy: Policy<'a>, domain: &'a str, label: &'a str, interface: &'a str) -> Self {
        let (d, l, i) = ids(&policy, domain, label, interface);
        State {
            policy,
            who: (domain, label, interface),
            session: vec![0; policy.session_cells(l, i).into()],
            process: vec![0; policy.process_cells(d).into()],
            domain: vec![0; policy.domain_cells(d).into()],
            time_ns: 1,
        }
    }

    /// Sends a request; its end is told by `end`.
    fn begin(&mut self, method: &str, words: &[u64]) -> Verdict {
        let (domain, label, interface) = ids(&self.policy, self.who.0, self.who.1, self.who.2);
        let method = self
            .policy
            .method_by_name(interface, method)
            .expect("the method exists");
        let mut inputs = [0; 9];
        inputs[..words.len()].copy_from_slice(words);
        let request = Request {
            domain,
            label,
            interface,
            method,
            time_ns: self.time_ns,
            inputs: &inputs,
        };
        let policy = self.policy;
        policy.evaluate(&mut self.frames(), &request)
    }

    fn frames(&mut self) -> Frames<'_> {
        Frames {
            session: &mut self.session,
            process: &mut self.process,
            domain: &mut self.domain,
        }
    }

    fn end(&mut self, undo: &Undo, result: Option<u64>) -> ReplyVerdict {
        let policy = self.policy;
        let words = [result.unwrap_or(0), 0, 0, 0, 0, 0];
        let outcome = if result.is_some() {
            Outcome::Success(&words)
        } else {
            Outcome::Failure
        };
        policy.settle(&mut self.frames(), undo, outcome)
    }

    fn succeeds(&mut self, method: &str, words: &[u64], result: u64) -> bool {
        let verdict = self.begin(method, words);
        self.end(&verdict.undo, Some(result));
        verdict.allowed
    }

    fn fails(&mut self, method: &str, words: &[u64]) -> bool {
        let verdict = self.begin(method, words);
        self.end(&verdict.undo, None);
        verdict.allowed
    }

    fn rule(&self, verdict: &Verdict) -> &'a str {
        verdict
            .rule
            .and_then(|rule| self.policy.rule_text(rule))
            .map_or("", |rule| rule.text)
    }
}

const ORDER: &str = "
allow app -> safe: Vault.*;
flow order: app -> safe per session {
    shut: Vault.open -> known;
    known: Vault.unlock -> ready on success, Vault.close -> shut;
    ready: Vault.take, Vault.close -> shut;
}";

#[test]
fn a_flow_lets_methods_follow_only_as_described() {
    let compilation = world(ORDER);
    let mut state = State::new(policy(&compilation), "app", "safe", "Vault");
    assert!(!state.succeeds("take", &[], 0));
    assert!(!state.succeeds("unlock", &[], 0));
    assert!(state.succeeds("open", &[], 0));
    assert!(!state.succeeds("open", &[], 0));
    assert!(state.succeeds("unlock", &[], 0));
    assert!(state.succeeds("take", &[], 0) && state.succeeds("take", &[], 0));
    assert!(state.succeeds("close", &[], 0));
    let refused = state.begin("take", &[]);
    assert!(!refused.allowed && refused.audit && state.rule(&refused).starts_with("flow order:"));
}

#[test]
fn a_failed_request_takes_the_flow_back() {
    let compilation = world(ORDER);
    let mut state = State::new(policy(&compilation), "app", "safe", "Vault");
    assert!(state.fails("open", &[]));
    assert!(!state.succeeds("close", &[], 0), "still shut");
    assert!(state.succeeds("open", &[], 0));
    assert!(state.fails("unlock", &[]));
    assert!(!state.succeeds("take", &[], 0), "the code was wrong");
}

#[test]
fn a_move_on_success_gives_nothing_while_the_answer_is_out() {
    let compilation = world(ORDER);
    let mut state = State::new(policy(&compilation), "app", "safe", "Vault");
    assert!(state.succeeds("open", &[], 0));
    let unlock = state.begin("unlock", &[]);
    assert!(unlock.allowed);
    assert!(
        !state.begin("take", &[]).allowed,
        "a second thread gains nothing by hurrying"
    );
    state.end(&unlock.undo, Some(0));
    assert!(state.begin("take", &[]).allowed);
}

#[test]
fn taking_back_does_not_undo_what_others_did_since() {
    let compilation = world(ORDER);
    let mut state = State::new(policy(&compilation), "app", "safe", "Vault");
    let open = state.begin("open", &[]);
    assert!(state.succeeds("close", &[], 0));
    assert!(state.succeeds("open", &[], 0));
    // The state has the same number as after the first open, but it is another one.
    state.end(&open.undo, None);
    assert!(state.succeeds("close", &[], 0), "the second open counts");
}

#[test]
fn each_scope_has_its_own_state() {
    for (scope, session, process) in [
        ("session", true, false),
        ("process", false, true),
        ("domain", false, false),
    ] {
        let compilation = world(&format!(
            "allow app -> safe: Vault.*; limit one: app -> safe: Vault.close to 1 per {scope};"
        ));
        let mut state = State::new(policy(&compilation), "app", "safe", "Vault");
        assert!(
            state.succeeds("close", &[], 0) && !state.succeeds("close", &[], 0),
            "{scope}"
        );
        state.session.fill(0);
        assert_eq!(state.succeeds("close", &[], 0), session, "a new session, {scope}");
        state.process.fill(0);
        assert_eq!(state.succeeds("close", &[], 0), process, "a new process, {scope}");
    }
}

#[test]
fn a_limit_counts_in_periods_and_gives_back_what_failed() {
    let compilation = world(
        "allow app -> home: File.*;
         limit few: app -> home: File.{create, remove} to 3 every 10 s per process;",
    );
    let mut state = State::new(policy(&compilation), "app", "home", "File");
    assert!(
        state.succeeds("create", &[], 0) && state.fails("create", &[]) && state.succeeds("remove", &[], 0)
    );
    assert!(state.succeeds("create", &[], 0));
    assert!(!state.succeeds("remove", &[], 0));
    assert!(state.succeeds("read", &[], 0), "not counted");
    state.time_ns += 9_999_999_999;
    assert!(!state.succeeds("create", &[], 0));
    state.time_ns += 1;
    assert!(state.succeeds("create", &[], 0));
}

#[test]
fn a_failure_after_the_period_gives_nothing_back() {
    let compilation =
        world("allow app -> home: File.*; limit two: app -> home: File.create to 2 every 1 s per process;");
    let mut state = State::new(policy(&compilation), "app", "home", "File");
    let slow = state.begin("create", &[]);
    state.time_ns += 2_000_000_000;
    assert!(state.succeeds("create", &[], 0) && state.succeeds("create", &[], 0));
    state.end(&slow.undo, None);
    assert!(
        !state.succeeds("create", &[], 0),
        "it was counted in another period"
    );
}

#[test]
fn a_limit_can_count_an_argument_without_overflow() {
    let compilation = world(
        "allow app -> home: File.*; limit room: app -> home: File.create to 1 MiB of size per process;",
    );
    let mut state = State::new(policy(&compilation), "app", "home", "File");
    assert!(state.succeeds("create", &[1 << 19], 0));
    assert!(!state.succeeds("create", &[u64::MAX], 0), "the sum must not wrap");
    assert!(state.succeeds("create", &[1 << 19], 0));
    assert!(!state.succeeds("create", &[1], 0));
    assert!(state.succeeds("create", &[0], 0));
}

const MINE: &str = "
allow app -> safe: Vault.*;
set mine: app -> safe of 2 per process {
    add reply number on Vault.open;
    require number on Vault.{take, close};
    remove number on Vault.close;
}";

#[test]
fn a_set_knows_what_was_answered() {
    let compilation = world(MINE);
    let mut state = State::new(policy(&compilation), "app", "safe", "Vault");
    assert!(!state.succeeds("take", &[7], 0));
    assert!(state.succeeds("open", &[1, 1], 7));
    assert!(state.succeeds("take", &[7], 0));
    // Only 32 bits of the word are the number.
    assert!(state.succeeds("take", &[7 | 1 << 40], 0));
    assert!(!state.succeeds("take", &[8], 0));
    assert!(state.succeeds("close", &[7], 0));
    assert!(!state.succeeds("close", &[7], 0));
}

#[test]
fn a_full_set_refuses_before_the_server_acts() {
    let compilation = world(MINE);
    let mut state = State::new(policy(&compilation), "app", "safe", "Vault");
    let first = state.begin("open", &[]);
    assert!(state.succeeds("open", &[], 2));
    assert!(!state.begin("open", &[]).allowed, "one value and one place kept");
    state.end(&first.undo, None);
    assert!(state.succeeds("open", &[], 3), "the place is free again");
    assert!(!state.begin("open", &[]).allowed);
    assert!(state.fails("close", &[3]));
    assert!(
        state.succeeds("take", &[3], 0),
        "the close failed, so it is still there"
    );
    assert!(state.succeeds("close", &[3], 0) && state.succeeds("open", &[], 3));
}

#[test]
fn values_are_added_from_requests_and_taken_back() {
    let compilation = world(
        "allow app -> safe: Vault.*;
         set keys: app -> safe of 3 per session { add key on Vault.open; require code on Vault.unlock; }",
    );
    let mut state = State::new(policy(&compilation), "app", "safe", "Vault");
    assert!(state.fails("open", &[5]) && !state.succeeds("unlock", &[5], 0));
    assert!(state.succeeds("open", &[5], 0) && state.succeeds("open", &[5], 0));
    assert!(state.succeeds("unlock", &[5], 0));
    assert!(state.succeeds("open", &[6], 0) && state.succeeds("open", &[7], 0));
    assert!(!state.succeeds("open", &[8], 0), "full");
    assert!(state.succeeds("open", &[6], 0), "already in");
}

#[test]
fn a_refusal_leaves_no_trace_in_rules_that_had_agreed() {
    let compilation = world(
        "allow app -> safe: Vault.*;
         limit few: app -> safe: Vault.open to 2 per process;
         flow once: app -> safe per session { new: Vault.open -> old; old: Vault.close -> new; }",
    );
    let mut state = State::new(policy(&compilation), "app", "safe", "Vault");
    assert!(state.succeeds("open", &[], 0));
    for _ in 0..5 {
        assert!(!state.succeeds("open", &[], 0), "the flow refuses");
    }
    assert!(state.succeeds("close", &[], 0));
    assert!(
        state.succeeds("open", &[], 0),
        "refused attempts were not counted"
    );
}

#[test]
fn a_withheld_reply_gives_only_its_status() {
    let compilation = world("allow app -> home: File.{read, write}; deny reply app -> home: File.read;");
    let policy_view = policy(&compilation);
    let mut state = State::new(policy_view, "app", "home", "File");
    let read = state.begin("read", &[]);
    assert!(read.allowed && !read.undo.is_empty());
    let ReplyVerdict::StatusOnly(rule) = state.end(&read.undo, Some(0)) else {
        panic!("the reply must be withheld")
    };
    assert!(
        policy_view
            .rule_text(rule)
            .expect("exists")
            .text
            .starts_with("deny reply")
    );
    let write = state.begin("write", &[]);
    assert!(write.allowed && write.undo.is_empty());
}

#[test]
fn missing_frames_refuse() {
    let compilation = world(MINE);
    let mut state = State::new(policy(&compilation), "app", "safe", "Vault");
    state.process.clear();
    assert!(!state.begin("open", &[]).allowed);
    state.process = vec![0; 1];
    assert!(!state.begin("open", &[]).allowed);
}

#[test]
fn rules_that_meet_have_cells_of_their_own() {
    let compilation = world(
        "allow app, other -> safe: Vault.*;
         limit a: app -> safe: Vault.open to 1 per process;
         limit b: app -> safe: Vault.close to 2 per process;
         limit c: other -> safe: Vault.open to 3 per process;
         limit d: app, other -> safe: Vault.take to 4 per process;",
    );
    let policy = policy(&compilation);
    for (domain, counts) in [("app", [1, 2, 4]), ("other", [3, 9, 4])] {
        let mut state = State::new(policy, domain, "safe", "Vault");
        for (method, count) in ["open", "close", "take"].into_iter().zip(counts) {
            let passed = (0..9).filter(|_| state.succeeds(method, &[], 0)).count();
            assert_eq!(passed, count, "{domain} {method}");
        }
    }
}
