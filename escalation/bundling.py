"""Approved requests and the outbox: making the bundle again, placing it, taking it away, mending after a crash."""

import logging

from domain.cases import Request
from domain.errors import Refused
from domain.machines import RequestState
from escalation.dossiers import dossier_of
from escalation.outbox import Bundle, BundleState, Outbox, OutboxUnavailable, build, changed_words, folder_name
from store.casework import Work

log = logging.getLogger(__name__)


class Bundling:
    """What the case service asks of the outbox for a request."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox = outbox

    def approved(self, work: Work, request: Request) -> Bundle:
        """The bundle of an approved request, made again; raises :class:`Refused` where it is not the same."""
        bundle = build(dossier_of(work, request, standing=True))
        if bundle.sha256 != request.bundle_sha256:
            raise Refused(
                "承認されたときと同じ書類を作れません。送付フォルダーは変えていません。差し戻して、承認し直してください。"
            )
        return bundle

    def place(self, bundle: Bundle) -> None:
        """Publish after the commit of an approval; where that fails the approval stands and the case page says so."""
        try:
            self.outbox.publish(bundle)
        except (OutboxUnavailable, Refused) as error:
            log.warning("outbox: bundle %s not placed: %s", bundle.folder, type(error).__name__)

    def take_away(self, work: Work, request: Request) -> None:
        """Remove an unsent bundle before the commit that voids it.

        A crash in between leaves an approval without a bundle, which :meth:`flush` mends; the other order could
        leave a bundle that nobody approves any more.
        """
        self.outbox.remove(request.desk, folder_name(dossier_of(work, request, standing=False)))

    def verify(self, work: Work, request: Request) -> None:
        """Raise :class:`Refused` unless exactly the approved bytes lie in the outbox."""
        folder = folder_name(dossier_of(work, request, standing=True))
        found = self.outbox.state(request.desk, folder, request.bundle_sha256 or "")
        if found is BundleState.CHANGED:
            raise Refused(changed_words(self.outbox.path(request.desk, folder)))
        if found is BundleState.MISSING:
            raise Refused(
                f"送付フォルダー「{folder}」がありません。状態は変わっていません。"
                "「承認された書類を置き直す」を選び、置かれた書類を送付してから、もう一度記録してください。"
            )

    def restore(self, work: Work, request: Request) -> Bundle:
        """Put the approved bytes into the outbox again, replacing whatever lies there."""
        bundle = self.approved(work, request)
        if self.outbox.state(bundle.desk, bundle.folder, bundle.sha256) is not BundleState.READY:
            self.outbox.remove(bundle.desk, bundle.folder)
        self.outbox.publish(bundle)
        return bundle

    def flush(self, work: Work) -> int:
        """Place what a crash kept out of view, remove what nobody approved; returns how many were placed."""
        placed = 0
        for desk in work.desks.all():
            for request in work.cases.requests_in(desk.code, RequestState.APPROVED):
                try:
                    bundle = self.approved(work, request)
                    if self.outbox.state(bundle.desk, bundle.folder, bundle.sha256) is BundleState.MISSING:
                        self.outbox.publish(bundle)
                        placed += 1
                except (Refused, OutboxUnavailable) as error:
                    log.warning("outbox: request %s left alone: %s", request.id, type(error).__name__)
            for request in work.cases.requests_in(desk.code, RequestState.DRAFT):
                # A power cut may take back the last commit (SQLite in WAL mode) but not the rename that followed it.
                self.take_away(work, request)
            self.outbox.sweep(desk.code)
        return placed
