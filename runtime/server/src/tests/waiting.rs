//! Tasks that wait: wakes, cancels, bounds, late pages.

use super::*;
use crate::answer::TRY_AGAIN;

const EINTR: u16 = 4;

#[test]
fn a_read_waits_for_the_write() {
    for server in servers() {
        let kernel = FakeKernel::new(64);
        let reader = kernel.request(read(1, 10));
        kernel.when_idle(move |kernel| {
            assert_eq!(kernel.answer(reader), None);
            kernel.request(write(b"hello"));
        });
        serve(&kernel, &server, limits());
        let answer = kernel.answer(reader).unwrap();
        assert_eq!(
            (answer.status, answer.words[0], &answer.room[..5]),
            (0, 5, &b"hello"[..])
        );
    }
}

#[test]
fn readers_are_woken_in_their_order() {
    for server in servers() {
        let kernel = FakeKernel::new(64);
        let first = kernel.request(read(1, 1));
        let second = kernel.request(read(2, 1));
        kernel.when_idle(|kernel| {
            kernel.request(write(b"ab"));
        });
        serve(&kernel, &server, limits());
        assert_eq!(kernel.answer(first).unwrap().room, b"a");
        assert_eq!(kernel.answer(second).unwrap().room, b"b");
    }
}

#[test]
fn an_interrupted_read_answers_eintr_and_takes_nothing() {
    for server in servers() {
        let kernel = FakeKernel::new(64);
        let interrupted = kernel.request(read(1, 10));
        let patient = kernel.request(read(2, 10));
        kernel.when_idle(move |kernel| kernel.cancel(interrupted, false));
        kernel.when_idle(|kernel| {
            kernel.request(write(b"x"));
        });
        serve(&kernel, &server, limits());
        assert_eq!(kernel.answer(interrupted).unwrap().status, EINTR);
        assert_eq!(kernel.answer(patient).unwrap().words[0], 1);
        assert_eq!(server.running.get(), 0);
    }
}

#[test]
fn a_wake_that_meets_a_cancel_is_not_lost() {
    for server in servers() {
        let kernel = FakeKernel::new(64);
        let cancelled = kernel.request(read(1, 1));
        let other = kernel.request(read(2, 1));
        // The write wakes the first reader; its cancel is received before the reader runs again.
        kernel.when_idle(move |kernel| {
            kernel.request(write(b"x"));
            kernel.cancel(cancelled, false);
        });
        kernel.when_idle(|kernel| {
            kernel.request(write(b"y"));
        });
        serve(&kernel, &server, limits());
        let mut got: Vec<(u16, Vec<u8>)> = [cancelled, other]
            .map(|token| kernel.answer(token).unwrap())
            .map(|a| (a.status, a.room))
            .into();
        got.sort();
        // Either it took the byte before it saw the cancel, or the byte went to the other.
        assert!(
            got == [(0, b"x".to_vec()), (0, b"y".to_vec())] || got == [(0, b"x".to_vec()), (EINTR, vec![0])],
            "{got:?}"
        );
    }
}

#[test]
fn a_reader_that_died_leaves_the_bytes_to_others() {
    for server in servers() {
        let kernel = FakeKernel::new(64);
        let dead = kernel.request(read(1, 10));
        kernel.when_idle(move |kernel| kernel.cancel(dead, true));
        kernel.when_idle(|kernel| {
            kernel.request(write(b"z"));
        });
        let alive = shared::<u64>();
        let token = alive.clone();
        kernel.when_idle(move |kernel| *token.borrow_mut() = kernel.request(read(2, 10)));
        serve(&kernel, &server, limits());
        assert_eq!(&kernel.answer(*alive.borrow()).unwrap().room[..1], b"z");
    }
}

#[test]
fn a_cancel_for_a_request_that_has_ended_changes_nothing() {
    for server in servers() {
        let kernel = FakeKernel::new(64);
        let done = kernel.request(write(b"q"));
        kernel.when_idle(move |kernel| {
            kernel.cancel(done, false);
            kernel.request(read(1, 1));
        });
        serve(&kernel, &server, limits());
        assert_eq!(kernel.unanswered(), Vec::<u64>::new());
    }
}

#[test]
fn an_account_over_its_bound_gets_eagain_and_others_still_wait() {
    for server in servers() {
        let kernel = FakeKernel::new(64);
        let hog: Vec<u64> = (0..6).map(|_| kernel.request(read(1, 1))).collect();
        let other = kernel.request(read(2, 1));
        serve(&kernel, &server, limits());
        let refused: Vec<bool> = hog
            .iter()
            .map(|token| kernel.answer(*token).is_some_and(|a| a.status == TRY_AGAIN))
            .collect();
        assert_eq!(refused, [false, false, false, false, true, true]);
        assert_eq!(kernel.answer(other), None);
    }
}

#[test]
fn sessions_that_closed_quietly_end_before_the_next_request() {
    for server in servers() {
        let kernel = FakeKernel::new(64);
        for badge in 1..=7 {
            kernel.close_session_quietly(badge);
        }
        let request = kernel.request(write(b"k"));
        kernel.when_idle(|_| {});
        serve(&kernel, &server, limits());
        assert_eq!(server.closed.borrow().as_slice(), [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(kernel.answer(request).unwrap().status, 0);
    }
}

#[test]
fn a_full_server_leaves_requests_in_the_queue_and_takes_events() {
    for server in servers() {
        let kernel = FakeKernel::new(64);
        let small = Limits {
            tasks: 2,
            tasks_per_account: 2,
            background: 0,
        };
        let waiting = [kernel.request(read(1, 1)), kernel.request(read(2, 1))];
        let queued = kernel.request(write(b"k"));
        kernel.close_session(77);
        kernel.when_idle(move |kernel| kernel.cancel(waiting[0], false));
        serve(&kernel, &server, small);
        assert_eq!(server.closed.borrow().as_slice(), [77]);
        assert_eq!(kernel.answer(waiting[0]).unwrap().status, EINTR);
        assert_eq!(kernel.answer(queued).unwrap().status, 0);
        assert_eq!(kernel.answer(waiting[1]).unwrap().room, b"k");
    }
}

#[test]
fn an_answer_that_meets_a_missing_page_goes_out_later_unchanged() {
    for server in servers() {
        let kernel = FakeKernel::new(64);
        kernel.set_not_resident(3);
        kernel.request(write(b"page"));
        let reader = kernel.request(read(1, 4));
        let room = size_of::<file::Attributes>();
        let attributes = kernel.request(FakeRequest {
            method: file::method::ATTRIBUTES,
            badge: 8,
            room,
            ..FakeRequest::default()
        });
        serve(&kernel, &server, limits());
        assert_eq!(kernel.answer(reader).unwrap().room, b"page");
        let attributes: file::Attributes =
            trivet_ipc::plain::from_bytes(&kernel.answer(attributes).unwrap().room).unwrap();
        assert_eq!(attributes.inode, 8);
    }
}

#[test]
fn bytes_that_the_caller_cannot_take_are_told_to_the_server() {
    let kernel = FakeKernel::new(64);
    let request = kernel.request(write(b"k"));
    serve(&kernel, &PipeServer::default(), limits());
    assert_eq!(kernel.answer(request).unwrap().status, 0);
    let kernel = FakeKernel::new(64);
    kernel.refuse_replies(1);
    let request = kernel.request(write(b"k"));
    let server = PipeServer::default();
    serve(&kernel, &server, limits());
    assert_eq!(kernel.answer(request).unwrap().status, crate::answer::BAD_ADDRESS);
    assert_eq!(server.undelivered.borrow().len(), 1);
    assert_eq!(server.undelivered.borrow()[0].1, 1);
}
