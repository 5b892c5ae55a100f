"""The reader of the evidence: first an overview, then the details of what is wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from operations.commands.reading import Reading
from operations.commands.why.evidence import Evidence, Image
from operations.commands.why.incident import Incident
from operations.images.source import platforms
from operations.system import secrets
from operations.system.database import Database
from operations.system.definitions import Definition
from operations.system.deployed import DeployedEnvironment
from operations.system.logs.events import Event
from operations.system.secrets import Reference, Source
from operations.system.tasks import Task

EVENTS = 50
"""The number of log events that show why a task or a build has failed."""


def overview(reading: Reading) -> Evidence:
    """Read the parts that show whether something is wrong."""
    deployed = reading.deployed
    found = reading.parts(
        {
            "service": deployed.deployments,
            "tasks": deployed.tasks,
            "targets": lambda: deployed.targets(deployed.placement()),
            "executions": deployed.newest_executions,
            "stages": deployed.stages,
            "certificate": deployed.certificate,
            "database": deployed.database,
        }
    )
    return Evidence(reading.settings, datetime.now(UTC), **found)


def details(reading: Reading, evidence: Evidence, incident: Incident) -> Evidence:
    """Read the parts that show a cause of an incident."""
    deployed = reading.deployed
    jobs: dict[str, Callable[[], Any]] = {}
    if incident.execution:
        jobs["actions"] = partial(deployed.executions.actions, incident.execution.id)
    if evidence.database:
        jobs["password"] = partial(deployed.password, evidence.database)
    if incident.revision:
        jobs["revision"] = partial(deployed.definition, incident.revision)
        if earlier := _earlier(evidence, incident.revision):
            jobs["earlier"] = partial(deployed.definition, earlier)
        jobs["network"] = partial(_network, deployed, evidence.database)
    found = reading.parts(jobs)
    found |= found.pop("network", {})
    found |= reading.parts(_later(deployed, evidence, incident, found))
    return replace(evidence, **found)


def _later(
    deployed: DeployedEnvironment, evidence: Evidence, incident: Incident, found: dict[str, Any]
) -> dict[str, Callable[[], Any]]:
    """Return the jobs that need a revision or an action."""
    jobs: dict[str, Callable[[], Any]] = {}
    if revision := found.get("revision"):
        jobs["image"] = partial(image_of, deployed, revision)
        if references := _secrets(revision):
            jobs["secrets"] = partial(_sources, deployed, references)
        if revision.logs and (task := _with_log(evidence, incident)):
            jobs["log"] = partial(_lines, partial(deployed.log_sources.last_of_task, task, EVENTS))
    builds = [each for each in found.get("actions", []) if each.provider == "CodeBuild" and each.error]
    if builds and builds[0].external_id:
        jobs["build_log"] = partial(_lines, partial(deployed.log_sources.last_of_build, builds[0].external_id, EVENTS))
    return jobs


def _secrets(revision: Definition) -> list[Reference]:
    """Return one reference for each secret of a revision. Parameters are not read: tasks name a missing parameter."""
    found = [each for each in secrets.references(revision) if not each.is_parameter]
    return [*{each.source: each for each in found}.values()]


def _sources(deployed: DeployedEnvironment, references: list[Reference]) -> list[tuple[Reference, Source | None]]:
    return [(each, deployed.secret(each)) for each in references]


def _lines(read: Callable[[], list[Event]]) -> list[str]:
    return [line for event in read() for line in event.text.splitlines() if line.strip()]


def _with_log(evidence: Evidence, incident: Incident) -> Task | None:
    """Return the newest failed task whose container has started, or the newest running task of an unhealthy service."""
    running = [each for each in evidence.tasks or [] if each.revision == incident.revision]
    unhealthy = running if incident.verdict == "not healthy" and incident.deployment else []
    return next((task for task in (*incident.tasks, *unhealthy) if task.started), None)


def _earlier(evidence: Evidence, name: str) -> str | None:
    """Return the newest revision that the service runs now, or ran in this deployment, except the one that fails."""
    deployments = evidence.service.deployments if evidence.service else ()
    others = [each for each in deployments if each.revision != name and each.rollout_state != "FAILED"]
    return others[0].revision if others else None


def _network(deployed: DeployedEnvironment, database: Database | None) -> dict[str, Any]:
    """Return the subnets, the security groups and the load balancer of the service, and the groups of the database."""
    placement = deployed.placement()
    found: dict[str, Any] = {}
    if placement.subnets:
        found["subnets"] = deployed.subnets(placement.subnets)
    if placement.groups:
        found["groups"] = deployed.security_groups(placement.groups)
    if placement.groups and database and database.security_groups:
        found["database_groups"] = deployed.security_groups(database.security_groups)
    if placement.target_groups:
        found["load_balancer"] = deployed.load_balancer(placement.target_groups)
    return found


def image_of(deployed: DeployedEnvironment, revision: Definition) -> Image | None:
    """Return the image of a revision, if the image is in the repository of the environment."""
    repository = deployed.repository
    if revision.repository.partition("/")[2] != repository.name:
        return None
    digest = revision.digest or repository.tagged(revision.tag or "latest")
    pushed = deployed.image(digest) if digest else None
    if not digest or not pushed:
        return Image(None, frozenset())
    return Image(pushed, frozenset(platforms(repository, repository.image(digest))))
