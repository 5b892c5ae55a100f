"""The layout: docs/architecture.md maps every file, every module has a test, and no folder has too many modules."""

import ast
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.support.lists import listed
from tests.support.synthesized import ROOT
from tests.test_docs import layout

MOST_MODULES = 16
TOPS = ("settings", "stacks", "modules", "operations", "rehearsal", "localaws", "tools", "tests")

TESTED_ELSEWHERE = {
    "settings/__init__.py": "re-exports the names of the folder's other files",
    "stacks/dns.py": "composes constructs: tests/modules/test_domain.py and the snapshots",
    "stacks/main.py": "composes constructs: tests/stacks/test_wiring.py and the snapshots",
    "stacks/registry.py": "composes constructs: tests/modules/test_repository.py and the snapshots",
    "modules/delivery/stages.py": "tests/modules/delivery/test_pipeline.py: every stage of the pipeline",
    "modules/ecs/arns.py": "tests/modules/test_people.py: the ARNs in the policies of the operator role",
    "modules/encryption.py": "an interface: tests/modules/test_key.py, and every test of a system without a key",
    "modules/environment.py": "tests/stacks/test_wiring.py: every construct gets its values",
    "modules/elb/target_group.py": "tests/modules/elb/test_load_balancer.py: the targets of the load balancer",
    "modules/vpc/availability_zones.py": "tests/modules/vpc/test_network.py: the zones of the network",
    "modules/bucket.py": "each of its buckets has a test: access logs, artifacts, state",
    "operations/system/certificate.py": "tests/operations/commands/test_status.py: issued, missing, each permission",
    "operations/system/alarms.py": "tests/operations/commands/test_status.py: alarms, also of another environment",
    "operations/approval.py": "tests/operations/test_promote.py and tests/operations/actions/test_acting.py: approvals",
    "operations/actions/disable_deploys.py": "tests/operations/actions/test_deploys.py, with enable_deploys.py",
    "operations/actions/enable_deploys.py": "tests/operations/actions/test_deploys.py, with disable_deploys.py",
    "operations/system/control/pipeline.py": "tests/operations/actions/test_deploys.py: both transitions",
    "operations/system/control/service.py": "tests/operations/actions/test_scale.py, and the tests of other commands",
    "operations/commands/frame.py": "tests/operations/commands/test_reading.py: what all commands have in common",
    "operations/commands/options.py": "tests/operations/commands/test_images.py: numbers within and outside the limits",
    "operations/commands/why/reader.py": "tests/operations/commands/why/test_answer.py: each part, and each permission",
    "operations/commands/why/incident.py": "holds data: every test in tests/operations/commands/why/test_verdict.py",
    "operations/commands/why/service.py": "tests/operations/commands/why/test_verdict.py: what is wrong, what is not",
    "operations/commands/why/pipeline.py": "tests/operations/commands/why/test_verdict.py: failed, stopped, superseded",
    "operations/commands/why/symptoms.py": "tests/operations/commands/why/test_verdict.py: texts of tasks and events",
    "operations/commands/why/evidence.py": "holds data: every test in tests/operations/commands/why/test_verdict.py",
    "operations/commands/why/case.py": "every test in tests/operations/commands/why/kinds/test_image.py uses it",
    "operations/commands/why/cause.py": "holds data: every test in tests/operations/commands/why/kinds/test_image.py",
    "operations/commands/why/judgement.py": "tests/operations/commands/why/test_why.py: the true cause is first",
    "operations/actions/rollback/answer.py": "tests/operations/actions/rollback/test_command.py",
    "operations/actions/rollback/obstacles.py": "tests/operations/actions/rollback/test_command.py: each refusal",
    "operations/commands/why/aftermath.py": "the tests of the commands that deploy, each with a failed deployment",
    "operations/commands/why/table.py": "tests/operations/commands/why/test_answer.py: text of 80 columns",
    "operations/system/deployments.py": "tests/operations/commands/why/test_why.py: deployments that fail",
    "operations/commands/status_table.py": "tests/operations/commands/test_status.py: each row and each note",
    "operations/system/database.py": "tests/operations/commands/test_status.py: a database, none, and each permission",
    "operations/commands/verify/answer.py": "tests/operations/commands/verify/test_command.py: each exit code",
    "operations/commands/verify/roles.py": "tests/operations/commands/verify/test_command.py: roles and logs",
    "operations/commands/verify/secrets.py": "tests/operations/commands/verify/test_command.py: each fault of a secret",
    "operations/commands/verify/subject.py": "tests/operations/commands/verify/test_command.py: images and revisions",
    "operations/system/roles.py": "tests/operations/commands/verify/test_command.py: trusted services, and policies",
    "operations/delivery.py": "tests/operations/test_promote.py: live, failed, stopped and interrupted",
    "operations/system/secrets.py": "tests/operations/commands/test_secrets.py: secrets, parameters, and missing ones",
    "operations/system/access.py": "tests/operations/test_promote.py: an environment, and one that lacks a part",
    "operations/system/logs/sources.py": "tests/operations/commands/test_logs.py: each log, none, and each permission",
    "operations/system/deployed.py": "tests/operations/test_promote.py: an environment, and one that lacks a part",
    "operations/system/pipeline.py": "tests/operations/commands/test_status.py: stages; test_history.py: executions",
    "operations/images/docker_archive.py": "tests/operations/images/test_local.py: each version, and faults",
    "operations/images/documents.py": "tests/operations/images/test_layout.py: each fault of a document",
    "operations/images/archive.py": "tests/operations/images/test_local.py: links, damage, and files of other formats",
    "operations/images/files.py": "tests/operations/images/test_layout.py: missing, large and changed files",
    "operations/images/manifests.py": "tests/operations/images/test_copy.py reads indexes and signatures through it",
    "operations/images/repository.py": "tests/operations/images/test_copy.py reads and writes through it",
    "operations/images/source.py": "tests/operations/images/test_copy.py: platforms by index and by configuration",
    "operations/diff/attributes.py": "tests/operations/diff/test_plan.py: the attributes of changes",
    "operations/preflight/finding.py": "tests/operations/preflight/test_runner.py: findings of each kind of check",
    "operations/preflight/checks/zone.py": "tests/operations/preflight/checks/test_domain.py: zones and certificates",
    "operations/preflight/examination.py": "tests/operations/preflight/test_main.py: with and without credentials",
    "operations/actions/session_plugin.py": "tests/operations/actions/test_exec.py: its calls, signals and exit codes",
    "operations/system/control/sessions.py": "tests/operations/actions/test_exec.py: a session, and no connection",
    "operations/json_types.py": "defines a type, which mypy checks",
    "rehearsal/images/layouts.py": "tests/localaws/ecr/distribution/test_api.py: skopeo reads a layout",
    "rehearsal/prerequisites.py": "tests/rehearsal/test_main.py: a rehearsal begins with them",
    "rehearsal/execution.py": "tests/rehearsal/test_delivery.py follows executions that fail",
    "rehearsal/one_off.py": "tests/system/test_rehearsal.py runs its step",
    "rehearsal/setting_changes.py": "tests/system/test_rehearsal.py runs its steps",
    "rehearsal/state_move.py": "tests/operations/test_state_bucket.py makes the bucket and moves state into it",
    "rehearsal/steps.py": "tests/system/test_rehearsal.py runs them",
    "rehearsal/system.py": "all tests of checks, rotation and rehearsal use it",
    "localaws/ecs/exec/agent.py": "tests/localaws/ecs/exec/test_sessions.py: where the agent runs, and its permissions",
    "localaws/__main__.py": "tests/localaws/test_server.py starts it",
    "localaws/apis.py": "without it no test of a service's api.py passes",
    "localaws/clients.py": "tests/localaws/test_server.py: a client uses only this server",
    "localaws/api_models/conversion.py": "tests/localaws/api_models/test_constraints.py: the JSON values of each type",
    "localaws/api_models/parsers.py": "tests/localaws/api_models/test_requests.py reads every protocol through it",
    "localaws/control.py": "tests/localaws/events/test_bus.py reads deliveries through it",
    "localaws/codebuild/views.py": "tests/localaws/codebuild/test_api.py sees builds through it",
    "localaws/codepipeline/views.py": "tests/localaws/codepipeline/test_api.py sees executions through it",
    "localaws/ecs/health_checks.py": "tests/localaws/ecs/test_failing_containers.py lets containers fail them",
    "localaws/codepipeline/execution.py": "all tests of pipelines and stages read it",
    "localaws/codepipeline/actions/job.py": "all tests of actions use it",
    "localaws/ecr/distribution/answers.py": "tests/localaws/ecr/distribution/test_api.py compares status and code",
    "localaws/ecr/errors.py": "tests/localaws/ecr/test_refusals.py reads the codes of its errors",
    "localaws/ecs/deployment_state.py": "tests/localaws/ecs/test_tasks.py reads the deployments of a service",
    "localaws/ecs/api.py": "tests/localaws/ecs/test_tasks.py deploys, forces and scales through it",
    "localaws/ecs/scheduler.py": "tests/localaws/ecs/test_tasks.py scales, stops and reads the counts",
    "localaws/elbv2/targets.py": "tests/localaws/ecs/test_failing_containers.py: healthy and unhealthy targets",
    "localaws/ecs/containers/log.py": "tests/localaws/ecs/test_tasks.py reads the logs of containers",
    "localaws/ecs/one_off/run_task.py": "tests/localaws/ecs/one_off/test_task.py starts each task through it",
    "localaws/processes/group.py": "tests/localaws/codebuild/test_shell.py: ends with a build or the local AWS",
    "localaws/ecs/service_tasks.py": "tests/localaws/ecs/test_tasks.py compares a task as DescribeTasks shows it",
    "localaws/iam/caller.py": "holds account and region; has nothing to test",
    "localaws/iam/reference/values.py": "tests/localaws/iam/reference/test_resources.py reads members through it",
    "localaws/secret_values.py": "tests/localaws/ecs/test_tasks.py: a task reads each kind with it",
    "localaws/node/process.py": "tests/localaws/iam/test_evaluation.py: a process that is killed, and one that ends",
    "localaws/stepfunctions/api_call.py": "tests/localaws/stepfunctions/test_state_machine.py calls through it",
    "localaws/stepfunctions/api.py": "tests/localaws/stepfunctions/test_state_machine.py starts through it",
    "tools/toolchain/commands.py": "tests/tools/toolchain/test_cli.py: a provider that cannot be installed",
    "tools/toolchain/process_tree.py": "tests/tools/toolchain/test_processes.py ends commands and their children",
    "tools/toolchain/signals.py": "tests/tools/toolchain/test_processes.py sends each of them",
    "tools/bench/stock.py": "tests/tools/bindings/test_bindings.py: the stock import loads everything",
    "tools/bench/measure.py": "tests/tools/bench/test_synth.py: time, memory, failures",
    "tools/bench/ways.py": "tests/tools/bench/test_synth.py: settings, and programs that are refused",
    "tools/bench/plot.py": "tests/tools/bench/test_page.py: the lines and names of a plot",
    "tools/bench/aws_cdk/app.py": "make bench runs it, and fails if it fails",
}
"""Modules without a test of their name, each with the reason or the test that covers it."""


def modules() -> list[Path]:
    """Return the files with code, except the tests."""
    files = [ROOT / "main.py", *(file for top in TOPS[:-1] for file in sorted((ROOT / top).rglob("*.py")))]
    return [file.relative_to(ROOT) for file in files if not only_says_something(file)]


def only_says_something(file: Path) -> bool:
    """Return whether a file has only a docstring and imports."""
    return all(isinstance(node, ast.Expr | ast.Import) for node in ast.parse(file.read_text(encoding="utf-8")).body)


def test_of(module: Path) -> Path:
    """Return the path of a module's test. The test of a package has the package's name."""
    name = {"__init__": module.parent.name, "__main__": "main"}.get(module.stem, module.stem)
    return Path("tests") / module.parent / f"test_{name}.py"


test_of.__test__ = False  # type: ignore[attr-defined] # not a test, despite its name


def test_every_module_has_a_test_of_its_name_or_a_reason() -> None:
    without = {str(module) for module in modules() if not (ROOT / test_of(module)).exists()}

    listed.check(untested(without, TESTED_ELSEWHERE))
    assert len(modules()) - len(without) >= 100


def untested(without: Iterable[str], reasons: Iterable[str]) -> list[str]:
    """Return a line for each module that has neither a test nor a reason, and for each reason that is not needed."""
    return listed.faults(
        without,
        reasons,
        place="tests/test_layout.py, TESTED_ELSEWHERE",
        entry='"{}"'.format,
        end=": <where the module is tested>, or write the test of the module",
    )


def test_where_a_module_is_tested_instead_is_there() -> None:
    named = {path for reason in TESTED_ELSEWHERE.values() for path in re.findall(r"tests/[\w/]+\.py", reason)}

    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_a_test_that_deploys_is_with_the_systems() -> None:
    named = {
        "test_rehearsal",
        "test_diff_and_apply",
        "test_interrupted_deployments",
        "test_github_roles",
        "test_promote",
    }

    assert named <= {file.stem for file in (ROOT / "tests" / "system").glob("*.py")}


def test_no_folder_has_too_many_modules() -> None:
    files = [file for top in TOPS for file in (ROOT / top).rglob("*.py") if file.name != "__init__.py"]
    counted = Counter(str(file.parent.relative_to(ROOT)) for file in files)

    listed.check(
        [
            f"{folder}: must have at most {MOST_MODULES} modules, has {number}; move some of them into a subfolder"
            for folder, number in counted.items()
            if number > MOST_MODULES
        ]
    )


def test_the_map_has_every_file_of_every_folder() -> None:
    mapped = layout((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), "## Files")

    there = {
        str(file.relative_to(ROOT))
        for top in TOPS
        for file in (ROOT / top).rglob("*")
        if file.is_file()
        and not {"__pycache__", "__snapshots__"} & set(file.parts)
        and (file.suffix != ".py" or not only_says_something(file))
        and top != "tests"
    }
    folders = {str(file.parent.relative_to(ROOT)) + "/" for file in (ROOT / "tests").rglob("test_*.py")}
    listed.check(unmapped(there | {folder for folder in folders if folder.count("/") == 2}, set(mapped)))


def unmapped(there: set[str], mapped: set[str]) -> list[str]:
    """Return a line for each file or folder that the map lacks."""
    return listed.faults(
        there - mapped,
        (),
        place='docs/architecture.md, map in the section "Files"',
        entry=lambda path: f'"{Path(path).name}" below "{Path(path).parent}/"',
        end=", and say what the file contains",
    )


def test_a_module_without_a_test_or_a_line_in_the_map_is_named() -> None:
    [test] = untested(["modules/uploads.py"], [])
    [line] = unmapped({"modules/uploads.py", "modules/key.py"}, {"modules/key.py"})

    assert test.startswith('tests/test_layout.py, TESTED_ELSEWHERE: add "modules/uploads.py": <where the module is')
    assert line.startswith('docs/architecture.md, map in the section "Files": add "uploads.py" below "modules/", and')


def test_every_line_of_the_map_says_something() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    block = text.partition("## Files")[2].partition("```text\n")[2].partition("```")[0]

    assert [line for line in block.splitlines() if len(line.split()) < 2] == []
