"""The system of the article in AWS CDK for Python, for several environments: `app.py ENVIRONMENTS`."""

import sys

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_codepipeline_actions as actions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as patterns
from aws_cdk import aws_rds as rds
from aws_cdk import aws_route53 as route53

COMMAND = 'echo "[{\\"name\\":\\"$CONTAINER_NAME\\",\\"imageUri\\":\\"$REPOSITORY_URI\\"}]" > imagedefinitions.json'


def declare(app: cdk.App, name: str) -> None:
    """Declare the stacks of one environment."""
    repository = ecr.Repository(cdk.Stack(app, f"{name}-registry"), "Repository")
    stack = cdk.Stack(app, f"{name}-main")

    vpc = ec2.Vpc(stack, "VPC", max_azs=2, nat_gateways=1)
    database = rds.DatabaseInstance(
        stack,
        "Database",
        engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17),
        instance_type=ec2.InstanceType("t4g.micro"),
        vpc=vpc,
        database_name="app",
        storage_encrypted=True,
    )
    zone = route53.PublicHostedZone(stack, "HostedZone", zone_name=f"{name}.example.com")
    service = patterns.ApplicationLoadBalancedFargateService(
        stack,
        "FargateService",
        cluster=ecs.Cluster(stack, "Cluster", vpc=vpc),
        domain_name=zone.zone_name,
        domain_zone=zone,
        certificate=acm.Certificate(
            stack,
            "Certificate",
            domain_name=zone.zone_name,
            validation=acm.CertificateValidation.from_dns(zone),
        ),
        memory_limit_mib=1024,
        task_image_options=patterns.ApplicationLoadBalancedTaskImageOptions(
            container_name="app",
            image=ecs.ContainerImage.from_ecr_repository(repository),
            environment={"DB_HOST": database.db_instance_endpoint_address, "DB_NAME": "app"},
            secrets={"DB_PASSWORD": ecs.Secret.from_secrets_manager(database.secret, "password")},
            container_port=3000,
        ),
        health_check_grace_period=cdk.Duration.seconds(60),
    )
    service.target_group.configure_health_check(unhealthy_threshold_count=10)
    database.connections.allow_default_port_from(service.service)

    project = codebuild.PipelineProject(
        stack,
        "PipelineProject",
        build_spec=codebuild.BuildSpec.from_object(
            {
                "version": 0.2,
                "phases": {"build": {"commands": [COMMAND]}},
                "artifacts": {"files": ["imagedefinitions.json"]},
            }
        ),
        environment_variables={
            "CONTAINER_NAME": codebuild.BuildEnvironmentVariable(value="app"),
            "REPOSITORY_URI": codebuild.BuildEnvironmentVariable(value=repository.repository_uri),
        },
    )
    pushed, transformed = codepipeline.Artifact(), codepipeline.Artifact()
    build = actions.CodeBuildAction(action_name="Build", input=pushed, outputs=[transformed], project=project)
    source = actions.EcrSourceAction(action_name="Push", repository=repository, output=pushed)
    deploy = actions.EcsDeployAction(action_name="Deploy", input=transformed, service=service.service)
    codepipeline.Pipeline(
        stack,
        "Pipeline",
        stages=[
            codepipeline.StageProps(stage_name=stage, actions=[action])
            for stage, action in (("Source", source), ("Build", build), ("Deploy", deploy))
        ],
    )


app = cdk.App()
for number in range(int(sys.argv[1])):
    declare(app, f"e{number}")
app.synth()
