"""The health checks of the load balancer and of the container.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-load-balancers.html
"""

import re
from collections.abc import Iterator

from operations.commands.why.case import Case, Said, cause
from operations.commands.why.cause import Cause, Certainty

READY = r"(?:listening|running|serving|started|bound|ready|uvicorn|gunicorn|server)"
LISTENS = rf"{READY}.*?:(?P<port>\d{{2,5}})\b"
LISTENS_ON_PORT = r"(?:listening|running|serving|started|bound|ready).{0,40}?\bport\b\D{0,5}(?P<port>\d{2,5})\b"
CLIENT = re.compile(
    r"\b(?:connect(?:ed|ing|ions?)?|fail(?:ed|ure)?|error|refused|upstream|cannot|could not)\b", re.IGNORECASE
)
"""The words of lines about other servers, whose ports are not the port of the container."""
TIME = re.compile(r"(?<![.\d:])\d{1,2}:\d\d(?::\d\d)?")
"""The time of a line, which looks like a port."""
CODES = r"codes?:? \[(?P<codes>[\d, ]+)\]"
LOOPBACK = r"(?:listen|running|serving|bound|server).*(?P<address>127\.0\.0\.1|localhost|\[::1\]):\d+"
ANY_ADDRESS = re.compile(r"0\.0\.0\.0|\[::\]|\*:\d")


def causes(case: Case) -> Iterator[Cause]:
    """Yield why a health check fails."""
    yield from _container_check(case)
    unhealthy = [each for each in case.evidence.targets or [] if each.state == "unhealthy"]
    failed = case.said(r"ELB health check", r"unhealthy in", r"targets of the load balancer are unhealthy")
    if not failed and not (unhealthy and case.incident.verdict == "not healthy"):
        return
    shown = [f"target {each.id}:{each.port}: {each.reason} {each.description}".rstrip() for each in unhealthy]
    shown += [failed.line] if failed else []
    reasons = {each.reason for each in unhealthy}
    codes = _codes(case, shown)
    port = case.evidence.revision.ports[0] if case.evidence.revision and case.evidence.revision.ports else None
    if codes:
        yield _code(case, codes, shown)
    elif "Target.Timeout" not in reasons and (listens := _other_port(case, port)):
        text = f"The container listens on port {listens['port']}, but the load balancer sends requests to port {port}"
        advice = (
            f"Set {case.name}.service.container_port to {listens['port']}, and run `make deploy ENV={case.name}`. Or "
            f"let the application listen on port {port}"
        )
        yield cause("other-port", text, "certain", advice, listens.line, *shown)
    elif "Target.Timeout" not in reasons and (loopback := _loopback(case)):
        text = "The container listens only on its loopback address, which the load balancer cannot reach"
        advice = "Let the application listen on 0.0.0.0"
        # Programs often print `localhost` whatever their address is.
        certainty: Certainty = "likely" if loopback["address"].lower() == "localhost" else "certain"
        yield cause("loopback", text, certainty, advice, loopback.line, *shown)
    elif "Target.Timeout" in reasons or case.said(r"Request timed out|timed out"):
        yield _slow(case, shown)
    elif "Elb.InternalError" in reasons:
        advice = "Wait: this is an error of the load balancer. If it lasts, ask AWS"
        yield cause("load-balancer-error", "The load balancer reports an internal error", "likely", advice, *shown)
    else:
        yield from _refused(case, port, shown)


def _codes(case: Case, shown: list[str]) -> str:
    """Return the status codes that the load balancer got, such as `404`, or an empty text."""
    said = case.said(CODES)
    found = [said.match] if said else [match for line in shown if (match := re.search(CODES, line))]
    return found[0]["codes"] if found else ""


def _code(case: Case, codes: str, shown: list[str]) -> Cause:
    path = case.evidence.settings.service.health_check_path
    text = f"The health check of the load balancer (GET {path}) gets the status code {codes}"
    advice = {
        "4": f"Set {case.name}.service.health_check_path to a path that answers with 200, or let the application "
        f"answer {path} with 200. The health check has no login",
        "3": f"Let the application answer {path} with 200 and not with a redirect, also for plain HTTP",
    }.get(codes.strip()[:1], "The log of the container says why the application answers with an error")
    if codes.strip().startswith("5"):  # an error of the application, for which its log can have the cause
        return cause("health-check-code", text, "likely", advice, *shown, *case.log_lines)
    return cause("health-check-code", text, "certain", advice, *shown)


def _other_port(case: Case, port: int | None) -> Said | None:
    said = _listening(case)
    if not port or any(int(each["port"]) == port for each in said):
        return None
    return next(iter(said), None)


def _listening(case: Case) -> list[Said]:
    """Return the lines of the log that name the port of a server in the container, the newest first."""
    texts = ((f"log: {line}", TIME.sub("", line)) for line in reversed(_of_servers(case)))
    searched = (
        (line, re.search(LISTENS_ON_PORT, text, re.IGNORECASE) or re.search(LISTENS, text, re.IGNORECASE))
        for line, text in texts
    )
    return [Said(line, match) for line, match in searched if match]


def _loopback(case: Case) -> Said | None:
    """Return the newest line that names the loopback address as the only address of a server in the container."""
    searched = (
        (line, re.search(LOOPBACK, line, re.IGNORECASE))
        for line in reversed(_of_servers(case))
        if not ANY_ADDRESS.search(line)
    )
    return next((Said(f"log: {line}", match) for line, match in searched if match), None)


def _of_servers(case: Case) -> list[str]:
    return [line for line in case.evidence.log or [] if not CLIENT.search(line)]


def _slow(case: Case, shown: list[str]) -> Cause:
    service = case.evidence.settings.service
    text = f"The container does not answer the health check within {service.health_check_timeout_seconds} s"
    advice = (
        f"Let the application answer {service.health_check_path} faster, for example without a query to the database. "
        f"If only the start is slow, raise {case.name}.service.grace_period_seconds. If each answer is slow, raise "
        "health_check_timeout_seconds"
    )
    return cause("health-check-slow", text, "likely", advice, *shown)


def _refused(case: Case, port: int | None, shown: list[str]) -> Iterator[Cause]:
    """Yield what leads to failed connections: a slow start, or another port. The load balancer does not say which."""
    service = case.evidence.settings.service
    if ready := next(iter(_listening(case)), None):
        text = f"The container listens on port {port} later than its health checks allow"
        seconds = service.grace_period_seconds + service.health_check_interval_seconds * service.unhealthy_threshold
        advice = (
            f"The start may take about {seconds} s. Raise {case.name}.service.grace_period_seconds, or start faster"
        )
        yield cause("start-slow", text, "likely", advice, ready.line, *shown)
        return
    text = f"The container does not accept connections on port {port or service.container_port}"
    advice = (
        f"Check on which port the application listens ({case.name}.service.container_port), that it listens on "
        f"0.0.0.0, and how long it takes to start ({case.name}.service.grace_period_seconds)"
    )
    other = cause("other-port", text, "likely", advice, *shown, *case.log_lines)
    text = "The container starts more slowly than its health checks allow"
    advice = f"Raise {case.name}.service.grace_period_seconds, or let the application start faster"
    certainty: Certainty = "likely" if case.evidence.log else "possible"
    late = cause("start-slow", text, certainty, advice, *shown, *case.log_lines)
    # A server usually logs that it listens. If the log has other lines only, the server does not listen yet.
    yield from (late, other) if case.evidence.log else (other, late)


def _container_check(case: Case) -> Iterator[Cause]:
    said = case.said(r"failed container health checks")
    ill = case.incident.verdict == "not healthy" and any(
        task.health == "UNHEALTHY" and task.desired_status == "RUNNING" for task in case.evidence.tasks or []
    )
    if not said and not ill:
        return
    check = case.evidence.settings.service.container_health_check
    command = f" ({' '.join(check.command)})" if check else ""
    shown = [said.line] if said else ["ECS: the container of a running task is UNHEALTHY"]
    advice = (
        "Run the command in the image: it has to exit with 0 after the start. The image must contain the program of "
        f"the command. If the start is slow, raise {case.name}.service.container_health_check.start_period_seconds"
    )
    text = f"The health check of the container fails{command}"
    yield cause("container-health-check", text, "certain", advice, *shown, *case.log_lines)
