"""Imports are cheap and have no effect: heavy libraries load where they are used, nothing reads the environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
HEAVY = (
    "alembic",
    "docx",
    "fastapi",
    "fugashi",
    "numpy",
    "openvino",
    "pandas",
    "sqlalchemy",
    "streamlit",
    "tokenizers",
    "torch",
    "transformers",
)
IMPORT_SECONDS = 0.3


def fresh(code: str, **environment: str) -> str:
    """What ``code`` prints in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded(code: str) -> set[str]:
    """Top-level modules in memory after ``code`` ran in a new process."""
    tell = "import json, sys; print('\\n' + json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    return set(json.loads(fresh(f"{code}\n{tell}").splitlines()[-1]))


@pytest.mark.parametrize(
    "code",
    [
        "import app.main",
        "from app.main import cli; cli(['--help'], standalone_mode=False)",
        "from app.main import cli; cli(['--version'], standalone_mode=False)",
    ],
)
def test_the_command_line_loads_no_heavy_library(code: str) -> None:
    assert not loaded(code) & set(HEAVY)


def test_the_command_line_is_imported_in_under_300_milliseconds() -> None:
    code = "import time; start = time.perf_counter(); import app.main; print(time.perf_counter() - start)"
    assert min(float(fresh(code)) for _ in range(5)) < IMPORT_SECONDS


@pytest.mark.parametrize(
    ("modules", "forbidden"),
    [
        ("domain", {"sqlite3", "sqlalchemy", "pydantic", "click", *HEAVY}),
        ("store", {"torch", "transformers", "openvino", "tokenizers", "fugashi", "numpy", "streamlit", "fastapi"}),
        ("ingest", {"torch", "transformers", "openvino", "streamlit", "fastapi", "fugashi"}),
        ("review", {"torch", "transformers", "openvino", "numpy", "streamlit", "fastapi", "fugashi"}),
        ("escalation", {"torch", "transformers", "openvino", "numpy", "streamlit", "fastapi", "fugashi"}),
        ("report_ui", {"torch", "transformers", "openvino", "streamlit", "fugashi"}),
    ],
)
def test_a_room_loads_only_what_it_is_about(modules: str, forbidden: set[str]) -> None:
    assert not loaded(import_all(modules)) & forbidden


def test_importing_reads_no_setting_and_makes_no_file(tmp_path: Path) -> None:
    rooms = ("domain", "store", "ingest", "review", "escalation", "report_ui")
    code = "\n".join(import_all(room) for room in rooms) + "\nimport app.main, app.settings, app.wiring"
    broken = {"MIMAMORI_DESK": "not a desk", "MIMAMORI_THREADS": "many", "MIMAMORI_HOME": str(tmp_path / "home")}
    fresh(code, HOME=str(tmp_path), XDG_DATA_HOME=str(tmp_path / "data"), **broken)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def import_all(room: str) -> str:
    """Code that imports every module of a room but Alembic's own scripts, which only Alembic may run."""
    return (
        f"import importlib, pkgutil, {room}\n"
        f"for module in pkgutil.walk_packages({room}.__path__, '{room}.'):\n"
        f"    if '.migrations' not in module.name: importlib.import_module(module.name)"
    )
