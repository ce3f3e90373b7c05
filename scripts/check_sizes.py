#!/usr/bin/env python3
"""Fails on files of more than 400 lines and functions of more than 60.

Tables are no files in this sense (`*.def`, data, generated documents), and what must be longer stands below with
its reason. Comments and blank lines count: they are read too.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES, FUNCTION_LINES = 400, 60

# path, or path:function -> why it may be longer.
EXCEPTIONS = {
    "executor/cpu/kernels/gemm_tile.h:gemm_tile": "its sums live in registers only while all loops over them are in one function",
    "executor/cpu/kernels/conv_direct.cpp:conv_direct": "one loop nest, whose levels share a dozen sizes",
}  # fmt: skip

CODE = {".h", ".cpp", ".mm", ".py"}
STRIP = re.compile(
    r'R"(?P<d>[^()\\\s]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/'
    r"|^[ \t]*#(?:[^\n\\]|\\\n|\\.)*",
    re.S | re.M,
)
SPECIFIER = re.compile(r"\b(?:namespace|extern)\b")
TYPE = re.compile(r"\b(?:class|struct|union|enum)\b")


def blanked(text):
    """The text without comments, strings and directives, as many lines as before."""
    return STRIP.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


def name_of(head):
    head = re.sub(r"__attribute__\s*\(\(.*?\)\)", " ", head)
    found = re.findall(r"([~\w:]+)\s*(?:<[^;{}]*>)?\s*\(", re.sub(r"\b(?:if|for|while|switch|noexcept|decltype)\b", " ", head))
    lambdas = re.search(r"([\w:]+)\s*=\s*\[", head)
    return lambdas.group(1) if lambdas else found[0] if found else "?"


def cpp_functions(text):
    """(name, first line, lines) of everything with a body at the level of namespaces and classes."""
    code = blanked(text)
    scopes, start, line = [], 0, 1
    head_line = 1
    fresh = True
    for i, c in enumerate(code):
        inside = any(kind == "function" for kind, *_ in scopes)
        if c == "\n":
            line += 1
            continue
        if not c.isspace() and fresh and not inside:
            head_line, start, fresh = line, i, False
        if c == "{":
            head = code[start:i]
            if inside or (scopes and scopes[-1][0] == "data"):
                kind = "block"
            elif SPECIFIER.search(head):
                kind = "namespace"
            elif TYPE.search(head) and not re.search(r"\)\s*(?:const|noexcept|override|final|->[^;]*)?\s*$", head):
                kind = "type"
            else:
                kind = "function" if "(" in head or re.search(r"=\s*\[", head) else "data"
            scopes.append((kind, name_of(head) if kind == "function" else "", head_line))
            fresh = True
        elif c == "}" and scopes:
            kind, name, first = scopes.pop()
            if kind == "function":
                yield name, first, line - first + 1
            fresh = True
        elif c == ";" and not inside:
            fresh = True


def py_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def problems_of(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    suffix = Path(path).suffix
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield path, f"{path}: {lines} lines, more than {FILE_LINES}"
    for name, first, length in py_functions(text) if suffix == ".py" else cpp_functions(text):
        if length > FUNCTION_LINES:
            yield f"{path}:{name}", f"{path}:{first}: {name} has {length} lines, more than {FUNCTION_LINES}"


def main():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [p for p in done.stdout.splitlines() if Path(p).suffix in CODE and (ROOT / p).is_file()]
    found = dict(problem for path in paths for problem in problems_of(path))
    messages = [text for key, text in found.items() if key not in EXCEPTIONS]
    messages += [f"scripts/check_sizes.py: {key} is no longer too long" for key in EXCEPTIONS if key not in found]
    for message in messages:
        print(message, file=sys.stderr)
    print(f"check_sizes: {len(paths)} files, {len(messages)} problems")
    return 1 if messages else 0


if __name__ == "__main__":
    sys.exit(main())
