"""The load balancer, its listeners and its targets."""

from tests.support.synthesized import ZONE_ID, Stack, System

BALANCER = "${aws_security_group.load_balancer_access.id}"


def test_the_load_balancer_is_in_the_public_subnets(main: Stack) -> None:
    """It drops invalid headers and writes access logs."""
    assert main.resource("aws_lb") == {
        "name": "example-app-dev",
        "load_balancer_type": "application",
        "internal": False,
        "subnets": ["${aws_subnet.network_zone_0_public.id}", "${aws_subnet.network_zone_1_public.id}"],
        "security_groups": [BALANCER],
        "drop_invalid_header_fields": True,
        "enable_deletion_protection": False,
        "access_logs": {"bucket": "${aws_s3_bucket.access_logs.id}", "enabled": True},
        "depends_on": ["aws_route.network_to_internet", "aws_s3_bucket_policy.access_logs_tls_only"],
    }


def test_a_protected_balancer_refuses_to_be_deleted(prod: System) -> None:
    assert prod["prod-main"].resource("aws_lb")["enable_deletion_protection"]


def test_access_logs_can_be_left_out(prod: System) -> None:
    assert "access_logs" not in prod["prod-main"].resource("aws_lb")


def test_https_forwards_to_the_targets_with_tls_1_3(main: Stack) -> None:
    """The listener waits for the validation of the certificate."""
    assert main.resources("aws_lb_listener")["load_balancer_https"] == {
        "load_balancer_arn": "${aws_lb.load_balancer.arn}",
        "port": 443,
        "protocol": "HTTPS",
        "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        "certificate_arn": "${aws_acm_certificate_validation.certificate_validation.certificate_arn}",
        "default_action": [{"type": "forward", "target_group_arn": "${aws_lb_target_group.load_balancer_targets.arn}"}],
    }


def test_http_is_redirected_to_https(main: Stack) -> None:
    assert main.resources("aws_lb_listener")["load_balancer_http"] == {
        "load_balancer_arn": "${aws_lb.load_balancer.arn}",
        "port": 80,
        "protocol": "HTTP",
        "default_action": [
            {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
        ],
    }


def test_targets_are_ip_addresses_that_are_left_after_60_seconds(main: Stack) -> None:
    assert main.resource("aws_lb_target_group") == {
        "name_prefix": "app-",
        "vpc_id": "${aws_vpc.network.id}",
        "target_type": "ip",
        "protocol": "HTTP",
        "port": 3000,
        "deregistration_delay": "60",
        "health_check": {"path": "/", "interval": 10, "timeout": 5, "unhealthy_threshold": 10},
        "lifecycle": {"create_before_destroy": True},
    }


def test_port_path_and_threshold_are_settings(prod: System) -> None:
    targets = prod["prod-main"].resource("aws_lb_target_group")

    assert (targets["port"], targets["health_check"]) == (
        8080,
        {"path": "/health", "interval": 15, "timeout": 10, "unhealthy_threshold": 3},
    )


def test_the_domain_is_its_alias(main: Stack) -> None:
    assert main.resources("aws_route53_record")["load_balancer_alias"] == {
        "zone_id": ZONE_ID,
        "name": "example-app.dev-environment.com",
        "type": "A",
        "alias": {
            "name": "${aws_lb.load_balancer.dns_name}",
            "zone_id": "${aws_lb.load_balancer.zone_id}",
            "evaluate_target_health": False,
        },
    }


def test_anybody_reaches_ports_443_and_80(main: Stack) -> None:
    rules = main.resources("aws_vpc_security_group_ingress_rule")

    assert {name: rule for name, rule in rules.items() if rule["security_group_id"] == BALANCER} == {
        f"load_balancer_access_{name}": {
            "security_group_id": BALANCER,
            "cidr_ipv4": "0.0.0.0/0",
            "ip_protocol": "tcp",
            "from_port": port,
            "to_port": port,
        }
        for name, port in (("https", 443), ("http", 80))
    }


def test_it_reaches_nothing_but_the_service_on_its_port(main: Stack) -> None:
    rules = main.resources("aws_vpc_security_group_egress_rule").values()

    assert [rule for rule in rules if rule["security_group_id"] == BALANCER] == [
        {
            "security_group_id": BALANCER,
            "referenced_security_group_id": "${aws_security_group.service_access.id}",
            "ip_protocol": "tcp",
            "from_port": 3000,
            "to_port": 3000,
        }
    ]
