# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS: what a real TLS client gets from the load balancer, and which certificates a listener may have."""

from __future__ import annotations

import http.client
import socket
import ssl

import pytest
from botocore.exceptions import ClientError

from local_region.services.moto_gaps import elbv2 as gaps
from tests.conftest import open_api
from tests.region.balancing import PATIENCE, ask, eventually, running_balancers
from tests.region.certificates import Authority
from tests.region.web_server import WebServer

REGION = "eu-west-1"
HOST, OTHER = "shop.example.com", "blog.example.com"
HELLO = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "hello"}}


@pytest.fixture(scope="module")
def balancers(tmp_path_factory):
    with running_balancers(tmp_path_factory.mktemp("lb")) as balancers:
        gaps.balance(balancers, lambda instance_id: "127.0.0.1")
        yield balancers
        gaps.balance(None)


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def api(balancers):
    with open_api() as opened:
        yield opened


@pytest.fixture(scope="module")
def acm(api):
    return api.client("acm", region_name=REGION)


@pytest.fixture
def elb(api):
    elb = api.client("elbv2", region_name=REGION)
    yield elb
    for balancer in elb.describe_load_balancers()["LoadBalancers"]:
        elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])


@pytest.fixture(scope="module")
def vpc(api):
    ec2 = api.client("ec2", region_name=REGION)
    made = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=made, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for number, zone in enumerate("ab")
    ]
    return made, [one["SubnetId"] for one in subnets]


@pytest.fixture
def balancer(elb, vpc):
    return elb.create_load_balancer(Name="web", Subnets=vpc[1])["LoadBalancers"][0]


@pytest.fixture
def listen(elb, balancer):
    """Makes an HTTPS listener on port 8443; its ARN."""

    def make(certificate: str, *actions: dict, **options) -> str:
        answer = elb.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            **{"Protocol": "HTTPS", "Port": 8443, "DefaultActions": list(actions) or [HELLO], **options},
            Certificates=[{"CertificateArn": certificate}],
        )
        return answer["Listeners"][0]["ListenerArn"]

    return make


@pytest.fixture
def imported(acm, authority):
    """Imports a certificate of the authority; its ARN."""
    return lambda *hosts: acm.import_certificate(**authority.certificate(*hosts or (HOST,)))["CertificateArn"]


class Client:
    """A TLS client that trusts the authority and nobody else."""

    def __init__(self, address: str, authority: Authority, **options):
        self._address = address
        self._context = ssl.create_default_context(cadata=authority.root)
        for name, value in options.items():
            setattr(self._context, name, value)

    def connect(self, host: str = HOST) -> ssl.SSLSocket:
        raw = socket.create_connection((self._address, 8443), timeout=PATIENCE)
        return self._context.wrap_socket(raw, server_hostname=host)

    def names(self, host: str = HOST) -> list[str]:
        """The host names of the certificate that a client of `host` is shown, once it has verified it."""
        with self.connect(host) as connection:
            return [name for _, name in connection.getpeercert()["subjectAltName"]]

    def ask(self, path: str = "/") -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(HOST, timeout=PATIENCE)
        connection.sock = self.connect()
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            connection.close()


@pytest.fixture
def client(balancer, authority):
    return Client(balancer["DNSName"], authority)


def test_a_client_that_trusts_the_authority_is_answered_over_tls(client, listen, imported):
    listen(imported())

    answer = client.ask()

    assert (answer.status, answer.text) == (200, "hello")
    assert client.names() == [HOST]


def test_targets_hear_that_the_client_spoke_https(elb, api, vpc, client, listen, imported):
    web = WebServer("1.0")
    ec2 = api.client("ec2", region_name=REGION)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=vpc[1][0])["Instances"][0]
    group = elb.create_target_group(
        Name="web",
        Protocol="HTTP",
        Port=web.port,
        VpcId=vpc[0],
        HealthCheckPath="/health",
        HealthCheckIntervalSeconds=5,
    )["TargetGroups"][0]["TargetGroupArn"]
    listen(imported(), {"Type": "forward", "TargetGroupArn": group})
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": instance["InstanceId"]}])
    eventually(lambda: client.ask().status == 200, "the target gets requests")

    heard = client.ask("/hello").text

    assert {"x-forwarded-proto: https", "x-forwarded-port: 8443"} <= set(heard.splitlines())
    web.stop()


def test_http_is_redirected_to_https(elb, balancer, client, listen, imported):
    listen(imported())
    redirect = {"Protocol": "HTTPS", "Port": "8443", "StatusCode": "HTTP_301"}
    elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Protocol="HTTP",
        Port=8080,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}],
    )

    answer = ask(balancer["DNSName"], "/cart?item=7", headers={"Host": f"{HOST}:8080"})

    assert answer.status == 301
    assert answer.headers["Location"] == f"https://{HOST}:8443/cart?item=7"


@pytest.mark.parametrize(
    ("policy", "highest", "outcome"),
    [
        ("ELBSecurityPolicy-TLS13-1-2-2021-06", ssl.TLSVersion.TLSv1_3, "TLSv1.3"),
        ("ELBSecurityPolicy-TLS13-1-2-2021-06", ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
        ("ELBSecurityPolicy-FS-1-2-Res-2020-10", ssl.TLSVersion.TLSv1_3, "TLSv1.2"),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", ssl.TLSVersion.TLSv1_2, None),
    ],
)
def test_the_security_policy_says_which_versions_are_spoken(
    listen, imported, balancer, authority, policy, highest, outcome
):
    listen(imported(), SslPolicy=policy)
    client = Client(balancer["DNSName"], authority, maximum_version=highest)

    if outcome is None:
        with pytest.raises(ssl.SSLError, match="(?i)protocol.version"):
            client.connect()
    else:
        with client.connect() as connection:
            assert connection.version() == outcome


def test_a_client_is_shown_the_certificate_of_the_host_it_names(elb, client, listen, imported):
    listener = listen(imported(HOST))
    other = imported(OTHER)
    elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": other}])

    assert (client.names(HOST), client.names(OTHER)) == ([HOST], [OTHER])
    shown = elb.describe_listener_certificates(ListenerArn=listener)["Certificates"]
    assert [one["IsDefault"] for one in shown] == [True, False]
    assert len(elb.describe_listeners(ListenerArns=[listener])["Listeners"][0]["Certificates"]) == 1
    elb.remove_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": other}])
    eventually(lambda: _is_refused(client, OTHER), "the default certificate is shown again")


def _is_refused(client: Client, host: str) -> bool:
    try:
        client.names(host)
    except ssl.SSLCertVerificationError:
        return True
    return False


def test_a_renewed_certificate_is_served_without_a_change_of_the_listener(acm, authority, client, listen, imported):
    arn = imported(HOST)
    listen(arn)
    acm.import_certificate(CertificateArn=arn, **authority.certificate(HOST, OTHER))
    eventually(lambda: client.names() == [HOST, OTHER], "the new certificate is shown")


def test_private_keys_are_files_of_their_owner_and_go_with_the_listener(elb, balancers, listen, imported):
    listener = listen(imported())
    directory = balancers.socket(listener).parent.parent / "certificates"
    assert directory.stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o077 == 0 for path in directory.iterdir())
    elb.modify_listener(ListenerArn=listener, Protocol="HTTP")
    eventually(lambda: not list(directory.iterdir()), "no key is left")


def test_a_listener_becomes_http_and_https_again(elb, balancer, client, listen, imported):
    arn = imported()
    listener = listen(arn)
    elb.modify_listener(ListenerArn=listener, Protocol="HTTP")
    assert ask(balancer["DNSName"], port=8443).status == 200
    shown = elb.describe_listeners(ListenerArns=[listener])["Listeners"][0]
    assert not {"SslPolicy", "Certificates"} & shown.keys()
    with pytest.raises(ClientError, match="A certificate must be specified for HTTPS listeners"):
        elb.modify_listener(ListenerArn=listener, Protocol="HTTPS")
    elb.modify_listener(
        ListenerArn=listener,
        Protocol="HTTPS",
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": arn}],
    )
    assert client.ask().status == 200


def test_http_2_is_offered_unless_it_is_switched_off(elb, balancer, listen, imported, authority):
    listen(imported())
    client = Client(balancer["DNSName"], authority)
    client._context.set_alpn_protocols(["h2", "http/1.1"])
    with client.connect() as connection:
        assert connection.selected_alpn_protocol() == "h2"
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=balancer["LoadBalancerArn"], Attributes=[{"Key": "routing.http2.enabled", "Value": "false"}]
    )

    def chosen() -> str | None:
        with client.connect() as connection:
            return connection.selected_alpn_protocol()

    eventually(lambda: chosen() == "http/1.1", "HTTP/2 is not offered any more")


def test_a_requested_certificate_is_refused_as_it_has_no_key(acm, listen):
    arn = acm.request_certificate(DomainName=HOST, ValidationMethod="DNS")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "PENDING_VALIDATION"
    with pytest.raises(ClientError, match=f"{arn} was requested: in the local region nobody issues") as caught:
        listen(arn)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_certificates_that_are_not_there_or_do_not_fit_are_refused(acm, authority, listen, imported, elb):
    with pytest.raises(ClientError, match="CertificateNotFound"):
        listen(f"arn:aws:acm:{REGION}:123456789012:certificate/00000000-0000-0000-0000-000000000000")
    with pytest.raises(ClientError, match="SSLPolicyNotFound"):
        listen(imported(), SslPolicy="ELBSecurityPolicy-of-tomorrow")
    with pytest.raises(ClientError, match="Certificates and SslPolicy are for listeners with the protocol HTTPS"):
        listen(imported(), Protocol="HTTP")
    mixed = authority.certificate(HOST) | {"PrivateKey": authority.certificate(HOST)["PrivateKey"]}
    with pytest.raises(ClientError, match="The private key does not match the certificate"):
        acm.import_certificate(**mixed)
    listener = listen(imported())
    default = elb.describe_listeners(ListenerArns=[listener])["Listeners"][0]["Certificates"]
    with pytest.raises(ClientError, match="Default certificate cannot be removed"):
        elb.remove_listener_certificates(ListenerArn=listener, Certificates=default)


def test_a_certificate_in_use_stays_and_says_who_uses_it(acm, elb, balancer, listen, imported):
    arn = imported()
    listen(arn)
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == [balancer["LoadBalancerArn"]]
    with pytest.raises(ClientError, match="ResourceInUseException"):
        acm.delete_certificate(CertificateArn=arn)
    elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    acm.delete_certificate(CertificateArn=arn)
