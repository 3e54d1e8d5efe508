"""The form of what totals assume, in ``summary.json`` and ``report.json``."""

from typing import Annotated

from pydantic import Field

from qkdopt import forms

_Change = Annotated[float, Field(ge=-1, le=1e12)]


class EffectPart(forms.Document):
    """Another value of an assumption, and the certified value then."""

    value: forms.Text
    why: forms.Text
    note: forms.Text | None = None
    total: forms.Bits | None = None
    bound: forms.Bits | None = None
    change: _Change | None = None


class AssumptionPart(forms.Document):
    """One assumption: its key, words, value in use, and what else it could be."""

    key: forms.Text
    words: forms.Text
    value: forms.Text
    unit: forms.Text
    basis: forms.Text
    own: list[forms.Text]
    effects: list[EffectPart]


class AssumptionsDocument(forms.Document):
    """All assumptions; with effects, the value of a strategy that they move."""

    strategy: forms.Text | None = None
    total: forms.Bits | None = None
    bound: forms.Bits | None = None
    rows: list[AssumptionPart]
