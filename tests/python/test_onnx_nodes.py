"""The ONNX node suite: every case passes, or is refused for the reason that onnx_node_skips.txt gives."""

import pytest

onnx_node_suite = pytest.importorskip("onnx_node_suite")
pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def names():
    from onnx_node_cases import NotRun, names

    try:
        return names()
    except NotRun as error:
        pytest.skip(str(error))


@pytest.mark.slow
def test_all_cases(names):
    results = onnx_node_suite.run(names)
    problems = onnx_node_suite.unexpected(results)
    assert not problems, "\n".join(problems)


def test_some_cases(names):
    """A sample that takes seconds."""
    results = onnx_node_suite.run([n for n in names if n.startswith(("test_add", "test_conv_", "test_softmax_ax", "test_relu"))])
    assert len(results) > 8
    problems = onnx_node_suite.unexpected(results)
    assert not problems, "\n".join(problems)


def test_listed_cases_exist(names):
    assert not set(onnx_node_suite.expectations()) - set(names)


def test_no_wrong_answer_is_listed():
    listed = onnx_node_suite.expectations()
    assert {outcome for outcome, _ in listed.values()} <= {"unsupported", "passed, import"}
    assert all(why for _, why in listed.values())
