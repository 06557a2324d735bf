//! Which session has which terminal, and the signals that wait for the process server.

use super::discipline::signal::{SIGCONT, SIGHUP};
use crate::wait::WaitList;
use alloc::collections::{BTreeMap, VecDeque};
use core::cell::RefCell;

/// Who makes a request, as job control sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Job {
    /// The process.
    pub process: u64,
    /// Its group.
    pub group: u64,
    /// Its session.
    pub session: u64,
}

impl Job {
    /// Whether the process leads its session.
    #[must_use]
    pub const fn is_leader(&self) -> bool {
        self.process == self.session && self.session != 0
    }
}

/// A signal that a terminal raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct News {
    /// The session.
    pub session: u64,
    /// The group, or 0: the session's leader alone.
    pub group: u64,
    /// The signal.
    pub signal: u32,
}

/// Signals that wait, at most. A signal that waits already is not queued again, so that nobody can fill the queue with one terminal.
const NEWS_MAX: usize = 4096;

/// Sessions and their terminals; `T` is a terminal.
#[derive(Debug)]
pub struct Sessions<T> {
    terminals: RefCell<BTreeMap<u64, T>>,
    /// Foreground groups of sessions whose terminal hung up and whose leader lives: they are told when the leader ends.
    left: RefCell<BTreeMap<u64, u64>>,
    news: RefCell<VecDeque<News>>,
    /// The process server waits here.
    pub news_came: WaitList,
}

impl<T> Default for Sessions<T> {
    fn default() -> Sessions<T> {
        Sessions {
            terminals: RefCell::default(),
            left: RefCell::default(),
            news: RefCell::default(),
            news_came: WaitList::default(),
        }
    }
}

impl<T: Clone> Sessions<T> {
    /// The controlling terminal of a session.
    #[must_use]
    pub fn terminal(&self, session: u64) -> Option<T> {
        self.terminals.borrow().get(&session).cloned()
    }

    /// The session has this terminal from now on.
    pub fn set(&self, session: u64, terminal: T) {
        self.left.borrow_mut().remove(&session);
        self.terminals.borrow_mut().insert(session, terminal);
    }

    /// The session has no terminal any more. `foreground` is told when the leader ends, unless it is 0.
    pub fn clear(&self, session: u64, foreground: u64) {
        if self.terminals.borrow_mut().remove(&session).is_some() && foreground != 0 {
            self.left.borrow_mut().insert(session, foreground);
        }
    }

    /// The leader of a session has ended: the foreground group that its terminal left behind, if any.
    pub fn leader_gone(&self, session: u64) -> Option<u64> {
        self.left.borrow_mut().remove(&session)
    }

    /// A terminal raises a signal.
    pub fn raise(&self, news: News) {
        let mut queue = self.news.borrow_mut();
        if news.session != 0 && queue.len() < NEWS_MAX && !queue.contains(&news) {
            queue.push_back(news);
            self.news_came.wake_one();
        }
    }

    /// Hang-up of a group (0: of the leader), and then the signal that lets stopped programs act on it.
    pub fn raise_hang_up(&self, session: u64, group: u64) {
        for signal in [SIGHUP, SIGCONT] {
            self.raise(News {
                session,
                group,
                signal,
            });
        }
    }

    /// The next signal for the process server.
    pub fn next_news(&self) -> Option<News> {
        self.news.borrow_mut().pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_come_in_their_order_and_none_waits_twice() {
        let sessions = Sessions::<()>::default();
        let news = |signal| News {
            session: 7,
            group: 8,
            signal,
        };
        for signal in [2, 3, 2, 2] {
            sessions.raise(news(signal));
        }
        assert_eq!(sessions.next_news(), Some(news(2)));
        sessions.raise(news(2));
        assert_eq!(sessions.next_news(), Some(news(3)));
        assert_eq!(sessions.next_news(), Some(news(2)));
        assert_eq!(sessions.next_news(), None);
    }

    #[test]
    fn a_terminal_that_is_nobodys_raises_nothing() {
        let sessions = Sessions::<()>::default();
        sessions.raise_hang_up(0, 0);
        assert_eq!(sessions.next_news(), None);
    }

    #[test]
    fn the_queue_of_news_is_bounded() {
        let sessions = Sessions::<()>::default();
        for group in 0..2 * NEWS_MAX as u64 {
            sessions.raise(News {
                session: 1,
                group,
                signal: 2,
            });
        }
        assert_eq!(std::iter::from_fn(|| sessions.next_news()).count(), NEWS_MAX);
    }

    #[test]
    fn the_foreground_of_a_terminal_that_hung_up_is_kept_for_the_leaders_end() {
        let sessions = Sessions::default();
        sessions.set(7, "terminal");
        sessions.clear(7, 9);
        assert_eq!(sessions.terminal(7), None);
        assert_eq!(sessions.leader_gone(7), Some(9));
        assert_eq!(sessions.leader_gone(7), None);
    }
}
