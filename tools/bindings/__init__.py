"""Loads of the AWS bindings only what is used. Importing this package, before cdktf, is all it takes.

Left alone, the first import of one AWS resource loads all 2,212 of them, in Python and again in the Node process that
jsii drives: 20 seconds and 600 MB, whatever the program uses. Here a resource is loaded when it is first asked for.
The program cannot tell, and what it synthesises is the same to the byte.

Where CDK Terrain is installed in cdktf's stead, the program runs on that, with all its bindings loaded.

Where the ground is not known, everything is loaded as ever, and one line on stderr says why.

https://github.com/hashicorp/terraform-cdk/issues/3753 and https://github.com/aws/jsii/issues/3389
"""

import importlib
import os
import re
import sys
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import ModuleType

from tools.bindings import successor

# The versions that tests/tools/bindings/test_bindings.py passes with. Replace one together with Pipfile.lock.
KNOWN_VERSIONS = {
    "cdktf": "0.21.0",
    "cdktf-cdktf-provider-aws": "21.22.1",
    "jsii": "1.142.0",
}

_ROOT = "cdktf_cdktf_provider_aws"


def _find_known_root() -> ModuleSpec:
    """Return the spec of the bindings' root package; raise ImportError where they may not be as they are known."""
    if "jsii" in sys.modules:
        raise ImportError("jsii was imported before tools.bindings")
    for package, known in KNOWN_VERSIONS.items():
        if (found := version(package)) != known:
            raise ImportError(f"{package} is {found}, and tools/bindings/__init__.py knows {known}")
    spec = find_spec(_ROOT)
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError(f"{_ROOT} is not a package")
    return spec


def _load_lazily_in_python(spec: ModuleSpec) -> None:
    # The root's body imports every submodule. A root in sys.modules is not run again, so put one there that never ran.
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


def _load_lazily_in_node() -> None:
    # Every other Node process must be spared the preload: cdktf-cli warns about it. So start the kernel here and now.
    before = os.environ.get("NODE_OPTIONS")
    preload = re.sub(r'(["\\])', r"\\\1", str(Path(__file__).with_name("lazy.cjs")))
    os.environ["NODE_OPTIONS"] = f'{before or ""} --require "{preload}"'
    try:
        importlib.import_module("constructs")  # the smallest package that needs the kernel
    finally:
        if before is None:
            del os.environ["NODE_OPTIONS"]
        else:
            os.environ["NODE_OPTIONS"] = before


if successor.STANDS_IN:
    successor.install()
else:
    try:
        _spec = _find_known_root()
    except ImportError as reason:
        sys.stderr.write(f"bindings: every AWS binding is loaded, which is slow: {reason}\n")
    else:
        _load_lazily_in_python(_spec)
        _load_lazily_in_node()
