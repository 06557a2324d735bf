#!/usr/bin/env python3
"""Drives `trivet run` through a pseudo terminal of the host, as a person at a terminal would.

    drive.py PROGRAM TEST [TRIVET...]

PROGRAM is the guest program `probe`, TEST one of the functions below whose names begin with `test_`. A failure says what was
expected and what was seen. Nothing here depends on how fast the machine is: each step waits for what the last one shows.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

# How long a step may take on a machine that is busy with other things.
PATIENCE_S = 120


class Terminal:
    """A command at a terminal of its own, in a session of its own."""

    def __init__(self, command, rows=33, columns=99):
        self.master, self.slave = pty.openpty()
        self.resize(rows, columns, tell=False)
        self.before = termios.tcgetattr(self.slave)
        self.seen = b""
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for descriptor in range(3):
                os.dup2(self.slave, descriptor)
            os.closerange(3, 256)
            os.execv(command[0], command)

    def resize(self, rows, columns, tell=True):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if tell:
            os.kill(self.pid, signal.SIGWINCH)

    def types(self, keys):
        os.write(self.master, keys)

    def expects(self, text):
        """Waits until `text` is shown; what came before it is left behind."""
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], PATIENCE_S)
            try:
                more = os.read(self.master, 4096) if ready else b""
            except OSError:
                more = b""
            if not more:
                raise AssertionError(f"expected {text!r}, seen {self.seen!r}")
            self.seen += more
        before, self.seen = self.seen.split(text, 1)
        return before

    def types_until(self, keys, text):
        """Types the same keys each second until `text` is shown: for a program that may not yet wait when it says that it does."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.seen:
            assert time.monotonic() < deadline, f"expected {text!r}, seen {self.seen!r}"
            self.types(keys)
            if select.select([self.master], [], [], 1)[0]:
                time.sleep(0.2)
                self.seen += os.read(self.master, 4096)
        self.seen = self.seen.split(text, 1)[1]

    def ends(self, wanted):
        """Waits for the command's end, checks its status, and that the terminal is as it was."""
        deadline = time.monotonic() + PATIENCE_S
        pid = 0
        while pid == 0:
            assert time.monotonic() < deadline, f"it does not end; seen {self.seen!r}"
            # What it still shows is taken, or it could not go on; its end is no event of the terminal, which is open here too.
            if select.select([self.master], [], [], 0.05)[0]:
                self.seen += os.read(self.master, 4096)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        code = os.waitstatus_to_exitcode(status)
        assert code == wanted, f"status {code}, not {wanted}; seen {self.seen!r}"
        self.is_restored()

    def is_restored(self):
        after = termios.tcgetattr(self.slave)
        assert after == self.before, f"settings were {self.before}, are {after}"


def test_a_program_sees_a_terminal_of_the_windows_size(run):
    terminal = Terminal(run("facts"))
    terminal.expects(b"terminal 1 1 1 /dev/console\r\n")
    terminal.expects(b"window 33x99\r\n")
    terminal.expects(b"leads its session, which has the terminal\r\n")
    terminal.expects(b"/dev/tty opens\r\n")
    terminal.ends(0)


def test_lines_are_edited_and_echoed(run):
    terminal = Terminal(run("lines"))
    terminal.expects(b"ready\r\n")
    terminal.types(b"helpx\x7f\x7flo\r")
    terminal.expects(b"helpx\x08 \x08\x08 \x08lo\r\n")
    terminal.expects(b"read hello\r\n")
    terminal.types(b"gone\x15kept\r")
    terminal.expects(b"read kept\r\n")
    terminal.types(b"\x04")
    terminal.expects(b"end\r\n")
    terminal.ends(0)


def test_ctrl_c_ends_a_program_with_status_130(run):
    terminal = Terminal(run("sleep"))
    terminal.expects(b"ready\r\n")
    terminal.types(b"\x03")
    terminal.expects(b"^C")
    terminal.ends(130)


def test_ctrl_backslash_ends_a_program_with_status_131(run):
    terminal = Terminal(run("sleep"))
    terminal.expects(b"ready\r\n")
    terminal.types(b"\x1c")
    terminal.ends(131)


def test_a_handler_takes_ctrl_c(run):
    terminal = Terminal(run("handle"))
    terminal.expects(b"ready\r\n")
    terminal.types_until(b"\x03", b"signal 2\r\n")
    terminal.types(b"x\r")
    terminal.expects(b"read x\r\n")
    terminal.ends(0)


def test_another_size_of_the_window_reaches_the_program(run):
    terminal = Terminal(run("resize"))
    terminal.expects(b"ready 33x99\r\n")
    terminal.resize(50, 120)
    terminal.expects(b"window 50x120\r\n")
    terminal.ends(0)


def test_ctrl_s_holds_output_and_ctrl_q_lets_it_go_on(run):
    terminal = Terminal(run("lines"))
    terminal.expects(b"ready\r\n")
    terminal.types(b"\x13held\r\x11")
    terminal.expects(b"held\r\nread held\r\n")
    terminal.types(b"\x04")
    terminal.ends(0)


def test_raw_bytes_reach_the_program_one_by_one(run):
    terminal = Terminal(run("raw"))
    terminal.expects(b"ready\r\n")
    for byte in (b"a", b"\x03", b"\x1a", b"\r", b"\x7f", b"\xc3"):
        terminal.types(byte)
        terminal.expects(b"byte %d\r\n" % byte[0])
    terminal.types(b"q")
    terminal.ends(0)


def test_a_flood_is_shown_whole(run):
    terminal = Terminal(run("flood"))
    shown = terminal.expects(b"done\r\n")
    assert shown.replace(b"\r\n", b"") == b"0123456789" * 20000, f"{len(shown)} bytes"
    terminal.ends(0)


def test_the_hosts_terminal_is_restored_after_a_kill(run):
    terminal = Terminal(run("sleep"))
    terminal.expects(b"ready\r\n")
    assert termios.tcgetattr(terminal.slave) != terminal.before, "it was never raw"
    os.kill(terminal.pid, signal.SIGTERM)
    terminal.ends(128 + signal.SIGTERM)


def test_three_escape_keys_end_the_machine_and_restore_the_terminal(run):
    terminal = Terminal(run("sleep"))
    terminal.expects(b"ready\r\n")
    terminal.types(b"\x1d\x1d\x1d")
    terminal.ends(130)


def test_a_background_group_stops_when_it_reads(run):
    terminal = Terminal(run("background"))
    terminal.expects(b"the child stopped by signal 21\r\n")
    terminal.expects(b"ready\r\n")
    terminal.types(b"for the child\r")
    terminal.expects(b"the child read for the child\r\n")
    terminal.expects(b"the parent has the terminal again\r\n")
    terminal.ends(0)


def test_ctrl_z_stops_the_foreground_group_and_the_shell_goes_on(run):
    terminal = Terminal(run("suspend"))
    terminal.expects(b"ready\r\n")
    terminal.types(b"\x1a")
    terminal.expects(b"the child stopped by signal 20\r\n")
    terminal.expects(b"the child was continued and ended\r\n")
    terminal.ends(0)


def test_a_pseudo_terminal_has_a_session_of_its_own(run):
    terminal = Terminal(run("pseudo"))
    terminal.expects(b"child: /dev/pts/0, its own session\r\n")
    terminal.expects(b"signal 2 ended the child\r\n")
    terminal.expects(b"hang-up ended the second child\r\n")
    terminal.ends(0)


def test_a_user_logs_in_at_the_console(run):
    policy = os.path.join(os.path.dirname(run("")[0]), "policy/examples/two-tenants.policy")
    terminal = Terminal([run("")[0], "run", "--quiet", "--timeout", "300", "--policy", policy])
    # A wrong password, and a user whom nobody knows, are refused alike, and not at once.
    for user in (b"alice", b"nobody-known"):
        terminal.expects(b"login: ")
        terminal.types(user + b"\r")
        terminal.expects(b"assword: ")
        # The echo goes off behind the prompt, and what was typed before is thrown away.
        time.sleep(1)
        refused = time.monotonic()
        terminal.types(b"guess\r")
        shown = terminal.expects(b"Login incorrect")
        assert b"guess" not in shown, f"the password is shown: {shown!r}"
        assert time.monotonic() - refused > 1, "a wrong password is refused at once"
    terminal.expects(b"login: ")
    terminal.types(b"alice\r")
    terminal.expects(b"assword: ")
    time.sleep(1)
    terminal.types(b"wonderland\r")
    terminal.expects(b"$ ")
    terminal.types(b"echo is:$(id -u):$(pwd):$HOME:$USER:$(id -un):$(ls -ld . | cut -c1-10):; tty\r")
    terminal.expects(b"\nis:1001:/home/alice:/home/alice:alice:alice:drwx------:\r\n")
    terminal.expects(b"/dev/console\r\n")
    terminal.types(b"ls /home/bob || echo refused:$?\r")
    terminal.expects(b"\nrefused:1\r\n")
    # Logging out ends the machine, as the end of the shell does without a login.
    terminal.types(b"exit 4\r")
    terminal.ends(4)


def main():
    program, name = sys.argv[1:3]
    trivet = sys.argv[3:]
    tests = {key: value for key, value in globals().items() if key.startswith("test_")}
    if name == "--list":
        print("\n".join(key.removeprefix("test_") for key in tests))
        return

    def run(mode):
        return [*trivet, "run", "--quiet", "--timeout", "300", "--", program, mode]

    tests["test_" + name](run)


if __name__ == "__main__":
    main()
