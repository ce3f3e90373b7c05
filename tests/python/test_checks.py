"""The checks of scripts/ themselves: what each finds, and what it lets pass."""

import check_docs
import check_sizes
import pytest
import transcripts

# --- transcripts.py ---------------------------------------------------------------------------

TABLE = ["output  psnr dB  verdict", "y          81.6  ok", "passed: corecast against onnxruntime 1.30.0, 3 samples"]


@pytest.mark.parametrize(
    "printed, actual, found",
    [
        (TABLE, TABLE, ""),
        (TABLE, [TABLE[0], "y   82.0  ok", TABLE[2].replace("1.30.0", "1.31.2")], ""),  # roundings, versions
        (TABLE, [TABLE[0], "y   91.6  ok", TABLE[2]], "instead of: y"),
        (TABLE, [TABLE[0], "y   81.6  differs", TABLE[2]], "instead of: y"),
        (TABLE, [*TABLE[:2], TABLE[2].replace("3 samples", "4 samples")], "instead of: passed"),
        (TABLE, TABLE[:2], "2 lines instead of 3"),
        ([TABLE[0], "...", TABLE[2]], TABLE, ""),
        ([TABLE[0], "..."], TABLE, ""),
        ([TABLE[1], "...", TABLE[2]], TABLE, "instead of: y"),
        ([TABLE[0], "...", "wrote it"], TABLE, "nowhere: wrote it"),
        (["...", TABLE[1], "..."], TABLE, ""),
    ],
)
def test_what_differs_in_a_transcript(printed, actual, found):
    assert transcripts.difference(printed, actual).startswith(found)
    assert bool(transcripts.difference(printed, actual)) == bool(found)


def test_a_renewed_transcript_leaves_out_the_same():
    new = [TABLE[0], "y          70.0  ok", "z          60.0  ok", TABLE[2]]
    assert transcripts.renewed(TABLE, new) == new
    assert transcripts.renewed([TABLE[0], "...", TABLE[2]], new) == [TABLE[0], "...", TABLE[2]]
    assert transcripts.renewed([TABLE[0], "..."], new) == [TABLE[0], "..."]


def test_transcripts_of_a_page():
    page = ["<!-- transcript: a.onnx = one, b.onnx = two -->", "", "    $ corecast check a.onnx", "    fine", "", "    corecast run b"]
    (found,) = transcripts.transcripts(page)
    assert found.models == {"a.onnx": "one", "b.onnx": "two"}
    assert (found.first, found.last, found.command, found.printed) == (2, 4, "corecast check a.onnx", ["fine"])


# --- check_docs.py ----------------------------------------------------------------------------


def problems(tmp_path, monkeypatch, text):
    page = tmp_path / "page.md"
    page.write_text(text)
    monkeypatch.setattr(check_docs, "text_of", lambda path, real=check_docs.text_of: text if path == "page.md" else real(path))
    return [problem.partition(": ")[2] for problem in check_docs.Page("page.md").check()]


@pytest.mark.skipif(check_docs.program() is None, reason="not run: no corecast built")
@pytest.mark.parametrize(
    "text, found",
    [
        ("`ir/function.h` and `ops/<family>/*.cpp`, `base/{strings,result}.h`", []),
        ("`ir/functor.h`", ["ir/functor.h does not exist"]),
        ("`functor.cpp`", ["no file is named functor.cpp"]),
        ("<!-- invented: functor -->\n`ir/functor.h`", []),
        ("[a](README.md)", []),
        ("[a](REDME.md)", ["link to REDME.md, which does not exist"]),
        ("`corecast convert --target ios18`", []),
        ("`corecast convert --tagret ios18`", ["corecast convert has no option --tagret"]),
        ("    corecast run m --recipe r", ["corecast run has no option --recipe"]),
        ("`corecast konvert`", ["corecast has no verb konvert"]),
        ("`--palettize 4` or `--pall" + "etize`", ["no program of ours has an option --pall" + "etize"]),
        ("`scripts/check --quick`", []),
        ("`scripts/check --quik`", ["scripts/check has no option --quik"]),
        ("    cmake --preset dev", []),
        ("    cmake --preset deb", ["CMakePresets.json has no preset deb"]),
        ("`E99" + "99`", ["error code E99" + "99 is nowhere in the sources"]),
        ("`DType::f16`", []),
        ("`DType::flo" + "at16`", ["DType has no flo" + "at16"]),
        ("`CORECAST_" + "NOWHERE=1`", ["CORECAST_" + "NOWHERE is nowhere in the sources"]),
        ("```cpp\nm.add(op::Relu{x}).frob" + "nicate_it();\n```", ["frob" + "nicate_it is nowhere in the sources"]),
        ("```cpp\n#include \"ir/functor.h\"\n```", ["includes ir/functor.h, which does not exist"]),
    ],
)
def test_what_a_page_may_say(tmp_path, monkeypatch, text, found):
    assert problems(tmp_path, monkeypatch, text) == found


# --- check_sizes.py ---------------------------------------------------------------------------

SOURCE = """
namespace a {  // {
constexpr int kTable[] = {
    1, 2};
/// Two lines.
int one(int x) {
  return "{" + x; }
class B {
  int two() const {
    if (x) {
      y();
    }
  }
};
constexpr auto three = [](double v) {
  return v;
};
template <class T> struct C { void four(); };
void
C<int>::four() {
}
}
"""


def test_lengths_of_functions():
    assert list(check_sizes.cpp_functions(SOURCE)) == [("one", 6, 2), ("two", 9, 5), ("three", 15, 3), ("::four", 19, 3)]
    assert list(check_sizes.py_functions("def f():\n  x = 1\n  return x\n")) == [("f", 1, 3)]
