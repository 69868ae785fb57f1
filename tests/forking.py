"""Programs of their own that fork, for tests of what a child may do."""

from __future__ import annotations

import subprocess
import sys
import textwrap

_HEAD = """
import os, signal, sys, threading, time
import reactivex.operators as rx
import streamkit as sk
from streamkit import operators as ops
from streamkit.testing import Script, chat_events

def until(happened):
    while not happened():
        time.sleep(0.001)

def in_child(work):
    sys.stdout.flush()
    if (child := os.fork()) == 0:
        signal.alarm(60)  # a child that hangs is killed, and fails the test
        try:
            print(work(), flush=True)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", flush=True)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if status:
        sys.exit(f"the child ended with {status}")
"""


def run_code(code: str) -> list[str]:
    """Run a program of its own and return the lines that it and its children print."""
    command = [sys.executable, "-c", _HEAD + textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout.splitlines()
