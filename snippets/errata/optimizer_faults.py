import torch
from _claim import claim
from torch import nn, optim
from torch.optim import swa_utils


def outcome(call, *inputs, **options):
    try:
        call(*inputs, **options)
        return "runs"
    except Exception as error:
        return type(error).__name__


# --8<-- [start:nadam]
def nadam(gradients, b1=0.9, b2=0.999, psi=0.004):
    """The manual's box, in float64."""
    theta, m, v, product = 0.0, 0.0, 0.0, 1.0
    for t, g in enumerate(gradients, 1):
        mu, following = (b1 * (1 - 0.5 * 0.96 ** (k * psi)) for k in (t, t + 1))
        product *= mu
        m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
        mean = following * m / (1 - product * following) + (1 - mu) * g / (1 - product)
        theta -= 0.002 * mean / ((v / (1 - b2**t)) ** 0.5 + 1e-8)
    return theta
# --8<-- [end:nadam]


# --8<-- [start:numbers]
def digits(default, gradients=(1.0, -0.5, 2.0) * 20):
    torch.set_default_dtype(default)
    p = nn.Parameter(torch.zeros(1, dtype=torch.float64))
    optimizer = optim.NAdam([p])
    for p.grad in torch.tensor(gradients, dtype=torch.float64)[:, None]:
        optimizer.step()
    torch.set_default_dtype(torch.float32)
    return "12 digits" if abs(p.item() / nadam(gradients) - 1) < 1e-12 else "fewer"


claim("nadam-float64", "12 digits", digits(torch.float64), without=digits(torch.float32))


def size(g):
    p = nn.Parameter(torch.zeros(1))
    optimizer = optim.Rprop([p], lr=0.1)
    for _ in range(3):
        p.grad = torch.full((1,), g)
        optimizer.step()
    return optimizer.state[p]["step_size"]


claim("rprop-underflow", [0.1 * 1.2**2], size(1e-3), without=size(1e-23))
# --8<-- [end:numbers]

# --8<-- [start:groups]
first, second = (nn.Parameter(torch.zeros(1)) for _ in range(2))
group = {"params": [second], "initial_accumulator_value": 99.0}
optimizer = optim.Adagrad([group], initial_accumulator_value=2.0)
claim("adagrad-group", 99.0, optimizer.state[second]["sum"].item(), right=2.0)


def nesterov(**group):
    return outcome(optim.SGD, [{"params": [first], **group}], momentum=0.9, nesterov=True)


made = outcome(optim.SGD, [first], momentum=0.9, nesterov=True, dampening=0.5)
claim("sgd-nesterov-group", "ValueError", made, without=nesterov(dampening=0.5))
# --8<-- [end:groups]


# --8<-- [start:late]
def late(fused):
    first.grad = second.grad = None
    optimizer = optim.SGD([first, second], momentum=0.9, fused=fused)
    for p in (first, second):  # the second has no gradient in the first step
        p.grad = torch.ones(1)
        optimizer.step()


claim("sgd-fused-late", outcome(late, False), outcome(late, True), right="TypeError")
# --8<-- [end:late]
assert first.grad.all()
assert nesterov() == "runs"

# --8<-- [start:rmsprop]
def finite(noise):
    torch.manual_seed(0)
    p = nn.Parameter(torch.zeros(1000))
    optimizer = optim.RMSprop([p], alpha=0.9, centered=True)
    for _ in range(200):
        p.grad = torch.linspace(0.01, 10, 1000) * (1 + noise * torch.randn(1000))
        optimizer.step()
    return "finite" if p.isfinite().all() else "nan"


claim("rmsprop-rounding", "finite", finite(0.1), without=finite(0.0001))


def cycled(steps_before):
    optimizer = optim.RMSprop([first])
    for _ in range(steps_before):
        optimizer.step()
    optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.01, total_steps=10)
    optimizer.step()


claim("rmsprop-one-cycle", "runs", outcome(cycled, 0), without=outcome(cycled, 1))
# --8<-- [end:rmsprop]

# --8<-- [start:tools]
def averaged(kind, net):
    average = getattr(swa_utils, f"get_{kind}_multi_avg_fn")()
    model = swa_utils.AveragedModel(net, multi_avg_fn=average, use_buffers=True)
    for _ in range(2):
        model.update_parameters(net)


found = [outcome(averaged, kind, nn.BatchNorm1d(2)) for kind in ("ema", "swa")]
claim("swa-buffers", "runs", found[0], without=found[1])
empty = nn.Parameter(torch.zeros(1))
norm, value = nn.utils.clip_grad_norm_, nn.utils.clip_grad_value_
found = outcome(value, [empty], 1.0)
claim("clip-value-empty", outcome(norm, [empty], 1.0), found, right="RuntimeError")
# --8<-- [end:tools]
assert outcome(averaged, "swa", nn.Linear(1, 1)) == "runs"
assert "both the parameters and the buffers" in " ".join(swa_utils.AveragedModel.__doc__.split())
