"""Key lengths of finite blocks: reference rows of two published codes, and laws."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qkdopt as qo
from qkdopt.errors import InputError

DATA = Path(__file__).parent / "data"
SATQUMA = {
    "intensities": (0.7921, 0.1707, 0.0),
    "shares": (0.7501, 0.1749, 0.075),
    "error_correction": 1.16,
    "eps_secrecy": 1e-9,
    "eps_correctness": 1e-15,
}
KEY_SHARE = 0.7611


def rows(name):
    with (DATA / name).open(newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def sifted(pulses, key_share, shares, clicks, errors):
    """Return the counts of both bases, both sides choosing alike, as the door's arguments."""
    of_key, of_check = (
        pulses * share**2 * np.asarray(shares) for share in (key_share, 1 - key_share)
    )
    return {
        "key_basis_counts": of_key * clicks,
        "check_basis_counts": of_check * clicks,
        "key_basis_errors": of_key * errors,
        "check_basis_errors": of_check * errors,
    }


def satquma_channel(loss_db, intrinsic_error, extraneous, source):
    """Return clicks and errors per pulse, by the formulas in the header of the reference rows.

    As there, the error rate of all clicks together is taken for each intensity.
    """
    afterpulses = 1e-3
    seen = np.asarray(source["intensities"]) * 10 ** (-loss_db / 10)
    clicks = (1 + afterpulses) * (1 - (1 - 2 * extraneous) * np.exp(-seen))
    errors = extraneous + afterpulses * clicks / 2 + intrinsic_error * (1 - np.exp(-seen))
    return clicks, clicks * (np.dot(source["shares"], errors) / np.dot(source["shares"], clicks))


def constant_loss(row, slots):
    clicks, errors = satquma_channel(*(float(row[k]) for k in ("loss_dB", "QBERI", "Pec")), SATQUMA)
    return sifted(1e8 * slots, KEY_SHARE, SATQUMA["shares"], clicks, errors)


FLAT = [row for row in rows("satquma_reference.csv") if row["section"] == "B"]


@pytest.mark.parametrize("row", [row for row in FLAT if row["bound"] in ("Chernoff", "Hoeffding")])
def test_two_decoys_are_as_in_satquma(row):
    length = qo.finite_key_length(bound=row["bound"].lower(), **SATQUMA, **constant_loss(row, 401))
    assert length == pytest.approx(float(row["SKL_bits"]), rel=1e-9)


@pytest.mark.parametrize("row", rows("satquma_bounds_reference.csv"))
def test_both_inequalities_are_as_in_satquma(row):
    values = {key: float(value) for key, value in row.items() if key not in ("bound", "set")}
    own = {
        "intensities": (values["mu1"], values["mu2"], 0.0),
        "shares": (values["P1"], values["P2"], 1 - values["P1"] - values["P2"]),
    }
    channel = satquma_channel(values["loss_dB"], values["QBERI"], values["Pec"], own)
    counts = sifted(1e8 * values["slots"], values["Px"], own["shares"], *channel)
    length = qo.finite_key_length(bound=row["bound"].lower(), **{**SATQUMA, **own}, **counts)
    assert length == pytest.approx(values["SKL_bits"], rel=1e-9)


@pytest.mark.parametrize("row", rows("wiesemann_1decoy_reference.csv"))
def test_one_decoy_is_as_in_the_authors_code(row):
    values = {key: float(value) for key, value in row.items()}
    intensities = np.array([values["mu1"], values["mu2"]])
    shares = np.array([values["p_mu1"], 1 - values["p_mu1"]])
    arrived = -np.expm1(-intensities * 10 ** (-values["loss_dB"] / 10))
    dark = 3.2e-7
    clicks, errors = 1 - (1 - arrived) * (1 - dark), 0.02 * arrived + dark / 2
    length = qo.finite_key_length(
        proof="wiesemann-one-decoy",
        intensities=intensities,
        shares=shares,
        eps_secrecy=1e-12,
        eps_correctness=1e-12,
        **sifted(values["pulses"], values["px"], shares, clicks, errors),
    )
    assert length == pytest.approx(values["key_bits"], rel=1e-9)


PROOFS = {
    "lim-2014": {"intensities": SATQUMA["intensities"], "shares": SATQUMA["shares"]},
    "wiesemann-one-decoy": {"intensities": (0.5, 0.15), "shares": (0.7, 0.3)},
}
channels = st.tuples(
    st.sampled_from(list(PROOFS)),
    st.floats(5, 45),  # loss [dB]
    st.floats(0, 0.05),  # intrinsic error
    st.floats(1e-9, 1e-5),  # clicks without a photon
    st.floats(0.1, 0.95),  # share of the key basis
)


def counts_of(channel, pulses):
    """Return the counts of blocks of so many pulses, one per entry, shape ``(k, blocks)``."""
    proof, loss_db, error, extraneous, key_share = channel
    seen = satquma_channel(loss_db, error, extraneous, PROOFS[proof])
    parts = [sifted(count, key_share, PROOFS[proof]["shares"], *seen) for count in pulses]
    return {key: np.stack([part[key] for part in parts], axis=1) for key in parts[0]}


def lengths(channel, pulses):
    proof = channel[0]
    return qo.finite_key_length(proof=proof, **PROOFS[proof], **counts_of(channel, pulses))


@given(channels, st.floats(4, 13), st.floats(1, 1e3))
def test_longer_blocks_bring_at_least_their_share(channel, log_pulses, times):
    short, long = lengths(channel, [10**log_pulses, times * 10**log_pulses])
    assert long >= times * short * (1 - 1e-9)


@given(channels, st.floats(3, 14))
def test_no_block_beats_what_single_and_empty_pulses_bring(channel, log_pulses):
    """What is known of each photon number cannot be more than what there is."""
    proof, loss_db, _, extraneous, key_share = channel
    pulses, source = 10**log_pulses, PROOFS[proof]
    clicks_of = [2 * extraneous, 2 * extraneous + 10 ** (-loss_db / 10)]
    emitted = [
        sum(
            p * math.exp(-mu) * mu**n
            for p, mu in zip(source["shares"], source["intensities"], strict=True)
        )
        for n in (0, 1)
    ]
    most = pulses * key_share**2 * 1.001 * float(np.dot(clicks_of, emitted))
    assert lengths(channel, [pulses])[0] <= most


@pytest.mark.parametrize("proof", PROOFS)
def test_an_empty_block_has_no_key(proof):
    none = np.zeros(len(PROOFS[proof]["shares"]))
    counts = dict.fromkeys(counts_of((proof, 20, 0, 1e-7, 0.5), [1]), none)
    assert qo.finite_key_length(proof=proof, **PROOFS[proof], **counts) == 0


def good():
    counts = counts_of(("lim-2014", 20, 0.01, 1e-7, 0.7), [1e11])
    return {**SATQUMA, **{key: value[:, 0] for key, value in counts.items()}}


def test_the_sum_of_key_errors_is_enough_for_two_decoys():
    whole = good()
    summed = {**whole, "key_basis_errors": whole["key_basis_errors"].sum()}
    assert qo.finite_key_length(**summed) == qo.finite_key_length(**whole) > 0


def test_many_blocks_are_each_block():
    channel, pulses = ("lim-2014", 25, 0.01, 1e-7, 0.7), [1e9, 1e10, 1e12]
    assert lengths(channel, pulses).tolist() == [lengths(channel, [p])[0] for p in pulses]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"proof": "lim"}, "proof: got lim, expected one of lim-2014, wiesemann-one-decoy"),
        ({"bound": "azuma"}, "bound: got azuma, expected chernoff or hoeffding"),
        ({"proof": "wiesemann-one-decoy"}, "intensities: got 3 numbers, expected 2"),
        ({"shares": (0.7, 0.2, 0.2)}, "that add up to 1"),
        ({"shares": (1.0, 0.0, 0.0)}, "shares in (0, 1)"),
        ({"intensities": (0.5, 0.4, 0.2)}, "mu1 > mu2 + mu3"),
        ({"intensities": (0.5, 0.5, 0.0)}, "mu2 > mu3 >= 0"),
        ({"intensities": (math.inf, 0.1, 0.0)}, "mu1 > mu2 + mu3"),
        ({"eps_secrecy": 0.0}, "0 < eps_secrecy < 1"),
        ({"eps_correctness": 1.0}, "0 < eps_correctness < 1"),
        ({"error_correction": 0.9}, "at least 1"),
        ({"key_basis_counts": (1.0, -1.0, 0.0)}, "key_basis_counts: got -1.0"),
        ({"check_basis_counts": (1.0, math.nan, 0.0)}, "check_basis_counts: got nan"),
        ({"check_basis_errors": (1e12, 0.0, 0.0)}, "more errors than detections"),
        ({"check_basis_counts": (1.0, 2.0)}, "check_basis_counts: got an array of shape (2,)"),
    ],
)
def test_what_cannot_be_a_block_is_refused_in_one_line(changed, words):
    with pytest.raises(InputError) as refused:
        qo.finite_key_length(**{**good(), **changed})
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
