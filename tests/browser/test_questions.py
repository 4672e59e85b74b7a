"""Readers' questions in their own words lead, by the site's search, to the page that answers them."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("browser")

AMONG = 3  # the first results, which a reader sees without scrolling

# What somebody types → the page that answers it.
QUESTIONS = {
    "default nonlinearity leaky_relu relu mistake": "initialization/kaiming",
    "depthwise conv fan_out too large": "initialization/fans",
    "ConvTranspose2d fan_in wrong": "initialization/fans",
    "selu gain 3/4": "initialization/gain",
    "calculate_gain tanh 5/3": "initialization/gain",
    "orthogonal lstm gate": "initialization/orthogonal",
    "orthogonal conv2d channel-wise": "initialization/orthogonal",
    "trunc_normal outliers": "initialization/trunc_normal",
    "MultiheadAttention out_proj": "initialization/defaults",
    "efficient-kan sqrt(5)": "initialization/kaiming_uniform",
    "x @ W fan_in": "initialization/",
    "fan_in fan_out preserve": "initialization/kaiming",
    "same seed cpu cuda different numbers": "initialization/reproducible",
    "seed differs gpu": "initialization/reproducible",
    "deterministic training": "initialization/reproducible",
    "fused foreach adam same numbers": "optimizers/adamw",
    "eps inside root": "optimizers/adamw",
    "weight_decay decoupled": "optimizers/adamw",
    "total number of steps exceeded tried to step": "schedulers/one_cycle_lr",
    "smooth l1 huber difference": "losses/huber_loss",
    "forget bias": "initialization/",
    "ignore_index softmax": "losses/cross_entropy",
    "class weights and label smoothing combined": "losses/cross_entropy",
    "model ends with Softmax CrossEntropyLoss bug": "losses/cross_entropy",
    "divide all elements ignored": "losses/",
    "NLLLoss returns negative value": "losses/nll_loss",
    "Stirling term": "losses/poisson_nll_loss",
    "CTCLoss mean none": "losses/ctc",
    "which index is blank": "losses/ctc",
    "MarginRankingLoss formula wrong": "losses/margin_ranking_loss",
    "HingeEmbeddingLoss Delta": "losses/hinge_embedding_loss",
    "multi-label index targets 0/1": "losses/multilabel",
    "MultiMarginLoss weight power": "losses/multi_margin_loss",
    "what does mean divide by": "losses/reduction",
    "gradient at logit 0": "losses/",
    "kl_div negative": "losses/",
    "which layer overflows first nan": "initialization/variance",
}


def _first(page: Any, base: str, target: str) -> list[str]:
    """The pages of the first results, once the target is among them or it has had time to come."""
    links: list[str] = []
    for _ in range(12):
        page.wait_for_timeout(200)
        items = page.locator(".md-search-result__item > .md-search-result__link")
        hrefs = items.evaluate_all("links => links.map(link => link.href)")
        links = [link.removeprefix(base).partition("?")[0] for link in hrefs[:AMONG]]
        if any(link.startswith(target) for link in links):
            break
    return links


@pytest.fixture(scope="module")
def found(browser: Any, site: Any) -> dict[str, list[str]]:
    """The pages of the first results of every question."""
    page = browser.new_page()
    page.goto(site.url, wait_until="networkidle")
    page.keyboard.press("/")
    page.keyboard.type("weight", delay=25)
    page.locator(".md-search-result__link").first.wait_for()  # the index has arrived
    results: dict[str, list[str]] = {}
    for words in QUESTIONS:
        page.locator(".md-search__input").fill(words)
        page.locator(".md-search__input").press("End")  # search listens to keyup
        results[words] = _first(page, site.url, QUESTIONS[words])
    page.close()
    return results


@pytest.mark.parametrize(("words", "target"), QUESTIONS.items())
def test_search_answers(found: dict[str, list[str]], words: str, target: str) -> None:
    assert any(link.startswith(target) for link in found[words]), found[words]
