//! Something that happens once: new, running, done, or running with others that wait.

use crate::{AtomicU32, Futex, Ordering};

/// Nobody has begun.
pub const NEW: u32 = 0;
/// A thread is at it.
pub const RUNNING: u32 = 1;
/// It has happened.
pub const DONE: u32 = 2;
/// A thread is at it, and others wait.
pub const AWAITED: u32 = 3;

/// Whether it has happened; then what it wrote is seen.
#[inline(always)]
pub fn is_done(word: &AtomicU32) -> bool {
    word.load(Ordering::Acquire) == DONE
}

/// Waits while another thread is at it. `true`: the caller is to do it and to say so by `finish`; `false`: it has happened.
pub fn begin(word: &AtomicU32, futex: &impl Futex) -> bool {
    loop {
        match word.compare_exchange(NEW, RUNNING, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => return true,
            Err(DONE) => return false,
            Err(state) => {
                if state == AWAITED
                    || word
                        .compare_exchange(RUNNING, AWAITED, Ordering::Relaxed, Ordering::Relaxed)
                        .is_ok()
                {
                    futex.wait(word, AWAITED);
                }
            }
        }
    }
}

/// Ends what `begin` began: `DONE`, or `NEW` when it counts as never begun.
pub fn finish(word: &AtomicU32, state: u32, futex: &impl Futex) {
    if word.swap(state, Ordering::AcqRel) == AWAITED {
        futex.wake(word, u32::MAX);
    }
}

#[cfg(all(test, loom))]
mod models {
    use super::*;
    use crate::model::{self, ModelFutex};
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;

    struct Shared {
        futex: ModelFutex,
        word: AtomicU32,
        data: UnsafeCell<u32>,
    }

    fn shared() -> Arc<Shared> {
        Arc::new(Shared {
            futex: ModelFutex::new(),
            word: AtomicU32::new(NEW),
            data: UnsafeCell::new(0),
        })
    }

    fn call(shared: &Shared) {
        if !is_done(&shared.word) && begin(&shared.word, &shared.futex) {
            // SAFETY: one thread is between begin and finish; the cell itself checks it.
            shared.data.with_mut(|data| unsafe { *data += 1 });
            finish(&shared.word, DONE, &shared.futex);
        }
        // SAFETY: it has happened, and nobody writes any more.
        assert_eq!(shared.data.with(|data| unsafe { *data }), 1);
    }

    #[test]
    fn it_happens_once_and_everybody_sees_it() {
        model::check(3, || {
            let shared = shared();
            let others = [(), ()].map(|()| {
                let shared = shared.clone();
                loom::thread::spawn(move || call(&shared))
            });
            call(&shared);
            for other in others {
                other.join().unwrap();
            }
        });
    }

    #[test]
    fn another_thread_does_it_when_the_first_gave_up() {
        model::check(3, || {
            let shared = shared();
            let first = {
                let shared = shared.clone();
                loom::thread::spawn(move || {
                    if begin(&shared.word, &shared.futex) {
                        finish(&shared.word, NEW, &shared.futex);
                    }
                })
            };
            call(&shared);
            first.join().unwrap();
        });
    }
}
