"""The phases of a build in its log."""

import re

from tests.support.localaws.build_in_a_folder import Build


def test_the_log_has_phases_and_commands_as_on_codebuild(build: Build) -> None:
    build.phases.log = build.log
    build.run({"install": {"commands": ["echo hello", "exit 3"]}})
    log = re.sub(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6}", "<time>", build.log.path.read_text())
    assert log.splitlines() == [
        "[Container] <time> Entering phase INSTALL",
        "[Container] <time> Running command echo hello",
        "hello",
        "[Container] <time> Running command exit 3",
        "[Container] <time> Command did not exit successfully exit 3 exit status 3",
        "[Container] <time> Phase complete: INSTALL State: FAILED",
        (
            "[Container] <time> Phase context status code: COMMAND_EXECUTION_ERROR "
            "Message: Error while executing command: exit 3. Reason: exit status 3"
        ),
    ]
