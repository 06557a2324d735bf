//! <getopt.h>: `getopt`, `getopt_long`, `getopt_long_only`.
//!
//! Arguments that are no options are moved behind the options, as glibc does, unless POSIXLY_CORRECT is set or
//! the option string begins with `+`; with `-` they are returned as options 1 in their order. Messages go to
//! standard error in glibc's words. The state is one for the process, as the interface has it.

use crate::locale::variable;
use crate::stdio::block::fwrite;
use crate::stdio::standard::STDERR;
use crate::string::{strlen, strncmp};
use crate::types::*;
use core::ptr;

/// A long option. GNU `struct option`.
#[repr(C)]
#[allow(missing_docs, reason = "the members are GNU's")]
pub struct option {
    pub name: *const c_char,
    pub has_arg: c_int,
    pub flag: *mut c_int,
    pub val: c_int,
}

const REQUIRED: c_int = 1;

/// The C variables of the interface.
mod variables {
    use crate::types::*;
    use core::ptr;
    pub static mut ARGUMENT: *mut c_char = ptr::null_mut();
    pub static mut INDEX: c_int = 1;
    pub static mut ERRORS: c_int = 1;
    pub static mut OPTION: c_int = b'?' as c_int;
    crate::alias_data!(optarg = ARGUMENT: usize);
    crate::alias_data!(optind = INDEX: c_int);
    crate::alias_data!(opterr = ERRORS: c_int);
    crate::alias_data!(optopt = OPTION: c_int);
}
use variables::{ARGUMENT, ERRORS, INDEX, OPTION};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Options end at the first other argument.
    Require,
    /// Others are moved behind the options.
    Permute,
    /// Others are returned as option 1.
    Return,
}

/// What is kept between calls.
struct State {
    started: bool,
    order: Order,
    /// The rest of a cluster of short options.
    next: *mut c_char,
    /// The other arguments that were passed over lie from `first` to `last`.
    first: c_int,
    last: c_int,
}

static mut STATE: State = State {
    started: false,
    order: Order::Permute,
    next: ptr::null_mut(),
    first: 1,
    last: 1,
};

/// The bytes of a C string.
unsafe fn bytes<'a>(s: *const c_char) -> &'a [u8] {
    // SAFETY: s is a string.
    unsafe { core::slice::from_raw_parts(s.cast(), strlen(s)) }
}

/// Writes `program: ` and a message of parts to standard error in one piece, if `opterr` asks for it.
unsafe fn complain(argv: *const *mut c_char, options: *const c_char, parts: &[&[u8]]) {
    // SAFETY: argv[0] is a string or null; options is a string.
    unsafe {
        if ERRORS == 0 || without_order(bytes(options)).first() == Some(&b':') {
            return;
        }
        let program = if (*argv).is_null() { &b""[..] } else { bytes(*argv) };
        let mut message = crate::heap::Vector::new();
        let all = [program, b": "]
            .into_iter()
            .chain(parts.iter().copied())
            .chain([&b"\n"[..]]);
        for part in all {
            if message.extend_from_slice(part).is_err() {
                return;
            }
        }
        fwrite(message.as_ptr().cast(), 1, message.len(), STDERR.get());
    }
}

/// An option string without the sign for the order at its start.
fn without_order(options: &[u8]) -> &[u8] {
    match options {
        [b'+' | b'-', rest @ ..] => rest,
        _ => options,
    }
}

/// Exchanges the arguments from `first` to `last` with those from `last` to `optind`.
unsafe fn exchange(argv: *mut *mut c_char, state: &mut State) {
    // SAFETY: first <= last <= optind <= argc.
    unsafe {
        let (first, last, end) = (state.first as usize, state.last as usize, INDEX as usize);
        let moved = core::slice::from_raw_parts_mut(argv.add(first), end - first);
        moved.rotate_left(last - first);
        state.first += INDEX - state.last;
        state.last = INDEX;
    }
}

/// Whether an argument is no option.
unsafe fn is_other(argument: *const c_char) -> bool {
    // SAFETY: argument is a string.
    unsafe { *argument as u8 != b'-' || *argument.add(1) == 0 }
}

/// The long options: `long_index` and the kind of match.
struct Long {
    options: *const option,
    index: *mut c_int,
    only: bool,
}

enum Outcome {
    Done(c_int),
    /// Not a long option after all.
    Short,
}

unsafe fn long_option(
    argc: c_int,
    argv: *mut *mut c_char,
    short: *const c_char,
    long: &Long,
    prefix: &[u8],
    state: &mut State,
) -> Outcome {
    // SAFETY: argv has argc arguments; `next` is a string; the table ends with a null name.
    unsafe {
        let text = state.next;
        let name_length = bytes(text)
            .iter()
            .position(|&b| b == b'=')
            .unwrap_or_else(|| strlen(text));
        let mut found: Option<usize> = None;
        let mut exact = false;
        let mut ambiguous = false;
        let mut index = 0;
        while !(*long.options.add(index)).name.is_null() {
            let candidate = &*long.options.add(index);
            if strncmp(candidate.name, text, name_length) == 0 {
                if strlen(candidate.name) == name_length {
                    (found, exact, ambiguous) = (Some(index), true, false);
                    break;
                }
                match found {
                    None => found = Some(index),
                    Some(before) => {
                        let before = &*long.options.add(before);
                        ambiguous |= long.only
                            || before.has_arg != candidate.has_arg
                            || before.flag != candidate.flag
                            || before.val != candidate.val;
                    }
                }
            }
            index += 1;
        }
        let colon = without_order(bytes(short)).first() == Some(&b':');
        if ambiguous && !exact {
            complain(
                argv,
                short,
                &[b"option '", prefix, bytes(text), b"' is ambiguous"],
            );
            state.next = text.add(strlen(text));
            INDEX += 1;
            OPTION = 0;
            return Outcome::Done(c_int::from(b'?'));
        }
        let Some(index) = found else {
            let first = *text;
            let is_short = first != 0 && without_order(bytes(short)).contains(&(first as u8));
            if long.only && prefix == b"-" && is_short {
                return Outcome::Short;
            }
            complain(
                argv,
                short,
                &[b"unrecognized option '", prefix, bytes(text), b"'"],
            );
            state.next = ptr::null_mut();
            INDEX += 1;
            OPTION = 0;
            return Outcome::Done(c_int::from(b'?'));
        };
        let candidate = &*long.options.add(index);
        INDEX += 1;
        state.next = ptr::null_mut();
        if *text.add(name_length) as u8 == b'=' {
            if candidate.has_arg == 0 {
                complain(
                    argv,
                    short,
                    &[
                        b"option '",
                        prefix,
                        bytes(candidate.name),
                        b"' doesn't allow an argument",
                    ],
                );
                OPTION = candidate.val;
                return Outcome::Done(c_int::from(b'?'));
            }
            ARGUMENT = text.add(name_length + 1);
        } else if candidate.has_arg == REQUIRED {
            if INDEX >= argc {
                complain(
                    argv,
                    short,
                    &[
                        b"option '",
                        prefix,
                        bytes(candidate.name),
                        b"' requires an argument",
                    ],
                );
                OPTION = candidate.val;
                return Outcome::Done(c_int::from(if colon { b':' } else { b'?' }));
            }
            ARGUMENT = *argv.add(INDEX as usize);
            INDEX += 1;
        }
        if !long.index.is_null() {
            *long.index = index as c_int;
        }
        if candidate.flag.is_null() {
            return Outcome::Done(candidate.val);
        }
        *candidate.flag = candidate.val;
        Outcome::Done(0)
    }
}

unsafe fn start(options: *const c_char, state: &mut State, posixly_correct: bool) {
    // SAFETY: options is a string; nobody changes the environment meanwhile.
    unsafe {
        if INDEX == 0 {
            INDEX = 1;
        }
        state.first = INDEX;
        state.last = INDEX;
        state.next = ptr::null_mut();
        state.order = match *options as u8 {
            b'-' => Order::Return,
            b'+' => Order::Require,
            _ if posixly_correct || variable("POSIXLY_CORRECT").is_some() => Order::Require,
            _ => Order::Permute,
        };
        state.started = true;
    }
}

unsafe fn next_option(
    argc: c_int,
    argv: *mut *mut c_char,
    options: *const c_char,
    long: Option<&Long>,
    posixly_correct: bool,
) -> c_int {
    // SAFETY: the interface has one state for the process and is not thread-safe; argv has argc strings.
    unsafe {
        if argc < 1 {
            return -1;
        }
        ARGUMENT = ptr::null_mut();
        let place = &raw mut STATE;
        let state = &mut *place;
        if INDEX == 0 || !state.started {
            start(options, state, posixly_correct);
        }
        let short = match *options as u8 {
            b'-' | b'+' => options.add(1),
            _ => options,
        };
        let colon = *short as u8 == b':';
        if state.next.is_null() || *state.next == 0 {
            // The program may have moved optind back.
            state.last = state.last.min(INDEX);
            state.first = state.first.min(INDEX);
            if state.order == Order::Permute {
                if state.first != state.last && state.last != INDEX {
                    exchange(argv, state);
                } else if state.last != INDEX {
                    state.first = INDEX;
                }
                while INDEX < argc && is_other(*argv.add(INDEX as usize)) {
                    INDEX += 1;
                }
                state.last = INDEX;
            }
            if INDEX < argc && bytes(*argv.add(INDEX as usize)) == b"--" {
                INDEX += 1;
                if state.first != state.last && state.last != INDEX {
                    exchange(argv, state);
                } else if state.first == state.last {
                    state.first = INDEX;
                }
                state.last = argc;
                INDEX = argc;
            }
            if INDEX >= argc {
                if state.first != state.last {
                    INDEX = state.first;
                }
                return -1;
            }
            let argument = *argv.add(INDEX as usize);
            if is_other(argument) {
                if state.order == Order::Require {
                    return -1;
                }
                ARGUMENT = argument;
                INDEX += 1;
                return 1;
            }
            if let Some(long) = long {
                let double = *argument.add(1) as u8 == b'-';
                let known_short = bytes(short).contains(&(*argument.add(1) as u8));
                if double || long.only && (*argument.add(2) != 0 || !known_short) {
                    state.next = argument.add(1 + usize::from(double));
                    let prefix: &[u8] = if double { b"--" } else { b"-" };
                    match long_option(argc, argv, options, long, prefix, state) {
                        Outcome::Done(result) => return result,
                        Outcome::Short => {}
                    }
                }
            }
            state.next = argument.add(1);
        }
        short_option(argc, argv, options, short, colon, long, state)
    }
}

unsafe fn short_option(
    argc: c_int,
    argv: *mut *mut c_char,
    options: *const c_char,
    short: *const c_char,
    colon: bool,
    long: Option<&Long>,
    state: &mut State,
) -> c_int {
    // SAFETY: `next` is at a character of an argument; argv has argc strings.
    unsafe {
        let character = *state.next as u8;
        state.next = state.next.add(1);
        let description = bytes(short).iter().position(|&b| b == character);
        if *state.next == 0 {
            INDEX += 1;
        }
        let Some(place) = description.filter(|_| character != b':' && character != b';') else {
            complain(argv, options, &[b"invalid option -- '", &[character], b"'"]);
            OPTION = c_int::from(character);
            return c_int::from(b'?');
        };
        let after = &bytes(short)[place + 1..];
        if let (b'W', Some(b';'), Some(long)) = (character, after.first(), long) {
            if *state.next == 0 {
                if INDEX >= argc {
                    complain(argv, options, &[b"option requires an argument -- 'W'"]);
                    OPTION = c_int::from(character);
                    return c_int::from(if colon { b':' } else { b'?' });
                }
                state.next = *argv.add(INDEX as usize);
            }
            let long = Long { only: false, ..*long };
            return match long_option(argc, argv, options, &long, b"-W ", state) {
                Outcome::Done(result) => result,
                Outcome::Short => c_int::from(b'?'),
            };
        }
        if after.first() == Some(&b':') {
            if *state.next != 0 {
                ARGUMENT = state.next;
                INDEX += 1;
            } else if after.get(1) != Some(&b':') {
                if INDEX >= argc {
                    complain(
                        argv,
                        options,
                        &[b"option requires an argument -- '", &[character], b"'"],
                    );
                    OPTION = c_int::from(character);
                    state.next = ptr::null_mut();
                    return c_int::from(if colon { b':' } else { b'?' });
                }
                ARGUMENT = *argv.add(INDEX as usize);
                INDEX += 1;
            }
            state.next = ptr::null_mut();
        }
        c_int::from(character)
    }
}

export! {
    /// The next option; -1 at their end, `?` for an unknown one, `:` for a missing argument when the option
    /// string begins with a colon. POSIX.1-2024 `getopt`.
    pub unsafe extern "C" fn getopt(
        argc: c_int,
        argv: *const *mut c_char,
        options: *const c_char,
    ) -> c_int {
        // SAFETY: the caller's pointers. The arguments are reordered, as glibc does despite the type.
        unsafe { next_option(argc, argv.cast_mut(), options, None, false) }
    }

    /// `getopt` that never reorders: what <unistd.h> declares when only POSIX is asked for.
    pub unsafe extern "C" fn __posix_getopt(
        argc: c_int,
        argv: *const *mut c_char,
        options: *const c_char,
    ) -> c_int {
        // SAFETY: the caller's pointers.
        unsafe { next_option(argc, argv.cast_mut(), options, None, true) }
    }

    /// `getopt` with options of two hyphens. GNU `getopt_long`.
    pub unsafe extern "C" fn getopt_long(
        argc: c_int,
        argv: *const *mut c_char,
        options: *const c_char,
        long: *const option,
        index: *mut c_int,
    ) -> c_int {
        let long = Long { options: long, index, only: false };
        let table = (!long.options.is_null()).then_some(&long);
        // SAFETY: the caller's pointers.
        unsafe { next_option(argc, argv.cast_mut(), options, table, false) }
    }

    /// `getopt_long` that takes long options after one hyphen too. GNU `getopt_long_only`.
    pub unsafe extern "C" fn getopt_long_only(
        argc: c_int,
        argv: *const *mut c_char,
        options: *const c_char,
        long: *const option,
        index: *mut c_int,
    ) -> c_int {
        let long = Long { options: long, index, only: true };
        let table = (!long.options.is_null()).then_some(&long);
        // SAFETY: the caller's pointers.
        unsafe { next_option(argc, argv.cast_mut(), options, table, false) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::ffi::CString;
    use std::sync::Mutex;

    mod host {
        use super::option;
        use crate::types::*;
        unsafe extern "C" {
            pub static mut optind: c_int;
            pub static mut opterr: c_int;
            pub static mut optopt: c_int;
            pub static mut optarg: *mut c_char;
            pub fn getopt_long(
                n: c_int,
                v: *const *mut c_char,
                o: *const c_char,
                l: *const option,
                i: *mut c_int,
            ) -> c_int;
            pub fn getopt_long_only(
                n: c_int,
                v: *const *mut c_char,
                o: *const c_char,
                l: *const option,
                i: *mut c_int,
            ) -> c_int;
            pub fn getopt(n: c_int, v: *const *mut c_char, o: *const c_char) -> c_int;
        }
    }

    /// The interface has one state for the process.
    static STATE_IN_USE: Mutex<()> = Mutex::new(());

    /// What one call gave: result, optind, optopt after an error, optarg's address, the long option's index.
    type Step = (c_int, c_int, c_int, usize, c_int);

    fn table() -> [option; 6] {
        let entry = |name: &'static std::ffi::CStr, has_arg, val| option {
            name: name.as_ptr(),
            has_arg,
            flag: ptr::null_mut(),
            val,
        };
        let end = option {
            name: ptr::null(),
            has_arg: 0,
            flag: ptr::null_mut(),
            val: 0,
        };
        [
            entry(c"alpha", 0, 1001),
            entry(c"beta", 1, 1002),
            entry(c"betas", 2, 1003),
            entry(c"ab", 0, 1004),
            entry(c"abc", 1, 1005),
            end,
        ]
    }

    fn run(kind: u8, ours: bool, options: &CString, argv: &mut [*mut c_char], argc: c_int) -> Vec<Step> {
        let mut steps = Vec::new();
        let table = table();
        // SAFETY: the lock keeps the state to this test; argv has argc strings.
        unsafe {
            (INDEX, host::optind) = (0, 0);
            (ERRORS, host::opterr) = (0, 0);
            for _ in 0..100 {
                let mut index = -1;
                let v = argv.as_mut_ptr();
                let result = match (kind, ours) {
                    (0, true) => getopt(argc, v, options.as_ptr()),
                    (0, false) => host::getopt(argc, v, options.as_ptr()),
                    (1, true) => getopt_long(argc, v, options.as_ptr(), table.as_ptr(), &mut index),
                    (1, false) => host::getopt_long(argc, v, options.as_ptr(), table.as_ptr(), &mut index),
                    (_, true) => getopt_long_only(argc, v, options.as_ptr(), table.as_ptr(), &mut index),
                    (_, false) => {
                        host::getopt_long_only(argc, v, options.as_ptr(), table.as_ptr(), &mut index)
                    }
                };
                let (place, unknown, argument) = if ours {
                    (INDEX, OPTION, ARGUMENT)
                } else {
                    (host::optind, host::optopt, host::optarg)
                };
                let failed = result == c_int::from(b'?') || result == c_int::from(b':');
                steps.push((
                    result,
                    place,
                    if failed { unknown } else { 0 },
                    argument.addr(),
                    index,
                ));
                if result == -1 {
                    break;
                }
            }
        }
        steps
    }

    proptest! {
        #[test]
        fn options_and_order_are_those_of_the_host(
            words in prop::collection::vec(
                prop::sample::select(&[
                    "-a", "-b", "-bx", "-ab", "-c", "-cz", "-q", "-", "--", "x", "file", "--alpha", "--al", "--beta",
                    "--beta=1", "--bet", "--betas", "--alpha=2", "--ab", "--abcd", "--a", "-alpha", "-beta", "-W", "-Wab",
                    "-:", "-ac", "--zzz", "-W=",
                ][..]),
                0..8,
            ),
            options in prop::sample::select(&["ab:c::", "+ab:c", "-ab:", ":ab:c::", "-:ab:", "abW;", ""][..]),
            kind in 0u8..3,
        ) {
            let _guard = STATE_IN_USE.lock().unwrap();
            let options = CString::new(options).unwrap();
            let strings: Vec<CString> =
                ["program"].into_iter().chain(words).map(|word| CString::new(word).unwrap()).collect();
            let pointers: Vec<*mut c_char> =
                strings.iter().map(|s| s.as_ptr().cast_mut()).chain([ptr::null_mut()]).collect();
            let (mut a, mut b) = (pointers.clone(), pointers);
            let argc = strings.len() as c_int;
            let ours = run(kind, true, &options, &mut a, argc);
            let theirs = run(kind, false, &options, &mut b, argc);
            prop_assert_eq!(ours, theirs, "{:?} {:?}", options, strings);
            prop_assert_eq!(a, b);
        }
    }
}
