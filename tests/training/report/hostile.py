"""Texts that would like to be more than texts."""

from hypothesis import strategies as st

MARKUP = "\\`*_[](){}<>!|#~&;:/=$%@\"'+-.^? \t\n\rab1\u202e\u2028"
TRICKS = (
    "<script>alert(1)</script>",
    "![x](https://evil.example/x.png)",
    "[x](javascript:alert(1))",
    "<https://evil.example>",
    "https://evil.example www.evil.example a@evil.example",
    "a | b | c\n|---|---|",
    "```\ncode",
    "\n\n# heading\n\n- item\n\n> quote\n\n***\n",
    "[x]: https://evil.example\n\n[x]",
    "{{ 7 * 7 }} {% include 'page.css' %}",
    "\\",
    "&lt;b&gt; &#60;i&#62;",
    "</td></table><img src=x onerror=alert(1)>",
)
# Half characters included: a phone's export can hold them.
ANY_TEXT = st.one_of(
    st.text(st.characters()),
    st.text(MARKUP),
    st.lists(st.sampled_from(TRICKS) | st.text(MARKUP, max_size=4)).map("".join),
)
