"""Check a built site without a network: every link leads somewhere, nothing is loaded from afar.

python docs/check_links.py built-docs
"""

from __future__ import annotations

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


class _Page(HTMLParser):
    """Names to jump to, links, and what a browser loads by itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attributes if value is not None}
        self.names.update(given[key] for key in ("id", "name") if key in given)
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in _LOADING and _LOADING[tag] in given:
            self.loaded.append(given[_LOADING[tag]])


def complaints(site: Path) -> list[str]:
    """Return one line for each link that leads nowhere and each thing loaded from a network."""
    pages = {path: _Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}
    found = []
    for path, page in sorted(pages.items()):
        where = path.relative_to(site)
        for target in page.loaded:
            if urlsplit(target).netloc:
                found.append(f"{where}: loads {target}")
        for target in [*page.links, *page.loaded]:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not file.is_file():
                found.append(f"{where}: {target}: no such file")
            elif parts.fragment and file in pages and parts.fragment not in pages[file].names:
                found.append(f"{where}: {target}: no such place on that page")
    return found


def main(arguments: list[str]) -> int:
    """Print every complaint; return 1 when there is one or when there are no pages."""
    site = Path(arguments[0]).resolve()
    if not any(site.rglob("*.html")):
        print(f"{site}: no pages")
        return 1
    found = complaints(site)
    print("\n".join(found) or f"{site.name}: every link leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
