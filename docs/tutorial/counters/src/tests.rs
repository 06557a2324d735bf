//! The service over the fake kernel.

use super::*;
use trivet_ipc::{counter, counters};
use trivet_server::executor::Stopped;
use trivet_server::fake::{FakeAnswer, FakeKernel, FakeRequest};

const EACCES: u16 = 13;
const EINVAL: u16 = 22;
const EINTR: u16 = 4;
const EOVERFLOW: u16 = 75;
const ESTALE: u16 = 116;

/// Counters whose names begin with `private/` have label 2, all others label 1.
fn label(name: &[u8]) -> Option<Label> {
    Some(Label(if name.starts_with(b"private/") { 2 } else { 1 }))
}

fn serve(kernel: &FakeKernel) {
    kernel.set_policy(|_, label, interface, _| {
        label == Label(1) && (interface == counters::INTERFACE || interface == counter::INTERFACE)
    });
    let runtime = Runtime::new(Box::new(kernel.clone()), Limits::default(), (0, 0));
    let service = Service::new(label);
    let stopped = trivet_server::run(&runtime, &service, |request| service.dispatch(request));
    assert!(matches!(stopped, Stopped::Failed(_)));
}

fn open(name: &[u8]) -> FakeRequest {
    FakeRequest {
        method: counters::method::OPEN,
        sent: name.to_vec(),
        ..FakeRequest::default()
    }
}

fn call(badge: u64, method: u8, word: i64) -> FakeRequest {
    let words = [word.cast_unsigned(), 0, 0, 0, 0, 0];
    FakeRequest {
        badge,
        method,
        words,
        process: badge,
        ..FakeRequest::default()
    }
}

/// Opens `first` and `second` and makes the calls in their order; answers what each call got.
fn answers(first: &[u8], second: &[u8], calls: Vec<FakeRequest>) -> Vec<FakeAnswer> {
    let kernel = FakeKernel::new(128);
    kernel.request(open(first));
    kernel.request(open(second));
    let tokens: Vec<u64> = calls.into_iter().map(|request| kernel.request(request)).collect();
    serve(&kernel);
    tokens.iter().filter_map(|token| kernel.answer(*token)).collect()
}

#[test]
fn two_sessions_on_one_name_share_the_counter() {
    let calls = vec![
        call(1, counter::method::ADD, 5),
        call(2, counter::method::VALUE, 0),
    ];
    let answers = answers(b"visits", b"visits", calls);
    assert_eq!(
        answers.iter().map(|answer| answer.words[0]).collect::<Vec<_>>(),
        [5, 5]
    );
}

#[test]
fn two_names_are_two_counters() {
    let calls = vec![
        call(1, counter::method::ADD, 5),
        call(2, counter::method::VALUE, 0),
    ];
    assert_eq!(answers(b"one", b"two", calls)[1].words[0], 0);
}

#[test]
fn a_name_that_the_policy_refuses_is_eacces() {
    let kernel = FakeKernel::new(128);
    let refused = kernel.request(open(b"private/diary"));
    serve(&kernel);
    let answer = kernel.answer(refused).unwrap();
    assert_eq!((answer.status, answer.minted), (EACCES, None));
}

#[test]
fn a_malformed_name_is_einval() {
    for name in [&b""[..], b"Upper", b"a//b", b"/a", b"a/", b"a\0"] {
        let kernel = FakeKernel::new(128);
        let refused = kernel.request(open(name));
        serve(&kernel);
        assert_eq!(kernel.answer(refused).unwrap().status, EINVAL, "{name:?}");
    }
}

#[test]
fn a_sum_that_does_not_fit_changes_nothing() {
    let calls = vec![
        call(1, counter::method::ADD, i64::MAX),
        call(1, counter::method::ADD, 1),
        call(1, counter::method::VALUE, 0),
    ];
    let answers = answers(b"big", b"big", calls);
    assert_eq!(
        (answers[1].status, answers[2].words[0]),
        (EOVERFLOW, i64::MAX as u64)
    );
}

#[test]
fn a_wait_ends_when_the_value_is_reached() {
    let calls = vec![
        call(1, counter::method::WAIT_FOR, 3),
        call(2, counter::method::ADD, 2),
        call(2, counter::method::ADD, 2),
    ];
    assert_eq!(answers(b"same", b"same", calls)[0].words[0], 4);
}

#[test]
fn a_wait_ends_with_eintr_when_it_is_interrupted() {
    let kernel = FakeKernel::new(128);
    kernel.request(open(b"slow"));
    let waiting = kernel.request(call(1, counter::method::WAIT_FOR, 1));
    kernel.when_idle(move |kernel| kernel.cancel(waiting, false));
    serve(&kernel);
    assert_eq!(kernel.answer(waiting).unwrap().status, EINTR);
}

#[test]
fn a_counter_goes_with_its_last_session() {
    let kernel = FakeKernel::new(128);
    kernel.request(open(b"short"));
    kernel.request(call(1, counter::method::ADD, 9));
    kernel.when_idle(|kernel| kernel.close_session(1));
    let seen = std::rc::Rc::new(Cell::new(0));
    let token = seen.clone();
    kernel.when_idle(move |kernel| {
        kernel.request(open(b"short"));
        token.set(kernel.request(call(2, counter::method::VALUE, 0)));
    });
    serve(&kernel);
    assert_eq!(kernel.answer(seen.get()).unwrap().words[0], 0);
}

#[test]
fn a_session_that_the_service_does_not_know_is_estale() {
    assert_eq!(
        answers(b"a", b"b", vec![call(9, counter::method::VALUE, 0)])[0].status,
        ESTALE
    );
}
