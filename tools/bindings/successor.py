"""Import of CDK Terrain, the successor of CDK for Terraform, under cdktf's names. Both have the same API.

https://github.com/open-constructs/cdk-terrain
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

NAMES = {"cdktf": "cdktn", "cdktf_cdktf_provider_aws": "cdktn_provider_aws"}
"""The packages that the project imports, and their names in the successor."""

ACTIVE = find_spec("cdktn") is not None
"""Whether the successor is installed. Only then is `install()` called."""


def install() -> None:
    """Make imports of cdktf and its AWS bindings return the successor's modules."""
    sys.meta_path.insert(0, _Alias())


class _Alias(MetaPathFinder, Loader):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the import system gives it
        target: ModuleType | None = None,  # noqa: ARG002 - the import system gives it
    ) -> ModuleSpec | None:
        return ModuleSpec(fullname, self) if fullname.partition(".")[0] in NAMES else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        package, dot, rest = spec.name.partition(".")
        return import_module(f"{NAMES[package]}{dot}{rest}")

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing, because the module ran when it was imported under its own name."""
