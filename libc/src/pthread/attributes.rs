//! Attributes of threads. POSIX.1-2024 `pthread_attr_init` and its family; glibc's `_np` functions.

use super::stacks;
use crate::errno::{EINVAL, ENOMEM, ENOTSUP, ESRCH};
use crate::heap;
use crate::lock::Lock;
use crate::seam::*;
use crate::signal::CSignalSet;
use crate::start::program;
use crate::thread::Thread;
use crate::types::*;
use core::ptr;
use core::sync::atomic::Ordering;

/// C's `pthread_attr_t`, with glibc's fields: the stack is named by its end.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Attributes {
    priority: c_int,
    policy: c_int,
    flags: c_int,
    guard_size: usize,
    stack_end: usize,
    stack_size: usize,
    extension: *mut Extension,
    unused: usize,
}

const _: () = assert!(size_of::<Attributes>() == 56);

/// What does not fit into `pthread_attr_t`; made when needed.
struct Extension {
    mask: Option<SignalSet>,
    affinity: *mut c_void,
    affinity_size: usize,
}

const DETACHED: c_int = 1;
const EXPLICIT_SCHEDULING: c_int = 2;
const SCOPE_PROCESS: c_int = 4;
const STACK_GIVEN: c_int = 8;

/// `PTHREAD_STACK_MIN`.
pub const STACK_MIN: usize = 16384;
/// The stack of a thread when the limit says nothing.
const STACK_DEFAULT: usize = 8 << 20;
const SCHED_FIFO: c_int = 1;
const SCHED_RR: c_int = 2;

// SAFETY: defaults name no stack and no extension of anybody.
unsafe impl Send for Attributes {}

/// What `pthread_create` uses without attributes.
pub static DEFAULTS: Lock<Attributes> = Lock::new(Attributes {
    priority: 0,
    policy: 0,
    flags: 0,
    guard_size: PAGE_SIZE,
    stack_end: 0,
    stack_size: 0,
    extension: ptr::null_mut(),
    unused: 0,
});

/// The default stack size: the soft limit of stacks, if there is one.
fn default_stack_size() -> usize {
    use core::sync::atomic::AtomicUsize;
    static KNOWN: AtomicUsize = AtomicUsize::new(0);
    const RLIMIT_STACK: c_int = 3;
    let known = KNOWN.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    let mut limit = [u64::MAX; 2];
    // SAFETY: `limit` has the layout of C's `struct rlimit`.
    let _ = unsafe { System::limits(0, RLIMIT_STACK, ptr::null(), limit.as_mut_ptr().cast()) };
    let size = if limit[0] > 1 << 40 {
        STACK_DEFAULT
    } else {
        (limit[0] as usize).max(STACK_MIN * 8)
    };
    let size = size & !(PAGE_SIZE - 1);
    KNOWN.store(size, Ordering::Relaxed);
    size
}

impl Attributes {
    /// The stack that the program gives: its lowest byte and size.
    pub fn given_stack(&self) -> Option<(*mut c_void, usize)> {
        let start = self.stack_end.wrapping_sub(self.stack_size);
        (self.flags & STACK_GIVEN != 0).then(|| (ptr::with_exposed_provenance_mut(start), self.stack_size))
    }

    /// The stack's size, TLS and control block included.
    pub fn stack_size_or_default(&self) -> usize {
        if self.stack_size != 0 {
            return self.stack_size.max(STACK_MIN) + crate::start::tls::size();
        }
        match DEFAULTS.lock().stack_size {
            0 => default_stack_size(),
            size => size,
        }
    }

    /// The guard's size.
    pub fn guard_size(&self) -> usize {
        self.guard_size
    }

    /// Whether the thread starts detached.
    pub fn is_detached(&self) -> bool {
        self.flags & DETACHED != 0
    }

    /// Policy and priority, if they are not the creator's.
    pub fn explicit_scheduling(&self) -> Option<(c_int, c_int)> {
        (self.flags & EXPLICIT_SCHEDULING != 0).then_some((self.policy, self.priority))
    }

    fn extension(&self) -> Option<&Extension> {
        // SAFETY: the extension is null or made by `extend`.
        unsafe { self.extension.as_ref() }
    }

    fn extend(&mut self) -> Option<&mut Extension> {
        if self.extension.is_null() {
            // SAFETY: a new block, filled before it is used.
            unsafe {
                let new: *mut Extension = heap::malloc(size_of::<Extension>()).cast();
                if new.is_null() {
                    return None;
                }
                new.write(Extension {
                    mask: None,
                    affinity: ptr::null_mut(),
                    affinity_size: 0,
                });
                self.extension = new;
            }
        }
        // SAFETY: made just now or before.
        unsafe { self.extension.as_mut() }
    }

    /// The mask that the thread starts with, if it is not the creator's.
    pub fn signal_mask(&self) -> Option<SignalSet> {
        self.extension().and_then(|extension| extension.mask)
    }

    /// The processors that the thread may run on: mask and size.
    pub fn affinity(&self) -> Option<(*const c_void, usize)> {
        let extension = self.extension()?;
        (!extension.affinity.is_null()).then_some((extension.affinity.cast_const(), extension.affinity_size))
    }

    unsafe fn free_extension(&mut self) {
        if !self.extension.is_null() {
            // SAFETY: both blocks are this object's own.
            unsafe {
                heap::free((*self.extension).affinity);
                heap::free(self.extension.cast());
            }
            self.extension = ptr::null_mut();
        }
    }
}

fn choice(value: c_int, flags: &mut c_int, bit: c_int) -> c_int {
    match value {
        0 => *flags &= !bit,
        1 => *flags |= bit,
        _ => return EINVAL,
    }
    0
}

// SAFETY of every block below: by each function's contract its pointers are valid.
crate::export! {
    /// Default attributes. POSIX.1-2024 `pthread_attr_init`.
    pub unsafe extern "C" fn pthread_attr_init(attributes: *mut Attributes) -> c_int {
        // SAFETY: see above.
        unsafe {
            attributes.write_bytes(0, 1);
            (*attributes).guard_size = DEFAULTS.lock().guard_size;
        }
        0
    }

    /// Gives back what attributes hold. POSIX.1-2024 `pthread_attr_destroy`.
    pub unsafe extern "C" fn pthread_attr_destroy(attributes: *mut Attributes) -> c_int {
        // SAFETY: see above.
        unsafe { (*attributes).free_extension() };
        0
    }

    /// Whether the thread starts detached. POSIX.1-2024 `pthread_attr_getdetachstate`.
    pub unsafe extern "C" fn pthread_attr_getdetachstate(attributes: *const Attributes, state: *mut c_int) -> c_int {
        // SAFETY: see above.
        unsafe { state.write(((*attributes).flags & DETACHED != 0).into()) };
        0
    }

    /// Sets whether the thread starts detached. POSIX.1-2024 `pthread_attr_setdetachstate`.
    pub unsafe extern "C" fn pthread_attr_setdetachstate(attributes: *mut Attributes, state: c_int) -> c_int {
        // SAFETY: see above.
        choice(state, unsafe { &mut (*attributes).flags }, DETACHED)
    }

    /// The guard's size. POSIX.1-2024 `pthread_attr_getguardsize`.
    pub unsafe extern "C" fn pthread_attr_getguardsize(attributes: *const Attributes, size: *mut usize) -> c_int {
        // SAFETY: see above.
        unsafe { size.write((*attributes).guard_size) };
        0
    }

    /// Sets the guard's size. POSIX.1-2024 `pthread_attr_setguardsize`.
    pub unsafe extern "C" fn pthread_attr_setguardsize(attributes: *mut Attributes, size: usize) -> c_int {
        // SAFETY: see above.
        unsafe { (*attributes).guard_size = size };
        0
    }

    /// Whether scheduling is the creator's (0) or explicit (1). POSIX.1-2024 `pthread_attr_getinheritsched`.
    pub unsafe extern "C" fn pthread_attr_getinheritsched(attributes: *const Attributes, inherit: *mut c_int) -> c_int {
        // SAFETY: see above.
        unsafe { inherit.write(((*attributes).flags & EXPLICIT_SCHEDULING != 0).into()) };
        0
    }

    /// Sets whether scheduling is the creator's. POSIX.1-2024 `pthread_attr_setinheritsched`.
    pub unsafe extern "C" fn pthread_attr_setinheritsched(attributes: *mut Attributes, inherit: c_int) -> c_int {
        // SAFETY: see above.
        choice(inherit, unsafe { &mut (*attributes).flags }, EXPLICIT_SCHEDULING)
    }

    /// The priority. POSIX.1-2024 `pthread_attr_getschedparam`.
    pub unsafe extern "C" fn pthread_attr_getschedparam(attributes: *const Attributes, priority: *mut c_int) -> c_int {
        // SAFETY: see above; C's `struct sched_param` is one int.
        unsafe { priority.write((*attributes).priority) };
        0
    }

    /// Sets the priority, which must fit the policy. POSIX.1-2024 `pthread_attr_setschedparam`.
    pub unsafe extern "C" fn pthread_attr_setschedparam(attributes: *mut Attributes, priority: *const c_int) -> c_int {
        // SAFETY: see above.
        unsafe {
            match System::priority_range((*attributes).policy) {
                Ok((low, high)) if (low..=high).contains(&*priority) => {
                    (*attributes).priority = *priority;
                    0
                }
                _ => EINVAL,
            }
        }
    }

    /// The policy. POSIX.1-2024 `pthread_attr_getschedpolicy`.
    pub unsafe extern "C" fn pthread_attr_getschedpolicy(attributes: *const Attributes, policy: *mut c_int) -> c_int {
        // SAFETY: see above.
        unsafe { policy.write((*attributes).policy) };
        0
    }

    /// Sets the policy. POSIX.1-2024 `pthread_attr_setschedpolicy`.
    pub unsafe extern "C" fn pthread_attr_setschedpolicy(attributes: *mut Attributes, policy: c_int) -> c_int {
        if !matches!(policy, 0 | SCHED_FIFO | SCHED_RR) {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).policy = policy };
        0
    }

    /// With whom the thread competes: all threads of the system (0). POSIX.1-2024 `pthread_attr_getscope`.
    pub unsafe extern "C" fn pthread_attr_getscope(attributes: *const Attributes, scope: *mut c_int) -> c_int {
        // SAFETY: see above.
        unsafe { scope.write(((*attributes).flags & SCOPE_PROCESS != 0).into()) };
        0
    }

    /// Sets with whom the thread competes; only the system is supported. POSIX.1-2024 `pthread_attr_setscope`.
    pub unsafe extern "C" fn pthread_attr_setscope(_attributes: *mut Attributes, scope: c_int) -> c_int {
        match scope {
            0 => 0,
            1 => ENOTSUP,
            _ => EINVAL,
        }
    }

    /// The stack that the program gives: lowest byte and size. POSIX.1-2024 `pthread_attr_getstack`.
    pub unsafe extern "C" fn pthread_attr_getstack(
        attributes: *const Attributes,
        address: *mut *mut c_void,
        size: *mut usize,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let start = (*attributes).stack_end.wrapping_sub((*attributes).stack_size);
            address.write(ptr::with_exposed_provenance_mut(start));
            pthread_attr_getstacksize(attributes, size)
        }
    }

    /// Gives the thread a stack. POSIX.1-2024 `pthread_attr_setstack`.
    pub unsafe extern "C" fn pthread_attr_setstack(
        attributes: *mut Attributes,
        address: *mut c_void,
        size: usize,
    ) -> c_int {
        let Some(end) = address.addr().checked_add(size) else { return EINVAL };
        if size < STACK_MIN {
            return EINVAL;
        }
        let _ = address.expose_provenance();
        // SAFETY: see above.
        unsafe {
            (*attributes).stack_end = end;
            (*attributes).stack_size = size;
            (*attributes).flags |= STACK_GIVEN;
        }
        0
    }

    /// The given stack's end. POSIX.1-2001 `pthread_attr_getstackaddr`.
    pub unsafe extern "C" fn pthread_attr_getstackaddr(
        attributes: *const Attributes,
        address: *mut *mut c_void,
    ) -> c_int {
        // SAFETY: see above.
        unsafe { address.write(ptr::with_exposed_provenance_mut((*attributes).stack_end)) };
        0
    }

    /// Gives the thread a stack by its end; its size is set apart. POSIX.1-2001 `pthread_attr_setstackaddr`.
    pub unsafe extern "C" fn pthread_attr_setstackaddr(attributes: *mut Attributes, end: *mut c_void) -> c_int {
        // SAFETY: see above.
        unsafe {
            (*attributes).stack_end = end.expose_provenance();
            (*attributes).flags |= STACK_GIVEN;
        }
        0
    }

    /// The stack's size. POSIX.1-2024 `pthread_attr_getstacksize`.
    pub unsafe extern "C" fn pthread_attr_getstacksize(attributes: *const Attributes, size: *mut usize) -> c_int {
        // SAFETY: see above.
        unsafe {
            size.write(match (*attributes).stack_size {
                0 => match DEFAULTS.lock().stack_size {
                    0 => default_stack_size(),
                    set => set,
                },
                set => set,
            });
        }
        0
    }

    /// Sets the stack's size. POSIX.1-2024 `pthread_attr_setstacksize`.
    pub unsafe extern "C" fn pthread_attr_setstacksize(attributes: *mut Attributes, size: usize) -> c_int {
        if size < STACK_MIN {
            return EINVAL;
        }
        // SAFETY: see above.
        unsafe { (*attributes).stack_size = size };
        0
    }

    /// The mask that the thread starts with. glibc `pthread_attr_getsigmask_np`.
    pub unsafe extern "C" fn pthread_attr_getsigmask_np(attributes: *const Attributes, mask: *mut CSignalSet) -> c_int {
        const NO_MASK: c_int = -1;
        // SAFETY: see above.
        unsafe {
            match (*attributes).signal_mask() {
                Some(set) => {
                    mask.write(CSignalSet::of(set));
                    0
                }
                None => {
                    mask.write(CSignalSet::of(SignalSet::EMPTY));
                    NO_MASK
                }
            }
        }
    }

    /// Sets the mask that the thread starts with; null: the creator's. glibc `pthread_attr_setsigmask_np`.
    pub unsafe extern "C" fn pthread_attr_setsigmask_np(
        attributes: *mut Attributes,
        mask: *const CSignalSet,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let set = mask.as_ref().map(CSignalSet::without_internal);
            match (*attributes).extend() {
                Some(extension) => {
                    extension.mask = set;
                    0
                }
                None => ENOMEM,
            }
        }
    }

    /// The processors that the thread may run on; all bits when none are set. glibc `pthread_attr_getaffinity_np`.
    pub unsafe extern "C" fn pthread_attr_getaffinity_np(
        attributes: *const Attributes,
        size: usize,
        mask: *mut c_void,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            match (*attributes).affinity() {
                Some((set, set_size)) => {
                    let bytes = core::slice::from_raw_parts(set.cast::<u8>(), set_size);
                    if bytes.iter().skip(size).any(|&byte| byte != 0) {
                        return EINVAL;
                    }
                    let common = size.min(set_size);
                    ptr::copy_nonoverlapping(set.cast::<u8>(), mask.cast::<u8>(), common);
                    mask.cast::<u8>().add(common).write_bytes(0, size - common);
                }
                None => mask.cast::<u8>().write_bytes(0xff, size),
            }
        }
        0
    }

    /// Sets the processors that the thread may run on; null or size 0: the creator's. glibc
    /// `pthread_attr_setaffinity_np`.
    pub unsafe extern "C" fn pthread_attr_setaffinity_np(
        attributes: *mut Attributes,
        size: usize,
        mask: *const c_void,
    ) -> c_int {
        // SAFETY: see above.
        unsafe {
            let Some(extension) = (*attributes).extend() else { return ENOMEM };
            let mut copy = ptr::null_mut();
            let wanted = if mask.is_null() { 0 } else { size };
            if wanted != 0 {
                copy = heap::malloc(size);
                if copy.is_null() {
                    return ENOMEM;
                }
                ptr::copy_nonoverlapping(mask.cast::<u8>(), copy.cast::<u8>(), size);
            }
            heap::free(extension.affinity);
            extension.affinity = copy;
            extension.affinity_size = wanted;
        }
        0
    }

    /// The attributes of a thread that runs. glibc `pthread_getattr_np`.
    pub unsafe extern "C" fn pthread_getattr_np(thread: pthread_t, attributes: *mut Attributes) -> c_int {
        // SAFETY: see above.
        unsafe {
            attributes.write_bytes(0, 1);
            let found = stacks::with_live(ptr::with_exposed_provenance_mut(thread as usize), |thread| {
                describe(thread, &mut *attributes);
                thread.tid.load(Ordering::Relaxed) as pid_t
            });
            let Some(tid) = found else { return ESRCH };
            if let Ok(policy) = System::scheduler(tid) {
                (*attributes).policy = policy;
            }
            if let Ok(priority) = System::scheduling_priority(tid) {
                (*attributes).priority = priority;
            }
        }
        0
    }

    /// What threads get without attributes. glibc `pthread_getattr_default_np`.
    pub unsafe extern "C" fn pthread_getattr_default_np(attributes: *mut Attributes) -> c_int {
        // SAFETY: see above.
        unsafe {
            attributes.write(*DEFAULTS.lock());
            if (*attributes).stack_size == 0 {
                (*attributes).stack_size = default_stack_size();
            }
        }
        0
    }

    /// Sets what threads get without attributes; a stack cannot be given. glibc `pthread_setattr_default_np`.
    pub unsafe extern "C" fn pthread_setattr_default_np(attributes: *const Attributes) -> c_int {
        // SAFETY: see above.
        let mut new = unsafe { *attributes };
        if new.flags & STACK_GIVEN != 0 || !new.extension.is_null() {
            return EINVAL;
        }
        let mut defaults = DEFAULTS.lock();
        if new.stack_size == 0 {
            new.stack_size = defaults.stack_size;
        }
        *defaults = new;
        0
    }
}

/// Fills in what is known of a thread's stack and state.
fn describe(thread: &Thread, attributes: &mut Attributes) {
    if thread.detach.load(Ordering::Relaxed) == super::create::DETACHED {
        attributes.flags |= DETACHED;
    }
    attributes.flags |= STACK_GIVEN;
    attributes.guard_size = thread.guard_length.get();
    if thread.stack.get().is_null() {
        let end = program::STACK_END
            .load(Ordering::Relaxed)
            .expose_provenance()
            .next_multiple_of(PAGE_SIZE);
        attributes.stack_end = end;
        attributes.stack_size = default_stack_size();
        attributes.guard_size = PAGE_SIZE;
    } else {
        attributes.stack_end = thread.stack.get().expose_provenance() + thread.stack_length.get();
        attributes.stack_size = thread.stack_length.get();
    }
}
