"""Breaks the door's rules in the ways that mutmut leaves out, one at a time, and asks whether a test notices.

`python -m tests.bench.mutants edge/access/rules.py … [--tests tests/unit/test_rules.py …] [--sample 100] [--json]`.

mutmut (`scripts/mutants`) breaks the expressions inside functions. What it leaves out is here: tables and defaults of
modules and classes, statements that are missing, conditions that always or never hold, a part of a condition or of a
chain of comparisons that is missing, an element that is missing, other values returned, and comparisons that differ
for a number that is none. Each mutant lives in the memory of a process of its own, forked from one that has loaded
pytest already; no file is written.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import dataclasses
import importlib.abc
import importlib.util
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from enum import StrEnum
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING

import hypothesis.stateful  # noqa: F401 - loaded once, and not in each child
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.machinery import ModuleSpec
    from types import ModuleType

TESTS = [
    f"tests/unit/test_{name}.py"
    for name in (
        *("door", "door_written", "rules", "rules_bounds", "rules_alone", "door_wires", "door_leaf", "door_orders"),
        *("door_time", "lockout", "schedule", "clock", "keeping", "door_law"),
    )
]
"""The quick ones first: the first failure ends a mutant."""

WORDS = (
    *("-x", "-q", "-s", "-p", "no:cacheprovider", "--hypothesis-profile=mutants"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
SEED = 5
SWAPS = {"min": "max", "max": "min", "any": "all", "all": "any"}
OPPOSITE: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.GtE(), ast.LtE: ast.Gt(), ast.Gt: ast.LtE(), ast.GtE: ast.Lt(),
}  # fmt: skip
PASSED_OVER = frozenset({"annotation", "returns", "decorator_list", "keywords", "bases"})
"""Types, and what makes a class."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "survived"
    TIMED_OUT = "timed out"


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A module with one mistake."""

    path: str
    line: int
    what: str
    within: bool
    source: str = dataclasses.field(repr=False)

    @property
    def module(self) -> str:
        """Its name where it is imported."""
        return self.path.removesuffix(".py").replace("/", ".")


def mutants(path: str, source: str) -> Iterator[Mutant]:
    """Every mutant of a module."""
    tree = ast.parse(source)
    for line, what, within in _break(tree, within=False):
        yield Mutant(path, line, what, within, ast.unparse(ast.fix_missing_locations(tree)))


def _break(parent: ast.AST, *, within: bool) -> Iterator[tuple[int, str, bool]]:
    """Break the tree in one place after another, and mend it again; `within` a function or not."""
    within = within or isinstance(parent, ast.FunctionDef)
    for field, value in ast.iter_fields(parent):
        passed_over = field in PASSED_OVER and not isinstance(parent, ast.Call)
        for index, child in enumerate(value if isinstance(value, list) else [value]):
            if passed_over or not isinstance(child, ast.AST) or _is_for_types(child):
                continue
            for what, instead in _variants(parent, field, child, within=within):
                _put(parent, field, index, instead)
                yield getattr(child, "lineno", 0), f"{what}: {ast.unparse(child).splitlines()[0]}", within
                _put(parent, field, index, child)
            yield from _break(child, within=within)


def _put(parent: ast.AST, field: str, index: int, child: ast.AST) -> None:
    held = getattr(parent, field)
    if isinstance(held, list):
        held[index] = child
    else:
        setattr(parent, field, child)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _variants(parent: ast.AST, field: str, node: ast.AST, *, within: bool) -> Iterator[tuple[str, ast.AST]]:
    if (field == "test" and isinstance(parent, ast.If)) or field == "ifs":
        yield "always", ast.Constant(value=True)
        yield "never", ast.Constant(value=False)
    if isinstance(node, ast.Return) and node.value is not None:
        if not isinstance(node.value, ast.Constant):
            yield "returns None", ast.Return(value=ast.Constant(value=None))
        if isinstance(node.value, ast.Compare | ast.BoolOp | ast.Constant):
            yield "returns the opposite", ast.Return(value=ast.UnaryOp(op=ast.Not(), operand=node.value))
    elif within and isinstance(node, ast.Assign | ast.AugAssign) and _changes(node):
        yield "missing", ast.Pass()
    elif isinstance(node, ast.expr):
        yield from _expressions(node)
    if not within and isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float):
        yield from _constants(node.value)


def _changes(node: ast.Assign | ast.AugAssign) -> bool:
    """Whether a name has a value already, so that it is there without the statement too."""
    targets = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    loaded = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
    return isinstance(node, ast.AugAssign) or bool(targets & loaded)


def _constants(value: float) -> Iterator[tuple[str, ast.AST]]:
    others = [not value] if isinstance(value, bool) else [value + 1, value - 1, value * 2]
    for other in others:
        if other != value:
            yield f"becomes {other}", ast.Constant(value=other)


def _expressions(node: ast.expr) -> Iterator[tuple[str, ast.AST]]:
    match node:
        case ast.BoolOp(op=op, values=values):
            for index, one in enumerate(values):
                rest = [*values[:index], *values[index + 1 :]]
                yield f"without {ast.unparse(one)}", rest[0] if len(rest) == 1 else ast.BoolOp(op=op, values=rest)
        case ast.Tuple(elts=elements, ctx=ast.Load()) | ast.Set(elts=elements):
            for index, one in enumerate(elements):
                rest = [*elements[:index], *elements[index + 1 :]]
                less = ast.Tuple(elts=rest, ctx=ast.Load())
                yield f"without {ast.unparse(one)}", less if isinstance(node, ast.Tuple) or not rest else ast.Set(rest)
        case ast.Dict(keys=keys, values=values):
            for index, key in enumerate(keys):
                rest = [*values[:index], *values[index + 1 :]]
                what = ast.unparse(key) if key else "**"
                yield f"without {what}", ast.Dict(keys=[*keys[:index], *keys[index + 1 :]], values=rest)
        case ast.Compare(left=left, ops=[first, last], comparators=[middle, right]):
            yield "only the first comparison", ast.Compare(left=left, ops=[first], comparators=[middle])
            yield "only the last comparison", ast.Compare(left=middle, ops=[last], comparators=[right])
        case ast.Compare(left=left, ops=[op], comparators=right) if type(op) in OPPOSITE:
            contrary = ast.Compare(left=left, ops=[OPPOSITE[type(op)]], comparators=right)
            yield "otherwise for NaN", ast.UnaryOp(op=ast.Not(), operand=contrary)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=words) if name in SWAPS:
            yield SWAPS[name], ast.Call(func=ast.Name(id=SWAPS[name], ctx=ast.Load()), args=args, keywords=words)


class Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads a mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant

    def find_spec(self, name: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        del path, target
        return importlib.util.spec_from_loader(name, self) if name == self._mutant.module else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self._mutant.source, self._mutant.path, "exec"), vars(module))  # noqa: S102 - what a loader does


def put_in_place(mutant: Mutant) -> None:
    """Give the functions of a module that is loaded already the mutant's code."""
    found: list[CodeType] = [compile(mutant.source, mutant.path, "exec")]
    for code in found:
        found.extend(one for one in code.co_consts if isinstance(one, CodeType))
    codes = {code.co_qualname: code for code in found}
    module = sys.modules[mutant.module]
    classes = [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == mutant.module]
    for held in (module, *classes):
        for one in vars(held).values():
            function = one.fget if isinstance(one, property) else one
            if isinstance(function, FunctionType) and function.__module__ == mutant.module:
                function.__code__ = codes.get(function.__qualname__, function.__code__)


def fate(limit_s: int, run: Callable[[], int]) -> Fate:
    """Run tests in a process of its own."""
    child = os.fork()
    if child == 0:
        signal.alarm(limit_s)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        with contextlib.suppress(BaseException):
            os._exit(int(run()))
        os._exit(1)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return Fate.TIMED_OUT
    return Fate.SURVIVED if status == 0 else Fate.KILLED


class Judge:
    """Runs the tests on each mutant; a plugin of pytest, for the mutants that need no module to be loaded anew."""

    def __init__(self, tests: list[str], made: list[Mutant]) -> None:
        self._words = [*WORDS, *tests]
        self._made = made
        self._limit_s = 3600
        self.fates: dict[Mutant, Fate] = {}

    def judge(self) -> None:
        begun = time.monotonic()
        if fate(self._limit_s, lambda: pytest.main(self._words)) is not Fate.SURVIVED:
            sys.exit(f"the tests fail on the unbroken code: pytest {' '.join(self._words)}")
        self._limit_s = 30 + 10 * int(time.monotonic() - begun)
        for mutant in self._made:
            if not mutant.within:
                self._note(mutant, fate(self._limit_s, partial(self._load, mutant)))
        with contextlib.redirect_stdout(sys.stderr):
            pytest.main(self._words, [self])

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for mutant in self._made:
            if mutant.within:
                self._note(mutant, fate(self._limit_s, partial(self._run, mutant, session)))
        return True

    def _load(self, mutant: Mutant) -> int:
        sys.meta_path.insert(0, Instead(mutant))
        return pytest.main(self._words)

    def _run(self, mutant: Mutant, session: pytest.Session) -> int:
        put_in_place(mutant)
        for index, item in enumerate(session.items):
            following = session.items[index + 1] if index + 1 < len(session.items) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.testsfailed:
                return 1
        return 0

    def _note(self, mutant: Mutant, outcome: Fate) -> None:
        self.fates[mutant] = outcome
        if outcome is not Fate.KILLED:
            sys.stderr.write(f"{mutant.path}:{mutant.line}: {outcome}: {mutant.what}\n")


def parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--tests", nargs="+", default=TESTS)
    parser.add_argument("--sample", type=int, help="so many of all mutants")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Print what became of each module's mutants, and each that no test noticed; 1 when there is one."""
    given = parse(words)
    made = [one for path in given.modules for one in mutants(path, Path(path).read_text())]
    if given.sample is not None and given.sample < len(made):
        made = random.Random(given.seed).sample(made, given.sample)  # noqa: S311 - figures, not secrets
    begun, judge = time.monotonic(), Judge(given.tests, made)
    judge.judge()
    counts = {path: Counter(judge.fates[one] for one in made if one.path == path) for path in given.modules}
    lived = [(one.path, one.line, one.what) for one in made if judge.fates[one] is Fate.SURVIVED]
    if given.json:
        report = {"fates": counts, "survived": lived, "seconds": time.monotonic() - begun}
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
        return int(bool(lived))
    for path, fates in counts.items():
        sys.stdout.write(f"{path}: {fates.total()} made, {', '.join(f'{fates[one]} {one}' for one in Fate)}\n")
    return int(bool(lived))


if __name__ == "__main__":
    sys.exit(main())
