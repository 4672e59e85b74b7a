"""Readers' questions in their own words lead, by the site's search, to the page that answers them."""

from __future__ import annotations

from typing import Any

import pytest

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
    "weight_decay decoupled": "optimizers/weight-decay",
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
    "torch momentum differs from Sutskever": "optimizers/sgd",
    "Nesterov look-ahead": "optimizers/",
    "why does my loss become nan learning rate": "optimizers/learning-rate",
    "learning rate sum or mean reduction": "losses/reduction",
    "critical momentum underdamped": "optimizers/momentum",
    "backward through the graph a second time": "optimizers/gradient",
    "finite differences": "optimizers/gradient",
    "clip_grad_norm before or after step": "optimizers/clipping",
    "gradient clipping by value": "optimizers/clipping",
    "exclude LayerNorm bias from weight decay": "optimizers/",
    "update_bn averaged model worse": "optimizers/averaging",
    "Integer division with addcdiv": "optimizers/averaging",
    "all optimizers in one table": "optimizers/",
    "SparseAdam does not support dense gradients": "optimizers/sparseadam",
    "Adafactor box weight decay": "optimizers/adafactor",
    "ASGD lambd alpha t0": "optimizers/asgd",
    "RMSprop TensorFlow different": "optimizers/rmsprop",
    "Adagrad add_param_group KeyError": "optimizers/",
    "LBFGS closure": "optimizers/lbfgs",
    "optimizer parameters set order": "optimizers/anatomy",
    "resume training from a checkpoint": "optimizers/training-loop",
    "model.eval torch.no_grad same": "optimizers/training-loop",
    "different learning rate per layer": "optimizers/",
    "AMSGrad Adam fails to converge": "optimizers/when-adam-wins",
    "how many seeds to compare": "optimizers/comparison",
    "do I need a warm-up Adam": "optimizers/",
    "lr_scheduler before optimizer warning mixed precision": "schedulers/one_cycle_lr",
    "all schedulers in one table": "schedulers/",
    "get_lr returns a tenth": "schedulers/step_lr",
    "initial_lr is not specified in param_groups": "schedulers/",
    "MultiStepLR milestone off by one": "schedulers/multi_step_lr",
    "LambdaLR or MultiplicativeLR": "schedulers/",
    "warm-up inverse square root Noam": "schedulers/lambda_lr",
    "LinearLR start_factor documentation example": "schedulers/linear_lr",
    "PolynomialLR stays at 0": "schedulers/polynomial_lr",
    "gamma per batch or per epoch": "schedulers/exponential_lr",
    "learning rate goes up again after T_max": "schedulers/cosine_annealing_lr",
    "T_max epochs or batches": "schedulers/cosine_annealing_lr",
    "warm restarts never reaches eta_min": "schedulers/cosine_annealing_warm_restarts",
    "ReduceLROnPlateau patience": "schedulers/reduce_lr_on_plateau",
    "unexpected keyword argument verbose": "schedulers/",
    "CyclicLR first step initial_lr": "schedulers/cyclic_lr",
    "warmup then cosine SequentialLR": "schedulers/sequential_lr",
    "ChainedScheduler documentation values ten times smaller": "schedulers/chained_scheduler",
    "SWALR anneal_epochs": "schedulers/swa_lr",
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
