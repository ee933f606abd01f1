"""What the documents say is what the code does."""

import re

from app.main import COMMANDS
from app.settings import PROJECT, Settings


def test_every_setting_is_documented_with_its_meaning_and_default() -> None:
    lines = (PROJECT / "docs" / "settings.md").read_text("utf-8").splitlines()
    documented = {m[1]: line for line in lines if (m := re.match(r"\| `(MIMAMORI_\w+)` ", line))}
    fields = Settings.model_fields
    assert set(documented) == {f"MIMAMORI_{name.upper()}" for name in fields}
    for name, field in fields.items():
        line = documented[f"MIMAMORI_{name.upper()}"]
        assert field.description is not None
        assert field.description in line
        if isinstance(field.default, int) or (isinstance(field.default, str) and field.default):
            assert f"`{field.default}`" in line


def test_the_two_readmes_show_the_same_commands() -> None:
    def commands(name: str) -> list[str]:
        text = (PROJECT / name).read_text("utf-8")
        return re.findall(r"^mimamori ([a-z-]+)", text, re.MULTILINE)

    english, japanese = commands("README.md"), commands("README.ja.md")
    assert english == japanese
    assert set(english) <= set(COMMANDS)


def test_links_between_documents_lead_somewhere() -> None:
    for document in [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("samples/*.md")]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_no_package_registry_host_or_local_path_is_named() -> None:
    secret = re.compile(r"(?:pypi|pythonhosted|npmjs|/work/|/root/|/home/[a-z])")
    for path in [*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("requirements/*.txt")]:
        assert not secret.search(path.read_text("utf-8")), path.name


def test_every_command_has_a_module_that_holds_it() -> None:
    import importlib

    for name, (module, _help) in COMMANDS.items():
        assert hasattr(importlib.import_module(module), name.replace("-", "_"))
