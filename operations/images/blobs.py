"""The bytes of blobs: verified downloads, and parts for uploads."""

import hashlib
from collections.abc import Iterable, Iterator

import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from tools.outside import OutsideError

CHUNK_BYTES = 1024 * 1024


def fetch(url: str, digest: str, what: str) -> Iterator[bytes]:
    """Yield a download in chunks, and verify its digest at the end.

    Args:
        url: The address. It contains credentials.
        digest: The SHA-256 of all bytes, as `sha256:<hex>`.
        what: The name of the download in error messages.

    Raises:
        OutsideError: The server refuses the request, the connection ends early, or the bytes do not have the digest.
        HTTPClientError: The server cannot be reached.
    """
    trusted = botocore.session.get_session().get_config_variable("ca_bundle") or True
    http = URLLib3Session(proxies=get_environ_proxies(url), verify=trusted)
    answer = http.send(AWSRequest("GET", url, stream_output=True).prepare())
    if answer.status_code != 200:
        raise OutsideError(f"{what}: got HTTP status {answer.status_code}, expected 200; run the command again")
    hashed = hashlib.sha256()
    try:
        for chunk in answer.raw.stream(CHUNK_BYTES, decode_content=False):
            hashed.update(chunk)
            yield chunk
    except HTTPError as error:
        raise OutsideError(
            f"{what}: the download ended early ({error}); run the command again; it copies only the missing blobs"
        ) from None
    if (actual := f"sha256:{hashed.hexdigest()}") != digest:
        raise OutsideError(f"{what}: must have the digest {digest}, got {actual}; run the command again")


def parts(chunks: Iterable[bytes], size_bytes: int) -> Iterator[bytes]:
    """Yield the bytes of all chunks in parts of one size. The last part may be smaller."""
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        while len(buffer) >= size_bytes:
            yield bytes(buffer[:size_bytes])
            del buffer[:size_bytes]
    if buffer:
        yield bytes(buffer)
