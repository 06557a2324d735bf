//! Pseudo terminals: ends, names, waiting, hang-up, limits.

use super::*;
use crate::terminal::settings::Settings;
use crate::terminal::settings::bits::{ICANON, IXOFF, VMIN, VTIME};
use crate::testing::Tasks;
use proptest::prelude::*;
use trivet_abi::event::readiness::{ERR, HUP, IN, OUT};

#[test]
fn what_the_master_writes_was_typed_and_what_programs_write_it_reads() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    assert_eq!(machine.write(STRANGER, &master, b"hello\r"), Ok(6));
    assert_eq!(machine.read(LEADER, &slave, 100).unwrap(), b"hello\n");
    assert_eq!(machine.write(LEADER, &slave, b"ok\n"), Ok(3));
    assert_eq!(machine.read(STRANGER, &master, 100).unwrap(), b"hello\r\nok\r\n");
}

#[test]
fn a_pseudo_terminals_name_comes_with_its_master_and_goes_with_it() {
    let machine = Machine::new();
    let (first, _) = machine.master();
    let (second, _) = machine.master();
    assert_eq!(names(&machine), [b"0".to_vec(), b"1".to_vec()]);
    machine.close(&first);
    assert_eq!(names(&machine), [b"1".to_vec()]);
    drop(first);
    let (third, number) = machine.master();
    assert_eq!(number, 0, "the lowest free number");
    machine.close(&third);
    machine.close(&second);
    assert!(names(&machine).is_empty());
}

#[test]
fn a_number_is_used_again_only_when_nobody_has_the_old_terminal_open() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    machine.close(&master);
    assert_eq!(machine.master().1, 1);
    machine.close(&slave);
    drop(slave);
    drop(master);
    assert_eq!(machine.master().1, 0);
}

#[test]
fn the_name_belongs_to_who_opened_the_master() {
    let machine = Machine::new();
    let _master = machine.master();
    let place = &machine.fixture.root.place;
    let node = run(place.file_system().lookup(&place.node, b"0")).unwrap();
    let attributes = place.file_system().attributes(&node);
    assert_eq!(
        (attributes.user, attributes.group, attributes.mode),
        (1000, 5, 0o620)
    );
    assert_eq!(
        (attributes.kind, attributes.label),
        (Kind::CharacterDevice, Label(7))
    );
}

#[test]
fn a_locked_slave_cannot_be_opened_nor_one_without_a_master() {
    let machine = Machine::new();
    let (master, number) = machine.master();
    terminal(&master).is_locked.set(true);
    assert_eq!(machine.slave(LEADER, number, 2).err(), Some(Error::InputOutput));
    terminal(&master).is_locked.set(false);
    let slave = machine.slave(LEADER, number, 2).unwrap();
    machine.close(&master);
    assert_eq!(machine.slave(LEADER, number, 2).err(), Some(Error::InputOutput));
    machine.close(&slave);
    assert_eq!(machine.slave(LEADER, 63, 2).err(), Some(Error::NoDeviceOrAddress));
}

#[test]
fn there_are_only_so_many_pseudo_terminals() {
    let machine = Machine::new();
    let masters: Vec<Open> = (0..PSEUDO_MAX).map(|_| machine.master().0).collect();
    let more = machine.open_device(STRANGER, DEVICE_MASTER, NO_CONTROL);
    assert_eq!(more.err(), Some(Error::NoSpace));
    machine.close(&masters[3]);
    drop(masters);
    assert!(machine.open_device(STRANGER, DEVICE_MASTER, NO_CONTROL).is_ok());
}

#[test]
fn a_waiting_read_ends_with_a_line_a_signal_or_a_hang_up() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    let mut tasks = Tasks::default();
    let wait = || (FakeRequest::with_room(10), Outcome::default());
    let (request, outcome) = wait();
    tasks.start(machine.reads(LEADER, slave.file.clone(), request, outcome.clone()));
    assert_eq!(outcome.get(), None);
    machine.write(STRANGER, &master, b"x\n").unwrap();
    tasks.settle();
    assert_eq!(outcome.get(), Some(Ok(2)));

    let (request, outcome) = wait();
    tasks.start(machine.reads(LEADER, slave.file.clone(), request.clone(), outcome.clone()));
    request.cancelled.set(Some(Error::Interrupted));
    tasks.settle();
    assert_eq!(outcome.get(), Some(Err(Error::Interrupted)));

    let (request, outcome) = wait();
    tasks.start(machine.reads(LEADER, slave.file.clone(), request, outcome.clone()));
    machine.close(&master);
    tasks.settle();
    assert_eq!(outcome.get(), Some(Ok(0)));
}

#[test]
fn a_program_that_floods_waits_and_goes_on_when_the_master_reads() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    let mut tasks = Tasks::default();
    let outcome = Outcome::default();
    let flood = FakeRequest::sending(&[b'x'; 40_000]);
    tasks.start(machine.writes(LEADER, slave.file.clone(), flood, outcome.clone()));
    assert_eq!(outcome.get(), None);
    assert!(terminal(&slave).queued_output() <= crate::terminal::output::OUTPUT_LIMIT);
    assert_eq!(machine.bits(&slave) & OUT, 0);
    let mut seen = 0;
    while outcome.get().is_none() {
        seen += machine.read(STRANGER, &master, 5000).unwrap().len();
        tasks.settle();
    }
    while machine.bits(&master) & IN != 0 {
        seen += machine.read(STRANGER, &master, 40_000).unwrap().len();
    }
    assert_eq!((outcome.get(), seen), (Some(Ok(40_000)), 40_000));
}

#[test]
fn closing_the_master_in_the_middle_of_a_write_ends_it() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    let mut tasks = Tasks::default();
    let (whole, outcome) = (FakeRequest::sending(&[b'x'; 40_000]), Outcome::default());
    tasks.start(machine.writes(LEADER, slave.file.clone(), whole, outcome.clone()));
    machine.close(&master);
    tasks.settle();
    let written = outcome.get().expect("it ended").expect("some was written");
    assert!(written > 0 && written < 40_000);
    assert_eq!(machine.write(LEADER, &slave, b"x"), Err(Error::InputOutput));
    assert_eq!(machine.read(LEADER, &slave, 1), Ok(Vec::new()));
    assert_eq!(machine.bits(&slave), IN | OUT | HUP | ERR);
}

#[test]
fn a_typist_waits_when_nobody_reads() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    let terminal = terminal(&slave);
    terminal.discipline.borrow_mut().set_settings(Settings {
        local: ICANON,
        ..Settings::default()
    });
    let mut tasks = Tasks::default();
    let (lines, outcome) = (FakeRequest::sending(&b"line\n".repeat(4000)), Outcome::default());
    tasks.start(machine.writes(STRANGER, master.file.clone(), lines, outcome.clone()));
    assert_eq!(outcome.get(), None);
    assert_eq!(machine.bits(&master) & OUT, 0);
    for _ in 0..4000 {
        assert_eq!(machine.read(LEADER, &slave, 100).unwrap(), b"line\n");
        tasks.settle();
    }
    assert_eq!(outcome.get(), Some(Ok(20_000)));
}

#[test]
fn the_master_reads_an_error_when_all_slaves_are_closed_and_goes_on_with_the_next() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    machine.write(LEADER, &slave, b"bye").unwrap();
    machine.close(&slave);
    assert_eq!(machine.bits(&master), IN | OUT | HUP);
    assert_eq!(machine.read(STRANGER, &master, 9).unwrap(), b"bye");
    assert_eq!(machine.read(STRANGER, &master, 9), Err(Error::InputOutput));
    let next = machine.slave(LEADER, 0, OpenFlags::READ_WRITE).unwrap();
    machine.write(LEADER, &next, b"again").unwrap();
    assert_eq!(machine.read(STRANGER, &master, 9).unwrap(), b"again");
}

#[test]
fn readiness_follows_lines_and_room() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    assert_eq!((machine.bits(&slave), machine.bits(&master)), (OUT, OUT));
    machine.write(STRANGER, &master, b"part").unwrap();
    assert_eq!((machine.bits(&slave), machine.bits(&master)), (OUT, IN | OUT));
    machine.write(STRANGER, &master, b"\n").unwrap();
    assert_eq!(machine.bits(&slave), IN | OUT);
    machine.read(LEADER, &slave, 10).unwrap();
    machine.read(STRANGER, &master, 100).unwrap();
    assert_eq!((machine.bits(&slave), machine.bits(&master)), (OUT, OUT));
}

fn raw(slave: &Open, minimum: u8, time: u8) {
    let mut settings = Settings {
        local: 0,
        ..Settings::default()
    };
    settings.characters[VMIN] = minimum;
    settings.characters[VTIME] = time;
    terminal(slave).discipline.borrow_mut().set_settings(settings);
}

#[test]
fn a_raw_read_waits_for_min_bytes_and_no_longer_than_time_between_them() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    raw(&slave, 3, 2);
    let mut tasks = Tasks::default();
    let (request, outcome) = (FakeRequest::with_room(10), Outcome::default());
    tasks.start(machine.reads(LEADER, slave.file.clone(), request.clone(), outcome.clone()));
    machine.write(STRANGER, &master, b"a").unwrap();
    tasks.settle();
    machine.fixture.vfs.backend.monotonic.set(199_999_999);
    tasks.settle();
    assert_eq!(outcome.get(), None);
    machine.write(STRANGER, &master, b"b").unwrap();
    tasks.settle();
    machine.fixture.vfs.backend.monotonic.set(399_999_999);
    tasks.settle();
    assert_eq!(outcome.get(), Some(Ok(2)));
    assert_eq!(request.received(2), b"ab");
}

#[test]
fn a_raw_read_without_min_waits_for_the_first_byte_no_longer_than_time() {
    let machine = Machine::new();
    let (_master, slave) = machine.pair(LEADER);
    raw(&slave, 0, 1);
    let mut tasks = Tasks::default();
    let outcome = Outcome::default();
    tasks.start(machine.reads(
        LEADER,
        slave.file.clone(),
        FakeRequest::with_room(4),
        outcome.clone(),
    ));
    assert_eq!(outcome.get(), None);
    machine.fixture.vfs.backend.monotonic.set(100_000_000);
    tasks.settle();
    assert_eq!(outcome.get(), Some(Ok(0)));
    raw(&slave, 0, 0);
    assert_eq!(machine.read(LEADER, &slave, 4), Ok(Vec::new()));
}

#[test]
fn two_readers_do_not_mix() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    raw(&slave, 3, 0);
    let mut tasks = Tasks::default();
    let (first, second) = (Outcome::default(), Outcome::default());
    let (one, two) = (FakeRequest::with_room(3), FakeRequest::with_room(3));
    tasks.start(machine.reads(LEADER, slave.file.clone(), one.clone(), first.clone()));
    tasks.start(machine.reads(LEADER, slave.file.clone(), two.clone(), second.clone()));
    machine.write(STRANGER, &master, b"abcd").unwrap();
    tasks.settle();
    machine.write(STRANGER, &master, b"ef").unwrap();
    tasks.settle();
    assert_eq!(
        (one.received(3), two.received(3)),
        (b"abc".to_vec(), b"def".to_vec())
    );
}

#[test]
fn with_ixoff_a_typist_is_asked_to_stop_and_to_go_on() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    let settings = Settings {
        local: ICANON,
        input: IXOFF,
        ..Settings::default()
    };
    terminal(&slave).discipline.borrow_mut().set_settings(settings);
    machine.write(STRANGER, &master, &b"line\n".repeat(1500)).unwrap();
    assert_eq!(machine.read(STRANGER, &master, 9).unwrap(), [0x13]);
    while terminal(&slave).available() > 0 {
        machine.read(LEADER, &slave, 100).unwrap();
    }
    assert_eq!(machine.read(STRANGER, &master, 9).unwrap(), [0x11]);
}

proptest! {
    /// Whatever both sides do in whatever order, nothing is lost or made up in raw mode, and no queue grows beyond its limit.
    #[test]
    fn raw_bytes_come_through_in_order(steps in prop::collection::vec((0..4u8, 1..3000usize), 1..80)) {
        let machine = Machine::new();
        let (master, slave) = machine.pair(LEADER);
        let settings = Settings { local: 0, input: 0, output: 0, ..Settings::default() };
        terminal(&slave).discipline.borrow_mut().set_settings(settings);
        for open in [&master, &slave] {
            open.file.flags.set(OpenFlags(OpenFlags::READ_WRITE | OpenFlags::NON_BLOCK));
        }
        let mut sent = [0_u64; 2];
        let mut received = [0_u64; 2];
        for (what, count) in steps {
            let (side, open, job) = if what & 1 == 0 { (0, &master, STRANGER) } else { (1, &slave, LEADER) };
            if what & 2 == 0 {
                let bytes: Vec<u8> = (0..count as u64).map(|index| (sent[side] + index) as u8).collect();
                match machine.write(job, open, &bytes) {
                    Ok(done) => sent[side] += done,
                    Err(error) => prop_assert_eq!(error, Error::Again),
                }
            } else {
                match machine.read(job, open, count) {
                    Ok(bytes) => for byte in bytes {
                        prop_assert_eq!(byte, received[1 - side] as u8);
                        received[1 - side] += 1;
                    },
                    Err(error) => prop_assert_eq!(error, Error::Again),
                }
            }
            prop_assert!(received[0] <= sent[0] && received[1] <= sent[1]);
            prop_assert!(sent[0] - received[0] <= 4095 + 4096 && sent[1] - received[1] <= 16 * 1024);
        }
    }
}
