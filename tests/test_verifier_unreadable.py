"""Documents that are no certificate at all: refused in one line that says where and why."""

from __future__ import annotations

import copy
import gzip
import json

import pytest

from qkdopt import verifier
from qkdopt.errors import InputError
from qkdopt.verifier import reading

PROBLEM = {
    "format": "qkdopt-problem",
    "version": 1,
    "interval_s": "10",
    "switch_s": "10",
    "targets": ["Urumqi", "Lhasa"],
    "weights": [3, 1],
    "links": [{"name": "Urumqi", "target": 0}, {"name": "Lhasa", "target": 1}],
    "interval": [51, 52],
    "K": [[5, 4], [0, 6]],
}
CERTIFICATE = {
    "format": "qkdopt-certificate",
    "version": 1,
    "problem": PROBLEM,
    "problem_sha256": "0" * 64,
    "strategy": {"name": "gd"},
    "schedule": [0, 0],
    "value": 9,
    "bound": 9,
    "proof": {"kind": "path"},
    "made_by": {},
}
MISSING = object()


def changed(path, value):
    """Return the certificate with the member at ``path`` (dots) replaced, or taken out."""
    document = copy.deepcopy(CERTIFICATE)
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    inner = document
    for key in parents:
        inner = inner[key]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return document


NONE_SUCH = "expected no members but"
WHOLE = "expected a whole number >= 0 and below 10^100"
DECIMAL = 'expected seconds as a plain decimal string like "10"'
UNREADABLE = [
    ("format", "qkdopt-problem", "certificate.format: got 'qkdopt-problem', expected \"qkdopt-"),
    ("format", MISSING, "certificate.format: got nothing, expected"),
    ("format", ["qkdopt-certificate"], "certificate.format: got a list of 1, expected"),
    ("version", 2, "certificate: got schedule, expected no members but format, version"),
    ("version", 3, "certificate.version: got 3, expected 1 or 2"),
    ("version", True, "certificate.version: got true, expected 1"),
    ("version", "1", "certificate.version: got '1', expected 1"),
    ("version", MISSING, "certificate.version: got nothing, expected 1"),
    ("note", 1, f"certificate: got note, {NONE_SUCH} format, version, problem"),
    ("schedule", MISSING, "certificate.schedule: got nothing, expected this member"),
    ("schedule", "00", "certificate.schedule: got '00', expected a list"),
    ("schedule", {"0": 0}, "certificate.schedule: got an object, expected a list"),
    ("schedule.1", None, "certificate.schedule[1]: got null, expected a link index, or -1"),
    ("schedule.1", False, "certificate.schedule[1]: got false, expected a link index, or -1"),
    ("schedule.1", 10**300, "certificate.schedule[1]: got an integer of 997 bits, expected"),
    ("value", "9", "certificate.value: got '9', expected a whole number"),
    ("value", 9.0, "certificate.value: got 9.0, expected a whole number"),
    ("bound", None, "certificate.bound: got null, expected a whole number"),
    ("bound", 10**5000, "certificate.bound: got an integer of 16,610 bits, expected"),
    ("bound", float("nan"), "certificate.bound: got nan, expected a whole number"),
    ("bound", float("inf"), "certificate.bound: got inf, expected a whole number"),
    ("made_by", "me", "certificate.made_by: got me, expected a JSON object"),
    ("made_by", MISSING, "certificate.made_by: got nothing, expected this member"),
    ("strategy", "gd", "certificate.strategy: got gd, expected an object with a"),
    ("strategy", {}, "certificate.strategy: got an object, expected an object with a"),
    ("strategy.name", "best", "certificate.strategy.name: got best, expected one of gd, pd, td"),
    ("strategy.name", ["gd"], "certificate.strategy.name: got a list of 1, expected a string"),
    ("strategy.kl_max", "0.1", f"certificate.strategy: got kl_max, {NONE_SUCH} name"),
    ("proof", [], "certificate.proof: got a list of 0, expected a JSON object"),
    ("proof.kind", "tree", 'certificate.proof.kind: got tree, expected "path"'),
    ("proof.kind", ["path"], 'certificate.proof.kind: got a list of 1, expected "path"'),
    ("proof.a", ["1/2"], f"certificate.proof: got a, {NONE_SUCH} kind"),
    ("problem_sha256", "0" * 63, "certificate.problem_sha256: got '000"),
    ("problem_sha256", "A" * 64, "certificate.problem_sha256: got AAAA"),
    ("problem_sha256", "0" * 64 + "\n", "certificate.problem_sha256: got '000"),
    ("problem", None, "certificate.problem: got null, expected a JSON object"),
    ("problem.format", "other", "certificate.problem.format: got other, expected"),
    ("problem.version", 2, "certificate.problem.version: got 2, expected 1"),
    ("problem.comment", "x", f"certificate.problem: got comment, {NONE_SUCH} format"),
    ("problem.K", MISSING, "certificate.problem.K: got nothing, expected this member"),
    ("problem.K", [[5, 4]], "certificate.problem.K: got a list of 1, expected a list of 2 rows"),
    ("problem.K.1", [1], "certificate.problem.K[1]: got a list of 1, expected a list of 2"),
    ("problem.K.1", "06", "certificate.problem.K[1]: got '06', expected a list"),
    ("problem.K.1.0", -1, f"certificate.problem.K[1][0]: got -1, {WHOLE}"),
    ("problem.K.1.0", 0.5, f"certificate.problem.K[1][0]: got 0.5, {WHOLE}"),
    ("problem.K.1.0", True, f"certificate.problem.K[1][0]: got true, {WHOLE}"),
    ("problem.K.1.0", 10**100, "certificate.problem.K[1][0]: got an integer of 333 bits, expe"),
    ("problem.interval", 51, "certificate.problem.interval: got 51, expected a list"),
    ("problem.interval.0", -1, f"certificate.problem.interval[0]: got -1, {WHOLE}"),
    ("problem.interval.1", 51, "certificate.problem.interval[1]: got 51, expected strictly"),
    ("problem.interval.1", 50, "certificate.problem.interval[1]: got 50, expected strictly"),
    ("problem.links", {}, "certificate.problem.links: got an object, expected a list of links"),
    ("problem.links.0", "Urumqi", "certificate.problem.links[0]: got Urumqi, expected a JSON"),
    ("problem.links.0.name", "", "certificate.problem.links[0].name: got '', expected a string"),
    ("problem.links.0.target", 2, "certificate.problem.links[0].target: got 2, expected a target"),
    ("problem.links.0.target", -1, "certificate.problem.links[0].target: got -1, expected a targ"),
    ("problem.links.0.target", MISSING, "certificate.problem.links[0].target: got nothing, expec"),
    ("problem.links.0.satellite", 1, f"certificate.problem.links[0]: got satellite, {NONE_SUCH}"),
    ("problem.targets", "ab", "certificate.problem.targets: got ab, expected a list of names"),
    ("problem.targets.1", 7, "certificate.problem.targets[1]: got 7, expected a string"),
    ("problem.targets.1", "\ud800", "certificate.problem.targets[1]: got '\\ud800', expected a s"),
    ("problem.targets.1", "Urumqi", "certificate.problem.targets[1]: got Urumqi, expected each t"),
    ("problem.weights", [3], "certificate.problem.weights: got a list of 1, expected a list of 2"),
    ("problem.weights", None, "certificate.problem.weights: got null, expected a list"),
    ("problem.weights", [0, 0], "certificate.problem.weights: got nothing but zeros, expected at"),
    ("problem.weights.0", -3, f"certificate.problem.weights[0]: got -3, {WHOLE}"),
    ("problem.interval_s", 10, f"certificate.problem.interval_s: got 10, {DECIMAL}"),
    ("problem.interval_s", "0", "certificate.problem.interval_s: got '0', expected a positive"),
    ("problem.switch_s", "10.0", f"certificate.problem.switch_s: got '10.0', {DECIMAL}"),
    ("problem.switch_s", "10.", f"certificate.problem.switch_s: got '10.', {DECIMAL}"),
    ("problem.switch_s", ".5", f"certificate.problem.switch_s: got '.5', {DECIMAL}"),
    ("problem.switch_s", "1e1", f"certificate.problem.switch_s: got '1e1', {DECIMAL}"),
    ("problem.switch_s", "+10", f"certificate.problem.switch_s: got '+10', {DECIMAL}"),
    ("problem.switch_s", "-10", f"certificate.problem.switch_s: got '-10', {DECIMAL}"),
    ("problem.switch_s", "010", f"certificate.problem.switch_s: got '010', {DECIMAL}"),
    ("problem.switch_s", "10\n", f"certificate.problem.switch_s: got '10\\n', {DECIMAL}"),
    ("problem.switch_s", "1/2", f"certificate.problem.switch_s: got '1/2', {DECIMAL}"),
    ("problem.switch_s", "١٠", f"certificate.problem.switch_s: got '١٠', {DECIMAL}"),
    ("problem.switch_s", "1" * 41, "certificate.problem.switch_s: got '1111"),
    ("problem.options", {}, "certificate.problem.options: got an object, expected no such member"),
    ("problem.stock", None, "certificate.problem.stock: got null, expected a list"),
]


@pytest.mark.parametrize(
    ("path", "value", "message"), UNREADABLE, ids=[message for _, _, message in UNREADABLE]
)
def test_malformed_member_is_refused_by_its_json_path(path, value, message):
    with pytest.raises(InputError) as refusal:
        verifier.verify(changed(path, value))
    assert str(refusal.value).startswith(message)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("document", [None, [], "x", 3, 1.5, [CERTIFICATE], (), b"{}"])
def test_what_is_no_object_is_refused(document):
    with pytest.raises(InputError, match=r"^certificate: got .*, expected a JSON object$"):
        verifier.verify(document)


def test_pd_needs_weights():
    document = changed("problem.weights", MISSING)
    document["strategy"] = {"name": "pd"}
    message = r"^certificate\.problem\.weights: got nothing, expected the weights that strategy pd"
    with pytest.raises(InputError, match=message):
        verifier.verify(document)


def test_the_problem_given_is_read_as_strictly():
    with pytest.raises(InputError, match=r"^problem\.format: got 'qkdopt-certificate', expected"):
        verifier.verify(CERTIFICATE, CERTIFICATE)
    with pytest.raises(InputError, match=r"^problem\.K\[1\]\[0\]: got -1, expected"):
        verifier.verify(CERTIFICATE, {**PROBLEM, "K": [[5, 4], [-1, 6]]})


# ------------------------------------------------------------------------- files


def written(folder, text, name="c.json"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", ["c.json", "c.json.gz", "unusual.name"])
@pytest.mark.parametrize("packed", [False, True])
def test_read_returns_what_was_written(tmp_path, name, packed):
    data = json.dumps(CERTIFICATE, indent=1).encode()
    path = written(tmp_path, gzip.compress(data) if packed else data, name)
    assert verifier.read(path) == verifier.read(str(path)) == CERTIFICATE


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "got text that is not JSON"),
        ("{", "got text that is not JSON"),
        ("{} {}", "got text that is not JSON"),
        ("[1]", "got a list of 1, expected a JSON object"),
        ("null", "got null, expected a JSON object"),
        ('{"value": 1.0}', "got 1.0, expected whole numbers only"),
        ('{"value": 1e3}', "got 1e3, expected whole numbers only"),
        ('{"value": NaN}', "got NaN, expected whole numbers only"),
        ('{"value": -Infinity}', "got -Infinity, expected whole numbers only"),
        ('{"value": 1, "value": 2}', "got value, expected each key once in an object"),
        ('{"made_by": {"a": 1, "b": {}, "a": 1}}', "got a, expected each key once"),
        ('{"value": ' + "9" * 5_000 + "}", "got an integer of 5,000 digits, expected"),
        ('{"value": ' + "-" + "9" * 301 + "}", "got an integer of 301 digits, expected"),
        ('{"made_by": ' + "[" * 100_000 + "]" * 100_000 + "}", "got deeply nested brackets"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "got deeply nested brackets"),
        (b'{"made_by": "\xff"}', "got text that is not JSON"),
        (b"\xef\xbb\xbf{}", "got text that is not JSON"),
        ("{}".encode("utf-16"), "got text that is not JSON"),
        (b"\x1f\x8bnot gzip after all", "got a file that cannot be read"),
        (gzip.compress(b"{}" * 1000)[:-12], "got a file that cannot be read"),
        (gzip.compress(b"{}") + b"rest", "got a file that cannot be read"),
    ],
    ids=range(21),
)
def test_unreadable_text_is_refused_in_one_line(tmp_path, text, message):
    path = written(tmp_path, text)
    with pytest.raises(InputError) as refusal:
        verifier.read(path)
    assert str(refusal.value).startswith(f"{path}: {message}")
    assert "\n" not in str(refusal.value)


def test_the_longest_integers_read_are_judged(tmp_path):
    text = json.dumps({**CERTIFICATE, "bound": 10**300 - 1})
    assert verifier.verify(verifier.read(written(tmp_path, text))).bound == 10**300 - 1


@pytest.mark.parametrize("packed", [False, True])
def test_long_text_is_refused_before_it_is_parsed(tmp_path, monkeypatch, packed):
    monkeypatch.setattr(reading, "LARGEST_DOCUMENT_BYTES", 1000)
    fits, longer = (b"{}".ljust(length) for length in (1000, 1001))
    pack = gzip.compress if packed else bytes
    assert verifier.read(written(tmp_path, pack(fits))) == {}
    with pytest.raises(InputError, match=r"got more than 1,000 bytes of text, expected at most"):
        verifier.read(written(tmp_path, pack(longer)))


def test_gzip_bomb_is_not_unpacked(tmp_path):
    bomb = gzip.compress(bytes(2**27), compresslevel=1)
    with pytest.raises(InputError, match=r"got more than 67,108,864 bytes of text"):
        verifier.read(written(tmp_path, bomb, "bomb.json.gz"))


def test_files_that_cannot_be_opened(tmp_path):
    for path in (tmp_path, tmp_path / "absent.json", "nul\0byte"):
        with pytest.raises(InputError, match=r"got a file that cannot be read \("):
            verifier.read(path)
