"""Bytes: the loss table of the measurements, 67 formulas on one page."""

from __future__ import annotations

import gzip

from typeset_host import host

ROWS = [
    r"\frac{1}{n}\sum_{i=1}^{n} (x_i - y_i)^2", r"\frac{1}{n}\sum_{i=1}^{n} \vert x_i - y_i\vert",
    r"\begin{cases} \tfrac12 e^2 & \vert e\vert \le \delta \\ "
    r"\delta(\vert e\vert - \tfrac12\delta) & \text{otherwise} \end{cases}",
    r"-\log\frac{\exp(x_y)}{\sum_c \exp(x_c)}", r"-[y\log\sigma(x) + (1-y)\log(1-\sigma(x))]",
    r"\sum_c y_c(\log y_c - x_c)", r"\max(0, 1 - y\,x)", r"\max(0, d(a,p) - d(a,n) + m)",
    r"\log(1 + e^{-y x})", r"\exp(x) - y x",
    r"\tfrac12\left(\log\max(\sigma^2, \varepsilon) + \tfrac{(x-y)^2}{\sigma^2}\right)",
    r"1 - \cos(x_1, x_2)", r"\frac{\sum_{j\ne y}\max(0, m - x_y + x_j)^p}{C}",
]  # fmt: skip


def page() -> str:
    table = [f"| loss {n} | ${ROWS[n % len(ROWS)]}$ | $\\partial_{{x_{n}}} \\ell$ |" for n in range(25)]
    lines = ["| loss | formula | slope |", "|--|--|--|", *table, ""]
    lines += [f"Here $\\vtheta_{{t+{n}}} = \\vtheta_t - \\eta \\vg_{n}$ holds.\n" for n in range(12)]
    lines += [
        f"$$\n\\begin{{align}} m_t &= \\beta_{n} m_{{t-1}} + (1-\\beta_{n}) g_t \\\\ "
        f"v_t &= {ROWS[n]} \\label{{eq:{n}}} \\end{{align}}\n$$\n"
        for n in range(5)
    ]
    return "\n".join(lines)


def test_formulas_of_a_full_page_stay_small():
    html = host().convert(page())
    assert html.count("<svg") >= 67
    assert len(gzip.compress(html.encode(), 9)) < 75_000
    # Elements that a browser lays out; MathML that it does not show is about the same again.
    drawn = html.count("<path") + html.count("<svg") + html.count("<text") + html.count("<g ")
    assert drawn < 67 * 4
