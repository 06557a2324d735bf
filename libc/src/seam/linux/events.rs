//! Things to wait for on Linux.

use super::Linux;
use super::numbers::*;
use super::raw::{blocking_call, call};
use crate::errno::Result;
use crate::seam::{EventSources, SignalSet};
use crate::types::*;

// SAFETY of every block below: the kernel checks descriptors, numbers and pointers; the memory that a call may
// write is the caller's to offer, by the contract of the trait's `unsafe` functions.
impl EventSources for Linux {
    fn epoll_create(flags: c_int) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(EPOLL_CREATE1, flags) }.map(|fd| fd as c_int)
    }
    unsafe fn epoll_control(
        epoll: c_int,
        operation: c_int,
        fd: c_int,
        event: *const epoll_event,
    ) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(EPOLL_CTL, epoll, operation, fd, event) }.map(drop)
    }
    unsafe fn epoll_wait(
        epoll: c_int,
        events: *mut epoll_event,
        maximum: c_int,
        timeout: *const timespec,
        mask: *const SignalSet,
    ) -> Result<c_int> {
        // SAFETY: see above.
        unsafe {
            blocking_call!(
                EPOLL_PWAIT2,
                epoll,
                events,
                maximum,
                timeout,
                mask,
                size_of::<SignalSet>()
            )
        }
        .map(|count| count as c_int)
    }
    fn event_counter(initial: c_uint, flags: c_int) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(EVENTFD2, initial, flags) }.map(|fd| fd as c_int)
    }
    fn timer_descriptor(clock: clockid_t, flags: c_int) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(TIMERFD_CREATE, clock, flags) }.map(|fd| fd as c_int)
    }
    unsafe fn set_timer_descriptor(
        fd: c_int,
        flags: c_int,
        new: *const itimerspec,
        old: *mut itimerspec,
    ) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(TIMERFD_SETTIME, fd, flags, new, old) }.map(drop)
    }
    unsafe fn timer_descriptor_setting(fd: c_int, current: *mut itimerspec) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(TIMERFD_GETTIME, fd, current) }.map(drop)
    }
    fn observer(flags: c_int) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(INOTIFY_INIT1, flags) }.map(|fd| fd as c_int)
    }
    unsafe fn observe(fd: c_int, path: *const c_char, events: u32) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(INOTIFY_ADD_WATCH, fd, path, events) }.map(|watch| watch as c_int)
    }
    fn stop_observing(fd: c_int, watch: c_int) -> Result<()> {
        // SAFETY: see above.
        unsafe { call!(INOTIFY_RM_WATCH, fd, watch) }.map(drop)
    }
    unsafe fn memory_file(name: *const c_char, flags: c_uint) -> Result<c_int> {
        // SAFETY: see above.
        unsafe { call!(MEMFD_CREATE, name, flags) }.map(|fd| fd as c_int)
    }
}
