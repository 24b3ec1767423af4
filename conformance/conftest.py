# SPDX-License-Identifier: Apache-2.0
"""The options, markers and closing lines of all rings that pytest runs."""

import functools
import os
import shutil
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
CACHE = Path(os.environ.get("CONFORMANCE_CACHE", HERE / ".cache"))


from harness.place import Place  # noqa: E402
from runner import probe  # noqa: E402


def pytest_addoption(parser):
    group = parser.getgroup("conformance")
    group.addoption("--plugin-dir", default=str(HERE.parent / "dist"))
    group.addoption("--only", action="append", metavar="SUBJECT", help="only tests of test_SUBJECT.py")
    group.addoption("--no-skips", action="store_true", help="counts a skipped test as a failure")


def pytest_ignore_collect(collection_path, config):
    only = config.getoption("only")
    name = collection_path.stem
    return True if only and name.startswith("test_") and name[5:] not in only else None


def pytest_runtest_setup(item):
    """Skips what this machine lacks something for."""
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            kind, _, value = name.partition(":")
            if kind == "tool" and not shutil.which(value):
                pytest.skip(f"no {value}")
            if kind == "setup" and not (CACHE / value).exists():
                pytest.skip(f"conformance/setup {value}")
            if kind == "kernel" and (reason := _missing_features().get(value)):
                pytest.skip(reason)
            if kind == "file" and not Path(value).exists():
                pytest.skip(f"no {value}")


@functools.cache
def _missing_features():
    """What the kernel lacks, each with a reason."""
    place = Place.create("probe")
    try:
        return place.call(probe.kernel)
    finally:
        place.end()


def _counts(reporter):
    passed, failed, skipped, wrong = (
        reporter.getreports(kind) for kind in ("passed", "failed", "skipped", "error"))
    return len(passed), len(failed) + len(wrong), skipped


def pytest_sessionfinish(session):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and session.config.option.no_skips and _counts(reporter)[2]:
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    passed, failed, skipped = _counts(terminalreporter)
    for report in skipped:
        terminalreporter.write_line(f"  skipped: {report.nodeid}: {report.longrepr[2]}")
    ring = Path(config.args[0]).name
    terminalreporter.write_line(f"{ring}: {passed} passed, {failed} failed, {len(skipped)} skipped")


@pytest.fixture(scope="session")
def plugins(request):
    """The folder of the executables."""
    return Path(request.config.getoption("plugin_dir")).resolve()
