"""Errors of ECR's API. moto reads the service of an error from the folder with the error's class, here `ecr`."""

from moto.core.exceptions import ServiceException


class EcrError(ServiceException):
    """An error of ECR's API whose code has no class in moto.

    https://docs.aws.amazon.com/AmazonECR/latest/APIReference/CommonErrors.html
    """
