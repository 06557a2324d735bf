//! Calls to other servers, signals, sleeps, background tasks, the log.

use super::*;
use crate::answer::Answer;
use crate::call::Outgoing;
use crate::executor::NoEvents;
use crate::log::{Level, Log};
use trivet_abi::handle::Handle;

/// Serves every request by a call to another server, and answers with its status and word.
fn serve_by_calls(kernel: &FakeKernel, slots: usize) -> Stopped {
    let runtime = Runtime::new(Box::new(kernel.clone()), limits(), (100, slots));
    run(&runtime, &NoEvents, async |request: Request| {
        let call = Outgoing {
            handle: Some(Handle(5)),
            method: 9,
            words: [request.word(0), 0, 0, 0, 0, 0],
            sent: b"question".to_vec(),
            room: 8,
            ..Outgoing::default()
        };
        let completion = request.runtime().call(&request, call).await;
        let status = u16::try_from(completion.status).unwrap_or(5);
        Answer {
            status,
            words: completion.words,
            output: completion.output.into(),
            ..Answer::default()
        }
    })
}

#[test]
fn a_call_to_another_server_does_not_stop_the_others() {
    let kernel = FakeKernel::new(64);
    let first = kernel.request(FakeRequest {
        room: 8,
        process: 1,
        ..FakeRequest::default()
    });
    let second = kernel.request(FakeRequest {
        room: 8,
        process: 2,
        ..FakeRequest::default()
    });
    kernel.when_idle(|kernel| {
        let calls = kernel.outgoing();
        assert_eq!((calls.len(), calls[0].slot, calls[1].slot), (2, 100, 101));
        assert_eq!((calls[0].method, calls[0].sent.as_slice()), (9, &b"question"[..]));
        // The second is answered first.
        kernel.complete(&calls[1], 0, [2, 0, 0, 0, 0, 0], b"second");
    });
    kernel.when_idle(move |kernel| {
        assert_eq!(kernel.answer(first), None);
        kernel.complete(&kernel.outgoing()[0], 7, [0; 6], b"");
    });
    serve_by_calls(&kernel, 2);
    let answer = kernel.answer(second).unwrap();
    assert_eq!(
        (answer.status, answer.words[0], &answer.room[..6]),
        (0, 2, &b"second"[..])
    );
    assert_eq!(kernel.answer(first).unwrap().status, 7);
}

#[test]
fn a_call_waits_for_a_free_slot() {
    let kernel = FakeKernel::new(64);
    let tokens: Vec<u64> = (0..3)
        .map(|process| {
            kernel.request(FakeRequest {
                process,
                ..FakeRequest::default()
            })
        })
        .collect();
    for index in 0..3 {
        kernel.when_idle(move |kernel| {
            assert_eq!(kernel.outgoing().len(), index + 1);
            kernel.complete(&kernel.outgoing()[index], 0, [index as u64; 6], b"");
        });
    }
    serve_by_calls(&kernel, 1);
    let words: Vec<u64> = tokens
        .iter()
        .map(|token| kernel.answer(*token).unwrap().words[0])
        .collect();
    assert_eq!(words, [0, 1, 2]);
}

#[test]
fn a_cancel_goes_on_to_the_other_server_and_its_answer_still_counts() {
    let kernel = FakeKernel::new(64);
    let token = kernel.request(FakeRequest::default());
    kernel.when_idle(move |kernel| kernel.cancel(token, false));
    kernel.when_idle(move |kernel| {
        assert_eq!(kernel.cancelled_calls(), [100]);
        assert_eq!(kernel.answer(token), None);
        kernel.complete(&kernel.outgoing()[0], 0, [3; 6], b"");
    });
    serve_by_calls(&kernel, 1);
    assert_eq!(kernel.answer(token).unwrap().words[0], 3);
}

#[test]
fn buffers_of_an_abandoned_call_stay_until_it_has_completed() {
    let kernel = FakeKernel::new(64);
    let runtime = Runtime::new(Box::new(kernel.clone()), limits(), (0, 1));
    kernel.request(FakeRequest::default());
    kernel.when_idle(|kernel| {
        let call = &kernel.outgoing()[0];
        assert_eq!(kernel.cancelled_calls(), [0]);
        // The kernel may write until now; under Miri or a sanitizer a freed room would show.
        kernel.complete(call, 0, [0; 6], b"late");
        kernel.request(FakeRequest::default());
    });
    kernel.when_idle(|kernel| assert_eq!(kernel.outgoing().len(), 2));
    run(&runtime, &NoEvents, async |request: Request| {
        let mut call = core::pin::pin!(request.runtime().call(
            &request,
            Outgoing {
                room: 4,
                ..Outgoing::default()
            }
        ));
        // Polled once, then dropped.
        core::future::poll_fn(|context| {
            assert!(call.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        Answer::default()
    });
    assert_eq!(kernel.unanswered(), Vec::<u64>::new());
}

#[test]
fn a_background_task_serves_signals() {
    let kernel = FakeKernel::new(64);
    let runtime = Runtime::new(Box::new(kernel.clone()), limits(), (0, 0));
    let signal = runtime.new_signal();
    let seen = shared::<Vec<u64>>();
    let cookie = signal.cookie();
    let log = seen.clone();
    runtime.spawn(async move {
        loop {
            let count = signal.wait().await;
            log.borrow_mut().push(count);
        }
    });
    kernel.when_idle(move |kernel| kernel.signal(cookie, 2));
    kernel.when_idle(move |kernel| kernel.signal(cookie, 1));
    // A cookie of an older generation, or of nothing, fires nothing.
    kernel.when_idle(move |kernel| kernel.signal(cookie ^ 1 << 32, 1));
    kernel.when_idle(move |kernel| kernel.signal(cookie + 1, 1));
    run(&runtime, &NoEvents, async |_: Request| Answer::default());
    assert_eq!(*seen.borrow(), [2, 1]);
}

#[test]
fn sleepers_wake_in_the_order_of_their_times() {
    let kernel = FakeKernel::new(64);
    let runtime = Runtime::new(Box::new(kernel.clone()), limits(), (0, 0));
    let seen = shared::<Vec<u64>>();
    for deadline_ns in [300, 100, 200] {
        let (log, sleeper) = (seen.clone(), runtime.clone());
        runtime.spawn(async move {
            sleeper.sleep_in_background(deadline_ns).await.unwrap();
            log.borrow_mut().push(deadline_ns);
        });
    }
    for now_ns in [50, 150, 250, 400] {
        kernel.when_idle(move |kernel| kernel.set_now_ns(now_ns));
    }
    run(&runtime, &NoEvents, async |_: Request| Answer::default());
    assert_eq!(*seen.borrow(), [100, 200, 300]);
}

#[test]
fn a_sleep_on_behalf_of_a_request_ends_with_its_cancel() {
    let kernel = FakeKernel::new(64);
    let runtime = Runtime::new(Box::new(kernel.clone()), limits(), (0, 0));
    let token = kernel.request(FakeRequest::default());
    kernel.when_idle(move |kernel| kernel.cancel(token, false));
    run(&runtime, &NoEvents, async |request: Request| {
        let slept = request.runtime().sleep_until(&request, 1_000).await;
        Answer::status(if slept.is_err() { 4 } else { 0 })
    });
    assert_eq!(kernel.answer(token).unwrap().status, 4);
}

#[test]
fn the_log_never_waits_and_counts_what_it_drops() {
    let kernel = FakeKernel::new(64);
    let runtime = Runtime::new(Box::new(kernel.clone()), limits(), (0, 1));
    let log = Log::new(&runtime, Handle::LOG);
    for line in 0..300 {
        log.information(format_args!("line {line}"));
    }
    log.write(Level::Debug, format_args!("below the level"));
    for index in 0..256 {
        kernel.when_idle(move |kernel| kernel.complete(&kernel.outgoing()[index], 0, [0; 6], b""));
    }
    let last = log.clone();
    kernel.when_idle(move |_| last.error(format_args!("after")));
    // Something must happen for the server to look again.
    kernel.when_idle(|kernel| kernel.close_session(1));
    run(&runtime, &NoEvents, async |_: Request| Answer::default());
    let lines: Vec<String> = kernel
        .outgoing()
        .iter()
        .map(|call| String::from_utf8(call.sent.clone()).unwrap())
        .collect();
    assert_eq!(lines.len(), 257);
    assert_eq!((lines[0].as_str(), lines[255].as_str()), ("line 0", "line 255"));
    assert_eq!(lines[256], "(44 lines dropped) after");
}

#[test]
fn a_typed_call_passes_its_arguments_and_takes_the_answer_apart() {
    let kernel = FakeKernel::new(64);
    let runtime = Runtime::new(Box::new(kernel.clone()), limits(), (0, 1));
    let seen = shared::<Vec<String>>();
    let (log, caller) = (seen.clone(), runtime.clone());
    runtime.spawn(async move {
        let devices = crate::clients::bus::list(&caller, Handle(6), 3, 2).await;
        log.borrow_mut().push(format!(
            "{:?}",
            devices.map(|reply| (reply.devices.len(), reply.count))
        ));
        let refused = crate::clients::bus::claim(&caller, Handle(6), 8).await;
        log.borrow_mut().push(format!("{refused:?}"));
        let range = crate::clients::device::range(&caller, Handle(6), 0).await;
        log.borrow_mut().push(format!("{range:?}"));
    });
    kernel.when_idle(|kernel| {
        let call = &kernel.outgoing()[0];
        assert_eq!(
            (call.method, call.words),
            (trivet_ipc::bus::method::LIST, [3, 0, 0, 0, 0, 0])
        );
        kernel.complete(
            call,
            0,
            [9, 0, 0, 0, 0, 0],
            &[0; size_of::<trivet_ipc::bus::DeviceInfo>()],
        );
    });
    kernel.when_idle(|kernel| kernel.complete(&kernel.outgoing()[1], 16, [0; 6], b""));
    // A kind that the interface does not have.
    kernel.when_idle(|kernel| kernel.complete(&kernel.outgoing()[2], 0, [77, 0, 0, 0, 0, 0], b""));
    run(&runtime, &NoEvents, async |_: Request| Answer::default());
    assert_eq!(
        *seen.borrow(),
        ["Ok((1, 9))", "Err(Server(Busy))", "Err(Unlisted(71))"]
    );
}
