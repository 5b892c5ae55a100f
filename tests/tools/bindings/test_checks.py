"""The type checks of generated functions are left out, and the kernel refuses wrong types."""

from tests.tools.bindings.programs import AWS, CDK, python

PROGRAM = f"""
import sys, tools.bindings
from {CDK} import App, Fn, TerraformStack
from {AWS}.ecr_repository import (
    EcrRepository, EcrRepositoryEncryptionConfiguration, EcrRepositoryImageScanningConfiguration
)
from {AWS}.vpc import Vpc
stack = TerraformStack(App(), "stack")

def refused(declare):
    try:
        declare()
    except Exception as error:
        return str(error)

"""


def test_the_kernel_names_the_argument_with_a_wrong_type() -> None:
    process = python(
        "-c",
        f"""{PROGRAM}
other = EcrRepositoryEncryptionConfiguration(kms_key="k")
for declare, named in [
    (lambda: Vpc("no construct", "a"), "scope"),
    (lambda: Vpc(stack, 1), "id"),
    (lambda: Vpc(stack, "b", cidr_block=1), "'cidrBlock'"),
    (lambda: Vpc(stack, "c", cidr_block=["10.0.0.0/16"]), "'cidrBlock'"),
    (lambda: Vpc(stack, "d", tags={{"name": 1}}), "'tags'"),
    (lambda: Vpc(stack, "e", enable_dns_support="yes"), "'enableDnsSupport'"),
    (lambda: EcrRepository(stack, "f", name="f", image_scanning_configuration=other), "'imageScanningConfiguration'"),
    (lambda: EcrRepository(stack, "g", name=None), "'name'"),
    (lambda: EcrRepositoryImageScanningConfiguration(scan=True), "'scan'"),
    (lambda: setattr(Vpc(stack, "h"), "cidr_block", 1), "cidrBlock"),
    (lambda: Fn.element(["a"], "b"), "index"),
]:
    message = refused(declare)
    if message is None or named not in message:
        print(named, message)
print("typeguard" in sys.modules, hasattr(sys.modules["typeguard"], "typechecked"))
""",
    )

    assert process.stdout == "True True\n"


def test_no_type_hint_of_a_generated_function_is_read() -> None:
    process = python(
        "-c",
        f"""
import typing
read, names = typing.get_type_hints, []
def noting(described, *arguments, **options):
    names.append(getattr(described, "__name__", ""))
    return read(described, *arguments, **options)
typing.get_type_hints = noting
{PROGRAM}
Vpc(stack, "vpc")
def own(number: int): ...
print(typing.get_type_hints(own), "own" in names, [name for name in names if "typechecking" in name])
""",
    )

    assert process.stdout == "{'number': <class 'int'>} True []\n"


def test_a_program_that_uses_typeguard_gets_the_real_module() -> None:
    process = python(
        "-c",
        f"""{PROGRAM}
from typeguard import typechecked
@typechecked
def own(number: int): ...
print(refused(lambda: own("a")))
""",
    )

    assert "must be int; got str instead" in process.stdout


def test_a_program_that_checks_a_type_itself_gets_an_answer() -> None:
    process = python(
        "-c",
        f"""{PROGRAM}
from typeguard import check_type
print(refused(lambda: check_type("a", 1, str)))
print(refused(lambda: check_type(argname="b", value=1, expected_type=str)))
""",
    )

    assert process.stdout == "type of a must be str; got int instead\ntype of b must be str; got int instead\n"
