"""InceptionResnetV1 on the kernels."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np

from services.face_recognition.embedder import WIDTH, Crops, Embeddings
from services.nets.cpus import available_cpus
from services.nets.kernel_library import load_kernels
from services.nets.kernel_net import Images, KernelNet

FACES = 5  #: at a time: more are no faster, and want more memory


def load_embedder(models: Path, *, threads: int | None = None) -> "KernelEmbedder":
    """Load the net; `ModelError` when it is not there or damaged. `threads`: by default as many as there are CPUs."""
    threads = threads or available_cpus()
    net = KernelNet.load(models, "embedder", load_kernels(models))
    return KernelEmbedder(net, threads, ThreadPoolExecutor(threads) if threads > 1 else None)


@dataclass(frozen=True, slots=True)
class KernelEmbedder:
    """Each thread takes faces of its own, for those share no memory; what is left over, all threads do together."""

    net: KernelNet
    threads: int
    pool: ThreadPoolExecutor | None
    _together: Lock = field(default_factory=Lock)  #: two calls, each with some of the pool, would wait for ever

    def embed(self, crops: Crops) -> Embeddings:
        """Return the embedding of each crop; none for none."""
        images = crops.astype(np.float32)
        apart = len(images) // self.threads * self.threads
        rounds = -(-apart // (self.threads * FACES))
        parts = np.array_split(images[:apart], self.threads * rounds) if rounds else []
        found = [np.zeros((0, WIDTH), np.float32), *(self.pool.map if self.pool else map)(self._embed, parts)]
        with self._together:
            found += [self._embed(images[face : face + 1], self.threads) for face in range(apart, len(images))]
        return np.concatenate(found)

    def _embed(self, images: Images, threads: int = 1) -> Embeddings:
        found: Embeddings = self.net(images, self.pool, threads)[:, 0, 0]
        return found
