"""The JSON Schema files beside ``docs/interfaces.md``, made from the models: ``python -m ingest.schemas docs``."""

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from ingest.records import PostRecord, SourcePost

FILES: dict[str, type[BaseModel]] = {"source-post.schema.json": SourcePost, "post.schema.json": PostRecord}
"""File name to the model that it describes."""


def schema_text(name: str) -> str:
    """The file of this name, as it must lie in ``docs``."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | FILES[name].model_json_schema()
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


if __name__ == "__main__":
    for file_name in FILES:
        Path(sys.argv[1], file_name).write_text(schema_text(file_name), encoding="utf-8")
