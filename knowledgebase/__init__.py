"""Articles, and how the one that answers a question is found."""

import os

# Read by numpy when it is first imported, which is below here. Two threads of linear algebra and
# the embedder's own would spin for each other: 50,000 vectors are compared in 2 ms by one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
