"""The root of a device as one stream: what Debian's tar has, less what is left out, with the program's own files on it.

No file of it is ever laid out on this machine, so that owners and modes need no privilege here: every entry is a
header and bytes, and `sqfstar` reads the stream.
"""

from __future__ import annotations

import fnmatch
import io
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING

from image.build.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

FOLDER, FILE = 0o755, 0o644


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or link of the root.

    Attributes:
        content: Bytes, or the file on this machine that has them; None for a folder or a link.
        link: Where a symbolic link points; empty for anything else.
        mode: Permissions.
        owner: User id and group id.
    """

    content: bytes | Path | None = None
    link: str = ""
    mode: int = FILE
    owner: tuple[int, int] = (0, 0)

    def header(self, name: str, epoch: int) -> tarfile.TarInfo:
        """Its header in the stream; `name` is its absolute path."""
        info = tarfile.TarInfo("." + name)
        info.mode, info.mtime = self.mode, epoch
        info.uid, info.gid = self.owner
        if self.link:
            info.type, info.linkname, info.mode = tarfile.SYMTYPE, self.link, 0o777
        elif self.content is None:
            info.type = tarfile.DIRTYPE
        else:
            info.size = self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)
        return info


@dataclass(slots=True)
class Tree:
    """What is laid over Debian's root: absolute path to entry, the later the stronger."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def put(self, path: str, entry: Entry) -> None:
        """Lay an entry at an absolute path, with the folders above it."""
        for above in reversed(Path(path).parents):
            if str(above) != "/":
                self.entries.setdefault(str(above), Entry(mode=FOLDER))
        self.entries[path] = entry

    def lay(self, folder: Path, at: str = "", *, epoch_mode: bool = True) -> None:
        """Lay a whole folder of this machine at a path; what is executable here is so there."""
        for path in sorted(folder.rglob("*")):
            name = f"{at}/{path.relative_to(folder).as_posix()}"
            if path.is_symlink():
                self.put(name, Entry(link=str(path.readlink())))
            elif path.is_dir():
                self.entries.setdefault(name, Entry(mode=FOLDER))
            else:
                runs = bool(path.stat().st_mode & 0o100) and epoch_mode
                self.put(name, Entry(path, mode=FOLDER if runs else FILE))


def absolute(member: tarfile.TarInfo) -> str:
    """The absolute path of a member of Debian's tar."""
    return "/" + member.name.removeprefix(".").strip("/")


def left_out(path: str, globs: Iterable[str]) -> bool:
    """Whether a path, or a folder that it is in, is left out; a glob is relative to the root."""
    above = [path, *(str(one) for one in Path(path).parents)]
    return any(fnmatch.fnmatchcase(one, f"/{glob}") for glob in globs for one in above)


def merged(
    base: tarfile.TarFile, tree: Mapping[str, Entry], globs: Sequence[str]
) -> Iterator[tuple[str, tarfile.TarInfo | Entry]]:
    """Every path of the root once: what the base has and nothing lies over, then what is laid over it.

    Raises:
        ImageError: A folder is laid over a link, where it would hide what the link leads to.
    """
    links: dict[str, str] = {}
    folders: set[str] = set()
    for member in base:
        path = absolute(member)
        if left_out(path, globs):
            continue
        if member.issym():
            links[path] = member.linkname
        elif member.isdir():
            folders.add(path)
        over = tree.get(path)
        if over is None or (member.isdir() and _plain(over)):
            yield path, member
    for path, entry in sorted(tree.items()):
        above = next((str(one) for one in [Path(path), *Path(path).parents] if str(one) in links), None)
        if above is not None and (above != path or _plain(entry)):
            raise ImageError(f"{path} would be behind the link {above} → {links[above]}: name it where that leads")
        if not (path in folders and _plain(entry)):
            yield path, entry


def _plain(entry: Entry) -> bool:
    """A folder that nobody asked anything special of; the base's own stays as it is."""
    return entry == Entry(mode=FOLDER)


def write(source: Path, tree: Tree, globs: Sequence[str], epoch: int, out: IO[bytes]) -> None:
    """Write the whole root as a tar stream."""
    with (
        tarfile.open(source, "r:") as base,
        tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as stream,
    ):
        for path, what in merged(base, tree.entries, globs):
            if isinstance(what, tarfile.TarInfo):
                what.mtime = epoch
                what.pax_headers = {key: value for key, value in what.pax_headers.items() if key != "mtime"}
                stream.addfile(what, base.extractfile(what) if what.isreg() else None)
            elif isinstance(what.content, Path):
                with what.content.open("rb") as content:
                    stream.addfile(what.header(path, epoch), content)
            else:
                stream.addfile(what.header(path, epoch), io.BytesIO(what.content or b""))


def text(source: Path, path: str) -> bytes:
    """The bytes of one file of Debian's tar.

    Raises:
        ImageError: It has no such file.
    """
    with tarfile.open(source, "r:") as base:
        for member in base:
            if absolute(member) == path and (content := base.extractfile(member)) is not None:
                return content.read()
    raise ImageError(f"{source} has no {path}: the cache is damaged; remove it, and build again")
