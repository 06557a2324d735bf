//! Controlling terminals, foreground and background, signals, and who may do what.

use super::*;
use crate::terminal::device::Size;
use crate::terminal::discipline::signal::{SIGCONT, SIGHUP, SIGINT, SIGTSTP, SIGWINCH};
use crate::terminal::program_side::{Flow, Queue, When};
use crate::terminal::settings::Settings;
use crate::terminal::settings::bits::TOSTOP;
use crate::terminal::terminals::{DEVICE_CONSOLE, DEVICE_OWN};

#[test]
fn a_leader_without_a_terminal_gets_the_one_it_opens() {
    let machine = Machine::new();
    let (_master, slave) = machine.pair(LEADER);
    assert_eq!(terminal(&slave).groups(&by(LEADER), false), Ok((10, 10)));
    assert_eq!(machine.fixture.vfs.terminals.controlling(10), Ok((136 << 8, 10)));
    assert!(machine.open_device(OTHER_GROUP, DEVICE_OWN, 2).is_ok());
    assert_eq!(
        machine.open_device(STRANGER, DEVICE_OWN, 2).err(),
        Some(Error::NoDeviceOrAddress)
    );
}

#[test]
fn others_get_no_controlling_terminal_by_opening() {
    let machine = Machine::new();
    let (_master, number) = machine.master();
    let not_leading = machine.slave(OTHER_GROUP, number, OpenFlags::READ_WRITE).unwrap();
    assert_eq!(
        terminal(&not_leading).groups(&by(OTHER_GROUP), false),
        Err(Error::NotTerminal)
    );
    machine.slave(LEADER, number, NO_CONTROL).unwrap();
    machine.slave(LEADER, number, OpenFlags::WRITE_ONLY).unwrap();
    assert_eq!(
        machine.fixture.vfs.terminals.controlling(10),
        Err(Error::NotTerminal)
    );
    // And one that is somebody's stays theirs.
    machine.slave(LEADER, number, OpenFlags::READ_WRITE).unwrap();
    machine.slave(STRANGER, number, OpenFlags::READ_WRITE).unwrap();
    assert_eq!(
        machine.fixture.vfs.terminals.controlling(20),
        Err(Error::NotTerminal)
    );
}

#[test]
fn interrupt_and_suspend_go_to_the_foreground_group() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    terminal(&slave).set_foreground(&by(LEADER), 11).unwrap();
    machine.write(STRANGER, &master, b"\x03\x1a").unwrap();
    assert_eq!(machine.news(), [(10, 11, SIGINT), (10, 11, SIGTSTP)]);
}

#[test]
fn a_terminal_without_a_session_raises_nothing() {
    let machine = Machine::new();
    let (master, number) = machine.master();
    let _slave = machine.slave(LEADER, number, NO_CONTROL).unwrap();
    machine.write(STRANGER, &master, b"\x03").unwrap();
    assert!(machine.news().is_empty());
}

#[test]
fn the_foreground_is_set_only_within_the_own_session() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    let terminal = terminal(&slave);
    assert_eq!(
        terminal.set_foreground(&by(STRANGER), 20),
        Err(Error::NotTerminal)
    );
    assert_eq!(terminal.set_foreground(&by(LEADER), 20), Err(Error::NotPermitted));
    assert_eq!(
        terminal.set_foreground(&by(LEADER), 999),
        Err(Error::NotPermitted)
    );
    assert_eq!(
        terminal.set_foreground(&by(LEADER), 0),
        Err(Error::InvalidArgument)
    );
    assert_eq!(
        terminal.set_foreground(&by(LEADER), 1 << 40),
        Err(Error::InvalidArgument)
    );
    assert_eq!(terminal.set_foreground(&by(LEADER), 11), Ok(()));
    assert_eq!(terminal.groups(&by(STRANGER), false), Err(Error::NotTerminal));
    assert_eq!(
        terminal.groups(&by(STRANGER), true),
        Ok((11, 10)),
        "the master is told"
    );
    drop(master);
}

#[test]
fn a_background_group_is_told_to_wait() {
    let machine = Machine::new();
    let (_master, slave) = machine.pair(LEADER);
    assert_eq!(machine.read(OTHER_GROUP, &slave, 9), Err(Error::Restart));
    assert_eq!(machine.write(OTHER_GROUP, &slave, b"x"), Ok(1), "without TOSTOP");
    let terminal = terminal(&slave);
    let settings = Settings {
        local: Settings::default().local | TOSTOP,
        ..Settings::default()
    };
    let back = by(OTHER_GROUP);
    assert_eq!(
        run(terminal.set_settings(&back, When::Now, settings)),
        Err(Error::Restart)
    );
    run(terminal.set_settings(&by(LEADER), When::Now, settings)).unwrap();
    assert_eq!(machine.write(OTHER_GROUP, &slave, b"x"), Err(Error::Restart));
    assert_eq!(terminal.set_foreground(&back, 11), Err(Error::Restart));
    assert_eq!(terminal.flush(&back, Queue::Both), Err(Error::Restart));
    assert_eq!(terminal.flow(&back, Flow::Suspend), Err(Error::Restart));
    assert_eq!(run(terminal.drain(&back)), Err(Error::Restart));
    // Another session's process is in no background of this terminal.
    assert_eq!(machine.write(STRANGER, &slave, b"x"), Ok(1));
}

#[test]
fn a_process_that_ignores_the_signal_goes_on_once() {
    let machine = Machine::new();
    let (_master, slave) = machine.pair(LEADER);
    let (terminal, back) = (terminal(&slave), by(OTHER_GROUP));
    terminal.act_in_background(&back);
    assert_eq!(terminal.set_foreground(&back, 11), Ok(()));
    terminal.set_foreground(&back, 10).unwrap();
    assert_eq!(terminal.set_foreground(&back, 11), Err(Error::Restart));
    terminal.act_in_background(&back);
    assert_eq!(
        machine.read(OTHER_GROUP, &slave, 9),
        Err(Error::Restart),
        "not a read"
    );
}

#[test]
fn closing_the_master_tells_the_leader_and_later_the_foreground() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    terminal(&slave).set_foreground(&by(LEADER), 11).unwrap();
    machine.close(&master);
    assert_eq!(machine.news(), [(10, 0, SIGHUP), (10, 0, SIGCONT)]);
    assert_eq!(
        machine.open_device(LEADER, DEVICE_OWN, 2).err(),
        Some(Error::NoDeviceOrAddress)
    );
    machine.fixture.vfs.terminals.leader_gone(10);
    assert_eq!(machine.news(), [(10, 11, SIGHUP), (10, 11, SIGCONT)]);
}

#[test]
fn the_end_of_the_leader_hangs_the_terminal_up_and_leaves_it_to_the_next() {
    let machine = Machine::new();
    let (master, slave) = machine.pair(LEADER);
    terminal(&slave).set_foreground(&by(LEADER), 11).unwrap();
    machine.fixture.vfs.terminals.leader_gone(10);
    assert_eq!(machine.news(), [(10, 11, SIGHUP), (10, 11, SIGCONT)]);
    assert_eq!(machine.write(OTHER_GROUP, &slave, b"x"), Err(Error::InputOutput));
    let next = machine.slave(STRANGER, 0, OpenFlags::READ_WRITE).unwrap();
    assert_eq!(machine.write(STRANGER, &next, b"x"), Ok(1));
    assert_eq!(machine.read(STRANGER, &master, 9).unwrap(), b"x");
    assert_eq!(terminal(&next).groups(&by(STRANGER), false), Ok((20, 20)));
}

#[test]
fn a_terminal_is_acquired_by_leaders_and_stolen_by_nobody() {
    let machine = Machine::new();
    let (_master, number) = machine.master();
    let slave = machine.slave(LEADER, number, NO_CONTROL).unwrap();
    let terminal = terminal(&slave);
    assert_eq!(
        terminal.acquire(&by(OTHER_GROUP), true, false),
        Err(Error::NotPermitted)
    );
    assert_eq!(
        terminal.acquire(&by(LEADER), false, false),
        Err(Error::NotPermitted),
        "not open for reading"
    );
    assert_eq!(terminal.acquire(&by(LEADER), true, false), Ok(()));
    assert_eq!(
        terminal.acquire(&by(LEADER), true, false),
        Ok(()),
        "it has it already"
    );
    assert_eq!(
        terminal.acquire(&by(STRANGER), true, true),
        Err(Error::NotPermitted)
    );
    let superuser = FakeRequest {
        user: 0,
        ..by(STRANGER)
    };
    assert_eq!(
        terminal.acquire(&superuser, true, false),
        Err(Error::NotPermitted)
    );
    assert_eq!(terminal.acquire(&superuser, true, true), Ok(()));
    assert_eq!(terminal.groups(&by(LEADER), false), Err(Error::NotTerminal));
}

#[test]
fn a_leader_gives_its_terminal_up() {
    let machine = Machine::new();
    let (_master, slave) = machine.pair(LEADER);
    let terminal = terminal(&slave);
    assert_eq!(terminal.give_up(&by(OTHER_GROUP)), Err(Error::NotPermitted));
    assert_eq!(terminal.give_up(&by(STRANGER)), Err(Error::NotTerminal));
    assert_eq!(terminal.give_up(&by(LEADER)), Ok(()));
    assert_eq!(machine.news(), [(10, 10, SIGHUP), (10, 10, SIGCONT)]);
    assert_eq!(machine.write(LEADER, &slave, b"still open"), Ok(10));
}

#[test]
fn another_size_of_the_window_is_told_to_the_foreground() {
    let machine = Machine::new();
    let (_master, slave) = machine.pair(LEADER);
    let size = Size {
        rows: 24,
        columns: 80,
        ..Size::default()
    };
    terminal(&slave).set_size(size);
    terminal(&slave).set_size(size);
    assert_eq!(machine.news(), [(10, 10, SIGWINCH)]);
    assert_eq!(terminal(&slave).size(), size);
}

#[test]
fn the_console_belongs_to_one_session_at_a_time() {
    let machine = Machine::new();
    let terminals = &machine.fixture.vfs.terminals;
    assert_eq!(
        machine.open_device(LEADER, DEVICE_CONSOLE, 2).err(),
        Some(Error::NoDeviceOrAddress)
    );
    let console = terminals.open_console(10, Size::default()).unwrap();
    assert_eq!(terminals.controlling(10), Ok((5 << 8 | 1, 10)));
    assert_eq!(
        terminals.open_console(20, Size::default()).err(),
        Some(Error::Busy)
    );
    let open = machine.open_device(LEADER, DEVICE_CONSOLE, 2).unwrap();
    assert_eq!(console.type_bytes(b"hi\n"), 3);
    assert_eq!(machine.read(LEADER, &open, 9).unwrap(), b"hi\n");
    machine.write(LEADER, &open, b"left").unwrap();
    terminals.retire_console();
    assert_eq!(machine.write(LEADER, &open, b"x"), Err(Error::InputOutput));
    let shown = console.take_output(100, |bytes| (bytes.len(), bytes.to_vec()));
    assert_eq!(
        shown.as_deref(),
        Some(&b"hi\r\nleft"[..]),
        "what was written still goes out"
    );
    assert!(terminals.open_console(20, Size::default()).is_ok());
}

#[test]
fn the_end_of_what_is_typed_is_the_end_of_the_file_for_every_read() {
    let machine = Machine::new();
    let console = machine
        .fixture
        .vfs
        .terminals
        .open_console(10, Size::default())
        .unwrap();
    let open = machine.open_device(LEADER, DEVICE_CONSOLE, 2).unwrap();
    console.type_bytes(b"line\nrest");
    console.end_input();
    assert_eq!(machine.read(LEADER, &open, 9).unwrap(), b"line\n");
    assert_eq!(machine.read(LEADER, &open, 9).unwrap(), b"rest");
    for _ in 0..2 {
        assert_eq!(machine.read(LEADER, &open, 9).unwrap(), b"");
    }
    assert!(machine.news().is_empty());
}

#[test]
fn only_one_waits_for_news() {
    let machine = Machine::new();
    let (request, first) = (FakeRequest::default(), Cell::new(None));
    let terminals = &machine.fixture.vfs.terminals;
    let mut tasks = crate::testing::Tasks::default();
    tasks.start(async { first.set(Some(terminals.news(&request).await)) });
    assert_eq!(run(terminals.news(&FakeRequest::default())), Err(Error::Busy));
    let (master, _slave) = machine.pair(LEADER);
    machine.write(STRANGER, &master, b"\x03").unwrap();
    tasks.settle();
    assert_eq!(
        first.get().map(|news| news.map(|news| news.signal)),
        Some(Ok(SIGINT))
    );
}
