"""Which pipeline a run of tests gets: one that is named and runs already, or one that is started for the run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from facepipe.client.discovery import Given
from facepipe.paths import Paths
from facepipe.project_place import NoTemplateError, find_template, has_template
from facepipe.up_process import PipelineError

STACK, URL, TEMPLATE, GALLERY = "FACEPIPE_STACK", "FACEPIPE_URL", "FACEPIPE_TEMPLATE", "FACEPIPE_GALLERY"
OWN = "faces"  #: instead of a template's name: facepipe's own face recognition


@dataclass(frozen=True, slots=True)
class Suite:
    """What a project's tests say of the pipeline that they need."""

    root: Path  #: pytest's root folder
    template: str = ""  #: the option facepipe_template; relative to the root folder
    options: Sequence[str] = ()  #: the option facepipe_options: further options of `facepipe up`
    function: str = ""  #: the option facepipe_function: the function with the URL that takes photos
    response_queue: str = ""  #: the option facepipe_response_queue


@dataclass(frozen=True, slots=True)
class Deployed:
    """A stack on AWS."""

    stack: str


@dataclass(frozen=True, slots=True)
class Running:
    """A pipeline that somebody has started."""

    given: Given


@dataclass(frozen=True, slots=True)
class ToStart:
    """A pipeline that is started for the run."""

    template: Path | None  #: None: facepipe's own face recognition
    gallery: Path | None = None  #: the people to begin with; None: the sample gallery, or a project of another kind
    options: Sequence[str] = ()
    function: str = ""
    response_queue: str = ""


def choose_pipeline(suite: Suite, environ: Mapping[str, str], paths: Paths) -> Deployed | Running | ToStart:
    """Return the pipeline for a run. Raises `PipelineError` where something that is named is not there."""
    for name in (STACK, URL):
        if environ.get(name) and environ.get(GALLERY):
            raise PipelineError(
                f"{GALLERY} names people for a pipeline that is started for the tests, and {name} names one that runs:"
                " unset one of the two"
            )
    if environ.get(STACK):
        return Deployed(environ[STACK])
    if environ.get(URL):
        sqs, response_queue = environ.get("FACEPIPE_SQS"), environ.get("FACEPIPE_RESPONSE_QUEUE")
        return Running(Given(environ[URL], sqs, response_queue, environ.get("FACEPIPE_API")))
    template = _template(suite, environ)
    if template is not None and template == paths.template.resolve():
        template = None
    return ToStart(template, _gallery(environ, template), suite.options, suite.function, suite.response_queue)


def _template(suite: Suite, environ: Mapping[str, str]) -> Path | None:
    """Return the template that is named, else that of the root folder; None for facepipe's own."""
    named, setting = environ.get(TEMPLATE, ""), TEMPLATE
    if not named:
        named, setting = suite.template, "facepipe_template"
    if named == OWN or (not named and not has_template(suite.root)):
        return None
    try:
        return find_template(suite.root / named)
    except NoTemplateError as error:
        raise PipelineError(f"{setting}: {error}" if named else str(error)) from error


def _gallery(environ: Mapping[str, str], template: Path | None) -> Path | None:
    """Return the gallery that is named, if there is one: a mistyped name must not become an empty gallery."""
    if not environ.get(GALLERY):
        return None
    gallery = Path(environ[GALLERY]).expanduser().absolute()
    if template is not None:
        raise PipelineError(f"{GALLERY} is for facepipe's own face recognition, and {template} is run: unset it")
    if not gallery.is_file():
        raise PipelineError(
            f"{GALLERY}: there is no file {gallery}; correct it, make it with"
            f" `facepipe enrol PEOPLE --gallery {gallery}`, or unset it for the sample gallery"
        )
    return gallery
