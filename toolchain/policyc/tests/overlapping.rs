//! Properties of state where messages overlap: whatever begins and ends in whatever order, a limit is never passed, a set
//! never overfull, and nothing stays reserved or counted for what failed.

mod common;

use common::{ids, policy, world};
use proptest::prelude::*;
use trivet_policy::{Frames, MethodId, Outcome, Policy, Request, Undo};

const RULES: &str = "
allow app -> safe: Vault.*;
limit three: app -> safe: Vault.{unlock, close} to 3 per process;
set two: app -> safe of 2 per session { add reply number on Vault.open; add number on Vault.take; remove number on Vault.close; }
flow turn: app -> safe per domain { a: Vault.unlock -> b, Vault.open, Vault.take, Vault.close; b: Vault.open -> a on success, Vault.take, Vault.close; }
";

/// A message under way.
struct Pending {
    method: &'static str,
    undo: Undo,
}

/// One session, process and domain: `RULES` put each kind of state into a frame of its own.
struct Machine<'a> {
    policy: Policy<'a>,
    session: Vec<u64>,
    process: Vec<u64>,
    domain: Vec<u64>,
    pending: Vec<Pending>,
    counted: u64,
}

impl<'a> Machine<'a> {
    fn new(policy: Policy<'a>) -> Self {
        let (domain, label, interface) = ids(&policy, "app", "safe", "Vault");
        Machine {
            policy,
            session: vec![0; policy.session_cells(label, interface).into()],
            process: vec![0; policy.process_cells(domain).into()],
            domain: vec![0; policy.domain_cells(domain).into()],
            pending: Vec::new(),
            counted: 0,
        }
    }

    fn frames(&mut self) -> Frames<'_> {
        Frames {
            session: &mut self.session,
            process: &mut self.process,
            domain: &mut self.domain,
        }
    }

    fn begin(&mut self, method: &'static str, number: u64) -> bool {
        let (domain, label, interface) = ids(&self.policy, "app", "safe", "Vault");
        let id: MethodId = self
            .policy
            .method_by_name(interface, method)
            .expect("the method exists");
        let inputs = [number, 0, 0, 0, 0, 0, 0, 0, 0];
        let request = Request {
            domain,
            label,
            interface,
            method: id,
            time_ns: 5,
            inputs: &inputs,
        };
        let policy = self.policy;
        let verdict = policy.evaluate(&mut self.frames(), &request);
        if verdict.allowed {
            self.counted += u64::from(matches!(method, "unlock" | "close"));
            self.pending.push(Pending {
                method,
                undo: verdict.undo,
            });
        } else {
            assert!(
                verdict.undo.is_empty(),
                "a refused message leaves nothing to settle"
            );
        }
        verdict.allowed
    }

    fn end(&mut self, which: usize, result: Option<u64>) {
        let Pending { method, undo } = self.pending.swap_remove(which);
        let words = [result.unwrap_or(0), 0, 0, 0, 0, 0];
        let outcome = if result.is_some() {
            Outcome::Success(&words)
        } else {
            Outcome::Failure
        };
        let policy = self.policy;
        policy.settle(&mut self.frames(), &undo, outcome);
        if result.is_none() {
            self.counted -= u64::from(matches!(method, "unlock" | "close"));
        }
    }

    /// What must hold after each step.
    fn check(&self) -> Result<(), TestCaseError> {
        prop_assert_eq!(
            self.process[1],
            self.counted,
            "what is under way or succeeded is counted, nothing else"
        );
        prop_assert!(self.counted <= 3);
        let (values, reserved) = (
            u64::from((self.session[0] as u32).count_ones()),
            self.session[0] >> 32,
        );
        let opening = self
            .pending
            .iter()
            .filter(|pending| pending.method == "open")
            .count() as u64;
        prop_assert_eq!(reserved, opening, "one place for each reply that may add");
        prop_assert!(values + reserved <= 2, "the set holds two");
        prop_assert!(self.domain[0] as u32 <= 1, "a state that the flow has");
        let mut held: Vec<u64> = (0..2)
            .filter(|slot| self.session[0] & (1 << slot) != 0)
            .map(|slot| self.session[slot + 1])
            .collect();
        held.sort_unstable();
        held.dedup();
        prop_assert_eq!(held.len() as u64, values, "no value twice");
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn overlapping_messages_never_pass_a_limit(
        steps in prop::collection::vec((any::<bool>(), 0..4usize, 0..4u64, any::<prop::sample::Index>(), any::<bool>()), 0..80),
    ) {
        let compilation = world(RULES);
        let mut machine = Machine::new(policy(&compilation));
        for (begins, method, number, which, succeeds) in steps {
            if begins {
                machine.begin(["open", "unlock", "take", "close"][method], number);
            } else if !machine.pending.is_empty() {
                let which = which.index(machine.pending.len());
                machine.end(which, succeeds.then_some(number));
            }
            machine.check()?;
        }
        while !machine.pending.is_empty() {
            machine.end(0, None);
            machine.check()?;
        }
    }
}
