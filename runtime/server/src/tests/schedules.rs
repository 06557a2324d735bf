//! Any order of requests, writes, cancels and deaths: each request is answered exactly once, no byte is lost or doubled,
//! nothing keeps running.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Read { process: u64, room: usize },
    Write { length: usize },
    Cancel { which: usize, died: bool },
    Idle,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0u64..3, 1usize..5).prop_map(|(process, room)| Step::Read { process, room }),
        3 => (1usize..6).prop_map(|length| Step::Write { length }),
        2 => (0usize..20, any::<bool>()).prop_map(|(which, died)| Step::Cancel { which, died }),
        2 => Just(Step::Idle),
    ]
}

proptest! {
    #[test]
    fn every_request_is_answered_once_and_no_byte_is_lost(
        steps in prop::collection::vec(step(), 1..60),
        tasks in 1usize..6,
        per_account in 1usize..4,
    ) {
        let kernel = FakeKernel::new(8);
        let server = PipeServer::default();
        let bound = Limits { tasks, tasks_per_account: per_account, background: 0 };
        let readers = shared::<Vec<u64>>();
        let written = shared::<Vec<u8>>();
        // Steps between two `Idle` happen at once, before the server runs again.
        for group in steps.split(|step| matches!(step, Step::Idle)) {
            let (group, readers, written) = (group.to_vec(), readers.clone(), written.clone());
            kernel.when_idle(move |kernel| {
                for step in group {
                    match step {
                        Step::Read { process, room } => {
                            readers.borrow_mut().push(kernel.request(read(process, room)));
                        }
                        Step::Write { length } => {
                            let start = written.borrow().len();
                            let bytes: Vec<u8> = (start..start + length).map(|byte| byte as u8).collect();
                            written.borrow_mut().extend_from_slice(&bytes);
                            kernel.request(write(&bytes));
                        }
                        Step::Cancel { which, died } => {
                            if let Some(token) = readers.borrow().get(which) {
                                kernel.cancel(*token, died);
                            }
                        }
                        Step::Idle => unreachable!("split there"),
                    }
                }
            });
        }
        // In the end everybody who still waits is told that its caller died, until nobody is left: a full server takes
        // queued requests only when others have ended.
        for _ in 0..80 {
            let readers = readers.clone();
            kernel.when_idle(move |kernel| {
                for token in readers.borrow().iter().filter(|token| kernel.answer(**token).is_none()) {
                    kernel.cancel(*token, true);
                }
            });
        }
        serve(&kernel, &server, bound);
        prop_assert_eq!(kernel.unanswered(), Vec::<u64>::new());
        prop_assert_eq!(server.running.get(), 0);
        prop_assert!(server.readers.is_empty());
        let mut got = Vec::new();
        for token in readers.borrow().iter() {
            let answer = kernel.answer(*token).unwrap();
            prop_assert!(answer.status == 0 || answer.status == 4 || answer.status == 11, "{answer:?}");
            got.extend_from_slice(&answer.room[..answer.copied]);
        }
        got.extend(server.bytes.borrow().iter());
        got.sort_unstable();
        let mut all = written.borrow().clone();
        all.sort_unstable();
        prop_assert_eq!(got, all);
    }
}
