"""Opens the pipeline of a run of tests, whichever it is."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from facepipe.client.deployed import deployed
from facepipe.client.discovery import find_pipeline
from facepipe.paths import Paths
from facepipe.pipeline import Pipeline
from facepipe.pipeline_choice import Deployed, Running, Suite, choose_pipeline
from facepipe.started_pipeline import started


@contextlib.contextmanager
def opened(suite: Suite, environ: Mapping[str, str], folder: Path, *, say: Callable[[str], None]) -> Iterator[Pipeline]:
    """Find or start the pipeline of a suite; what was started is stopped at the end of the block."""
    paths = Paths()
    chosen = choose_pipeline(suite, environ, paths)
    if isinstance(chosen, Deployed):
        yield Pipeline(deployed(chosen.stack))
    elif isinstance(chosen, Running):
        yield Pipeline(find_pipeline(chosen.given))
    else:
        with started(chosen, folder, paths=paths, say=say) as own:
            yield Pipeline(own.endpoints, started=own)
