"""Source of the AWS provider: Terraform's own configuration, a mirror on the disk, or the public registry.

https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile

from tools.toolchain import files

PROVIDER = Path("registry.terraform.io") / "hashicorp" / "aws"
SEARCHED = [Path("/opt"), Path("/usr/share"), Path("/usr/local/share")]


def configure(variables: Mapping[str, str], *, written_to: Path, searched: Iterable[Path] = SEARCHED) -> dict[str, str]:
    """Return the variables, and add the variables that tell Terraform where the AWS provider comes from.

    The first of these sources is used:

    1. The user's CLI configuration, if it has a block `provider_installation`.
    2. A mirror in one of Terraform's implied directories.
    3. An unpacked mirror one or two levels below a folder in `searched`. Then a configuration is written, with the
       content of the user's own configuration and this mirror.
    4. The public registry. Terraform caches what it downloads in the folder `providers` next to `written_to`.

    Args:
        variables: The user's environment variables.
        written_to: The path of the configuration that is written.
        searched: The folders that may have a mirror.
    """
    configured = dict(variables)
    if not _is_readable(_named_configuration(variables)):
        # Terraform prints a warning at each command if it cannot read the named file.
        configured.pop("TF_CLI_CONFIG_FILE", None)
    text = _user_configuration(variables)

    if "provider_installation" not in text:
        implied, mirror = any(_implied_mirrors(variables)), next(_mirrors(searched), None)
        if mirror and not implied:
            _write(written_to, f"{text}\n{_installation(mirror)}")
            configured["TF_CLI_CONFIG_FILE"] = str(written_to)
        if mirror or implied:
            # Without this variable, all commands share cdktf's plugin cache, and fail if they use it at the same time.
            configured.setdefault("CDKTF_DISABLE_PLUGIN_CACHE_ENV", "true")
        elif "plugin_cache_dir" not in text:
            configured |= _cache(variables, folder=written_to.with_name("providers"))
    # Without this variable, cdktf runs `terraform providers lock`. That command queries the public registry even if a
    # mirror is configured.
    configured.setdefault("CDKTF_SKIP_PROVIDER_LOCK", "true")
    return configured


def mirrored_versions(variables: Mapping[str, str], *, searched: Iterable[Path] = SEARCHED) -> list[str]:
    """Return the versions of the AWS provider in the mirrors on this disk, packed or unpacked."""
    folders = [mirror / PROVIDER for mirror in (*_implied_mirrors(variables), *_mirrors(searched))]
    names = [entry.name for folder in folders for entry in sorted(folder.iterdir())]
    return [found[0] for name in names if (found := re.search(r"\d+\.\d+\.\d+", name))]


def _cache(variables: Mapping[str, str], *, folder: Path) -> dict[str, str]:
    """Return the variables that make all stacks share one downloaded provider.

    https://developer.hashicorp.com/terraform/cli/config/config-file#provider-plugin-cache
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Without the second variable, Terraform uses the cache only for providers in a lock file. A new folder has none.
    cache = {"TF_PLUGIN_CACHE_DIR": str(folder), "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "true"}
    return cache | {name: variables[name] for name in cache.keys() & variables.keys()}


def _named_configuration(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("TF_CLI_CONFIG_FILE", ""))


def _user_configuration(variables: Mapping[str, str]) -> str:
    for file in (_named_configuration(variables), _home(variables) / ".terraformrc"):
        if _is_readable(file):
            return files.text(file)
    return ""


def _is_readable(file: Path) -> bool:
    """Return whether this user can read a file. In a container, HOME often belongs to another user."""
    return os.access(file, os.R_OK) and file.is_file()


def _home(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("HOME", os.devnull))


def _implied_mirrors(variables: Mapping[str, str]) -> list[Path]:
    """Return the mirrors in the directories that Terraform searches by default.

    https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories
    """
    data = [_home(variables) / ".local" / "share", Path("/usr/local/share"), Path("/usr/share")]
    folders = [_home(variables) / ".terraform.d" / "plugins", *(path / "terraform" / "plugins" for path in data)]
    return [folder for folder in folders if os.access(folder / PROVIDER, os.R_OK)]


def _mirrors(searched: Iterable[Path]) -> Iterator[Path]:
    for folder in searched:
        for pattern in (f"*/{PROVIDER}", f"*/*/{PROVIDER}"):
            for found in sorted(folder.glob(pattern)):
                yield found.parents[2]


def _installation(mirror: Path) -> str:
    return f"""provider_installation {{
  filesystem_mirror {{
    path    = "{mirror}"
    include = ["registry.terraform.io/hashicorp/aws"]
  }}
  direct {{
    exclude = ["registry.terraform.io/hashicorp/aws"]
  }}
}}
"""


def _write(path: Path, text: str) -> None:
    """Replace the file atomically, because commands that run at the same time read it."""
    path.parent.mkdir(exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(text)
    Path(file.name).replace(path)
