"""The image: it is missing, is for another platform, cannot be pulled, or lacks what the container runs.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

from collections.abc import Iterator

from operations.commands.why.case import Case, cause
from operations.commands.why.cause import Cause, Certainty
from operations.commands.why.kinds.permissions import DENIED

PULL = r"CannotPull\w*|pull image|image pull"
DENIED_PULL = "403 Forbidden|check that the role has|pull access denied|no basic auth|denied:|docker login"
NOT_FOUND = (
    r"not found|check whether the image exists|manifest unknown|does not exist|no such "
    r"image|ImageNotFound|NAME_UNKNOWN"
)


def causes(case: Case) -> Iterator[Cause]:
    """Yield what is wrong with the image."""
    yield from _platform(case)
    yield from _missing(case)
    yield from _denied(case)
    yield from _command(case)
    yield from _limits(case)


def _platform(case: Case) -> Iterator[Cause]:
    """Yield a wrong platform, as ECS or the Linux kernel reports it, or as the manifest in ECR shows it.

    https://github.com/aws/containers-roadmap/issues/1120
    """
    revision, image = case.evidence.revision, case.evidence.image
    needed = revision.platform if revision else "the platform of the task definition"
    advice = (
        f"Build the image with `docker build --platform {revision.platform if revision else 'linux/amd64'}`, "
        "and push it again"
    )
    said = case.said(
        r"descriptor (?:matching|for) platform ['{]?(?P<needed>[\w/]+)",
        r"no matching manifest for",
        r"exec format error",
    ) or case.logged(r"exec format error")
    others = sorted(image.platforms) if image else []
    fits = bool(revision and revision.platform in others)
    shown = [f"ECR: the image is for {', '.join(others)}; the tasks need {needed}"] if others and not fits else []
    if said and fits and "exec format error" in said.line.lower():
        text = f"The program of the container is not for {needed}, or is a script without a line such as #!/bin/sh"
        yield cause("image-platform", text, "likely", advice, said.line)
    elif said:
        text = f"The image is not for {said['needed'] or needed}"
        yield cause("image-platform", text, "certain", advice, said.line, *shown)
    elif revision and others and revision.platform not in others:
        yield cause("image-platform", f"The image is not for {needed}", "certain", advice, *shown)


def _missing(case: Case) -> Iterator[Cause]:
    """Yield an image that the repository does not have: for the tasks, or for the source action."""
    evidence = case.evidence
    pulled = case.said(rf"(?:{PULL})(?!.*descriptor (?:matching|for)).*(?:{NOT_FOUND})(?!.*docker login)")
    source = case.said(rf"action Source/.*(?:{NOT_FOUND}|no image|could not find)", r"ImageNotFoundException")
    named = evidence.revision.image if evidence.revision else "that the tasks need"
    advice = (
        f"Push the image again (`make push IMAGE=... ENV={case.name}`), or deploy an image that the repository has: "
        f"`ops images {case.name}` lists the images"
    )
    if evidence.image and not evidence.image.pushed:
        repository = f"ECR: the repository does not have {named}"
        certainty_evidence = [repository, *([pulled.line] if pulled else [])]
        yield cause("image-missing", f"The image {named} does not exist", "certain", advice, *certainty_evidence)
    elif pulled:
        certainty: Certainty = "likely" if evidence.image else "certain"
        yield cause("image-missing", f"The image {named} does not exist", certainty, advice, pulled.line)
    elif source:
        text = "The source action has not found the image"
        yield cause("image-missing", text, "certain", advice, source.line)


def _denied(case: Case) -> Iterator[Cause]:
    """Yield a pull that ECR denied. A permission that IAM names is the cause of the module `permissions`."""
    said = case.said(rf"(?:{PULL}|registry auth).*(?:{DENIED_PULL})")
    if said and not case.said(DENIED):
        text = "ECR denied the pull of the image to the execution role"
        advice = (
            "Compare the policy of the execution role and the policy of the repository with the declared ones: "
            f"`make diff ENV={case.name}`, then `make apply ENV={case.name}`"
        )
        yield cause("image-pull-denied", text, "likely", advice, said.line)


def _command(case: Case) -> Iterator[Cause]:
    """Yield a command or a user that the image lacks.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cannot-start-container.html
    """
    said = case.said(
        r'exec: \\?"?(?P<program>[^"\\:]+)\\?"?: (?:stat [^:]+: no such file|executable file not found|no such file)',
        r"starting container process caused.*no such file or directory",
        r"executable file not found in \$PATH",
        r"exec (?P<program>[^\s:]+): no such file or directory",
    ) or case.logged(r"exec:? \"?(?P<program>[^\":]+)\"?:.*(?:no such file or directory|not found)")
    if said:
        program = f" {said['program']}" if said["program"] else ""
        text = f"The image lacks the program{program} of the container's command"
        advice = "Correct CMD or ENTRYPOINT of the image, or add the program to the image. Then push the image again"
        yield cause("command-missing", text, "certain", advice, said.line)
    elif said := case.said(r'exec: "?(?P<program>[^":]+)"?: permission denied'):
        text = f"The container may not execute {said['program']}"
        advice = f"Make the file executable in the image (`RUN chmod +x {said['program']}`), and push the image again"
        yield cause("command-not-executable", text, "certain", advice, said.line)
    if said := case.said(r"unable to find (?:user|group) (?P<user>[^\s:]+)"):
        text = f"The image has no user or group {said['user']}"
        advice = (
            f"Set {case.name}.service.user to a user of the image, or to a number such as 1000:1000, which needs no "
            "entry in the image"
        )
        yield cause("user-missing", text, "certain", advice, said.line)


def _limits(case: Case) -> Iterator[Cause]:
    if said := case.said(r"toomanyrequests|rate limit|pull rate"):
        text = "The registry of the image limits the number of pulls"
        advice = "Wait, or copy the image to the ECR repository of the environment and deploy it from there"
        yield cause("image-pull-limit", text, "certain", advice, said.line)
    if said := case.said(r"no space left on device"):
        text = "The image does not fit into the ephemeral storage of the task"
        advice = "Make the image smaller. A Fargate task has 20 GiB for its image and its files"
        yield cause("storage-full", text, "certain", advice, said.line)
