"""Lazy loading of the AWS bindings. A program only has to import this package before cdktf.

Without this package, the first import of one AWS resource loads all 2,212 modules, in Python and again in jsii's Node
process. That takes 13 seconds and 1.3 GB. With this package, a module is loaded at its first use. The package also
leaves out work of cdktf and jsii on which the synthesized files do not depend. These files are the same to the byte.
docs/architecture.md ("Fast synthesis") says what each part saves.

If CDK Terrain is installed, the program runs on CDK Terrain, with the same lazy loading.

If jsii, the bindings, cdktf or CDK Terrain have an unknown version, all bindings are loaded. A line on standard error
says why.

https://github.com/hashicorp/terraform-cdk/issues/3753 and https://github.com/aws/jsii/issues/3389
"""

import importlib
import sys
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec
from types import ModuleType

from tools.bindings import checks, successor

# The versions with which tests/tools/bindings/ passes. Change them together with Pipfile.lock and
# tools/successor/requirements.txt.
KNOWN_VERSIONS = {
    **(
        {"cdktn": "0.24.0", "cdktn-provider-aws": "25.8.1"}
        if successor.ACTIVE
        else {"cdktf": "0.21.0", "cdktf-cdktf-provider-aws": "21.22.1"}
    ),
    "jsii": "1.142.0",
}

_ROOT = "cdktf_cdktf_provider_aws"
if successor.ACTIVE:
    _ROOT = successor.NAMES[_ROOT]


def _find_known_root() -> ModuleSpec:
    """Return the spec of the bindings' root package.

    Raises:
        ImportError: A package has an unknown version, or jsii was imported before.
    """
    if "jsii" in sys.modules:
        raise ImportError("jsii was imported before tools.bindings")
    for package, known in KNOWN_VERSIONS.items():
        if (found := version(package)) != known:
            raise ImportError(f"{package} is {found}, but tools/bindings/__init__.py supports {known}")
    spec = find_spec(_ROOT)
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError(f"{_ROOT} is not a package")
    return spec


def _load_lazily_in_python(spec: ModuleSpec) -> None:
    # The code of the root package imports every submodule. If the package is in sys.modules, Python does not run it.
    root = module_from_spec(spec)

    def submodule(name: str) -> ModuleType:
        try:
            return importlib.import_module(f"{_ROOT}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{_ROOT}.{name}":
                raise
            raise AttributeError(f"module {_ROOT!r} has no attribute {name!r}") from None

    vars(root)["__getattr__"] = submodule
    sys.modules[_ROOT] = root


if successor.ACTIVE:
    successor.install()
try:
    _spec = _find_known_root()
except ImportError as reason:
    sys.stderr.write(f"bindings: every AWS binding is loaded, which is slow: {reason}\n")
else:
    _load_lazily_in_python(_spec)
    checks.leave_out()
    importlib.import_module("tools.bindings.structs").send_given_arguments()
    importlib.import_module("tools.bindings.kernel").start()
