import math
import struct

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from seismomag.core.errors import SchemaError
from seismomag.operate.canonical import canonical, number, parse

NUMBERS = {
    -0.0: "0",
    1.0: "1",
    1e20: "100000000000000000000",
    1e21: "1e+21",
    1e-6: "0.000001",
    1e-7: "1e-7",
    333333333.33333329: "333333333.3333333",
    5e-324: "5e-324",
    1.7976931348623157e308: "1.7976931348623157e+308",
    -0.1: "-0.1",
    123456.75: "123456.75",
    9.5e-5: "0.000095",
    1e23: "1e+23",
}


@pytest.mark.parametrize(("value", "text"), NUMBERS.items())
def test_numbers_are_written_as_ecmascript_does(value, text):
    assert number(value) == text
    assert canonical(value) == text.encode()


def test_keys_are_sorted_by_utf16_units():
    keys = ["\ufb33", "\U0001f600", "\u20ac", "b", "a", "1"]
    order = list(parse(canonical(dict.fromkeys(keys, 0))))
    assert order == ["1", "a", "b", "\u20ac", "\U0001f600", "\ufb33"]


def test_only_quote_backslash_and_controls_are_escaped():
    assert canonical('"\\\b\t\n\f\r\x1f/\x7f\u2028\u00e9') == (
        b'"\\"\\\\\\b\\t\\n\\f\\r\\u001f/\x7f' + "\u2028\u00e9".encode() + b'"'
    )


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, 2**53, -(2**53), "\ud800", {1: 2}, b"x", {1, 2}, object()],
)
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(SchemaError):
        canonical({"a": value} if not isinstance(value, dict) else value)


def test_a_key_that_stands_twice_is_refused():
    with pytest.raises(SchemaError, match="twice"):
        parse('{"a":1,"b":{"c":1,"c":2}}')
    with pytest.raises(SchemaError, match="not JSON"):
        parse(b"{")


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=150)
@given(VALUES)
def test_equals_an_independent_implementation(value):
    assert canonical(value) == rfc8785.dumps(value)


@settings(max_examples=300)
@given(st.integers(0, 2**64 - 1))
def test_any_bit_pattern_of_a_double_comes_back(bits):
    value = struct.unpack("<d", struct.pack("<Q", bits))[0]
    if math.isfinite(value):
        assert float(number(value)) == value
        assert number(value) == rfc8785.dumps(value).decode()
