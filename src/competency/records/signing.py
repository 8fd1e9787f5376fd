"""Keys (ed25519) and signed envelopes (DSSE). The only module that knows how a signature is made.

https://github.com/secure-systems-lab/dsse
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer._crypto_signer import CryptoSigner
from securesystemslib.signer._key import SSlibKey


def new_key() -> tuple[bytes, bytes]:
    """A new pair of keys: the private one, which signs, and the public one, which verifies, both as PEM."""
    signer = CryptoSigner.generate_ed25519()
    private = load_pem_private_key(signer.private_bytes, None)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return signer.private_bytes, public


def key_id(public: bytes) -> str:
    """The identity of a public key. ValueError for what is no public ed25519 key in PEM."""
    return _public(public).keyid


def seal(payload: bytes, payload_type: str, private: bytes | None) -> str:
    """An envelope around a payload, signed where there is a key, as JSON text. ValueError for a key of another kind."""
    envelope = Envelope(payload, payload_type, {})
    if private is not None:
        try:
            envelope.sign(CryptoSigner(load_pem_private_key(private, None)))
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ValueError("the key is no private ed25519 key in PEM without a password") from error
    return json.dumps(envelope.to_dict(), sort_keys=True, indent=1) + "\n"


def open_envelope(text: str, payload_type: str) -> Envelope:
    """The envelope in a text. ValueError, with the reason, for any text that `seal` would not have written."""
    try:
        value = json.loads(text)
        if not isinstance(value, dict) or value.get("payloadType") != payload_type:
            raise ValueError("it is no bundle of a policy book")
        for signature in value["signatures"]:
            if base64.b64encode(base64.b64decode(signature["sig"], validate=True)).decode() != signature["sig"]:
                raise ValueError("a signature is not written as Base64 is")
        envelope = Envelope.from_dict(value)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        raise ValueError(f"it cannot be read: {error}") from error
    if json.dumps(envelope.to_dict(), sort_keys=True, indent=1) + "\n" != text:
        raise ValueError("it was changed after it was written")
    return envelope


def signed_by(envelope: Envelope, trusted: Mapping[str, bytes]) -> str | None:
    """The identity of the trusted key (public keys in PEM, by identity) by which an envelope is signed; else none."""
    keys: list[Any] = [_public(public) for public in trusted.values()]
    if not keys:
        return None
    try:
        return next(iter(envelope.verify(keys, 1)))
    except VerificationError:
        return None


def _public(public: bytes) -> SSlibKey:
    try:
        key = load_pem_public_key(public)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError("it is no public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("it is a key of another kind than ed25519")
    return SSlibKey.from_crypto(key)
