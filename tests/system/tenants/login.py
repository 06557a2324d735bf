#!/usr/bin/env python3
"""Logs in at the console, as a person would: login.py TRIVET POLICY. Needs the two users of two-tenants.policy."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "terminals"))
from drive import Terminal


def log_in(terminal, name, password):
    terminal.expects(b"login: ")
    terminal.types(name + b"\n")
    terminal.expects(b"assword: ")
    # What is typed before the echo is off would be shown; it is read all the same.
    terminal.types(password + b"\n")


def command(terminal, line):
    """What a command shows; the mark is joined by the shell, so that its echo is not taken for it."""
    terminal.types(line + b"; echo E''ND\n")
    return terminal.expects(b"END\r\n")


def main(trivet, policy):
    run = [trivet, "run", "--quiet", "--timeout", "600", "--policy", policy]
    terminal = Terminal(run)
    log_in(terminal, b"alice", b"workshop")
    terminal.expects(b"incorrect")
    log_in(terminal, b"root", b"")
    terminal.expects(b"incorrect")
    log_in(terminal, b"alice", b"wonderland")
    terminal.expects(b"$ ")
    shown = command(terminal, b"id; pwd; echo mine > own; cat own; cat /etc/shadow; ls /home/bob; poweroff; ps")
    for text in [b"uid=1001(alice)", b"/home/alice", b"mine"]:
        assert text in shown, shown
    assert shown.count(b"ermission denied") == 2, shown
    assert b"root" not in shown.split(b"COMMAND", 1)[1], shown
    terminal.types(b"exit 4\n")
    terminal.ends(4)


main(*sys.argv[1:])
