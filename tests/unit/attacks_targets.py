"""Attacks by who serves the files, has some role's keys, or holds the line."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, repeat
from typing import TYPE_CHECKING

from msgspec.structs import replace as changed

from edge.ota.manifest import bundle_target, set_target, signable
from edge.ota.transport import LineError
from tests.unit.attack_table import attack
from tests.unit.repository_simulator import SET, SETS, Answer, archive, broken_after, set_custom, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.unit.ota_site import Site

CANARY = "sets-canary-any-all"


def bundle_path(site: Site, role: str = "embedder") -> str:
    """Where a bundle is served."""
    return next(name for name in site.sim.files if name.startswith(f"targets/bundles/{role}/"))


@attack("endless data in the place of a bundle", "more than the 10240 bytes", fresh=True)
def endless(site: Site) -> None:
    site.sim.acts[bundle_path(site)] = lambda _offset: Answer(200, repeat(b"x" * 16_384))


@attack("endless data in the place of a root", "more than the 65536 bytes")
def endless_root(site: Site) -> None:
    site.sim.acts["metadata/2.root.json"] = lambda _offset: Answer(200, repeat(b" " * 16_384))


@attack("slow data: a byte now and then", "took longer than its 900 s")
def slow(site: Site) -> None:
    def drips() -> Iterator[bytes]:
        while True:
            site.time.now += 15.0  # less than any time limit of a socket
            yield b" "

    site.sim.acts["metadata/timestamp.json"] = lambda _offset: Answer(200, drips())


@attack("silence: the server accepts and says nothing", "nothing came for too long; given up")
def silent(site: Site) -> None:
    def answer(_offset: int) -> Answer:
        site.time.now += 20.0
        raise LineError("nothing came for too long", slow=True)

    site.sim.acts["metadata/timestamp.json"] = answer


@attack("the line is cut in every answer", "given up after 6 tries in a row", fresh=True)
def cut(site: Site) -> None:
    path = bundle_path(site)
    site.sim.acts[path] = lambda offset: broken_after(site.sim.files[path], 5000, offset)


@attack("a bundle that is too short", "length", fresh=True)
def short(site: Site) -> None:
    path = bundle_path(site)
    site.sim.files[path] = site.sim.files[path][:-1]


@attack("a bundle of the right length with other content", "hash", fresh=True)
def other_content(site: Site) -> None:
    path = bundle_path(site)
    site.sim.files[path] = b"x" * len(site.sim.files[path])


@attack("a larger bundle served in the place of another", "more than the 10240 bytes", fresh=True)
def substituted(site: Site) -> None:
    raw = archive(site.folder / "larger", "detector", 9000)
    site.sim.files[bundle_path(site)] = raw


@attack("a set's file in the place of another set's", "hash")
def substituted_set(site: Site) -> None:
    old = next(name for name in site.sim.files if name.startswith("targets/sets/"))
    raw = site.sim.files[old]
    site.release("two", 2)
    for name in site.sim.files:
        if name.startswith("targets/sets/"):
            site.sim.files[name] = raw


@attack(
    "a bundle whose signed length is another", "names another file than the one that the embedder's signers", fresh=True
)
def wrong_length(site: Site) -> None:
    site.bundles["embedder"] = changed(site.bundles["embedder"], bytes=9)
    site.release("two", 2)


@attack("a delegate signs a path that it was not given", "nobody who may sign a embedder did", fresh=True)
def outside(site: Site) -> None:
    raw = archive(site.folder / "evil", "embedder", 4000)
    site.bundles["embedder"] = site.sim.add_bundle("embedder", raw, "evil-1", by="bundles-liveness")
    site.release("two", 2)


@attack("a set names a bundle that another role's signers signed", "no embedder's", fresh=True)
def another_roles(site: Site) -> None:
    ref = site.bundles["liveness"]
    raw = site.sim.add_set("two", 2, site.bundles).replace(
        site.bundles["embedder"].target.encode(), ref.target.encode()
    )
    site.sim.add(SETS, SET, raw, signable(set_custom("two", 2)))
    site.sim.publish()


@attack("a bundle that is signed as another role's", "the set names it as its embedder", fresh=True)
def signed_as_another(site: Site) -> None:
    raw = archive(site.folder / "evil", "embedder", 4000)
    ref = site.sim.add_bundle("liveness", raw, "evil-1", by="bundles-embedder")
    custom = site.sim.targets["bundles-embedder"].targets[ref.target].unrecognized_fields["custom"]
    path = bundle_target("embedder", "any", "evil-1")
    site.sim.add("bundles-embedder", path, raw, custom)
    site.bundles["embedder"] = changed(ref, target=path)
    site.release("two", 2)


@attack("another channel's signers sign this channel's set", "no set is published for this device", fresh=True)
def another_channel(site: Site) -> None:
    del site.sim.targets[SETS].targets[SET]
    site.sim.delegate(CANARY, [set_target("canary", "any", "all")])
    site.sim.add_set("two", 2, site.bundles, by=CANARY)
    site.sim.publish()


@attack("a terminating delegation that has nothing hides what comes after it", "no set is published", fresh=True)
def terminating(site: Site) -> None:
    site.sim.delegate("hides", ["sets/*/*/*"], first=True, terminating=True)
    site.sim.publish()


@attack("delegations in a circle", "no set is published", fresh=True)
def circle(site: Site) -> None:
    del site.sim.targets[SETS].targets[SET]
    site.sim.delegate("ring-a", ["sets/*/*/*"])
    site.sim.delegate("ring-b", ["sets/*/*/*"], by="ring-a")
    site.sim.delegate("ring-a", ["sets/*/*/*"], by="ring-b")
    site.sim.publish()


@attack("delegations without end", "no set is published", fresh=True)
def without_end(site: Site) -> None:
    raw = site.sim.targets[SETS].targets.pop(SET)
    names = ["targets", *(f"link-{number}" for number in range(40))]
    for parent, child in pairwise(names):
        site.sim.delegate(child, ["sets/*/*/*"], by=parent)
    site.sim.targets[names[-1]].targets[SET] = raw
    site.sim.publish()


@attack("a delegated role that the snapshot does not name", "was delegated but is not part of snapshot", fresh=True)
def not_in_snapshot(site: Site) -> None:
    site.sim.publish()
    del site.sim.snapshot.meta[f"{SETS}.json"]
    site.sim.publish_snapshot()


@attack("signed figures about a set that are none", "sets/stable/any/all.toml: key `rollout`", fresh=True)
def no_figures(site: Site) -> None:
    raw = site.sim.add_set("two", 2, site.bundles)
    custom = signable(set_custom("two", 2))
    site.sim.add(SETS, SET, raw, {**custom, "rollout": {"percent": "NaN", "salt": "x"}})
    site.sim.publish()


@attack("a set for this device that says nothing of itself", "says nothing of itself", fresh=True)
def says_nothing(site: Site) -> None:
    site.sim.add(SETS, SET, site.sim.add_set("two", 2, site.bundles))
    site.sim.publish()


@attack("a bundle for another board", "is for jetson boards, and this is fake", fresh=True)
def another_board(site: Site) -> None:
    raw = archive(site.folder / "other", "embedder", 4000)
    site.bundles["embedder"] = site.sim.add_bundle("embedder", raw, "other-1", board="jetson")
    site.release("two", 2)


@attack("a bundle for a newer runtime", "needs ai_edge_litert 2.0, and here is ai_edge_litert 1.0", fresh=True)
def another_runtime(site: Site) -> None:
    site.device = replace(site.device, runtime=("ai_edge_litert", "1.0"))


@attack("an archive with more in it than was signed", "were promised; it is refused", fresh=True)
def bomb(site: Site) -> None:
    raw = archive(site.folder / "bomb", "embedder", 4000)
    site.bundles["embedder"] = site.sim.add_bundle("embedder", raw, "bomb-1", unpacked_bytes=100)
    site.release("two", 2)


@attack("a bundle's manifest that is not the one of the set", "is not the bundle that the set names", fresh=True)
def another_manifest(site: Site) -> None:
    site.bundles["embedder"] = changed(site.bundles["embedder"], manifest_sha256="0" * 64)
    site.release("two", 2)


@attack("redirections without end", "it only sends to other addresses")
def redirections(site: Site) -> None:
    site.sim.acts["metadata/timestamp.json"] = lambda _offset: Answer(302, iter(()), {"Location": "timestamp.json"})


@attack("a redirection from https to http", "another kind of address; that is never followed")
def downgraded(site: Site) -> None:
    there = {"Location": "http://updates.example/terminal/metadata/timestamp.json"}
    site.sim.acts["metadata/timestamp.json"] = lambda _offset: Answer(302, iter(()), there)


@attack("a redirection to a file of this machine", "another kind of address; that is never followed")
def local_file(site: Site) -> None:
    site.sim.acts["metadata/timestamp.json"] = lambda _offset: Answer(302, iter(()), {"Location": "file:///etc/passwd"})


@attack("a rest of a file that begins somewhere else", "hash", fresh=True)
def other_rest(site: Site) -> None:
    raw = archive(site.folder / "large", "embedder", 200_000)
    site.bundles["embedder"] = site.sim.add_bundle("embedder", raw, "large-1")
    site.release("two", 2)
    path = next(name for name in site.sim.files if name.endswith("large-1.tar"))
    evil = raw[:-20_000] + b"y" * 20_000
    site.sim.acts[path] = lambda offset: whole(evil, offset) if offset else broken_after(raw, 100_000)


@attack("a server's words that would move a terminal's cursor", "another kind of address")
def escapes(site: Site) -> None:
    there = {"Location": "gopher://x/\x1b[2J\x07\udcff"}
    site.sim.acts["metadata/timestamp.json"] = lambda _offset: Answer(302, iter(()), there)
