//! What a signal does to a process: numbers, default actions, and the decision from its dispositions and masks.

/// Hang-up.
pub const SIGHUP: u32 = 1;
/// The end that nothing stops.
pub const SIGKILL: u32 = 9;
/// What programs give a meaning.
pub const SIGUSR1: u32 = 10;
/// What programs give a meaning.
pub const SIGUSR2: u32 = 12;
/// An alarm of real time.
pub const SIGALRM: u32 = 14;
/// A wish that it ends.
pub const SIGTERM: u32 = 15;
/// A child changed its state.
pub const SIGCHLD: u32 = 17;
/// Go on.
pub const SIGCONT: u32 = 18;
/// The stop that nothing stops.
pub const SIGSTOP: u32 = 19;
/// Stop, from a terminal.
pub const SIGTSTP: u32 = 20;
/// Read from the terminal in the background.
pub const SIGTTIN: u32 = 21;
/// Write to the terminal in the background.
pub const SIGTTOU: u32 = 22;
/// More processor time than the limit allows.
pub const SIGXCPU: u32 = 24;
/// An alarm of the process's own time.
pub const SIGVTALRM: u32 = 26;
/// An alarm of all processor time on the process's behalf.
pub const SIGPROF: u32 = 27;
const SIGURG: u32 = 23;
const SIGWINCH: u32 = 28;
/// The last signal.
pub const SIGNAL_MAX: u32 = 64;
/// Signals from here on are queued, each with its value.
pub const FIRST_QUEUED: u32 = 32;

/// Signals that cannot be blocked, caught or ignored.
pub const UNSTOPPABLE: u64 = bit(SIGKILL) | bit(SIGSTOP);
/// Signals that stop a process by default.
pub const STOPPING: u64 = bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);

/// `si_code` of a signal that was sent by kill.
pub const SI_USER: u32 = 0;
/// `si_code` of a signal that the system sent.
pub const SI_KERNEL: u32 = 0x80;
/// `si_code` of sigqueue.
pub const SI_QUEUE: u32 = -1i32 as u32;
/// `si_code` of tgkill.
pub const SI_TKILL: u32 = -6i32 as u32;

/// The bit of a signal, 1..=64, in a set.
#[must_use]
pub const fn bit(signal: u32) -> u64 {
    1 << (signal.wrapping_sub(1) & 63)
}

/// What a signal does where a program says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Ends the process.
    End,
    /// Nothing. SIGCONT too, whose continuing happens in any case.
    Ignore,
    /// Stops the process.
    Stop,
}

/// A signal's default action: POSIX's, and Linux's for those that POSIX has not.
#[must_use]
pub const fn default_of(signal: u32) -> Action {
    match signal {
        SIGCHLD | SIGCONT | SIGURG | SIGWINCH => Action::Ignore,
        SIGSTOP | SIGTSTP | SIGTTIN | SIGTTOU => Action::Stop,
        _ => Action::End,
    }
}

/// What a process says of its signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dispositions {
    /// Ignored.
    pub ignored: u64,
    /// With a handler.
    pub caught: u64,
}

/// Whether a thread takes a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Each thread blocks it.
    Blocked,
    /// A thread lets it in.
    Open,
    /// A thread waits for it.
    Awaited,
}

/// What is to be done with a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing, ever.
    Drop,
    /// It becomes pending, and a thread that takes it is interrupted.
    Pend,
    /// Its default action, at once.
    Act(Action),
}

/// Decides. A blocked signal becomes pending whatever its disposition, because sigwait may take it, or the disposition change.
#[must_use]
pub const fn decide(signal: u32, dispositions: Dispositions, reach: Reach) -> Decision {
    if !matches!(reach, Reach::Open) || dispositions.caught & bit(signal) != 0 {
        return Decision::Pend;
    }
    if dispositions.ignored & bit(signal) != 0 {
        return Decision::Drop;
    }
    match default_of(signal) {
        Action::Ignore => Decision::Drop,
        action => Decision::Act(action),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(ignored: u64, caught: u64) -> Dispositions {
        Dispositions { ignored, caught }
    }

    #[test]
    fn a_signal_without_a_handler_does_its_default() {
        let plain = with(0, 0);
        assert_eq!(decide(15, plain, Reach::Open), Decision::Act(Action::End));
        assert_eq!(decide(40, plain, Reach::Open), Decision::Act(Action::End));
        assert_eq!(decide(SIGTSTP, plain, Reach::Open), Decision::Act(Action::Stop));
        assert_eq!(decide(SIGCHLD, plain, Reach::Open), Decision::Drop);
        assert_eq!(decide(SIGCONT, plain, Reach::Open), Decision::Drop);
    }

    #[test]
    fn a_handler_and_a_mask_keep_it_pending() {
        assert_eq!(decide(15, with(0, bit(15)), Reach::Open), Decision::Pend);
        assert_eq!(decide(15, with(0, 0), Reach::Blocked), Decision::Pend);
        assert_eq!(decide(SIGCHLD, with(0, 0), Reach::Awaited), Decision::Pend);
        assert_eq!(decide(15, with(bit(15), 0), Reach::Blocked), Decision::Pend);
    }

    #[test]
    fn an_ignored_signal_leaves_no_trace() {
        assert_eq!(decide(1, with(bit(1), 0), Reach::Open), Decision::Drop);
    }

    #[test]
    fn signals_have_their_bits() {
        assert_eq!((bit(1), bit(64)), (1, 1 << 63));
        assert_eq!(UNSTOPPABLE, 1 << 8 | 1 << 18);
    }
}
