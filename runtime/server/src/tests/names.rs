//! Names are judged, or the answer is EACCES.

use super::*;
use crate::answer::ACCESS_DENIED;

fn open(path: &[u8]) -> FakeRequest {
    FakeRequest {
        method: file::method::OPEN,
        sent: path.to_vec(),
        ..FakeRequest::default()
    }
}

#[test]
fn a_granted_name_is_answered_with_a_session() {
    let kernel = FakeKernel::new(64);
    kernel.set_policy(|_, label, interface, method| {
        label == LABEL && interface == file::INTERFACE && method == file::method::OPEN
    });
    let token = kernel.request(open(b"/tmp/f"));
    serve(&kernel, &PipeServer::default(), limits());
    let answer = kernel.answer(token).unwrap();
    assert_eq!((answer.status, answer.words[0]), (0, 6));
    let minted = answer.minted.unwrap();
    assert_eq!(
        (minted.badge, minted.label, minted.interface),
        (6, LABEL, file::INTERFACE)
    );
}

#[test]
fn a_refused_name_is_eacces() {
    let kernel = FakeKernel::new(64);
    kernel.set_policy(|_, _, _, _| false);
    let token = kernel.request(open(b"/etc/shadow"));
    serve(&kernel, &PipeServer::default(), limits());
    let answer = kernel.answer(token).unwrap();
    assert_eq!((answer.status, answer.minted), (ACCESS_DENIED, None));
}

#[test]
fn a_handler_that_forgets_to_judge_answers_eacces() {
    let kernel = FakeKernel::new(64);
    let server = PipeServer::default();
    server.forgets_to_judge.set(true);
    let token = kernel.request(open(b"/tmp/f"));
    serve(&kernel, &server, limits());
    let answer = kernel.answer(token).unwrap();
    assert_eq!((answer.status, answer.minted), (ACCESS_DENIED, None));
}
