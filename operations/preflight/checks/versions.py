"""Checks of the versions of Terraform and of the AWS provider."""

import os
import shutil
from collections.abc import Iterator, Mapping

from operations.preflight.finding import Finding, ok, problem, warning
from settings import REHEARSED_PROVIDER, Settings
from tools.toolchain import terraform
from tools.toolchain.variables import VariableError

TERRAFORM = "Terraform"
PROVIDER = "AWS provider"


def check_terraform(variables: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Check the version of the Terraform that a deployment would run. The stacks require at least the minimum version.

    https://developer.hashicorp.com/terraform/language/terraform#terraform-required_version
    """
    minimum = ".".join(map(str, terraform.MINIMUM))
    named = variables.get("TERRAFORM_BINARY_NAME")
    try:
        binary = shutil.which(named, path=variables.get("PATH")) if named else terraform.find(variables)
    except VariableError as error:
        yield problem(TERRAFORM, str(error), advice=f"install Terraform {minimum} or later")
        return
    found = terraform.identify(binary) if binary else "does not exist"
    advice = f"unset TERRAFORM_BINARY_NAME, or name a Terraform of version {minimum} or later"
    if isinstance(found, str):
        yield problem(TERRAFORM, f"TERRAFORM_BINARY_NAME={named} {found}", advice=advice)
    elif found.release < terraform.MINIMUM:
        text = f"{binary} has version {found.text}, and the stacks require {minimum} or later"
        yield problem(TERRAFORM, text, advice=advice)
    elif found.program == terraform.OPENTOFU:
        yield warning(TERRAFORM, f"{binary} is OpenTofu, which is not tested with this project", advice=advice)
    else:
        yield ok(TERRAFORM, f"{binary} has version {found.text}")


def check_provider(settings: Settings) -> Iterator[Finding]:
    """Compare the constraints on the version of the AWS provider with the version that was rehearsed."""
    constraints = settings.aws_provider_versions
    if constraints.removeprefix("=").strip() == REHEARSED_PROVIDER:
        yield ok(PROVIDER, f"version {REHEARSED_PROVIDER}, which this project was rehearsed with")
        return
    yield warning(
        PROVIDER,
        f"{settings.environment}.aws_provider_versions: this project was rehearsed with {REHEARSED_PROVIDER} only, "
        f"got {constraints}",
        advice="read the plan of each stack with care, or rehearse with this version first: "
        f"`make rehearse ENV={settings.environment}`",
    )
