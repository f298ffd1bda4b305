"""Nothing that was started beside a service goes on without it."""

from __future__ import annotations

import signal
import subprocess
import sys

CHILD = """
import time
from api.lifeline import end_with_parent
end_with_parent()
try:
    print("lives", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("ends", flush=True)
"""
PARENT = f"""
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {CHILD!r}], stdin=subprocess.PIPE)
time.sleep(60)
"""


def test_a_child_ends_as_by_ctrl_c_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout as said:  # the child's too, open until both are gone
        assert said.readline() == "lives\n"
        parent.kill()
        assert said.read() == "ends\n"
    parent.wait()


def test_a_child_of_a_job_in_the_background_that_ignores_ctrl_c_ends_all_the_same() -> None:
    ignoring = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{PARENT}"
    parent = subprocess.Popen([sys.executable, "-c", ignoring], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout as said:
        assert said.readline() == "lives\n"
        parent.kill()
        assert said.read() == "ends\n"
    parent.wait()


def test_a_child_that_ends_first_ends_cleanly() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert child.stdout is not None
    assert child.stdout.readline() == "lives\n"
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == 0
    said, complaints = child.communicate()
    assert (said, complaints) == ("ends\n", "")
