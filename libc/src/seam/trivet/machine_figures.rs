//! `sysinfo`: memory and load of the machine, as the files below /proc tell them.

use crate::database::TextFile;
use crate::errno::Result;
use crate::heap::Vector;
use crate::types::*;
use core::ffi::CStr;

/// glibc `struct sysinfo`.
#[repr(C)]
#[derive(Default)]
pub struct Figures {
    uptime_s: c_long,
    /// In 65536ths.
    loads: [c_ulong; 3],
    memory: c_ulong,
    memory_free: c_ulong,
    memory_shared: c_ulong,
    buffers: c_ulong,
    swap: c_ulong,
    swap_free: c_ulong,
    processes: c_ushort,
    padding: c_ushort,
    high: c_ulong,
    high_free: c_ulong,
    unit: c_uint,
}

const _: () = assert!(size_of::<Figures>() == 112);

/// Calls `with` with the words of each line of a file.
fn each_line(path: &CStr, mut with: impl FnMut(&mut dyn Iterator<Item = &[u8]>)) -> Result<()> {
    let mut file = TextFile::open(path)?;
    let mut line = Vector::new();
    while file.read_line(&mut line)? {
        with(&mut line.split(|byte| *byte == b' ').filter(|word| !word.is_empty()));
    }
    Ok(())
}

/// The digits that a word begins with.
fn number(word: &[u8]) -> u64 {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |sum: u64, digit| {
        sum.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
    })
}

/// A number with two digits behind its point, in 65536ths.
fn fixed(word: &[u8]) -> c_ulong {
    let point = word.iter().position(|byte| *byte == b'.').unwrap_or(word.len());
    let hundredths = number(word.get(point + 1..).unwrap_or_default());
    (number(word) << 16) + (hundredths << 16) / 100
}

/// The figures now.
pub fn read() -> Result<Figures> {
    let mut figures = Figures {
        unit: 1,
        ..Figures::default()
    };
    each_line(c"/proc/meminfo", |words| {
        let (name, kib) = (words.next(), words.next().map_or(0, number));
        match name {
            Some(b"MemTotal:") => figures.memory = kib * 1024,
            Some(b"MemFree:") => figures.memory_free = kib * 1024,
            Some(b"Shmem:") => figures.memory_shared = kib * 1024,
            Some(b"Buffers:") => figures.buffers = kib * 1024,
            Some(b"SwapTotal:") => figures.swap = kib * 1024,
            Some(b"SwapFree:") => figures.swap_free = kib * 1024,
            _ => {}
        }
    })?;
    each_line(c"/proc/uptime", |words| {
        figures.uptime_s = words.next().map_or(0, number) as c_long;
    })?;
    each_line(c"/proc/loadavg", |words| {
        for load in &mut figures.loads {
            *load = words.next().map_or(0, fixed);
        }
        // Running ones, a slash, all.
        let counts = words.next().unwrap_or_default();
        let all = counts.rsplit(|byte| *byte == b'/').next().map_or(0, number);
        figures.processes = c_ushort::try_from(all).unwrap_or(c_ushort::MAX);
    })?;
    Ok(figures)
}
