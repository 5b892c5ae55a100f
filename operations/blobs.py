"""The bytes of blobs, on their way from one repository to another."""

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
    """Yield what an address gives, in chunks, and verify it at the end.

    Args:
        url: The address, with all that is needed to read it.
        digest: The SHA-256 of all bytes, as `sha256:<hex>`.
        what: What messages call the download.

    Raises:
        OutsideError: The connection ends early, or the bytes have another digest.
        HTTPClientError: There is no connection.
    """
    trusted = botocore.session.get_session().get_config_variable("ca_bundle") or True
    http = URLLib3Session(proxies=get_environ_proxies(url), verify=trusted)
    answer = http.send(AWSRequest("GET", url, stream_output=True).prepare())
    if answer.status_code != 200:
        raise OutsideError(f"{what} was answered with HTTP status {answer.status_code}; run this again")
    hashed = hashlib.sha256()
    try:
        for chunk in answer.raw.stream(CHUNK_BYTES, decode_content=False):
            hashed.update(chunk)
            yield chunk
    except HTTPError as error:
        raise OutsideError(f"{what} ended early ({error}); run this again, it copies only what is missing") from None
    if (seen := f"sha256:{hashed.hexdigest()}") != digest:
        raise OutsideError(f"{what} gave other bytes, or not all of them: their digest is {seen}; run this again")


def parts(chunks: Iterable[bytes], size_bytes: int) -> Iterator[bytes]:
    """Yield what comes in chunks of any size in parts of one size. The last part may be smaller."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= size_bytes:
            yield bytes(held[:size_bytes])
            del held[:size_bytes]
    if held:
        yield bytes(held)
