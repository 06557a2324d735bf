//! Asks a policy every kind of question; shared by the tests and the fuzz targets.

use trivet_policy::{
    AccountId, DomainId, Frames, InterfaceId, LabelId, MAX_FRAME_CELLS, MethodId, Outcome, Policy, Request,
    Rows, RuleId, publish_rows, published_size,
};

/// Asks a loaded policy everything, with numbers inside and outside of its tables.
pub fn ask_everything(policy: &Policy<'_>) {
    let domains: Vec<DomainId> = (0..policy.domain_count().min(12))
        .chain([u16::MAX])
        .map(DomainId)
        .collect();
    let labels: Vec<LabelId> = (0..policy.label_count().min(16))
        .chain([u32::MAX])
        .map(LabelId)
        .collect();
    let interfaces = [2, 7, 32, 33, 34, 0, u16::MAX].map(InterfaceId);
    let inputs = [3, 1, 2, 0, u64::MAX, 5, 1, 1, 1];
    for &domain in &domains {
        let _ = (
            policy.domain_name(domain),
            policy.account(policy.account_of(domain)),
        );
        let mut process = vec![0; policy.process_cells(domain).into()];
        let mut shared = vec![0; policy.domain_cells(domain).into()];
        for &label in &labels {
            let _ = (policy.label_name(label), policy.transition(domain, label, 0));
            let _ = policy.label_for_new(label, b"a.key", domain);
            for interface in interfaces {
                let masks = policy.masks(domain, label, interface);
                assert_eq!(masks.stateful & !masks.allow, 0);
                let _ = policy.may_mint(domain, label, interface);
                let cells = policy.session_cells(label, interface);
                assert!(cells <= MAX_FRAME_CELLS);
                let mut session = vec![0; cells.into()];
                for method in [0, 1, 2, 3, 5, 61, 255].map(MethodId) {
                    let _ = policy
                        .deciding_rule(domain, label, interface, method)
                        .map(|rule| policy.rule_text(rule));
                    let _ = policy.method_name(interface, method);
                    let request = Request {
                        domain,
                        label,
                        interface,
                        method,
                        time_ns: 7,
                        inputs: &inputs,
                    };
                    let mut frames = Frames {
                        session: &mut session,
                        process: &mut process,
                        domain: &mut shared,
                    };
                    let verdict = policy.evaluate(&mut frames, &request);
                    let bit = 1u64.checked_shl(method.0.into()).unwrap_or(0);
                    assert!(
                        !verdict.allowed || masks.allow & bit != 0,
                        "a check never widens the mask"
                    );
                    let outcome = if label.0 % 2 == 0 {
                        Outcome::Failure
                    } else {
                        Outcome::Success(&[4; 6])
                    };
                    let _ = policy.settle(&mut frames, &verdict.undo, outcome);
                    let name = policy.judge_name(&mut frames, &request, LabelId(2), InterfaceId(32), method);
                    let granted = policy.masks(domain, LabelId(2), InterfaceId(32)).allow & bit != 0;
                    let itself = label == LabelId(2) && interface == InterfaceId(32);
                    assert!(
                        !name.allowed || granted || itself,
                        "a name never has more than its mask"
                    );
                }
            }
        }
        if published_size(policy, domain) < 1 << 16 {
            let mut memory = vec![0; 1 << 16];
            publish_rows(policy, domain, &mut memory).expect("there is room");
            let rows = Rows::new(&memory).expect("just written");
            let _ = rows.granted(domain, LabelId(1), InterfaceId(32));
        }
    }
    for name in ["init", "files", "", "x"] {
        let _ = (
            policy.boot_domain(name),
            policy.label_for_path(name, b"/etc/passwd"),
            policy.label_by_name(name),
        );
    }
    for path in [b"".as_slice(), b"/", b"//", b"/etc//x/", b"relative"] {
        let _ = policy.label_for_path("disk", path);
    }
    let _ = policy.label_for_address(6, [0; 16], 80);
    let _ = (
        policy.rule_text(RuleId(u32::MAX)),
        policy.account(AccountId(u16::MAX)),
    );
    assert!(policy.all_rows().count() <= 1 << 20);
}
