"""Errors of ECR's API. moto derives the service of an error from the folder of its class."""

from moto.core.exceptions import ServiceException


class EcrError(ServiceException):
    """An error of ECR's API whose code has no class in moto.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html
    """
