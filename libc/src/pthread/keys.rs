//! Thread-specific data. POSIX.1-2024 `pthread_key_create`.
//!
//! A key's generation is odd while it is in use. A thread's value counts only if it was set in the key's present
//! generation, so deleting a key needs no walk over threads.

use crate::errno::{EAGAIN, EINVAL, ENOMEM};
use crate::heap;
use crate::thread::{INLINE_KEYS, KEYS, Specific, this};
use crate::types::*;
use core::cell::Cell;
use core::ptr;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

/// How often values are destroyed again that destructors have set.
const DESTRUCTOR_ROUNDS: usize = 4;

struct Key {
    generation: AtomicUsize,
    destructor: AtomicPtr<()>,
}

static TABLE: [Key; KEYS] = [const {
    Key {
        generation: AtomicUsize::new(0),
        destructor: AtomicPtr::new(ptr::null_mut()),
    }
}; KEYS];

type Destructor = unsafe extern "C-unwind" fn(*mut c_void);

/// The place of a key's value in the calling thread; `make` makes the table that it needs.
fn place(key: usize, make: bool) -> Option<&'static Cell<Specific>> {
    let thread = this();
    if key < INLINE_KEYS {
        return thread.specific.get(key);
    }
    let table = thread.more_specific.get(key / INLINE_KEYS)?;
    if table.get().is_null() {
        if !make {
            return None;
        }
        // SAFETY: `calloc` gives zeroed memory for one table, which is a valid one.
        table.set(unsafe { heap::calloc(INLINE_KEYS, size_of::<Specific>()) }.cast());
        if table.get().is_null() {
            return None;
        }
    }
    // SAFETY: the table has INLINE_KEYS entries and lives as long as the thread.
    Some(unsafe { &*table.get().add(key % INLINE_KEYS).cast::<Cell<Specific>>() })
}

/// Destroys the calling thread's values.
///
/// # Safety
/// The program uses none of the values afterwards.
pub unsafe fn run_destructors() {
    let thread = this();
    if thread.specific_used.get() {
        for _ in 0..DESTRUCTOR_ROUNDS {
            let mut again = false;
            for (index, key) in TABLE.iter().enumerate() {
                let Some(place) = place(index, false) else {
                    continue;
                };
                let Specific { generation, value } = place.get();
                if value.is_null() {
                    continue;
                }
                place.set(Specific {
                    generation: 0,
                    value: ptr::null_mut(),
                });
                let destructor = key.destructor.load(Ordering::Acquire);
                if generation == key.generation.load(Ordering::Acquire) && !destructor.is_null() {
                    again = true;
                    // SAFETY: the program registered the destructor for values of this key.
                    unsafe { core::mem::transmute::<*mut (), Destructor>(destructor)(value) };
                }
            }
            if !again {
                break;
            }
        }
    }
    for table in &thread.more_specific {
        if !table.get().is_null() {
            // SAFETY: the table came from `calloc` and is not used any more.
            unsafe { heap::free(table.replace(ptr::null_mut()).cast()) };
        }
    }
}

crate::export! {
    /// Makes a key, with a function that destroys values at a thread's end. POSIX.1-2024 `pthread_key_create`.
    pub unsafe extern "C" fn pthread_key_create(key: *mut pthread_key_t, destructor: Option<Destructor>) -> c_int {
        for (index, entry) in TABLE.iter().enumerate() {
            let generation = entry.generation.load(Ordering::Relaxed);
            if generation % 2 == 0
                && entry
                    .generation
                    .compare_exchange(generation, generation + 1, Ordering::AcqRel, Ordering::Relaxed)
                    .is_ok()
            {
                let destructor = destructor.map_or(ptr::null_mut(), |function| function as *mut ());
                entry.destructor.store(destructor, Ordering::Release);
                // SAFETY: the function's contract.
                unsafe { key.write(index as pthread_key_t) };
                return 0;
            }
        }
        EAGAIN
    }

    /// Deletes a key; its values are not destroyed. POSIX.1-2024 `pthread_key_delete`.
    pub unsafe extern "C" fn pthread_key_delete(key: pthread_key_t) -> c_int {
        let Some(entry) = TABLE.get(key as usize) else { return EINVAL };
        let generation = entry.generation.load(Ordering::Relaxed);
        if generation % 2 == 1
            && entry
                .generation
                .compare_exchange(generation, generation + 1, Ordering::AcqRel, Ordering::Relaxed)
                .is_ok()
        {
            0
        } else {
            EINVAL
        }
    }

    /// The calling thread's value of a key, or null. POSIX.1-2024 `pthread_getspecific`.
    pub unsafe extern "C" fn pthread_getspecific(key: pthread_key_t) -> *mut c_void {
        let index = key as usize;
        let (Some(entry), Some(place)) = (TABLE.get(index), place(index, false)) else { return ptr::null_mut() };
        let Specific { generation, value } = place.get();
        if generation == entry.generation.load(Ordering::Relaxed) { value } else { ptr::null_mut() }
    }

    /// Sets the calling thread's value of a key. POSIX.1-2024 `pthread_setspecific`.
    pub unsafe extern "C" fn pthread_setspecific(key: pthread_key_t, value: *const c_void) -> c_int {
        let index = key as usize;
        let Some(entry) = TABLE.get(index) else { return EINVAL };
        let generation = entry.generation.load(Ordering::Relaxed);
        if generation.is_multiple_of(2) {
            return EINVAL;
        }
        let value = value.cast_mut();
        match place(index, !value.is_null()) {
            Some(place) => {
                if !value.is_null() {
                    this().specific_used.set(true);
                }
                place.set(Specific { generation, value });
                0
            }
            None if value.is_null() => 0,
            None => ENOMEM,
        }
    }
}
crate::alias!(__pthread_key_create = pthread_key_create);
crate::alias!(__pthread_getspecific = pthread_getspecific);
crate::alias!(__pthread_setspecific = pthread_setspecific);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_per_thread_and_die_with_their_key() {
        let mut key = 0;
        let one = ptr::without_provenance_mut::<c_void>(1);
        // SAFETY: keys and values of the test.
        unsafe {
            assert_eq!(pthread_key_create(&mut key, None), 0);
            assert!(pthread_getspecific(key).is_null());
            assert_eq!(pthread_setspecific(key, one), 0);
            assert_eq!(pthread_getspecific(key), one);
            std::thread::spawn(move || assert!(pthread_getspecific(key).is_null()))
                .join()
                .unwrap();
            assert_eq!(pthread_key_delete(key), 0);
            assert_eq!(pthread_key_delete(key), EINVAL);
            assert_eq!(pthread_setspecific(key, one), EINVAL);
            let mut again = 0;
            assert_eq!(pthread_key_create(&mut again, None), 0);
            assert!(pthread_getspecific(again).is_null());
            assert_eq!(pthread_key_delete(again), 0);
            assert_eq!(pthread_key_delete(5000), EINVAL);
        }
    }
}
