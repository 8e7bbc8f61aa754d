"""Threads are waited for, but not for ever."""

from __future__ import annotations

from threading import Event, Thread

from serving.runtime.threads import have_ended


def test_threads_are_waited_for_as_long_as_there_is_patience() -> None:
    may_end = Event()
    threads = [Thread(target=may_end.wait, args=(60,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert not have_ended(threads, 0.01)
    may_end.set()
    assert have_ended(threads, 60)
    assert have_ended(threads, None)
    assert have_ended([], 0.0)
