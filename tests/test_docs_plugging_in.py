"""The page on plug-ins does what it says."""

from pathlib import Path


def test_every_block_runs():
    page = Path(__file__).parents[1] / "docs" / "plugging-in.md"
    blocks = page.read_text(encoding="utf-8").split("```python\n")[1:]
    assert len(blocks) == 3
    exec("\n".join(block.split("```")[0] for block in blocks), {})
