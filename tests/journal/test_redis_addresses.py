"""Whatever REDIS_URL may be: with a password, through a socket, over TLS, in another database."""

import datetime
import ipaddress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chat.journal import JournalError
from chat.journal.redis import RedisJournal
from tests.journal.words import said, text_of
from tests.ports import free_port
from tests.servers import RedisServer


def certificate(directory: Path) -> Path:
    """One that vouches for itself, with its key in the same file."""
    key, day = ec.generate_private_key(ec.SECP256R1()), datetime.timedelta(days=1)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = builder.add_extension(here, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = directory / "certificate.pem"
    path.write_bytes(pem + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return path


# It may touch what is ours, and nothing else.
USER = ("rivulet", "on", ">pass/word", "~rivulet:*", "&rivulet:*", "+@all")


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    directory = tmp_path_factory.mktemp("redis")
    proof = str(certificate(directory))
    options = {"tls_port": str(free_port()), "tls_cert_file": proof, "tls_key_file": proof}
    options |= {"tls_ca_cert_file": proof, "tls_auth_clients": "no", "unixsocket": str(directory / "socket")}
    with RedisServer(directory, **options) as redis:
        with redis.client() as client:
            client.execute_command("ACL", "SETUSER", *USER)
        yield redis


ADDRESSES = {
    "a password": "redis://rivulet:pass%2Fword@127.0.0.1:{port}/0",
    "another database": "redis://127.0.0.1:{port}/3",
    "a socket": "unix://{unixsocket}?db=2",
    "TLS": "rediss://127.0.0.1:{tls_port}/0?ssl_ca_certs={tls_ca_cert_file}",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
async def test_a_journal_is_written_and_followed_there(redis, topic, address):
    url = address.format(port=redis.port, **redis.options)
    here, there = RedisJournal(url), RedisJournal(url)
    following = here.follow(topic, await here.position(topic))
    for word in ("near", "far"):
        await there.append(topic, [said(word)])
        assert text_of(await anext(following)) == word
    await following.aclose()


@pytest.mark.parametrize(
    "address", ["rediss://127.0.0.1:{tls_port}/0", "redis://rivulet:sesame@127.0.0.1:{port}/0"]
)
async def test_whoever_cannot_be_trusted_gets_no_word(redis, topic, address):
    """A server without a certificate that we know, and ourselves without the password; which no message has."""
    with pytest.raises(JournalError) as refused:
        await RedisJournal(address.format(port=redis.port, **redis.options)).position(topic)
    assert "sesame" not in str(refused.value)
