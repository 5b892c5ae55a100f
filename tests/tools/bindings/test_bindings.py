"""Lazy loading of the AWS bindings: the same files as without it, from only the modules that a program uses."""

import io
import json
import re
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.synthesized import ROOT
from tests.tools.bindings.programs import AWS, CDK, LIBRARY, python
from tools.bindings import successor

# Structs, lists of structs, a data source, an iterator, objects that Node made, a reference between stacks.
APP = """
import tools.bindings

from cdktf import App, Fn, TerraformIterator, TerraformOutput, TerraformResourceLifecycle, TerraformStack
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.data_aws_availability_zones import DataAwsAvailabilityZones
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from cdktf_cdktf_provider_aws.security_group import SecurityGroup, SecurityGroupIngress
from cdktf_cdktf_provider_aws.vpc import Vpc


def stack(app, name):
    made = TerraformStack(app, name)
    AwsProvider(made, "aws", region="eu-west-1", default_tags=[AwsProviderDefaultTags(tags={"app": "test"})])
    return made


app = App()
network = stack(app, "network")
zones = DataAwsAvailabilityZones(network, "zones", state="available")
vpc = Vpc(network, "vpc", cidr_block="10.0.0.0/16", tags={"zone": Fn.element(zones.names, 0)})

service = stack(app, "service")
group = SecurityGroup(
    service,
    "group",
    vpc_id=vpc.id,
    ingress=[SecurityGroupIngress(from_port=port, to_port=port, protocol="tcp") for port in (80, 443)],
    lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
)
group.add_override("tags.owner", "test")
certificate = AcmCertificate(service, "certificate", domain_name="example.com", validation_method="DNS")
options = TerraformIterator.from_complex_list(certificate.domain_validation_options, "domain_name")
Route53Record(
    service,
    "records",
    for_each=options,
    zone_id="Z1",
    name=options.get_string("resource_record_name"),
    type=options.get_string("resource_record_type"),
    records=[options.get_string("resource_record_value")],
    ttl=60,
)
TerraformOutput(service, "first", value=certificate.domain_validation_options.get(0).resource_record_name)
assert {type(child).__name__ for child in service.node.children} >= {"SecurityGroup", "AcmCertificate"}
app.synth()
"""

USED_IN_PYTHON = {
    "_jsii",
    "acm_certificate",
    "data_aws_availability_zones",
    "provider",
    "route53_record",
    "security_group",
    "vpc",
}
USED_IN_NODE = {
    "index.js",
    "acm-certificate/index.js",
    "data-aws-availability-zones/index.js",
    "provider/index.js",
    "route53-record/index.js",
    "security-group/index.js",
    "vpc/index.js",
    *(["provider-functions/index.js"] if successor.ACTIVE else []),  # its provider requires it
}

MOST_MESSAGES = 3.7
"""The limit of messages to the kernel for each resource and data source. The project needs 3.6."""

# Runs a program with or without tools.bindings, and reports the state of Python after it.
HARNESS = """
import json, os, runpy, sys
program, way, package, report = sys.argv[1:]
if way == "stock":
    from tools.bench import stock
    stock.install()
before = dict(os.environ)
from tools import bindings
from jsii._kernel.providers.process import _NodeProcess
messages, send = [], _NodeProcess.send
_NodeProcess.send = lambda self, request, answer: messages.append(request) or send(self, request, answer)
sys.argv[1:] = []
runpy.run_path(program, run_name="__main__")
package += "."
modules = [name.removeprefix(package) for name in sys.modules if name.startswith(package) and "._private" not in name]
with open(report, "w") as file:
    known = {"modules": modules, "messages": len(messages), "environment_is_as_before": os.environ == before}
    json.dump(known, file)
"""

# A user's own preload script. It reports each Node process, and of the kernel's main thread the provider's modules, the
# workers, how many files with type information it has read, and how often it has done what lazy.cjs leaves out.
USERS_PRELOAD = """
const fs = require("node:fs");
const { appendFileSync, readFileSync, writeFileSync } = fs;
if (require("node:worker_threads").isMainThread) appendFileSync(`${process.env.NODE_REPORT}.processes`, ".");
const library = process.env.NODE_LIBRARY;
let workers = 0, parsed = 0, definitions = 0, traces = 0;
process.on("worker", () => { workers += 1; });
fs.readFileSync = (path, ...rest) => {
  if (String(path).endsWith("/.jsii")) parsed += 1;
  if (String(path).includes("/.jsii.runtime-defs.")) definitions += 1;
  return readFileSync(path, ...rest);
};
const { captureStackTrace } = Error;
Error.captureStackTrace = (...all) => {
  if (Error.stackTraceLimit === Number.MAX_SAFE_INTEGER) traces += 1;
  return captureStackTrace(...all);
};
process.on("exit", () => {
  const files = Object.keys(require.cache);
  const modules = files.map((file) => file.split(library)[1]).filter(Boolean);
  const unneeded = { definitions, traces, archiver: files.filter((file) => file.includes("/archiver/lib/")).length };
  if (modules.length) writeFileSync(process.env.NODE_REPORT, JSON.stringify({ modules, workers, parsed, unneeded }));
});
"""


@dataclass(frozen=True)
class Synthesis:
    """A run of a program: its output, the AWS bindings that it has loaded, and the state after it."""

    files: dict[str, bytes]
    stdout: str
    stderr: str
    python_modules: set[str]
    node_modules: set[str]
    node_workers: int
    node_parsed: int
    node_processes: int
    unneeded: dict[str, int]
    """How often Node has done what lazy.cjs leaves out."""
    messages: int
    """How many messages Python has sent to the kernel of jsii."""
    environment_is_as_before: bool


def synthesize(
    program: Path, folder: Path, *, way: str = "fast", path: Path | None = None, **environment: str
) -> Synthesis:
    """Run a program with NODE_OPTIONS that have a quoted path."""
    output, python_report, node_report = folder / "cdktf.out", folder / "python.json", folder / "node.json"
    preload = folder / "a user's options" / "preload.cjs"
    preload.parent.mkdir(parents=True)
    preload.write_text(USERS_PRELOAD)
    environment |= {"CDKTF_OUTDIR": str(output), "NODE_REPORT": str(node_report), "NODE_LIBRARY": LIBRARY}
    process = python(
        *("-c", HARNESS, str(program), way, AWS, str(python_report)),
        path=path,
        NODE_OPTIONS=f'--require "{preload}"',
        **environment,
    )
    in_python, in_node = json.loads(python_report.read_text()), json.loads(node_report.read_text())
    return Synthesis(
        files={str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()},
        stdout=process.stdout,
        stderr=process.stderr,
        python_modules=set(in_python["modules"]),
        node_modules=set(in_node["modules"]),
        node_workers=in_node["workers"],
        node_parsed=in_node["parsed"],
        node_processes=len(node_report.with_suffix(".json.processes").read_text()),
        unneeded=in_node["unneeded"],
        messages=in_python["messages"],
        environment_is_as_before=in_python["environment_is_as_before"],
    )


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    program = tmp_path_factory.mktemp("app") / "app.py"
    program.write_text(APP)
    return program


@pytest.fixture(scope="module")
def fast(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesize(app, tmp_path_factory.mktemp("fast"))


@pytest.fixture(scope="module")
def stock(app: Path, tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    return synthesize(app, tmp_path_factory.mktemp("stock"), way="stock")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Synthesis:
    """This project, with every environment of the tests' settings."""
    return synthesize(ROOT / "main.py", tmp_path_factory.mktemp("project"))


def claim_version(place: Path, package: str, version: str) -> None:
    """Make a package have another version for programs that import from `place` first."""
    metadata = place / f"{package.replace('-', '_')}-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")


def test_a_program_loads_only_the_modules_that_it_uses(fast: Synthesis) -> None:
    assert (fast.python_modules, fast.node_modules) == (USED_IN_PYTHON, USED_IN_NODE)


def test_a_program_sees_no_other_output(fast: Synthesis) -> None:
    assert (fast.stdout, fast.stderr) == ("", "")


def test_one_node_process_runs_the_kernel(fast: Synthesis, project: Synthesis) -> None:
    assert (fast.node_processes, project.node_processes) == (1, 1)


def test_node_does_nothing_that_the_files_do_not_need(fast: Synthesis, project: Synthesis) -> None:
    assert {*fast.unneeded.values(), *project.unneeded.values()} == {0}


def test_this_project_loads_only_what_it_imports(project: Synthesis) -> None:
    code = "".join(file.read_text() for folder in ("modules", "stacks") for file in (ROOT / folder).rglob("*.py"))
    imported = {*re.findall(r"^from cdktf_cdktf_provider_aws\.(\w+) ", code, re.MULTILINE)}

    assert project.python_modules - {"_jsii"} == imported
    assert project.node_modules - {*USED_IN_NODE} <= {f"{name.replace('_', '-')}/index.js" for name in imported}


def test_a_resource_needs_few_messages_to_the_kernel(project: Synthesis) -> None:
    """Each message is a round trip between Python and Node."""
    stacks = [json.loads(content) for path, content in project.files.items() if path.endswith("cdk.tf.json")]
    kinds = [stack.get(kind, {}) for stack in stacks for kind in ("resource", "data")]
    blocks = sum(len(blocks) for kind in kinds for blocks in kind.values())

    assert project.messages <= MOST_MESSAGES * blocks


def test_an_asset_is_archived(app: Path, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "file").write_text("content")
    program = tmp_path / "app.py"
    asset = f'TerraformAsset(network, "asset", path={str(tmp_path / "source")!r}, type=AssetType.ARCHIVE)'
    program.write_text(
        app.read_text()
        .replace("import App", "import App, AssetType, TerraformAsset")
        .replace("app.synth()", f"{asset}\napp.synth()")
    )

    [archive] = (found for path, found in synthesize(program, tmp_path).files.items() if path.endswith(".zip"))

    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.read("file") == b"content"


def test_the_users_node_options_are_restored(fast: Synthesis) -> None:
    assert fast.environment_is_as_before


def test_unset_node_options_stay_unset() -> None:
    process = python(
        "-c",
        """
import os
os.environ.pop("NODE_OPTIONS", None)
before = dict(os.environ)
import tools.bindings
print(os.environ == before)
""",
    )

    assert process.stdout == "True\n"


def test_the_loader_works_in_a_path_with_special_characters(app: Path, tmp_path: Path) -> None:
    place = tmp_path / 'the "new" \\ one'
    shutil.copytree(ROOT / "tools" / "bindings", place / "tools" / "bindings")
    (place / "tools" / "__init__.py").touch()

    moved = synthesize(app, tmp_path, path=place)

    assert (moved.stderr, moved.node_modules) == ("", USED_IN_NODE)


def test_the_root_package_has_its_submodules_as_attributes() -> None:
    process = python(
        "-c",
        f"""
import tools.bindings, {AWS} as aws
print(aws.vpc.Vpc.TF_RESOURCE_TYPE, hasattr(aws, "nothing"))
try:
    from {AWS} import nothing
except ImportError as error:
    print(error.msg)
""",
    )

    assert process.stdout.splitlines()[0] == "aws_vpc False"
    assert process.stdout.splitlines()[1].startswith(f"cannot import name 'nothing' from '{AWS}'")


@pytest.mark.parametrize("package", [CDK, AWS.replace("_", "-"), "jsii"])
def test_an_unknown_version_falls_back_with_one_message(package: str, tmp_path: Path) -> None:
    claim_version(tmp_path, package, "99.0.0")

    process = python(
        "-c",
        f"""
import sys
from tools import bindings
print(bindings.KNOWN_VERSIONS["{package}"], {{"{AWS}", "jsii"}} & {{*sys.modules}})
""",
        path=tmp_path,
    )

    known, loaded = process.stdout.split(maxsplit=1)
    assert loaded == "set()\n"
    assert process.stderr == (
        "bindings: every AWS binding is loaded, which is slow: "
        f"{package} is 99.0.0, but tools/bindings/__init__.py supports {known}\n"
    )


def test_an_import_after_cdktf_falls_back_with_a_message() -> None:
    process = python("-c", f"import {CDK}, tools.bindings, sys; print('{AWS}' in sys.modules)")

    assert process.stdout == "False\n"
    assert process.stderr == (
        "bindings: every AWS binding is loaded, which is slow: jsii was imported before tools.bindings\n"
    )


@pytest.mark.slow
def test_a_program_synthesizes_the_same_bytes(fast: Synthesis, stock: Synthesis) -> None:
    assert fast.files
    assert fast.files == stock.files


@pytest.mark.slow
def test_this_project_synthesizes_the_same_bytes(project: Synthesis, tmp_path: Path) -> None:
    stock = synthesize(ROOT / "main.py", tmp_path, way="stock")

    assert project.files
    assert project.files == stock.files


@pytest.mark.slow
def test_the_stock_import_loads_everything(stock: Synthesis) -> None:
    """The other tests' counts could be small because nothing is counted. This test excludes that."""
    assert len(stock.python_modules) > 2200 or successor.ACTIVE  # cdktn loads modules of Python at their first use
    assert len(stock.node_modules) > 2200
    assert stock.node_processes == 2
    done = {name for name, count in stock.unneeded.items() if count}
    assert done == {"definitions", "traces", *([] if successor.ACTIVE else ["archiver"])}  # cdktn has no archiver


@pytest.mark.slow
@pytest.mark.thorough("an unknown version falls back to the stock import, which another test compares")
def test_an_unknown_version_changes_no_byte(app: Path, stock: Synthesis, tmp_path: Path) -> None:
    claim_version(tmp_path / "unknown", "jsii", "99.0.0")

    unknown = synthesize(app, tmp_path, path=tmp_path / "unknown")

    assert (unknown.files, unknown.node_modules) == (stock.files, stock.node_modules)
    assert unknown.stderr.count("\n") == 1


@pytest.mark.slow
def test_the_first_run_leaves_an_index_for_the_second(app: Path, tmp_path: Path) -> None:
    """The kernel's main thread reads no type information, because a worker has made the index before."""
    with tempfile.TemporaryDirectory() as cache:
        first, second = (
            synthesize(app, tmp_path / name, JSII_RUNTIME_PACKAGE_CACHE_ROOT=cache) for name in ("first", "second")
        )

    assert (first.node_workers, second.node_workers) == (3, 0)
    assert (first.node_parsed, second.node_parsed) == (0, 0)
