"""What one browser session remembers. The only module that touches session state; it knows no Streamlit.

Streamlit forgets a widget's value as soon as the widget is not drawn, so what a person typed is copied into a
:class:`Draft` and survives a lost claim, another page and an error.

Streamlit also interrupts a run at any access to its session state when the next click arrives. A callback cut off
between the commit of a decision and the note of it would go on with a decided item; so what we remember lies in a
plain dictionary, where no write can be cut off, and widgets are touched before the change or after all else.
"""

from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, cast

MEMORY = "mimamori"
"""Key of the dictionary in the session state."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence to show once: ``tone`` is ``done``, ``refused`` or ``error``."""

    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What was entered for one item and is not decided yet. Codes as strings; empty means not chosen."""

    labels: tuple[str, ...] = ()
    group: str = ""
    severity: int | None = None
    note: str = ""


class Session:
    """A typed view of what lives as long as the browser tab."""

    def __init__(self, state: MutableMapping[str, Any]) -> None:
        """``state`` is Streamlit's session state, or any mapping."""
        if MEMORY not in state:
            state[MEMORY] = {}
        self._memory: dict[str, Any] = state[MEMORY]
        self._widgets = state

    @property
    def actor_id(self) -> str | None:
        """Who is signed in."""
        return cast("str | None", self.get("actor_id"))

    def sign_in(self, actor_id: str) -> None:
        """Start afresh for a person: nothing of whoever sat here before is left."""
        self.sign_out()
        self.put("actor_id", actor_id)

    def sign_out(self) -> None:
        """Forget everything, drafts and widgets included; only the wiring stays."""
        services = self.get("services")
        self._memory.clear()
        self.put("services", services)
        for key in [key for key in self._widgets if key != MEMORY]:
            del self._widgets[key]

    @property
    def item_id(self) -> str | None:
        """The item on the review page."""
        return cast("str | None", self.get("item_id"))

    @item_id.setter
    def item_id(self, item_id: str | None) -> None:
        self.put("item_id", item_id)

    @property
    def skipped(self) -> frozenset[str]:
        """Items put off until the next sign-in."""
        return cast("frozenset[str]", self.get("skipped", frozenset()))

    def skip(self, item_id: str) -> None:
        """Put an item off."""
        self.put("skipped", self.skipped | {item_id})

    def draft(self, item_id: str) -> Draft:
        """What was entered for the item."""
        return cast(Draft, self.get(f"draft:{item_id}", Draft()))

    def keep_draft(self, item_id: str, draft: Draft) -> None:
        """Remember what was entered for the item."""
        self.put(f"draft:{item_id}", draft)

    def drop_draft(self, item_id: str) -> None:
        """The item is decided: forget what was entered."""
        self._memory.pop(f"draft:{item_id}", None)
        for name in ("labels", "group", "severity", "note"):
            self.clear_widget(f"{name}:{item_id}")

    def say(self, tone: str, text: str) -> None:
        """Leave a sentence for the next drawing of the page."""
        self.put("notice", Notice(tone, text))

    def take_notice(self) -> Notice | None:
        """The sentence that was left, once."""
        notice = cast("Notice | None", self.get("notice"))
        self.put("notice", None)
        return notice

    def get(self, name: str, default: Any = None) -> Any:
        """A remembered value of a page; name it ``page.what``."""
        return self._memory.get(name, default)

    def put(self, name: str, value: Any) -> None:
        """Remember a value of a page; name it ``page.what``."""
        self._memory[name] = value

    def widget(self, key: str, default: Any = None) -> Any:
        """The present value of a widget by its key."""
        return self._widgets.get(key, default)

    def preset_widget(self, key: str, value: Any) -> None:
        """Give a widget its first value; does nothing where it has one."""
        if key not in self._widgets:
            self._widgets[key] = value

    def set_widget(self, key: str, value: Any) -> None:
        """Give a widget a value that also replaces what the browser shows; forgetting the key would not."""
        self._widgets[key] = value

    def clear_widget(self, key: str) -> None:
        """Empty a widget before it is drawn again."""
        self._widgets.pop(key, None)
