# --8<-- [start:call]
import torch
from torch import nn

w = nn.Parameter(torch.tensor([1.0, 2.0]))
optimizer = torch.optim.LBFGS([w])


def closure():
    optimizer.zero_grad()
    loss = w.square().sum()
    loss.backward()
    return loss


optimizer.step(closure)
print("weights:", *(f"{x:.4f}" for x in w.tolist()))
# --8<-- [end:call]
assert w.abs().max() < 1e-6, "one call of step ends in the minimum of a bowl"

# --8<-- [start:imports]
import itertools
import math
from collections import namedtuple

from torch.nn.utils import parameters_to_vector, vector_to_parameters

# --8<-- [end:imports]


# --8<-- [start:from-scratch-direction]
def direction(g, pairs, gamma):
    """Return -H g; H is the inverse Hessian that the pairs tell."""
    q, weights = -g, []
    for s, y, rho in reversed(pairs):  # the newest first
        weights.append(rho * (s @ q))
        q.sub_(y, alpha=weights[-1])
    r = gamma * q
    for s, y, rho in pairs:  # the oldest first
        r.add_(s, alpha=weights.pop() - rho * (y @ r))
    return r
# --8<-- [end:from-scratch-direction]


# --8<-- [start:from-scratch-memory]
def propose(self, g):
    """Learn from the last step; return the next direction and its first t."""
    if self.last is None:  # the very first iteration
        d, t = -g, min(1.0, 1.0 / g.abs().sum()) * self.lr
    else:
        s, y = self.last[0], g - self.last[1]
        if y @ s > 1e-10:  # the slope along s has risen
            self.pairs = [*self.pairs, (s, y, 1 / (y @ s))]
            self.pairs = self.pairs[-self.history_size :]
            self.gamma = y @ s / (y @ y)
        d, t = direction(g, self.pairs, self.gamma), self.lr
    self.last = t * d, g
    return d, t
# --8<-- [end:from-scratch-memory]


# --8<-- [start:from-scratch-line]
Point = namedtuple("Point", "t f slope g")  # at θ + t d: loss, g · d, g


def gradient(params):
    """Return all gradients in one vector, zero where there is none."""
    grads = [torch.zeros_like(p) if p.grad is None else p.grad for p in params]
    return parameters_to_vector(grads)


def line(params, d, closure):
    """Return a function that moves to θ + t d and evaluates there."""
    theta = parameters_to_vector(params).detach()

    def at(t, evaluate=True):
        vector_to_parameters(theta + t * d, params)
        if not evaluate:
            return Point(t, math.nan, math.nan, None)
        f, g = closure().item(), gradient(params)
        return Point(t, f, g @ d, g)

    return at
# --8<-- [end:from-scratch-line]


# --8<-- [start:from-scratch-conditions]
def too_high(point, start):
    return point.f > start.f + 1e-4 * point.t * start.slope


def flat_enough(point, start):
    return abs(point.slope) <= -0.9 * start.slope
# --8<-- [end:from-scratch-conditions]


# --8<-- [start:from-scratch-cubic]
def lowest(a, b, left, right):
    """Return where the cubic through two points and slopes is lowest."""
    a, b = sorted((a, b), key=lambda point: point.t)
    c = a.slope + b.slope - 3 * (a.f - b.f) / (a.t - b.t)
    root = (c * c - a.slope * b.slope).sqrt()  # nan if it has no minimum
    part = (b.slope + root - c) / (b.slope - a.slope + 2 * root)
    t = b.t - (b.t - a.t) * part
    return min(max(t, left), right) if root >= 0 else (left + right) / 2


def between(ends, was_near):
    """Return a t between the ends, and whether it is near one of them."""
    left, right = sorted(end.t for end in ends)
    t, margin = lowest(*ends, left, right), 0.1 * (right - left)
    near = min(right - t, t - left) < margin
    if near and (was_near or t in (left, right)):
        return right - margin if right - t < t - left else left + margin, False
    return t, near
# --8<-- [end:from-scratch-cubic]


# --8<-- [start:from-scratch-bracket]
def bracket(at, start, t, budget):
    """Walk on until a minimum lies between the last two points."""
    old, new, tries = start, at(t), 0
    while tries < budget:
        rises = too_high(new, start) or (tries > 1 and new.f >= old.f)
        if not rises and flat_enough(new, start):
            return [new], tries
        if rises or new.slope >= 0:
            return [old, new], tries
        t = lowest(old, new, new.t + 0.01 * (new.t - old.t), 10 * new.t)
        old, new, tries = new, at(t), tries + 1
    return [start, new], tries
# --8<-- [end:from-scratch-bracket]


# --8<-- [start:from-scratch-zoom]
def strong_wolfe(at, start, t, budget, width):
    """Return a point of the line, and how many were tried."""
    ends, tries = bracket(at, start, t, budget)
    low, near = 0 if ends[0].f <= ends[-1].f else 1, False
    while len(ends) == 2 and tries < budget:
        if abs(ends[0].t - ends[1].t) < width:
            break
        t, near = between(ends, near)
        new, tries = at(t), tries + 1
        if too_high(new, start) or new.f >= ends[low].f:
            ends[1 - low] = new
            low = 0 if ends[0].f <= ends[1].f else 1
        else:
            if flat_enough(new, start):
                return new, tries + 1
            if new.slope * (ends[1 - low].t - ends[low].t) >= 0:
                ends[1 - low] = ends[low]
            ends[low] = new
    return ends[low], tries + 1
# --8<-- [end:from-scratch-zoom]


# --8<-- [start:from-scratch-step]
def step(self, closure):
    loss, evaluations = closure(), 1
    here = Point(0, loss.item(), 0, gradient(self.params))
    for left in reversed(range(self.max_iter)):  # how many iterations follow
        if here.g.abs().max() <= self.tolerance_grad:
            break
        (d, t), g = propose(self, here.g), here.g
        start, at = Point(0, here.f, g @ d, g), line(self.params, d, closure)
        if start.slope > -self.tolerance_change:
            break
        if self.line_search_fn == "strong_wolfe":
            limits = self.max_eval - evaluations, 1e-9 / d.abs().max()
            here, tries = strong_wolfe(at, start, t, *limits)
            at(here.t, evaluate=False)
        else:  # the last iteration leaves evaluating to the next call
            here, tries = at(t, evaluate=left > 0), 1
        self.last, evaluations = (here.t * d, g), evaluations + tries
        small = min(self.last[0].abs().max(), abs(here.f - start.f))
        if evaluations >= self.max_eval or small < self.tolerance_change:
            break
    return loss
# --8<-- [end:from-scratch-step]


# --8<-- [start:from-scratch-class]
class LBFGS:
    def __init__(
        self, params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-7,
        tolerance_change=1e-9, history_size=100, line_search_fn=None,
    ):  # fmt: skip
        self.params, self.lr, self.max_iter = list(params), lr, max_iter
        self.tolerance_grad = tolerance_grad
        self.tolerance_change = tolerance_change
        self.history_size, self.line_search_fn = history_size, line_search_fn
        self.max_eval = max_iter * 5 // 4 if max_eval is None else max_eval
        self.pairs, self.gamma, self.last = [], 1.0, None

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    step = step  # the function above
# --8<-- [end:from-scratch-class]


# --8<-- [start:equal]
torch.manual_seed(0)
inputs, targets = torch.randn(2, 32, 5, dtype=torch.float64)


def train(make, **options):
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 5)).double()
    optimizer, losses = make(net.parameters(), **options), []

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(inputs), targets)
        loss.backward()
        losses.append(loss.item())
        return loss

    for _ in range(3):
        optimizer.step(closure)
    return torch.tensor(losses, dtype=torch.float64)
# --8<-- [end:equal]


# --8<-- [start:equal-run]
for search, history in itertools.product((None, "strong_wolfe"), (1, 100)):
    options = {"line_search_fn": search, "history_size": history}
    ours, theirs = train(LBFGS, **options), train(torch.optim.LBFGS, **options)
    off = (ours - theirs).abs().max()
    print(f"{search}, history_size {history}: {len(ours)} losses, {off:.9f} apart")
# --8<-- [end:equal-run]
for search, history in itertools.product((None, "strong_wolfe"), (1, 100)):
    options = {"line_search_fn": search, "history_size": history}
    difference = (train(LBFGS, **options) - train(torch.optim.LBFGS, **options)).abs().max()
    assert difference < 5e-10, "difference 0.000000000"
