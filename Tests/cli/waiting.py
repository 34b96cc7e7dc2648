"""Waiting for conditions, never for time."""

import time

PAUSE_SECONDS = 0.02


def until(condition, what, seconds=60, diagnosis=lambda: ""):
    """Asks `condition` again and again until it holds, and returns its answer; after `seconds` the test fails.

    Other processes' progress can only be looked at; the pause between two looks leaves them the processor.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}. {diagnosis()}")
        time.sleep(PAUSE_SECONDS)
