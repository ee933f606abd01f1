"""The error tree.

MimamoriError
├── Permanent          a record is bad for ever: dead-letter it with its bytes and the reason
│   └── BadRecord
├── Transient          an outside system failed: retry with backoff, never commit past it
│   └── Unavailable
├── Refused            a person asked for something that is not allowed: say why and what to do
│   ├── NotAllowed         the role or the desk does not permit it
│   ├── NotFound           no such thing at this desk
│   ├── Incomplete         an answer that this step needs is missing
│   ├── IllegalTransition  the state machine has no such step from here
│   ├── AlreadyClaimed     somebody else works on it now
│   └── Stale              somebody else changed it since it was read
└── Misconfigured      settings, files or versions do not fit together: stop at start and say what to mend

``str(error)`` of a Refused is the Japanese sentence that the person sees.
"""


class MimamoriError(Exception):
    """Root of every error this program raises on purpose."""


class Permanent(MimamoriError):
    """A record that no retry will mend."""


class BadRecord(Permanent):
    """A record that is not a post; ``reason`` is a short English sentence without any of its text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transient(MimamoriError):
    """A failure that a retry may mend."""


class Unavailable(Transient):
    """A server or the disk does not answer."""


class Misconfigured(MimamoriError):
    """The installation cannot run as it is; the message says what is wrong and how to mend it."""


class Refused(MimamoriError):
    """A person's request that is not carried out."""


class NotAllowed(Refused):
    """The role or the desk does not permit the action."""


class NotFound(Refused):
    """There is no such thing at this desk (or it belongs to another desk)."""


class Incomplete(Refused):
    """Something that this step needs is missing."""


class IllegalTransition(Refused):
    """The state machine has no such step from the present state."""


class AlreadyClaimed(Refused):
    """Another reviewer holds the item."""


class Stale(Refused):
    """The row changed since it was read; nothing was written."""
