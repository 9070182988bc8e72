"""Nothing inside is ever called: by its number, by a name, by a number in disguise, by a trick of writing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guanlan.collect.errors import GuardRefused
from guanlan.collect.net.guard import PORTS, Guard, Target, is_inside

INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.9.10",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:7f00:1::",
    "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a00:1",
    "localhost", "", "1.2.3", "999.1.1.1",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "114.114.114.114", "1.1.1.1", "2606:4700:4700::1111", "240e::1", "::ffff:8.8.8.8"]

ATTACKS = [
    ("http://127.0.0.1/", "inside"), ("http://[::1]/", "inside"), ("http://[::]/", "inside"),
    ("http://[::ffff:127.0.0.1]/", "inside"), ("http://[::ffff:7f00:1]/", "inside"),
    ("http://[0:0:0:0:0:ffff:a9fe:a9fe]/", "inside"), ("http://[64:ff9b::7f00:1]/", "inside"),
    ("http://169.254.169.254/latest/meta-data/", "inside"), ("http://100.100.100.200/", "inside"),
    ("http://2130706433/", "host"), ("http://0x7f000001/", "host"), ("http://0x7f.0.0.1/", "host"),
    ("http://0177.0.0.1/", "host"), ("http://017700000001/", "host"), ("http://127.1/", "host"),
    ("http://127.0.1/", "host"), ("http://0/", "host"), ("http://00000/", "host"), ("http://256.1.1.1/", "host"),
    ("http://127.0.0.1.:80/", "inside"), ("http://127.000.000.001/", "host"), ("http://1.2.3.08/", "host"),
    ("http://0x/", "host"), ("http://１２７.0.0.1/", "inside"), ("http://127。0。0。1/", "inside"),
    ("http://①②⑦.⓪.⓪.①/", "inside"), ("http://[fe80::1%25eth0]/", "host"), ("http://[fe80::1]/", "inside"),
    ("http://[::127.0.0.1]/", "inside"), ("http://[2002:7f00:1::]/", "inside"),
    ("http://user@example.org/", "userinfo"), ("http://example.org@127.0.0.1/", "userinfo"),
    ("http://127.0.0.1#@example.org/", "inside"), ("http://127.0.0.1?@example.org/", "inside"),
    ("http://example.org:80@127.0.0.1/", "userinfo"), ("http://a:b@[::1]/", "userinfo"),
    ("http://example.org\\@127.0.0.1/", "address"), ("http://127.0.0.1\\.example.org/", "address"),
    ("http:\\\\127.0.0.1/", "address"), ("http:/127.0.0.1/", "host"), ("http:127.0.0.1", "host"),
    ("http:///127.0.0.1/", "host"), ("//127.0.0.1/", "scheme"), ("127.0.0.1", "scheme"),
    ("http://exa\tmple.org/", "address"), ("http://127.0.0.1\n.example.org/", "address"),
    ("http://example.org\r\nHost: 127.0.0.1/", "address"), ("http://exa\x00mple.org/", "address"),
    ("http://127.0.0.1%2eexample.org/", "host"), ("http://%31%32%37.0.0.1/", "host"),
    ("http://127.0.0.1\u200b/", "address"), ("http://ex\u202eample.org/", "address"),
    ("file:///etc/passwd", "scheme"), ("ftp://example.org/", "scheme"), ("gopher://example.org:70/_x", "scheme"),
    ("dict://example.org:11211/", "scheme"), ("data:text/html,x", "scheme"), ("javascript:alert(1)", "scheme"),
    ("unix:///var/run/docker.sock", "scheme"), ("http+unix://%2Fvar/", "scheme"), ("ws://example.org/", "scheme"),
    ("http://example.org:22/", "port"), ("http://example.org:6379/", "port"), ("http://example.org:25/", "port"),
    ("http://example.org:0/", "port"), ("http://example.org:65536/", "port"), ("http://example.org:-80/", "port"),
    ("http://example.org:80:80/", "port"), ("http://example.org:８０/", "port"), ("http://example.org: 80/", "address"),
    ("http://[::1/", "address"), ("http://::1/", "host"), ("http://[example.org]/", "address"),
    ("http://.example.org/", "host"), ("http://example..org/", "host"), ("http://-/", "host"), ("http://*/", "host"),
    ("http:///", "host"), ("http://", "host"), ("", "scheme"), ("http://" + "a" * 300 + ".org/", "host"),
    ("http://example.org/" + "a" * 5000, "address"), ("http://exam ple.org/", "address"), ("http://'/", "host"),
    ("http://ⓛⓞⓒⓐⓛ/\ud800", "address"),
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_known_as_such(address: str) -> None:
    assert is_inside(address)


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_not_inside(address: str) -> None:
    assert not is_inside(address)


@pytest.mark.parametrize(("url", "code"), ATTACKS)
def test_an_attack_is_refused_before_anything_is_called(url: str, code: str) -> None:
    with pytest.raises(GuardRefused) as refused:
        Guard().target(url)
    assert refused.value.reason == code
    assert refused.value.permanent


def test_there_are_more_than_sixty_attacks() -> None:
    assert len({url for url, _ in ATTACKS}) > 60


@pytest.mark.parametrize(
    ("url", "again"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        (" http://example.org./a b ", "http://example.org/a%20b"),
        ("http://县报.example.org/新闻?词=停水", None),
        ("http://my_site.example.org/", "http://my_site.example.org/"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://[2606:4700:4700::1111]/", "http://[2606:4700:4700::1111]/"),
        ("http://example.org?x", "http://example.org/?x"),
    ],
)
def test_an_honest_address_is_written_in_one_form(url: str, again: str | None) -> None:
    target = Guard().target(url)
    assert target.url.isascii()
    assert Guard().target(target.url) == target
    if again is not None:
        assert target.url == again


def test_a_name_that_answers_with_one_inside_address_among_public_ones_is_refused() -> None:
    with pytest.raises(GuardRefused, match="inside"):
        Guard().judge("news.example.org", 80, ["8.8.8.8", "127.0.0.1"])
    with pytest.raises(GuardRefused, match="inside"):
        Guard().judge("news.example.org", 80, [])
    assert Guard().judge("news.example.org", 80, ["8.8.8.8"]) == ["8.8.8.8"]


def test_a_host_inside_may_be_named_with_its_port_or_for_the_usual_ones() -> None:
    guard = Guard(["oa.example.gov.cn", "127.0.0.1:9443", " "])
    assert guard.judge("OA.example.gov.cn", 443, ["10.1.2.3"]) == ["10.1.2.3"]
    assert guard.target("http://127.0.0.1:9443/x").port == 9443
    with pytest.raises(GuardRefused, match="inside"):
        guard.target("http://127.0.0.1/x")
    with pytest.raises(GuardRefused, match="port"):
        guard.target("http://oa.example.gov.cn:22/")
    with pytest.raises(GuardRefused, match="inside"):
        guard.judge("evil-oa.example.gov.cn", 443, ["10.1.2.3"])


def test_a_site_is_its_host_with_an_unusual_port() -> None:
    assert Target("http", "example.org", 80, "/").site == "example.org"
    assert Target("https", "example.org", 8443, "/").site == "example.org:8443"
    assert Target("https", "2606:4700::1", 443, "/").url == "https://[2606:4700::1]/"


@given(st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_written_is_either_refused_or_in_one_form(host: str, rest: str) -> None:
    try:
        target = Guard().target(f"http://{host}/{rest}")
    except GuardRefused:
        return
    assert target.port in PORTS
    assert target.url.isascii()
    assert Guard().target(target.url) == target
