"""Key tensors as NetCDF-4, through xarray."""

import json
from os import PathLike

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from qkdopt.arrays import Integers
from qkdopt.documents import parse_json
from qkdopt.errors import Described, InputError, OutputError
from qkdopt.files import output_path
from qkdopt.netcdf_header import check_declared, opened_dataset
from qkdopt.opening import KEY_TENSOR
from qkdopt.tensor.checks import whole
from qkdopt.tensor.key_tensor import KeyTensor
from qkdopt.tensor.scenarios import probabilities_of
from qkdopt.tensor.sessions import contacts_of, triangle_size
from qkdopt.tensor.slew_table import SlewTable
from qkdopt.timegrid import plain_decimal, utc_instant

_FORMAT = "qkdopt-keys"
_VERSION, _IN_SESSIONS, _IN_SCENARIOS = 1, 2, 3
_FURTHER = {_IN_SESSIONS: ("session_bits",), _IN_SCENARIOS: ("scenario_bits", "probability")}
_COMMON = ("key_bits", "link", "interval")  # times are recomputed
_READ = (*_COMMON, "weight", "slew", *(name for names in _FURTHER.values() for name in names))
_LARGEST_BYTES = 2**29
_LATEST_NS = 2**63 - 1  # of a datetime64[ns]: the year 2262


def to_dataset(keys: KeyTensor) -> xr.Dataset:
    """Return ``keys`` as a dataset: ``key_bits`` over (link, interval), the rest as attributes.

    Of several scenarios ``scenario_bits`` over (scenario, link, interval), and the ``probability``
    of each as a fraction; ``key_bits`` are the most that any of them has.
    """
    attributes: dict[str, object] = {
        "format": _FORMAT,
        "version": _version(keys),
        "interval_s": plain_decimal(keys.interval_s),
        "switch_s": plain_decimal(keys.switch_s),
        "provenance": json.dumps(dict(keys.provenance), ensure_ascii=False),
    }
    coordinates: dict[str, object] = {
        "link": ("link", np.array(keys.links, dtype=object)),
        "interval": ("interval", keys.interval, {"long_name": "global interval index"}),
    }
    if keys.weights is not None:
        weights = np.array(keys.weights, dtype=np.int64)
        coordinates["weight"] = ("link", weights, {"long_name": "traffic weight of the target"})
    if keys.start_utc is not None:
        attributes["start_utc"] = keys.start_utc.isoformat()
        start_ns = int(keys.start_utc.timestamp()) * 10**9 + keys.start_utc.microsecond * 1000
        step_ns = int(keys.interval_s * 10**9)
        last = int(keys.interval[-1]) if keys.interval.size else 0
        if abs(start_ns) + last * step_ns < _LATEST_NS:
            instants = np.datetime64(start_ns, "ns") + keys.interval * np.timedelta64(step_ns, "ns")
            coordinates["time"] = ("interval", instants)
    bits = ("link", "interval"), keys.bits, {"units": "bit", "long_name": "deliverable secret key"}
    variables: dict[str, object] = {"key_bits": bits}
    if keys.slew:
        words = "from link, to link, first and last interval before the turn, idle intervals"
        variables["slew"] = ("slew_run", "slew_column"), keys.slew.runs, {"long_name": words}
    if keys.sessions is not None:
        meaning = {"units": "bit", "long_name": "key of each session, see qkdopt.tensor.Sessions"}
        variables["session_bits"] = "session", keys.sessions.bits, meaning
    if keys.scenarios is not None:
        shares = [f"{p.numerator}/{p.denominator}" for p in keys.scenarios.probability]
        variables["probability"] = "scenario", np.array(shares, dtype=object)
        dims = ("scenario", "link", "interval")
        variables["scenario_bits"] = dims, keys.scenarios.bits, {"units": "bit"}
    return xr.Dataset(variables, coords=coordinates, attrs=attributes)


def _version(keys: KeyTensor) -> int:
    if keys.scenarios is not None:
        return _IN_SCENARIOS
    return _VERSION if keys.sessions is None else _IN_SESSIONS


def write_netcdf(keys: KeyTensor, path: str | PathLike[str]) -> None:
    """Write ``keys`` to ``path``; :func:`read_netcdf` gives an equal tensor back."""
    dataset = to_dataset(keys)
    packed = {"zlib": True, "complevel": 4}
    encoding = {name: packed for name in dataset.variables if str(name).endswith("_bits")}
    with output_path(path) as temporary:
        try:
            dataset.to_netcdf(temporary, engine="netcdf4", format="NETCDF4", encoding=encoding)
        except RuntimeError as error:  # how the HDF5 library reports a full disk
            raise OutputError(f"{path}: cannot write: {error}") from error


def read_netcdf(path: str | PathLike[str]) -> KeyTensor:
    """Read a key tensor from a NetCDF file that :func:`write_netcdf` could have written.

    Raises
    ------
    InputError
        When the file is not NetCDF, or variables, attributes or values are not those of a
        key tensor.
    """
    where = str(path)
    with opened_dataset(
        path, KEY_TENSOR, "a NetCDF key tensor", _READ, decode_times=False
    ) as opened:
        for name in opened.variables:
            check_declared(opened[name].sizes, _LARGEST_BYTES, f"{where}: {name}")
        try:
            dataset = opened.load()
        except (OSError, ValueError, KeyError) as error:
            raise InputError(where, f"unreadable file ({error})", "a NetCDF key tensor") from error
    said = " ".join(str(dataset.attrs.get(key)) for key in ("format", "version"))
    versions = {f"{_FORMAT} {version}": version for version in (_VERSION, *_FURTHER)}
    if said not in versions:
        raise InputError(f"{where}: format", said, " or ".join(versions))
    version = versions[said]
    for name in (*_COMMON, *_FURTHER.get(version, ())):
        if name not in dataset.variables:
            raise InputError(f"{where}: variable {name}", "nothing", "a variable of that name")
    if dataset["key_bits"].dims != ("link", "interval"):
        raise InputError(f"{where}: key_bits", dataset["key_bits"].dims, "dims link, interval")
    links = [str(name) for name in dataset["link"].values]
    weights = dataset["weight"].values.tolist() if "weight" in dataset.variables else None
    start = dataset.attrs.get("start_utc")
    if start is not None:
        start = utc_instant(start, f"{where}: start_utc", assume_utc=True)
    keys = KeyTensor.create(
        dataset["key_bits"].values,
        dataset["interval"].values,
        links,
        interval_s=dataset.attrs.get("interval_s", "missing"),
        switch_s=dataset.attrs.get("switch_s", "missing"),
        weights=None if weights is None else dict(zip(links, weights, strict=True)),
        start_utc=start,
        provenance=_provenance(dataset.attrs.get("provenance", "{}"), where),
        where=where,
    )
    if version == _IN_SCENARIOS:
        keys = _in_scenarios(keys, dataset, where)
    if version == _IN_SESSIONS:
        keys = keys.in_sessions(_by_contact(keys, dataset["session_bits"].values, where), where)
    if "slew" not in dataset.variables:
        return keys
    runs = SlewTable.read(dataset["slew"].values.tolist(), f"{where}: slew").runs
    return keys.slewing(SlewTable.of(runs, by_pair=True), where)


def _in_scenarios(keys: KeyTensor, dataset: xr.Dataset, where: str) -> KeyTensor:
    """Return the tensor with the bits of each scenario, whose most must be its own."""
    bits, shares = dataset["scenario_bits"], dataset["probability"]
    dims = ("scenario", "link", "interval")
    if bits.dims != dims or shares.dims != dims[:1]:
        came = Described(f"dims {', '.join(map(str, (*bits.dims, *shares.dims)))}")
        raise InputError(f"{where}: scenario_bits", came, f"dims {', '.join(dims)}, and scenario")
    probability = probabilities_of(shares.values.tolist(), f"{where}: probability")
    found = keys.in_scenarios(bits.values, probability, f"{where}: scenario_bits")
    if not np.array_equal(found.bits, keys.bits):
        raise InputError(f"{where}: key_bits", Described("other bits"), "the most of any scenario")
    return found


def _by_contact(keys: KeyTensor, bits: ArrayLike, where: str) -> list[Integers]:
    """Return the key lengths of the sessions of each contact."""
    found = whole(bits, f"{where}: session_bits")
    sizes = np.asarray(triangle_size(contacts_of(keys.bits > 0, keys.interval)[2]))
    ends, count = np.cumsum(sizes), int(sizes.sum())
    if found.shape != (count,):
        raise InputError(f"{where}: session_bits", f"shape {found.shape}", f"shape ({count},)")
    return np.split(found, ends[:-1]) if ends.size else []


def _provenance(text: str, where: str) -> dict[str, str]:
    try:
        found = parse_json(text)
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{where}: provenance", text, "a JSON object") from error
    if not isinstance(found, dict):
        raise InputError(f"{where}: provenance", text, "a JSON object")
    return {str(key): str(value) for key, value in found.items()}
