//! Decisions about names, by the kernel's engine for the caller of one request.

use super::slot;
use crate::judge::{FileMethod, Judge};
use trivet_abi::{InterfaceNumber, Label};
use trivet_server::{NameJudge, Request};

/// Judges for one request.
pub struct RequestJudge<'a> {
    judge: NameJudge<'a>,
    request: &'a Request,
}

impl<'a> RequestJudge<'a> {
    /// For this request.
    pub fn new(request: &'a Request) -> RequestJudge<'a> {
        RequestJudge {
            judge: request.judge(),
            request,
        }
    }

    /// What opens names and makes decided replies.
    pub fn names(&self) -> &NameJudge<'a> {
        &self.judge
    }
}

impl Judge for RequestJudge<'_> {
    #[inline]
    fn allows(&self, label: Label, method: FileMethod) -> bool {
        let interface = InterfaceNumber(trivet_ipc::file::INTERFACE.0);
        self.judge.allows_method(label, interface, method as u8)
    }

    fn label_for_new(&self, parent: Label, name: &[u8]) -> Label {
        // Where the engine gives no label, the object gets the one that nothing is granted on.
        self.request.label_for_new(parent, name).unwrap_or_default()
    }
}

/// The label that the policy gives to what has no name, as a pipe.
pub fn label_by_name(name: &[u8]) -> Option<Label> {
    trivet_ipc::policy::label_by_name(slot::POLICY, name)
        .ok()
        .map(Label)
}
