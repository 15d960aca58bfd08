"""Why an article was found, in a sentence for content staff."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from knowledgebase.scoring import Found


def sentence(found: Found, *, kind: str, text: str, core: str, shared: Iterable[str]) -> str:
    """Return why the article was found.

    Args:
        found: the article beside the query.
        kind: of the phrasing, 标准问 or 相似问.
        text: the phrasing.
        core: the phrasing as it is compared.
        shared: the names of the word groups that both name.
    """
    matched = f"{kind}“{text}”"
    if found.exact:
        return f"与{matched}一致。"
    pieces = "".join(f"“{piece}”" for piece in _pieces(found.core, core))
    groups = "".join(f"“{name}”" for name in shared)
    if found.by_meaning and not pieces:
        said = f"意思相近：与{matched}" + (f"说的都是{groups}" if groups else "说法不同，意思接近")
    elif pieces:
        said = ("意思相近：" if found.by_meaning else "") + f"与{matched}相近，都提到{pieces}"
    else:
        said = f"与{matched}相近，" + (f"说的都是{groups}" if groups else "用字相似")
    if found.opposed_in:
        said += f"；但两者在“{found.opposed_in}”上说的不是一回事，不能直接作答"
    elif found.silent_on:
        said += f"；但文章没有说到“{found.silent_on}”，不能直接作答"
    return said + f"，得分 {found.score:.2f}。"


def _pieces(one: str, other: str) -> list[str]:
    """Return up to three pieces of at least two characters that both texts have, longest first."""
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    pieces = {one[block.a : block.a + block.size] for block in blocks if block.size > 1}
    return sorted(pieces, key=lambda piece: (-len(piece), one.index(piece)))[:3]
