//! Tests of streams over descriptors, memory and functions. (The behaviour beside the host's: tests/libc/.)

use super::block::{fread, fwrite};
use super::buffering::setvbuf;
use super::character::{fgetc, fputc, ungetc};
use super::close::{fclose, fflush};
use super::file::{File, flag};
use super::growing::open_memstream;
use super::growing_wide::open_wmemstream;
use super::line::{fgets, fputs, getdelim, getline};
use super::memory::fmemopen;
use super::open::{fdopen, fopen, freopen, parse_mode};
use super::seek::{fseeko, ftello, rewind};
use super::status::{feof, ferror};
use super::temporary::{tempnam, tmpfile, tmpnam};
use super::wide::{WEOF, fgetwc, fputwc, ungetwc};
use crate::errno::{self, get_errno, set_errno};
use crate::seam::{Files, System};
use proptest::prelude::*;
use std::ffi::CStr;
use std::string::String;
use std::vec::Vec;

const EOF: i32 = -1;

/// Held for writing by the test that flushes all streams, for reading by those that look at what is pending.
static ALL_STREAMS: std::sync::RwLock<()> = std::sync::RwLock::new(());

/// A pipe's two ends as streams: for reading, for writing.
fn pipe() -> (*mut File, *mut File) {
    let [input, output] = System::pipe2(0).unwrap();
    // SAFETY: the modes are strings, and the descriptors are the pipe's.
    unsafe { (fdopen(input, c"r".as_ptr()), fdopen(output, c"w".as_ptr())) }
}

/// What is in a pipe now.
fn drain(fd: i32) -> Vec<u8> {
    let mut place = std::vec![0; 100_000];
    // SAFETY: the place has room for that many bytes.
    let count = unsafe { System::read(fd, place.as_mut_ptr().cast(), place.len()).unwrap() };
    place.truncate(count);
    place
}

#[test]
fn modes_are_read_as_posix_says() {
    assert_eq!(parse_mode(c"r").unwrap().open_flags, 0);
    assert_eq!(parse_mode(c"r+").unwrap().open_flags, 2);
    assert_eq!(
        parse_mode(c"wbx").unwrap().open_flags,
        0o1 | 0o100 | 0o200 | 0o1000
    );
    assert_eq!(
        parse_mode(c"a+e").unwrap().open_flags,
        0o2 | 0o100 | 0o2000 | 0o2_000_000
    );
    assert!(parse_mode(c"").is_err());
    assert!(parse_mode(c"q").is_err());
}

#[test]
fn a_written_stream_keeps_data_until_it_is_flushed() {
    let _shared = ALL_STREAMS.read().unwrap();
    let (input, output) = pipe();
    // SAFETY: the streams are this test's own and open until it closes them; strings end with a zero, and places have the sizes that are told.
    unsafe {
        assert_eq!(fputs(c"abc\n".as_ptr(), output), 1);
        assert_eq!((*output).pending(), 4);
        assert_eq!(fflush(output), 0);
        assert_eq!((*output).pending(), 0);
        assert_eq!(drain((*input).fileno), b"abc\n");
        assert_eq!(setvbuf(output, std::ptr::null_mut(), 1, 0), 0);
        assert_eq!(fputs(c"one\ntwo".as_ptr(), output), 1);
        assert_eq!(drain((*input).fileno), b"one\n");
        assert_eq!(fputc('\n' as i32, output), '\n' as i32);
        assert_eq!(drain((*input).fileno), b"two\n");
        assert_eq!(setvbuf(output, std::ptr::null_mut(), 2, 0), 0);
        assert_eq!(fputc('x' as i32, output), 'x' as i32);
        assert_eq!(drain((*input).fileno), b"x");
        fclose(output);
        assert_eq!(fgetc(input), EOF);
        assert_eq!((feof(input), ferror(input)), (1, 0));
        fclose(input);
    }
}

#[test]
fn large_writes_arrive_whole() {
    let (input, output) = pipe();
    let data: Vec<u8> = (0..60_000u32).map(|n| (n % 251) as u8).collect();
    // SAFETY: the streams are this test's own and open until it closes them; strings end with a zero, and places have the sizes that are told.
    unsafe {
        fputc('>' as i32, output);
        assert_eq!(fwrite(data.as_ptr().cast(), 3, 20_000, output), 20_000);
        fclose(output);
        let mut place = std::vec![0u8; 70_000];
        assert_eq!(fread(place.as_mut_ptr().cast(), 1, 70_000, input), 60_001);
        assert_eq!(place[0], b'>');
        assert_eq!(&place[1..60_001], &data[..]);
        fclose(input);
    }
}

#[test]
fn bytes_pushed_back_are_read_first() {
    let (input, output) = pipe();
    // SAFETY: the streams are this test's own and open until it closes them; strings end with a zero, and places have the sizes that are told.
    unsafe {
        fputs(c"bc".as_ptr(), output);
        fclose(output);
        assert_eq!(ungetc('a' as i32, input), 'a' as i32);
        for _ in 0..3 {
            assert_eq!(fgetc(input), 'a' as i32);
            assert_eq!(ungetc('a' as i32, input), 'a' as i32);
        }
        let mut place = [0u8; 8];
        assert_eq!(fread(place.as_mut_ptr().cast(), 1, 8, input), 3);
        assert_eq!(&place[..3], b"abc");
        assert_eq!(feof(input), 1);
        assert_eq!(ungetc('z' as i32, input), 'z' as i32);
        assert_eq!((feof(input), fgetc(input), fgetc(input)), (0, 'z' as i32, EOF));
        assert_eq!(ungetc(EOF, input), EOF);
        for n in 0..16 {
            assert_eq!(ungetc('a' as i32 + n, input), 'a' as i32 + n);
        }
        for n in (0..16).rev() {
            assert_eq!(fgetc(input), 'a' as i32 + n);
        }
        fclose(input);
    }
}

#[test]
fn a_stream_of_the_wrong_direction_is_refused() {
    let (input, output) = pipe();
    // SAFETY: the streams are this test's own and open until it closes them; strings end with a zero, and places have the sizes that are told.
    unsafe {
        set_errno(0);
        assert_eq!(
            (fputc('x' as i32, input), get_errno(), ferror(input)),
            (EOF, errno::EBADF, 1)
        );
        set_errno(0);
        assert_eq!(
            (fgetc(output), get_errno(), ferror(output)),
            (EOF, errno::EBADF, 1)
        );
        fclose(input);
        fclose(output);
    }
}

#[test]
fn reading_and_writing_one_file_meet_at_the_position() {
    // SAFETY: the streams are this test's own and open until it closes them; strings end with a zero, and places have the sizes that are told.
    unsafe {
        let stream = tmpfile();
        assert!(!stream.is_null());
        fputs(c"hello world".as_ptr(), stream);
        assert_eq!(ftello(stream), 11);
        rewind(stream);
        assert_eq!(fgetc(stream), 'h' as i32);
        assert_eq!(ftello(stream), 1);
        ungetc('J' as i32, stream);
        assert_eq!(ftello(stream), 0);
        assert_eq!(fseeko(stream, 6, 0), 0);
        fputs(c"W".as_ptr(), stream);
        assert_eq!(fseeko(stream, -1, 2), 0);
        assert_eq!(fgetc(stream), 'd' as i32);
        assert_eq!(fgetc(stream), EOF);
        // Writing straight after the end was read is allowed.
        fputs(c"!".as_ptr(), stream);
        rewind(stream);
        let mut line = [0i8; 40];
        assert!(!fgets(line.as_mut_ptr(), 40, stream).is_null());
        assert_eq!(CStr::from_ptr(line.as_ptr()), c"hello World!");
        assert_eq!(fseeko(stream, -100, 0), -1);
        assert_eq!(get_errno(), errno::EINVAL);
        fclose(stream);
    }
}

#[test]
fn fclose_and_fflush_give_back_what_was_read_ahead() {
    // SAFETY: the streams are this test's own and open until it closes them; strings end with a zero, and places have the sizes that are told.
    unsafe {
        let stream = tmpfile();
        fputs(c"line one\nline two\n".as_ptr(), stream);
        rewind(stream);
        let mut line = [0i8; 40];
        fgets(line.as_mut_ptr(), 40, stream);
        assert_eq!(System::lseek((*stream).fileno, 0, 1).unwrap(), 18);
        fflush(stream);
        assert_eq!(System::lseek((*stream).fileno, 0, 1).unwrap(), 9);
        assert_eq!(fgetc(stream), 'l' as i32);
        let other = System::dup((*stream).fileno).unwrap();
        fclose(stream);
        assert_eq!(System::lseek(other, 0, 1).unwrap(), 10);
        System::close(other).unwrap();
    }
}

#[test]
fn getline_grows_its_block() {
    // SAFETY: the block and its size are the test's own; `getline` alone allocates and grows it.
    unsafe {
        let stream = tmpfile();
        let long = "x".repeat(20_000);
        fwrite(long.as_ptr().cast(), 1, long.len(), stream);
        fputs(c"\nshort\nlast".as_ptr(), stream);
        rewind(stream);
        let (mut line, mut size) = (std::ptr::null_mut(), 0);
        assert_eq!(getline(&mut line, &mut size, stream), 20_001);
        assert!(size > 20_001);
        assert_eq!(getline(&mut line, &mut size, stream), 6);
        assert_eq!(getdelim(&mut line, &mut size, 's' as i32, stream), 3);
        assert_eq!(CStr::from_ptr(line), c"las");
        assert_eq!(getline(&mut line, &mut size, stream), 1);
        assert_eq!(getline(&mut line, &mut size, stream), -1);
        crate::heap::free(line.cast());
        fclose(stream);
    }
}

#[test]
fn memory_streams_keep_to_their_size() {
    // SAFETY: the array has the ten bytes that are told, and outlives the stream.
    unsafe {
        let mut memory = *b"0123456789";
        let stream = fmemopen(memory.as_mut_ptr().cast(), 10, c"r+".as_ptr());
        assert_eq!(fgetc(stream), '0' as i32);
        fseeko(stream, 8, 0);
        fputs(c"abcd".as_ptr(), stream);
        set_errno(0);
        assert_eq!((fflush(stream), get_errno()), (EOF, errno::ENOSPC));
        super::extensions::__fpurge(stream);
        fclose(stream);
        assert_eq!(&memory, b"01234567ab");
        let stream = fmemopen(std::ptr::null_mut(), 16, c"w+".as_ptr());
        fputs(c"text".as_ptr(), stream);
        rewind(stream);
        let mut place = [0u8; 8];
        assert_eq!(fread(place.as_mut_ptr().cast(), 1, 8, stream), 4);
        assert_eq!(fseeko(stream, 17, 0), -1);
        fclose(stream);
    }
}

#[test]
fn collected_bytes_are_told_after_each_flush() {
    // SAFETY: place and size outlive the stream, which fills them in.
    unsafe {
        let (mut place, mut size) = (std::ptr::null_mut(), 7);
        let stream = open_memstream(&mut place, &mut size);
        assert_eq!(size, 0);
        fputs(c"hello".as_ptr(), stream);
        fflush(stream);
        assert_eq!((CStr::from_ptr(place), size), (c"hello", 5));
        fseeko(stream, 1, 0);
        fputs(c"E".as_ptr(), stream);
        fflush(stream);
        assert_eq!((CStr::from_ptr(place), size), (c"hEllo", 2));
        fseeko(stream, 9, 0);
        fputs(c"!".as_ptr(), stream);
        fclose(stream);
        assert_eq!(
            std::slice::from_raw_parts(place.cast::<u8>(), size + 1),
            b"hEllo\0\0\0\0!\0"
        );
        crate::heap::free(place.cast());
    }
}

#[test]
fn collected_wide_characters_are_counted_as_such() {
    // SAFETY: place and size outlive the stream, which fills them in.
    unsafe {
        let (mut place, mut size) = (std::ptr::null_mut(), 7);
        let stream = open_wmemstream(&mut place, &mut size);
        for character in [0x61, 0x20ac, 0x1f600] {
            assert_eq!(fputwc(character, stream), character as u32);
        }
        fclose(stream);
        assert_eq!(
            std::slice::from_raw_parts(place, size + 1),
            [0x61, 0x20ac, 0x1f600, 0]
        );
        crate::heap::free(place.cast());
    }
}

#[test]
fn wide_streams_read_what_they_push_back() {
    let (input, output) = pipe();
    // SAFETY: the streams are this test's own and open until it closes them; strings end with a zero, and places have the sizes that are told.
    unsafe {
        fputs(c"ab".as_ptr(), output);
        fclose(output);
        assert_eq!(fgetwc(input), 'a' as u32);
        assert_eq!(ungetwc('q' as u32, input), 'q' as u32);
        assert_eq!(
            (fgetwc(input), fgetwc(input), fgetwc(input)),
            ('q' as u32, 'b' as u32, WEOF)
        );
        assert!((*input).mode > 0);
        fclose(input);
    }
}

#[test]
fn freopen_keeps_the_descriptors_number() {
    // SAFETY: the name and the stream come from the library, and are used until they are freed and closed.
    unsafe {
        let name = tempnam(std::ptr::null(), c"trv".as_ptr());
        let stream = fopen(name, c"w".as_ptr());
        let fd = (*stream).fileno;
        fputs(c"first".as_ptr(), stream);
        assert_eq!(freopen(name, c"r".as_ptr(), stream), stream);
        assert_eq!((*stream).fileno, fd);
        assert_eq!(fgetc(stream), 'f' as i32);
        // The descriptor can be read only.
        set_errno(0);
        assert!(freopen(std::ptr::null(), c"a+".as_ptr(), stream).is_null());
        assert_eq!(get_errno(), errno::EBADF);
        let stream = fopen(name, c"r+".as_ptr());
        assert_eq!(freopen(std::ptr::null(), c"a+".as_ptr(), stream), stream);
        fputs(c" more".as_ptr(), stream);
        rewind(stream);
        let mut line = [0i8; 40];
        fgets(line.as_mut_ptr(), 40, stream);
        assert_eq!(CStr::from_ptr(line.as_ptr()), c"first more");
        fclose(stream);
        assert_eq!(super::names::remove(name), 0);
        set_errno(0);
        assert!(fopen(name, c"r".as_ptr()).is_null());
        assert_eq!(get_errno(), errno::ENOENT);
        crate::heap::free(name.cast());
    }
}

#[test]
fn flushing_all_streams_waits_for_a_writer() {
    let _alone = ALL_STREAMS.write().unwrap();
    let (input, output) = pipe();
    // SAFETY: the other thread ends before the streams are closed; the lock is taken and given back by this thread.
    unsafe {
        fputs(c"held".as_ptr(), output);
        (*(*output).lock).lock();
        let stream = output as usize;
        let flusher = std::thread::spawn(super::at_exit::flush_all);
        fputs(c" back".as_ptr(), stream as *mut File);
        (*(*output).lock).unlock();
        assert_eq!(flusher.join().unwrap(), 0);
        assert_eq!(drain((*input).fileno), b"held back");
        fclose(output);
        fclose(input);
    }
}

#[test]
fn temporary_names_differ() {
    let (mut a, mut b) = ([0i8; 20], [0i8; 20]);
    // SAFETY: both places have the twenty bytes that L_tmpnam asks for.
    unsafe {
        assert!(!tmpnam(a.as_mut_ptr()).is_null() && !tmpnam(b.as_mut_ptr()).is_null());
    }
    assert_ne!(a, b);
}

#[test]
fn fields_that_macros_read_are_live() {
    let _shared = ALL_STREAMS.read().unwrap();
    let (input, output) = pipe();
    // SAFETY: between `write_ptr` and `write_end` is room, which was just asserted.
    unsafe {
        fputs(c"12345".as_ptr(), output);
        // What the putc_unlocked macro of glibc's headers does.
        assert!((*output).write_ptr < (*output).write_end);
        (*output).write_ptr.write(b'6');
        (*output).write_ptr = (*output).write_ptr.add(1);
        fclose(output);
        assert_eq!(fgetc(input), '1' as i32);
        assert_eq!((*input).readable(), 5);
        assert_eq!((*input).read_end.sub(1).read(), b'6');
        fgetc(input);
        ungetc('x' as i32, input);
        ungetc('y' as i32, input);
        ungetc('z' as i32, input);
        assert!((*input).has(flag::IN_BACKUP));
        assert_eq!((*input).read_ahead(), 1 + 6);
        fclose(input);
    }
}

/// What is done to a stream and to a simple model of a file.
#[derive(Clone, Debug)]
enum Step {
    Write(Vec<u8>),
    Put(u8),
    Read(usize),
    Get,
    Unget(u8),
    Seek(i64, i32),
    Tell,
    Flush,
    Buffering(i32, usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Step::Write),
        prop::collection::vec(any::<u8>(), 8000..20_000).prop_map(Step::Write),
        any::<u8>().prop_map(Step::Put),
        (0usize..50).prop_map(Step::Read),
        (8000usize..20_000).prop_map(Step::Read),
        Just(Step::Get),
        any::<u8>().prop_map(Step::Unget),
        (-50i64..20_000, 0..3).prop_map(|(offset, whence)| Step::Seek(offset, whence)),
        Just(Step::Tell),
        Just(Step::Flush),
        (0..3, prop_oneof![Just(0usize), 1usize..100]).prop_map(|(mode, size)| Step::Buffering(mode, size)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// A stream over a file behaves as an array with a position, whatever its buffer does.
    #[test]
    fn streams_behave_as_arrays(steps in prop::collection::vec(step(), 1..40)) {
        // SAFETY: the stream is open until the end of the block, and what it reads from and into are vectors of the told lengths; a buffer that it is given is kept until it is closed.
        unsafe {
            let stream = tmpfile();
            let (mut file, mut position) = (Vec::<u8>::new(), 0usize);
            // After reading, the standard wants a seek before writing, and the other way round.
            let (mut may_read, mut may_write, mut pushed) = (true, true, Vec::<u8>::new());
            let mut buffers: Vec<Vec<u8>> = Vec::new();
            for step in steps {
                match step {
                    Step::Write(data) if may_write => {
                        prop_assert_eq!(fwrite(data.as_ptr().cast(), 1, data.len(), stream), data.len());
                        if !data.is_empty() {
                            let end = position + data.len();
                            file.resize(file.len().max(end).max(position), 0);
                            file[position..end].copy_from_slice(&data);
                            position = end;
                            may_read = false;
                        }
                    }
                    Step::Put(byte) if may_write => {
                        prop_assert_eq!(fputc(byte as i32, stream), byte as i32);
                        file.resize(file.len().max(position + 1), 0);
                        file[position] = byte;
                        position += 1;
                        may_read = false;
                    }
                    Step::Read(count) if may_read => {
                        let mut place = std::vec![0u8; count];
                        let read = fread(place.as_mut_ptr().cast(), 1, count, stream);
                        let mut expected = Vec::new();
                        while expected.len() < count {
                            if let Some(byte) = pushed.pop() {
                                expected.push(byte);
                            } else if position < file.len() {
                                expected.push(file[position]);
                                position += 1;
                            } else {
                                break;
                            }
                        }
                        prop_assert_eq!(&place[..read], &expected[..]);
                        may_write = count == 0 && may_write || feof(stream) != 0 && pushed.is_empty();
                    }
                    Step::Get if may_read => {
                        let expected = pushed.pop().or_else(|| {
                            position += 1;
                            file.get(position - 1).copied()
                        });
                        position = position.min(file.len().max(position - expected.is_none() as usize));
                        prop_assert_eq!(fgetc(stream), expected.map_or(EOF, |byte| byte as i32));
                        may_write = expected.is_none();
                    }
                    Step::Unget(byte) if may_read && pushed.len() < 8 => {
                        prop_assert_eq!(ungetc(byte as i32, stream), byte as i32);
                        pushed.push(byte);
                        may_write = false;
                    }
                    Step::Seek(offset, whence) => {
                        let here = position as i64 - pushed.len() as i64;
                        if whence == 1 && here < 0 {
                            continue;
                        }
                        let target = offset + [0, here, file.len() as i64][whence as usize];
                        prop_assert_eq!(fseeko(stream, offset, whence), if target < 0 { -1 } else { 0 });
                        if target >= 0 {
                            position = target as usize;
                            pushed.clear();
                            (may_read, may_write) = (true, true);
                        }
                    }
                    Step::Tell => {
                        let here = (position as i64 - pushed.len() as i64).max(0);
                        prop_assert_eq!(ftello(stream), here);
                    }
                    Step::Flush => {
                        if position < pushed.len() {
                            continue;
                        }
                        prop_assert_eq!(fflush(stream), 0);
                        position -= pushed.len();
                        pushed.clear();
                        (may_read, may_write) = (true, true);
                    }
                    Step::Buffering(mode, size) => {
                        let mut buffer = std::vec![0u8; size.max(1)];
                        let place = if size == 0 { std::ptr::null_mut() } else { buffer.as_mut_ptr() };
                        prop_assert_eq!(setvbuf(stream, place.cast(), mode, size), 0);
                        buffers.push(buffer);
                    }
                    _ => (),
                }
            }
            fflush(stream);
            let mut place = std::vec![0u8; file.len() + 10];
            let count = System::pread((*stream).fileno, place.as_mut_ptr().cast(), place.len(), 0).unwrap();
            prop_assert_eq!(&place[..count], &file[..]);
            fclose(stream);
        }
    }
}

#[test]
fn names_of_modes_beyond_ascii_are_harmless() {
    let text: String = "r\u{ff}".into();
    let mode = std::ffi::CString::new(text).unwrap();
    assert!(parse_mode(&mode).is_ok());
}
