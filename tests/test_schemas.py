"""Published JSON Schemas: what the makers write fits, what the verifier cannot read does not."""

import copy
import json
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import qkdopt as qo
from contact_drawing import tiny_contacts
from drawing import operated_problems, problem_of, tiny_problems
from qkdopt import verifier
from qkdopt.library import models_folder
from qkdopt.optimize.certified import certificate_in_version
from qkdopt.optimize.domain.longest_path import optimum
from qkdopt.optimize.problem_file import problem_from_document
from qkdopt.optimize.strategies import with_floors
from test_contact import five_ring
from test_contact_certificates import BROKEN


def schema(name):
    return json.loads((files("qkdopt") / "schemas" / f"{name}.schema.json").read_text("utf-8"))


REGISTRY = Registry().with_resources(
    (f"{name}.schema.json", Resource.from_contents(schema(name)))
    for name in ("problem", "problem-2", "contact-problem")
)
PROBLEM = Draft202012Validator(schema("problem"), registry=REGISTRY)
CERTIFICATE = Draft202012Validator(schema("certificate"), registry=REGISTRY)
PROBLEM_2 = Draft202012Validator(schema("problem-2"), registry=REGISTRY)
CERTIFICATE_2 = Draft202012Validator(schema("certificate-2"), registry=REGISTRY)
CONTACTS = Draft202012Validator(schema("contact-problem"), registry=REGISTRY)
CONTACT_CERTIFICATE = Draft202012Validator(schema("contact-certificate"), registry=REGISTRY)
FITS = {
    "qkdopt-problem": PROBLEM,
    "qkdopt-certificate": CERTIFICATE,
    "qkdopt-contact-problem": CONTACTS,
    "qkdopt-contact-certificate": CONTACT_CERTIFICATE,
}
FITS_2 = {"qkdopt-problem": PROBLEM_2, "qkdopt-certificate": CERTIFICATE_2}


@pytest.mark.parametrize(
    "name",
    [
        "problem",
        "certificate",
        "problem-2",
        "certificate-2",
        "contact-problem",
        "contact-certificate",
    ],
)
def test_the_schemas_are_schemas(name):
    Draft202012Validator.check_schema(schema(name))


@given(st.one_of(tiny_problems(), operated_problems()), st.sampled_from(["gd", "pd"]))
@settings(max_examples=50)
def test_what_the_makers_write_fits(problem, name):
    PROBLEM.validate(problem.document())
    PROBLEM_2.validate(problem.as_version(2).document())
    strategy = {"gd": qo.GeneralDelivery, "pd": qo.PrioritisedDelivery}[name]()
    if optimum(problem, strategy.coefficients(problem)) is not None:
        certificate = qo.solve(problem, strategy).certificate
        CERTIFICATE.validate(certificate.to_dict())
        CERTIFICATE_2.validate(certificate_in_version(certificate, 2).to_dict())


@given(tiny_problems(), st.sampled_from(["0", "0.01", "0.3"]))
@settings(max_examples=40)
def test_targeted_certificates_fit(problem, kl_max):
    outcome = qo.solve(problem, qo.TargetedDelivery(kl_max))
    CERTIFICATE.validate(outcome.certificate.to_dict())


@pytest.mark.parametrize("which", ["hand-*", pytest.param("*", marks=pytest.mark.slow)])
def test_published_documents_fit(which):
    # A schema looks at every number in Python: the year would take minutes.
    paths = sorted(models_folder().glob(f"{which}/**/*.json.gz"))
    paths = [path for path in paths if path.stat().st_size < 100_000]
    assert paths
    for path in paths:
        document = verifier.read(path)
        if document["version"] == 2:
            FITS_2[document["format"]].validate(document)
            continue
        FITS[document["format"]].validate(document)
        if document["format"] == "qkdopt-certificate":
            second = certificate_in_version(qo.Certificate(document), 2).to_dict()
            CERTIFICATE_2.validate(second)
            assert not CERTIFICATE.is_valid(second)
            assert not CERTIFICATE_2.is_valid(document)


def test_the_certificates_in_the_docs_fit():
    page = Path(__file__).parent.parent / "docs" / "certificates.md"
    blocks = page.read_text(encoding="utf-8").split("```json\n")[1:]
    documents = [json.loads(block.split("```")[0]) for block in blocks]
    certificates = [d for d in documents if d.get("format") == "qkdopt-certificate"]
    assert certificates
    for document in certificates:
        form = CERTIFICATE if document["version"] == 1 else CERTIFICATE_2
        form.validate(document)


RULED = problem_of(
    [[1, 2], [0, 3]], [4, 9], 2, [1, 3],
    forbidden=[(-1, 7)], locked=[(0, 4)], minimum_dwell_s=10, max_handovers=3,
    switch_matrix_s=[[0, 15], [5, 0]], slew=[(0, 1, 4, 5, 1)],
)  # fmt: skip
MISSING = object()


def changed(document, path, value):
    """Return a copy with another value at a path such as ``links.0.name``, or without it."""
    document = copy.deepcopy(document)
    *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    inner = document
    for key in parents:
        inner = inner[key]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 2),
        ("note", 1),
        ("problem_sha256", "0" * 63),
        ("strategy", {"name": "best"}),
        ("strategy", {"name": "gd", "kl_max": "0.1"}),
        ("strategy", {"name": "td"}),
        ("proof", {"kind": "path", "a": []}),
        ("proof", {"kind": "prices", "a": ["1/2"], "mu": "0.5"}),
        ("value", 9.5),
        ("value", "9"),
        ("schedule", ["0"]),
        ("made_by", "me"),
        ("problem", MISSING),
        ("problem.K", MISSING),
        ("problem.K.0.0", -1),
        ("problem.interval_s", 10),
        ("problem.interval_s", "10.0"),
        ("problem.targets", ["A", "A"]),
        ("problem.links.0.satellite", 1),
        ("problem.weights", [0, 0]),
        ("problem.options", {}),
        ("problem.options.speed", 1),
        ("problem.options.forbidden", []),
        ("problem.options.locked.0", [0]),
        ("problem.options.locked.0", [-2, 4]),
        ("problem.options.minimum_dwell_s", 10),
        ("problem.options.max_handovers", -1),
        ("problem.options.switch_matrix_s.0.1", "-5"),
        ("problem.options.slew", []),
        ("problem.options.slew.0", [0, 1, 4, 5]),
        ("problem.options.slew.0.4", -1),
    ],
)
def test_malformed_documents_fit_neither_the_schema_nor_the_judge(path, value):
    document = qo.solve(RULED, qo.GeneralDelivery()).certificate.to_dict()
    CERTIFICATE.validate(document)
    document = changed(document, path, value)
    assert not CERTIFICATE.is_valid(document)
    with pytest.raises(qo.QkdoptError):
        verifier.verify(document)


RULED_2 = {
    "format": "qkdopt-problem", "version": 2, "interval_s": "10",
    "satellites": [
        {"name": "A", "switch_s": "10", "active": [[1, 2], [4, 4]]}, {"name": "B", "switch_s": "0"}
    ],
    "stations": [{"name": "X", "receivers": 2, "switch_s": "5"}],
    "targets": [{"name": "X", "weight": 1, "stock": 0}],
    "links": [
        {"name": "A-X", "satellite": 0, "stations": [0], "target": 0},
        {"name": "B-X", "satellite": 1, "stations": [0], "target": 0},
    ],
    "contacts": [{"link": 0, "first": 1, "bits": [5]}, {"link": 1, "first": 2, "bits": [7]}],
    "information": {"source": "by hand"},
    "options": {
        "forbidden": [[0, -1, 2]], "locked": [[0, 0, 1], [1, -1, 2]], "max_handovers": [[0, 3]],
        "minimum_dwell_s": [[1, "10"]], "switch_matrix_s": [[0, [["0"]]]],
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 1),
        ("note", 1),
        ("K", [[1]]),
        ("satellites", []),
        ("satellites.0.switch_s", 10),
        ("satellites.0.terminals", 2),
        ("satellites.0.active", []),
        ("satellites.0.active.0", [1]),
        ("stations.0.receivers", 0),
        ("targets", []),
        ("targets.0.name", ""),
        ("targets.0.weight", -1),
        ("links.0.stations", []),
        ("links.0.stations", [0, 0]),
        ("links.0.satellite", MISSING),
        ("contacts.0.bits", []),
        ("contacts.0.bits", [0]),
        ("contacts.0.first", -1),
        ("options", {}),
        ("options.forbidden.0", [0, 2]),
        ("options.locked", []),
        ("options.minimum_dwell_s", "10"),
        ("options.max_handovers.0", [0, "3"]),
    ],
)
def test_malformed_problems_of_version_2_fit_neither_the_schema_nor_the_reader(path, value):
    PROBLEM_2.validate(RULED_2)
    assert problem_from_document(RULED_2).document() == RULED_2
    document = changed(RULED_2, path, value)
    assert not PROBLEM_2.is_valid(document)
    with pytest.raises(qo.QkdoptError):
        problem_from_document(document)


def test_further_strategies_fit():
    bits = [[5, 4, 0, 2], [0, 6, 7, 9]]
    problem = problem_of(bits, [1, 2, 3, 5], 1, [3, 1]).having(
        stock={"B": 2}, demand={"A": 6, "B": 20}
    )
    PROBLEM.validate(problem.document())
    wants = {"A": {"A": 0, "B": 6}, "B": {"A": 6, "B": 0}}
    for strategy in (
        qo.BalancedDelivery(),
        qo.CappedDelivery(),
        qo.LeastDivergence("0.75"),
        qo.PairedDelivery(wants),
        *(
            with_floors(strategy, {"A": 5})
            for strategy in (
                qo.GeneralDelivery(),
                qo.TargetedDelivery("0.3"),
                qo.LeastDivergence("0.75"),
                qo.BalancedDelivery(),
                qo.CappedDelivery(),
                qo.PairedDelivery(wants),
            )
        ),
    ):
        certificate = qo.solve(problem, strategy).certificate
        CERTIFICATE.validate(certificate.to_dict())
        CERTIFICATE_2.validate(certificate_in_version(certificate, 2).to_dict())


@given(tiny_contacts())
@settings(max_examples=40)
def test_contacts_fit(problem):
    CONTACTS.validate(problem.document())
    CONTACT_CERTIFICATE.validate(qo.solve(problem).certificate.to_dict())


@pytest.mark.parametrize("name", [*BROKEN, "good"])
def test_malformed_contact_certificates_do_not_fit(name):
    document = copy.deepcopy(qo.solve(five_ring()).certificate.to_dict())
    if name in BROKEN:
        BROKEN[name](document)
    form = name not in ("unknown pass", "price of nobody", "price twice", "no tree",
                        "tree of nobody", "no node", "ends early", "short column")  # fmt: skip
    assert CONTACT_CERTIFICATE.is_valid(document) == (name == "good" or not form)
