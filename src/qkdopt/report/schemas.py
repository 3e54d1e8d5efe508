"""The JSON Schemas of files that qkdopt writes and reads back.

``python -m qkdopt.report.schemas NAME`` prints one; ``schemas/NAME.schema.json`` is that text.
"""

import json
import sys

from qkdopt.bench.record_document import RecordDocument
from qkdopt.forms import Document, document_schema
from qkdopt.report.form import ReportDocument
from qkdopt.study.clouds_document import CloudsDocument
from qkdopt.study.front_document import FrontDocument
from qkdopt.study.history_document import HistoryDocument
from qkdopt.study.rolling.document import RollingDocument
from qkdopt.study.sensitivity_document import SensitivityDocument
from qkdopt.study.summary_document import SummaryDocument

FORMS: dict[str, tuple[type[Document], str]] = {
    "bench-record": (RecordDocument, "A line of the records of qkdopt bench"),
    "clouds": (CloudsDocument, "What schedules of qkdopt run keep in fresh skies"),
    "front": (FrontDocument, "A front of qkdopt front"),
    "history": (HistoryDocument, "qkdopt search history, version 1"),
    "report": (ReportDocument, "qkdopt report, version 1"),
    "rolling": (RollingDocument, "A back-test of qkdopt rolling"),
    "what-if": (SensitivityDocument, "A study of qkdopt what-if"),
    "summary": (SummaryDocument, "The summary of qkdopt run"),
}


def schema_of(name: str) -> dict[str, object]:
    """Return the schema (draft 2020-12) of ``front.json`` and the like by name."""
    form, title = FORMS[name]
    return document_schema(form, name, title)


if __name__ == "__main__":
    print(json.dumps(schema_of(sys.argv[1]), indent=1))
