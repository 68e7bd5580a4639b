"""Tells when faces are compared whose crops have different margins: such distances mean less."""

from dataclasses import dataclass, field

from services.contract import FacesFound
from services.face_recognition.gallery import Gallery
from services.logs import log


@dataclass(slots=True)
class MarginCheck:
    """Warns once of each gallery and margin that do not fit together; the faces are compared all the same."""

    _gallery: Gallery | None = field(default=None, init=False)
    _told: set[int] = field(default_factory=set, init=False)

    def check(self, found: FacesFound, gallery: Gallery) -> None:
        """Compare a message's margin with the gallery's."""
        if gallery is not self._gallery:
            self._gallery = gallery
            self._told.clear()
        if not found.faces or not gallery.names or found.margin_px in (gallery.margin_px, *self._told):
            return
        self._told.add(found.margin_px)
        log("another margin", found.request_id, level="WARNING", error=_advice(gallery.margin_px, found.margin_px))


def _advice(of_gallery: int, of_message: int) -> str:
    return (
        f"the people in the gallery were enrolled with a margin of {of_gallery} pixels around their faces, and"
        f" face-detection cuts faces out with {of_message}: it works, and names more strangers. Enrol everybody again"
        f" with facepipe enrol --replace, or set face-detection's MARGIN (template parameter Margin) to {of_gallery}"
    )
