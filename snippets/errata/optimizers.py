from math import sqrt

import torch
from _claim import claim
from torch import nn, optim


def outcome(call, *inputs, **options):
    try:
        call(*inputs, **options)
        return "runs"
    except Exception as error:
        return type(error).__name__


def says(text, *phrases):
    for phrase in phrases:
        assert phrase in " ".join(text.split()), phrase


says(optim.Adafactor.__doc__, r"\theta_t \leftarrow \theta_{t-1} - \alpha_t \widehat{U}_t")
says(optim.Muon.__doc__, r"B_t \leftarrow \mu B_{t-1} + g_t", r"\rule{110mm}{0.4pt}s")
says(optim.Rprop.__doc__, "(etaminus, etaplus), that are multiplicative increase and decrease factors")
says(optim.Rprop.__doc__, "A Direct Adaptive Method for Faster Backpropagation")
says(optim.Rprop.__doc__, r"\textbf{else} \: \\ &\hspace{15mm} \eta^i_t \leftarrow \eta^i_{t-1}")

# --8<-- [start:boxes]
def path(make, gradients, theta=0.0, **options):
    p = nn.Parameter(torch.tensor([[theta]]))
    optimizer = make([p], **options)
    thetas = []
    for g in gradients:
        p.grad = torch.tensor([[g]])
        optimizer.step()
        thetas.append(p.item())
    return thetas, optimizer.state[p]


(theta,), _ = path(optim.Adafactor, [1.0], 2.0, lr=0.1, weight_decay=0.5)
move = 2.0 * 0.1  # RMS(θ) ρ, times a clipped update of 1
right = 2.0 * (1 - 0.1 * 0.5) - move
claim("manual-adafactor-box", 2.0 - move, theta, right=right)
_, state = path(optim.Muon, [4.0], momentum=0.95)
claim("manual-muon-box", 0.95 * 0 + 4.0, state["momentum_buffer"].item(), right=0.05 * 4.0)
(theta,), _ = path(optim.Rprop, [-1.0], lr=100)
claim("manual-rprop-box", 100.0, theta, right=min(100.0, 50.0))
# --8<-- [end:boxes]

# --8<-- [start:rprop]
thetas, state = path(optim.Rprop, [-1.0, 1.0], lr=0.1, etas=(0.5, 1.2))
turned = state["step_size"].item() / 0.1  # the factor after a change of sign
order = "decrease, increase" if abs(turned - 0.5) < 1e-6 else "increase, decrease"
claim("manual-rprop-etas", "increase, decrease", order, right="decrease, increase")


def rprop(gradients, undo, size=0.1, theta=0.0):
    before = move = 0.0
    for g in gradients:
        turned = g * before < 0
        size *= 0.5 if turned else 1.2 if g * before > 0 else 1.0
        step = -size * (g > 0) + size * (g < 0)
        move = (-move if undo else 0.0) if turned else step
        theta, before = theta + move, 0.0 if turned else g
        yield theta


gradients = [-1.0, -1.0, 1.0, 1.0]
thetas, _ = path(optim.Rprop, gradients, lr=0.1)
iminus = list(rprop(gradients, undo=False))
claim("manual-rprop-paper", list(rprop(gradients, undo=True)), thetas, right=iminus)
# --8<-- [end:rprop]
says(optim.RMSprop.__doc__, "the gradient is normalized by an estimation of its variance")
says(optim.Adadelta.__doc__, "term added to the denominator to improve numerical stability")
says(optim.ASGD.__doc__, "t0 (float, optional): point at which to start averaging")
says(optim.Adam.__doc__, "Please use a float LR if you are not also specifying fused=True or capturable=True")
says(optim.Adam.__doc__, "betas (tuple[float | Tensor, float | Tensor], optional)")
says(optim.Muon.__doc__, "weight_decay (float, optional): weight decay (L2 penalty)")
says(optim.SGD.__doc__, "subtly differs from Sutskever et al.")
assert optim.ASGD.__doc__.count(".. math::") == 0

# --8<-- [start:words]
(theta,), _ = path(optim.RMSprop, [-2.0], lr=0.1, centered=True)
mean, variance = 0.01 * 2, 0.01 * 4 - (0.01 * 2) ** 2
claim("manual-rmsprop", 0.1 * 2 / variance, theta, right=0.1 * 2 / sqrt(variance))
(theta,), _ = path(optim.Adadelta, [-1.0], eps=0.01)
told, right = 0 / sqrt(0.1 + 0.01), sqrt(0.01) / sqrt(0.1 + 0.01)
claim("manual-adadelta-eps", told, theta, right=right)
_, state = path(optim.ASGD, [-1.0] * 9, lr=1.0, lambd=0.0, t0=3)  # θ = 1, 2, … 9
first = 2 * state["ax"].item() - 9  # of the thetas in the mean
claim("manual-asgd-t0", 3.0, first, right=3.0 + 2)
p, lr = [nn.Parameter(torch.ones(1))], torch.tensor(0.1)
made = [outcome(optim.Adam, p, lr=lr, foreach=foreach) for foreach in (True, None)]
claim("manual-adam-lr", "ValueError", made[0], without=made[1])
beta = torch.tensor(0.999)
made = [outcome(optim.Adam, p, betas=(b, beta), foreach=False) for b in (0.9 * beta, 0.9)]
claim("manual-adam-betas", "runs", made[0], without=made[1])
l2, found = (path(optim.Muon, [g], 2.0, lr=0.1, weight_decay=decay)[0][0]
             for g, decay in ((4 + 0.5 * 2, 0.0), (4.0, 0.5)))
claim("manual-muon-decay", l2, found, right=l2 - 0.1 * 0.5 * 2)
# --8<-- [end:words]

# --8<-- [start:sutskever]
def momentum(rates, paper):
    theta = v = 0.0
    for lr in rates:
        v = 0.9 * v + (lr if paper else 1.0)  # the gradient is 1
        theta -= v if paper else lr * v
    return f"{theta:.4f}"


rates = {"falling": [0.1, 0.01, 0.001], "constant": [0.1, 0.1, 0.1]}
same = {name: momentum(r, True) == momentum(r, False) for name, r in rates.items()}
words = ["same path" if same[name] else "differs" for name in rates]
claim("manual-sgd-sutskever", "differs", words[0], without=words[1])
# --8<-- [end:sutskever]
assert abs(path(optim.SGD, [1.0] * 3, lr=0.1, momentum=0.9)[0][-1] - float(momentum(rates["constant"], False))) < 1e-6
