# --8<-- [start:imports]
from math import sqrt

import torch
from _claim import claim
from _manual import says
from _outcome import outcome
from torch import nn, optim

# --8<-- [end:imports]
says(optim.Adafactor, r"\theta_t \leftarrow \theta_{t-1} - \alpha_t \widehat{U}_t")
says(optim.Muon, r"B_t \leftarrow \mu B_{t-1} + g_t", r"\rule{110mm}{0.4pt}s")
says(optim.Rprop, "(etaminus, etaplus), that are multiplicative increase and decrease factors")
says(optim.Rprop, "A Direct Adaptive Method for Faster Backpropagation")
says(optim.Rprop, r"\textbf{else} \: \\ &\hspace{15mm} \eta^i_t \leftarrow \eta^i_{t-1}")


# --8<-- [start:boxes]
def path(make, gradients, theta=0.0, **options):
    """Where an optimizer takes one parameter, and the state that it then keeps."""
    p = nn.Parameter(torch.tensor([[theta]]))
    optimizer = make([p], **options)
    thetas = []
    for g in gradients:
        p.grad = torch.tensor([[g]])
        optimizer.step()
        thetas.append(p.item())
    return thetas, optimizer.state[p]


(theta,), _ = path(optim.Adafactor, [1.0], theta=2.0, lr=0.1, weight_decay=0.5)
move = 2.0 * 0.1  # RMS(θ) ρ, times a clipped update of 1
right = 2.0 * (1 - 0.1 * 0.5) - move
claim("manual-adafactor-box", 2.0 - move, theta, right=right)
_, state = path(optim.Muon, [4.0], momentum=0.95)
buffer = state["momentum_buffer"].item()
claim("manual-muon-box", 0.95 * 0 + 4.0, buffer, right=0.95 * 0 + (1 - 0.95) * 4.0)
(theta,), _ = path(optim.Rprop, [-1.0], lr=100)
claim("manual-rprop-box", 100.0, theta, right=min(100.0, 50.0))
# --8<-- [end:boxes]
assert theta == 50, "always, from the first step: lr=100 gives a step of 50"

# --8<-- [start:rprop]
_, state = path(optim.Rprop, [-1.0, 1.0], lr=0.1, etas=(0.5, 1.2))
factor = state["step_size"].item() / 0.1  # after a change of sign
order = "decrease, increase" if factor < 1 else "increase, decrease"
claim("manual-rprop-etas", "increase, decrease", order, right="decrease, increase")


def rprop(gradients, takes_back, size=0.1):
    theta = move = before = 0.0
    for g in gradients:
        if g * before < 0:  # the sign has changed
            size *= 0.5
            move, g = (-move if takes_back else 0.0), 0.0
        else:
            size *= 1.2 if g * before > 0 else 1.0
            move = -size if g > 0 else size
        theta, before = theta + move, g
    return theta


gradients = [-1.0, -1.0, 1.0, 1.0]
thetas, _ = path(optim.Rprop, gradients, lr=0.1)
paper, stays = (rprop(gradients, takes_back=back) for back in (True, False))
claim("manual-rprop-paper", paper, thetas[-1], right=stays)
# --8<-- [end:rprop]
assert abs(factor - 0.5) < 1e-6, "the first one decreases, the second increases"
assert thetas[2] == thetas[1], "iRprop⁻: it stays for one step"
says(optim.RMSprop, "the gradient is normalized by an estimation of its variance")
says(optim.Adadelta, "term added to the denominator to improve numerical stability")
says(optim.ASGD, "t0 (float, optional): point at which to start averaging")
says(optim.Adam, "Please use a float LR if you are not also specifying fused=True or capturable=True")
says(optim.Adam, "betas (tuple[float | Tensor, float | Tensor], optional)")
says(optim.Muon, "weight_decay (float, optional): weight decay (L2 penalty)")
says(optim.SGD, "subtly differs from Sutskever et al.")

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
# --8<-- [end:words]

# --8<-- [start:tensors]
p, rate = [nn.Parameter(torch.ones(1))], torch.tensor(0.1)
made = outcome(optim.Adam, p, lr=rate, foreach=True)
claim("manual-adam-lr", "ValueError", made, without=outcome(optim.Adam, p, lr=rate))
first, second = torch.tensor(0.9), torch.tensor(0.999)
made = outcome(optim.Adam, p, betas=(first, second), foreach=False)
mixed = outcome(optim.Adam, p, betas=(0.9, second), foreach=False)
claim("manual-adam-betas", "runs", made, without=mixed)
(as_l2,), _ = path(optim.Muon, [4 + 0.5 * 2], theta=2.0, lr=0.1, weight_decay=0.0)
(found,), _ = path(optim.Muon, [4.0], theta=2.0, lr=0.1, weight_decay=0.5)
claim("manual-muon-decay", as_l2, found, right=as_l2 - 0.1 * 0.5 * 2)
# --8<-- [end:tensors]
assert mixed == "ValueError", "(0.9, tensor) is a ValueError"

# --8<-- [start:sutskever]
def momentum(rates, paper):
    theta = v = 0.0
    for lr in rates:
        v = 0.9 * v + (lr if paper else 1.0)  # the gradient is 1
        theta -= v if paper else lr * v
    return f"{theta:.4f}"


def compare(rates):
    same = momentum(rates, paper=True) == momentum(rates, paper=False)
    return "same path" if same else "differs"


constant = [0.1, 0.1, 0.1]
falling = compare([0.1, 0.01, 0.001])
claim("manual-sgd-sutskever", "differs", falling, without=compare(constant))
# --8<-- [end:sutskever]
thetas, _ = path(optim.SGD, [1.0] * 3, lr=0.1, momentum=0.9)
assert f"{thetas[-1]:.4f}" == momentum(constant, paper=False), "the second rule is that of torch"
