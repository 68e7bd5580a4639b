"""P-Net of another engine, whose numbers come plane after plane, as the cascade calls it."""

import numpy as np
from numpy.typing import NDArray

from facepipe.bench.oracles.onnx_embedder import Run
from services.face_detection.stages import Net, Planes


def per_cell(pnet: Run) -> Net:
    """Return cells×outputs where the net gives 1×outputs×rows×columns."""

    def run(images: Planes) -> NDArray[np.float32]:
        (planes,) = pnet(images)
        outputs: NDArray[np.float32] = planes.reshape(len(planes), -1).T
        return outputs

    return run
