"""An imitation of `docker` without an engine: build, login and push, as the workflow of the application calls them.

A built image contains only its Dockerfile. Its command is that of the instruction `CMD`. A push sends the requests that
`docker push` sends, with the password of the login, to the registry of the local AWS. `DOCKER_CONFIG` is the folder
with the built images and the login.

If the registry refuses a request, `docker` shows the message in the answer, and so does this program. The answer of a
HEAD request has no message, so for a push without ecr:BatchCheckLayerAvailability both show only the status 403.
https://github.com/aws-actions/amazon-ecr-login/issues/14
"""

import base64
import json
import os
import re
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from operations.images.manifests import digest
from rehearsal.images.image import Image
from tests.support.localaws.registry import Registry

FOLDER = Path(os.environ["DOCKER_CONFIG"])


def build(arguments: Namespace) -> None:
    """Remember the Dockerfile under the tag."""
    text = (Path(arguments.context) / "Dockerfile").read_text(encoding="utf-8")
    built = {"dockerfile": text, "architecture": arguments.platform.removeprefix("linux/")}
    _file(arguments.tag).write_text(json.dumps(built), encoding="utf-8")


def login(arguments: Namespace) -> None:
    """Remember the password. Unlike docker, do not try the password before the push."""
    password = sys.stdin.read().removesuffix("\n")  # docker also removes it
    if not password:
        sys.exit("password is empty")
    token = base64.b64encode(f"{arguments.username}:{password}".encode()).decode()
    _file(arguments.registry).write_text(token, encoding="utf-8")


def push(arguments: Namespace) -> None:
    """Push the image that was built with this tag."""
    registry, _, name = arguments.tag.partition("/")
    repository, _, tag = name.rpartition(":")
    built = json.loads(_file(arguments.tag).read_text(encoding="utf-8"))
    [command] = re.findall(r'^CMD \["([^"]+)"\]', built["dockerfile"], re.MULTILINE)
    image = Image.build(built["dockerfile"].encode(), built["architecture"], command=command)
    token = _file(registry).read_text(encoding="utf-8")
    try:
        Registry(os.environ["AWS_ENDPOINT_URL"], token, repository).push(tag, image)
    except RuntimeError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{tag}: digest: {digest(image.index)} size: {len(image.index)}\n")


def _file(name: str) -> Path:
    return FOLDER / name.replace("/", "_").replace(":", "_")


def main() -> None:
    """Run one command. Refuse commands and options that the workflow does not use."""
    parser = ArgumentParser(prog="docker", allow_abbrev=False)
    commands = parser.add_subparsers(required=True)
    building, logging_in, pushing = (commands.add_parser(command.__name__) for command in (build, login, push))
    building.set_defaults(run=build)
    building.add_argument("--platform", required=True, choices=["linux/amd64", "linux/arm64"])
    building.add_argument("--tag", required=True)
    building.add_argument("context")
    logging_in.set_defaults(run=login)
    logging_in.add_argument("--username", required=True)
    logging_in.add_argument("--password-stdin", required=True, action="store_true")
    logging_in.add_argument("registry")
    pushing.set_defaults(run=push)
    pushing.add_argument("tag")
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
