"""What can be changed in a module: each change is one operator, number, condition, argument or statement, and compiles."""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
SKIPPED = (ast.JoinedStr, ast.Import, ast.ImportFrom)
"""Words of messages and imports stay as they are: tests of words would fix the words."""


@dataclass(frozen=True)
class Change:
    """One change of a module: where, from what to what, and the tree with it."""

    line: int
    before: str
    after: str
    tree: ast.Module


def changes(source: str) -> Iterator[Change]:
    r"""Yield every change of a module.

    Examples
    --------
    >>> [change.after for change in changes("def f(a: int) -> bool:\n    return a < 3")]
    ['return None', 'a <= 3', '4']
    """
    tree = ast.parse(source)
    places = [place for place in _places(tree, ()) if place]
    for place in places:
        for node in _others(_at(tree, place)):
            changed = copy.deepcopy(tree)
            before = _at(changed, place)
            _put(changed, place, ast.copy_location(node, before))
            yield Change(getattr(before, "lineno", 1), _text(before), _text(node), ast.fix_missing_locations(changed))


Place = tuple[tuple[str, int | None], ...]


def _places(node: ast.AST, place: Place) -> Iterator[Place]:
    """Yield the places of nodes that may be changed: no annotations, decorators, docstrings or words of messages."""
    if isinstance(node, SKIPPED):
        return
    yield place
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        children = value if isinstance(value, list) else [value]
        for at, child in enumerate(children):
            if isinstance(child, ast.AST):
                yield from _places(child, (*place, (name, at if isinstance(value, list) else None)))


def _at(tree: ast.AST, place: Place) -> ast.AST:
    for name, at in place:
        tree = getattr(tree, name) if at is None else getattr(tree, name)[at]
    return tree


def _put(tree: ast.AST, place: Place, node: ast.AST) -> None:
    parent, (name, at) = _at(tree, place[:-1]), place[-1]
    if at is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[at] = node


def _text(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0]


def _others(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may stand in the place of a node."""
    match node:
        case ast.Compare(left, [operator], right) if type(operator) in COMPARISONS:
            yield ast.Compare(left, [COMPARISONS[type(operator)]()], right)
        case ast.BinOp(left, operator, right) if type(operator) in OPERATORS:
            yield ast.BinOp(left, OPERATORS[type(operator)](), right)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not() | ast.Invert() | ast.USub(), operand):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value):
            yield ast.Constant(value + 1)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.If(ast.Name() | ast.Attribute() | ast.Call() as test, body, orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.Return(value) if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call()):
            yield ast.Pass()
