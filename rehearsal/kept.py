"""The rehearsals that KEEP=1 keeps, and the program behind `make down`, which takes one of them away.

A kept rehearsal has a file with the environment variables that direct commands to its local AWS. The link
`.rehearsal/env` leads to this file of the newest kept rehearsal.
"""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from rehearsal.delivery import tag_of
from rehearsal.display import RehearsalError
from rehearsal.steps import Rehearsal
from settings import Settings
from settings.location import FILE_VARIABLE
from tools import toolchain
from tools.toolchain import program

FOLDER = toolchain.KEPT_REHEARSAL.parent
VARIABLES = toolchain.KEPT_REHEARSAL.name
UNSET = r"""for aws_variable in $(env | sed -n 's/^\(AWS_[A-Z0-9_]*\)=.*/\1/p'); do unset "$aws_variable"; done"""
"""The first command of the file: a profile or the endpoint of one service would lead past the local AWS."""
SERVER = "server.json"
END_SECONDS = 10

INSTRUCTIONS = """
The local AWS and {environment} keep running. Type this in each shell in which you want to use them:

    . .rehearsal/env

In this shell, the AWS CLI, boto3, cdktf, ops and the make commands use the local AWS.
They do not read environments.toml there. They read the settings in
{settings}

Push your own image for linux/amd64. There are three ways.

With make push, which waits until the service runs the image. The image is a tag
of Docker, an archive, or the folder of an OCI layout:

    make push{pushed} IMAGE=your-image

With Docker:

    aws ecr get-login-password | docker login --username AWS --password-stdin \\
      {registry}
    docker tag your-image {registry}/{name}:{tag}
    docker push {registry}/{name}:{tag}

With skopeo:

    aws ecr get-login-password | skopeo login --tls-verify=false --username AWS \\
      --password-stdin {registry}
    skopeo copy --all --dest-tls-verify=false oci:your-layout \\
      docker://{registry}/{name}:{tag}

Six things to try:

 1. Put the example application live. You do not need Docker:
    make example-image
    make push{pushed} IMAGE=.rehearsal/example-app
 2. See what runs. If a push does not go live, ask why:
    ops status {environment}
    ops why {environment}
 3. Deploy the image that ran before:
    ops rollback {environment}
 4. Change a value in the settings file ("$ENVIRONMENTS_FILE"), for example
    desired_count. See the plan, then apply it:
    make diff{arguments}
    make apply{arguments}
 5. Rotate the database's password. The service then gets new tasks:
    aws rds modify-db-instance --db-instance-identifier {name} \\
      --rotate-master-user-password --apply-immediately
 6. Show the names of the resources:
    make outputs{arguments}

To stop the local AWS, and to delete this rehearsal:

    make down
"""


def keep(rehearsal: Rehearsal, settings: Settings) -> str:
    """Write the files of a kept rehearsal, and return the instructions for its user. The server must stay."""
    aws, folder = rehearsal.aws, rehearsal.settings_file.parent
    (folder / SERVER).write_text(json.dumps({"pid": aws.pid, "port": urlsplit(aws.endpoint).port}), encoding="utf-8")
    variables = aws.variables() | {
        "CDKTF_OUTPUT": str(rehearsal.cdktf.output_folder),
        FILE_VARIABLE: str(rehearsal.settings_file),
    }
    folders = [toolchain.ROOT / ".venv" / "bin"]
    if toolchain.BIN not in folders:  # the environment of CDK Terrain, which takes the other programs from .venv
        folders.insert(0, toolchain.BIN)
        variables["CDK"] = "cdktn"
    programs = f'export PATH={":".join(shlex.quote(str(each)) for each in folders)}:"$PATH"'
    lines = [
        UNSET,
        programs,
        *(f"export {name}={shlex.quote(value)}" for name, value in variables.items() if name.upper() != "NO_PROXY"),
        *(f'export {name}="${{{name}:+${name},}}127.0.0.1"' for name in ("NO_PROXY", "no_proxy")),
        f"case $- in *i*) echo {shlex.quote(f'This shell uses the local AWS of {folder}.')} ;; esac",
    ]
    file = folder / VARIABLES
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    link_newest()
    tag = tag_of(settings.pipeline, b"1")
    arguments = "" if settings.environment == "dev" else f" ENV={settings.environment}"
    return INSTRUCTIONS.format(
        environment=settings.environment,
        settings=rehearsal.settings_file,
        arguments=arguments,
        pushed=arguments if settings.pipeline.moving_tag else f"{arguments} TAG={tag}",
        registry=aws.endpoint.removeprefix("http://"),
        name=settings.name,
        tag=tag,
    )


def kept() -> list[Path]:
    """Return the folders of the kept rehearsals, the oldest first."""
    found: list[tuple[int, Path]] = []
    for file in FOLDER.glob(f"*/{VARIABLES}"):
        with suppress(FileNotFoundError):  # another `make down` has deleted the file
            found.append((file.stat().st_mtime_ns, file.parent))
    return [folder for _, folder in sorted(found)]


def link_newest() -> None:
    """Let the link lead to the newest kept rehearsal, or remove the link if no rehearsal is kept."""
    link, new = FOLDER / VARIABLES, FOLDER / f"{VARIABLES}.{os.getpid()}"
    if folders := kept():
        new.unlink(missing_ok=True)
        new.symlink_to(Path(folders[-1].name, VARIABLES))
        new.replace(link)
    else:
        link.unlink(missing_ok=True)


def take_down(variables: Mapping[str, str]) -> str:
    """Take one kept rehearsal away, and return a message for the user.

    Args:
        variables: The user's environment variables. If they come from a kept rehearsal, only this rehearsal is taken
            away. Otherwise the newest one is.

    Raises:
        RehearsalError: The server does not end.
    """
    if not (folders := kept()):
        return "No rehearsal is kept. To keep one: make rehearse KEEP=1"
    used = Path(variables.get(FILE_VARIABLE, "")).parent
    if used.parent == FOLDER and used not in folders:
        return f"{used} is gone already. To take another rehearsal away, run make down in a new shell."
    folder = used if used in folders else folders[-1]
    remove(folder)
    lines = [f"The local AWS and {folder} are gone. Close the shells that use them."]
    if others := len(folders) - 1:
        lines.append(f"Kept rehearsals that still run: {others}. `. .rehearsal/env` now uses {kept()[-1]}.")
    return "\n".join(lines)


def remove(folder: Path) -> None:
    """End the server of a rehearsal if the rehearsal is kept, and delete the folder.

    Raises:
        RehearsalError: The server does not end.
    """
    if (folder / SERVER).exists():
        _end_server(folder)
    try:
        shutil.rmtree(folder)
    finally:
        link_newest()


def _end_server(folder: Path) -> None:
    """End the server of a kept rehearsal, unless it has ended. Another process can then have its process id.

    The port tells the server from such a process. The time of the start does not, because it changes with the clock of
    the machine, for example after a virtual machine has slept.
    """
    known = json.loads((folder / SERVER).read_text(encoding="utf-8"))
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # denied: the process of another user
        server = psutil.Process(known["pid"])
        if known["port"] in {each.laddr.port for each in server.net_connections() if each.laddr}:
            server.terminate()
            if psutil.wait_procs([server], timeout=END_SECONDS)[1]:
                raise RehearsalError(f"the local AWS (process {server.pid}) has not ended in {END_SECONDS} seconds")


def main() -> int:
    """Take one kept rehearsal away, and return the exit code."""

    def run() -> int:
        sys.stdout.write(f"{take_down(os.environ)}\n")
        return 0

    return program.run(run, psutil.Error)


if __name__ == "__main__":
    sys.exit(main())
