"""Runs a command for at most so many seconds, and ends it with everything that it has started."""

import os
import signal
import subprocess
import sys


def end_on_request() -> None:
    """Makes a request to terminate end what runs here as well."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def run(command: list, seconds: float, **options) -> subprocess.CompletedProcess | None:
    """The finished command with its output as text, or nothing when time ran out."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                          **options) as child:
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            end(child)
            return None
        except BaseException:
            end(child)
            raise
    return subprocess.CompletedProcess(command, child.returncode, out, err)


def end(child: subprocess.Popen) -> None:
    """Kills the child's own session, of which it is the first process."""
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
