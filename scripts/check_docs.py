#!/usr/bin/env python3
"""Fails on documentation that speaks of what is not there.

Held against the tree: paths and links, names in code, error codes, environment variables, CMake presets; against
`corecast VERB --help`: verbs and options; against the scripts' own text: their options. Looked at are all Markdown
files and, for paths and commands, the comments of sources. A page that invents a name to explain something says so
in a comment: `<!-- invented: fuse_square_plus, ... -->`.

The program: $CORECAST_CLI, else the newest build; without one, commands are not checked, and that is an error too.
"""

import functools
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = {".h", ".cpp", ".mm", ".def", ".py", ".cmake", ".proto", ".sh", ".json", ".toml", ".txt", ".ir", ".yml", ""}
CHECKED_PATH = {".h", ".cpp", ".def", ".py", ".cmake", ".proto", ".sh", ".md", ".ir"}
# Words that look like names of ours and are somebody else's.
FOREIGN = {
    "DebugString", "FileNotFoundError", "LayerNormalization", "snake_case", "CamelCase",
}  # fmt: skip

SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
FENCE = re.compile(r"^```(\w*)\s*$")
COMMENT = re.compile(r"//.*|^\s*#(?!\s*(?:include|define|if|ifdef|ifndef|endif|undef|else|elif|pragma|error)\b).*")
PATH = re.compile(r"(?<![\w/.~$*<>-])((?:[\w.-]+|<\w+>|\*|\{[\w.,]+\})(?:/(?:[\w.*+-]|<\w+>|\{[\w.,]+\})+)+/?)")
FILE_NAME = re.compile(r"(?<![\w/.<>*-])([\w<>*]+\.(?:h|cpp|def|py|cmake|proto|\{h,cpp\}))(?![\w/])")
OPTION = re.compile(r"(?<![\w-])(--[a-z][\w-]*)")
CODE = re.compile(r"\b[EW]\d{4}\b")
NAME = re.compile(r"\b(?:[A-Za-z_]\w*::)*[A-Za-z_]\w*")


@functools.cache
def tracked():
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


@functools.cache
def folders():
    return {parent.as_posix() for path in tracked() for parent in Path(path).parents}


@functools.cache
def base_names():
    return {Path(path).name for path in tracked()}


@functools.cache
def text_of(path):
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


@functools.cache
def sources():
    return [path for path in tracked() if Path(path).suffix in SOURCE and "golden/" not in path]


@functools.cache
def words():
    """Every word of every source, quoted ones too."""
    return {word for path in sources() for word in re.findall(r"\w+", text_of(path))}


@functools.cache
def defining(name):
    """The sources that define a type, namespace or function of this name, with the tables that they include."""
    pattern = re.compile(rf"\b(?:(?:class|struct|enum class|enum|namespace|def)\s+(?:\w+::)*{re.escape(name)}\b(?!;)|using {re.escape(name)} =)")
    found = [text_of(path) for path in sources() if pattern.search(text_of(path))]
    found += [text_of(table) for text in found for table in re.findall(r'#include "([^"]+\.def)"', text)]
    return "\n".join(re.sub(r"(?m)^#include.*$|//.*$", "", text) for text in found)


def braces(path):
    """a.{h,cpp} -> a.h, a.cpp."""
    match = re.search(r"\{([\w.,]+)\}", path)
    if not match:
        return [path]
    return [p for part in match.group(1).split(",") for p in braces(path[: match.start()] + part + path[match.end() :])]


def exists(path):
    """Whether a path from the root, a pattern of them, or a folder is in the tree."""
    path = path.rstrip("/").replace(".pb.h", ".proto")
    if "*" not in path and "<" not in path:
        return path in folders() or (ROOT / path).exists()
    pattern = re.compile("[^/]*".join(re.escape(p) for p in re.split(r"\*|<\w+>", path)) + r"(?:/.*)?$")
    return any(pattern.match(p) for p in tracked())


def program():
    named = os.environ.get("CORECAST_CLI")
    built = sorted(ROOT.glob("build/*/cli/corecast"), key=lambda p: p.stat().st_mtime)
    return named or (str(built[-1]) if built else None)


@functools.cache
def help_of(verb=None):
    """(verbs, options) of the program's help."""
    arguments = [program()] + ([verb] if verb else []) + ["--help"]
    text = subprocess.run(arguments, capture_output=True, text=True).stdout
    options = set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", "\n".join(re.findall(r"(?m)^  -\S.*$", text))))
    verbs = re.findall(r"(?m)^  ([a-z][\w-]*)  ", text.partition("Subcommands:")[2])
    return frozenset(verbs), frozenset(options)


@functools.cache
def all_options():
    """Options of all verbs, and those that some script, test program or benchmark of the tree reads."""
    verbs, options = help_of()
    options = set(options)
    for verb in verbs:
        options |= help_of(verb)[1]
    for path in sources():
        if path.startswith(("scripts/", "bench/", "tests/")) or path == "cli/main.cpp":
            options |= set(OPTION.findall(re.sub(r"(?m)^\s*(#|//).*$", "", text_of(path))))
    return frozenset(options)


class Page:
    """One Markdown file, line by line."""

    def __init__(self, path):
        self.path = path
        self.problems = []
        invented = re.findall(r"<!-- invented: ([^>]*) -->", text_of(path))
        self.invented = {word.strip() for part in invented for word in part.split(",")}

    def is_invented(self, token):
        return any(word and word in token for word in self.invented)

    def report(self, line, message):
        problem = f"{self.path}:{line}: {message}"
        if problem not in self.problems:
            self.problems.append(problem)

    def check(self):
        language = None
        transcript = False
        for number, line in enumerate(text_of(self.path).splitlines(), 1):
            fence = FENCE.match(line)
            if fence:
                language = None if language is not None else fence.group(1)
                continue
            for target in LINK.findall(line):
                if "://" not in target and not (ROOT / self.path).parent.joinpath(target).exists():
                    self.report(number, f"link to {target}, which does not exist")
            indented = line.startswith("    ") and not line.lstrip().startswith(("-", "*", "|"))
            if language is not None or indented:
                transcript = line.startswith("    $ ") or (transcript and indented)
                self.check_block(number, line, language, transcript)
                continue
            transcript = False
            for span in SPAN.findall(line):
                self.check_span(number, span)
        return self.problems

    def check_block(self, number, line, language, transcript):
        shell = line.strip().removeprefix("$ ")
        if transcript and not line.startswith("    $ "):
            self.check_codes(number, line)
        elif language in (None, "") or language == "sh":
            self.check_command(number, shell)
            self.check_paths(number, shell)
        elif language == "cpp":
            for header in re.findall(r'#include "([^"]+)"', line):
                if not self.is_invented(header) and not exists(header):
                    self.report(number, f"includes {header}, which does not exist")
            code = re.sub(r'"[^"]*"|//.*', "", line)
            if not line.startswith("#include"):
                self.check_names(number, code)
        elif language == "python":
            for name in re.findall(r"\bcc\.([A-Za-z_]\w*)", line):
                if name not in words():
                    self.report(number, f"cc.{name} is nowhere in the tree")

    def check_span(self, number, span):
        command = re.match(r"(?:\./)?(corecast|scripts/|bench/run|fuzz_models|build/)", span)
        if command or span.startswith("--"):
            self.check_command(number, span)
        if not span.startswith(("build/", "~", "/", "$", "http")):
            self.check_paths(number, span)
        self.check_codes(number, span)
        for option in OPTION.findall(span):
            if not command and option not in all_options() and not self.is_invented(option):
                self.report(number, f"no program of ours has an option {option}")
        if not command and " " not in re.sub(r"[({<].*", "", span):
            self.check_names(number, span)

    def check_codes(self, number, text):
        for code in CODE.findall(text):
            if code not in words():
                self.report(number, f"error code {code} is nowhere in the sources")
        for name in re.findall(r"(?:\b|(?<=-D))((?:CORECAST|CC)_[A-Z_0-9]+)(?![\w*])", text):
            if name not in words():
                self.report(number, f"{name} is nowhere in the sources")

    def check_paths(self, number, text):
        top = {p.split("/")[0] for p in folders()} - {".", ""}
        for path in PATH.findall(text):
            path = path.removeprefix("./").rstrip(".,:")
            if path.split("/")[0] not in top or path.startswith("build/") or self.is_invented(path):
                continue
            for one in braces(path):
                if not exists(one):
                    self.report(number, f"{one} does not exist")
        for name in FILE_NAME.findall(text):
            if self.is_invented(name) or "/" + name in text:
                continue
            for one in braces(name):
                pattern = re.compile("[^/]*".join(re.escape(p) for p in re.split(r"\*|<\w+>", one)) + "$")
                if not any(pattern.match(n) for n in base_names()):
                    self.report(number, f"no file is named {one}")

    def check_command(self, number, text):
        """One line of a shell."""
        text = re.sub(r"\s#\s.*|^#.*", "", text)
        self.check_codes(number, text)
        for preset in re.findall(r"--preset (\w+)", text):
            if f'"name": "{preset}"' not in text_of("CMakePresets.json"):
                self.report(number, f"CMakePresets.json has no preset {preset}")
        for part in re.split(r"&&|\|\||[;|]", text):
            found = re.search(r"(?:^|[\s/(])(corecast|fuzz_models|bench/run|(?:scripts|tests)/[\w/.-]+)(?:\s|$)(.*)", part)
            if not found:
                continue
            name, rest = found.groups()
            if name == "corecast":
                self.check_corecast(number, rest)
                continue
            path = {"fuzz_models": "tests/fuzz/main.cpp", "bench/run": "bench/corecast_bench/__main__.py"}.get(name, name)
            if not (ROOT / path).is_file():
                continue  # a path that does not exist is reported as such
            for option in OPTION.findall(rest):
                if option not in text_of(path):
                    self.report(number, f"{name} has no option {option}")

    def check_corecast(self, number, rest):
        verbs, options = help_of()
        verb = next((w for w in rest.split() if re.fullmatch(r"[a-z]+", w)), None)
        if verb is not None and not re.match(rf"\s*(?:-\S+\s+(?:\d+\s+)?)*{verb}\b", rest):
            verb = None
        if verb is not None:
            if verb not in verbs:
                self.report(number, f"corecast has no verb {verb}")
                return
            options |= help_of(verb)[1]
        elif not re.match(r"\s*(?:[A-Z]|-)", rest + " -"):
            return
        known = options if verb else all_options()
        for option in OPTION.findall(rest):
            if option not in known:
                self.report(number, f"corecast {verb or ''} has no option {option}")

    def check_names(self, number, text):
        text = re.sub(r'"[^"]*"|[\w<>*]+\.(?:h|cpp|def|py|ir)\b|-D', "", text)
        for name in NAME.findall(text):
            parts = name.split("::")
            last = parts[-1]
            telling = len(parts) > 1 or "_" in last.strip("_") or re.search(r"[a-z][A-Z]", last)
            if not telling or name in FOREIGN or last in FOREIGN or self.is_invented(name) or parts[0] in ("std", "py"):
                continue
            if any(part not in words() for part in parts):
                self.report(number, f"{name} is nowhere in the sources")
            elif len(parts) > 1 and parts[-2][:1].isupper() and parts[-2] != "Op":
                owner = defining(parts[-2])
                if owner and not re.search(rf"\b{re.escape(last)}\b", owner):
                    self.report(number, f"{parts[-2]} has no {last}")


def check_comments(path):
    """Paths, commands and codes in the comments of a source."""
    page = Page(path)
    for number, line in enumerate(text_of(path).splitlines(), 1):
        comment = COMMENT.search(line)
        if not comment or "://" in line:
            continue
        text = comment.group(0)
        for name in re.findall(r"(?<![\w/.])((?:[a-z_]+/)+[\w]+\.(?:h|cpp|def|py|md|cmake|proto))\b", text):
            if name.split("/")[0] in {p.split("/")[0] for p in folders()} and not exists(name) and not name.startswith("build/"):
                page.report(number, f"{name} does not exist")
        for command in re.findall(r"`(corecast [^`]+)`", text):
            page.check_command(number, command)
        page.check_codes(number, " ".join(CODE.findall(text)))
    return page.problems


def main():
    if program() is None:
        print("check_docs: no corecast built yet: commands in documents cannot be checked", file=sys.stderr)
        return 1
    pages = [path for path in tracked() if path.endswith(".md") and not path.startswith("docs/generated/")]
    problems = [problem for path in pages for problem in Page(path).check()]
    for path in tracked():
        if Path(path).suffix in {".h", ".cpp", ".def", ".py"}:
            problems += check_comments(path)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"check_docs: {len(pages)} pages, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
