"""The build that writes `imagedefinitions.json`.

https://docs.aws.amazon.com/codebuild/latest/userguide/troubleshooting.html
"""

import re
from collections.abc import Iterator

from operations.commands.why.case import Case, cause
from operations.commands.why.cause import Cause

LINES = 10
PHASE = re.compile(r"^\[Container\] .*(?:Entering phase|Phase complete|Phase context)")


def causes(case: Case) -> Iterator[Cause]:
    """Yield why a build failed."""
    log = [f"build log: {line}" for line in _last_of_command(case.evidence.build_log or [])]
    if said := case.said(r"(?:Cannot have more than|exceeded).*builds? in queue", r"AccountLimitExceeded"):
        advice = f"Ask AWS for a higher quota of concurrent builds. `make preflight ENV={case.name}` shows the quota"
        yield cause("quota-builds", "The account may not run another build", "certain", advice, said.line)
    elif said := case.said(r"BUILD_TIMED_OUT|Build terminated with state: TIMED_OUT|timed? ?out.*Build"):
        advice = "Look at the last lines of the log for the command that takes too long, and start the pipeline again"
        yield cause("build-timed-out", "The build took longer than its time-out", "certain", advice, said.line, *log)
    elif said := case.said(
        r"Error while executing command: (?P<command>.+?)\. Reason: (?P<reason>exit status \d+)",
        r"COMMAND_EXECUTION_ERROR",
    ):
        ran = f" ({said['reason']}): {said['command']}" if said["command"] else ""
        advice = (
            "The last lines of the build's log say why. Correct the build specification, and push an image or start "
            "the pipeline again"
        )
        yield cause("build-failed", f"A command of the build failed{ran}", "certain", advice, said.line, *log)
    elif said := case.said(r"YAML_FILE_ERROR|INVALID_BUILDSPEC"):
        advice = "Correct the build specification of the project"
        yield cause("build-specification", "The build specification is not valid", "certain", advice, said.line, *log)
    elif said := case.said(r"CLIENT_ERROR.*no matching (?:base directory|artifact)|no matching artifact paths"):
        advice = "The build has to write imagedefinitions.json. Correct the build specification"
        yield cause("build-output", "The build wrote no imagedefinitions.json", "certain", advice, said.line, *log)
    elif said := case.said(r"BUILD_CONTAINER_UNABLE_TO_PULL_IMAGE"):
        advice = "Choose another image for the build project"
        yield cause("build-image", "CodeBuild cannot pull the image of the build", "certain", advice, said.line)
    elif said := case.said(r"action Build/.*Build terminated"):
        advice = "The last lines of the build's log say why. Start the pipeline again after the correction"
        yield cause("build-failed", "The build failed", "likely", advice, said.line, *log)


def _last_of_command(lines: list[str]) -> list[str]:
    """Return the last lines up to the end of the command that failed. The lines about the later phases say nothing."""
    ends = [number for number, line in enumerate(lines) if "did not exit successfully" in line]
    until = lines[: ends[-1] + 1] if ends else [line for line in lines if not PHASE.search(line)]
    return until[-LINES:]
