import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import distributions

# --8<-- [start:information]
events = {"certain": 1.0, "heads": 1 / 2, "a six": 1 / 6, "heads and a six": 1 / 12}
events["one in a million"] = 1e-6
print("event             chance    bits   nats")
for name, p in events.items():
    print(f"{name:16} {p:7.3g} {abs(math.log2(p)):7.3f} {abs(math.log(p)):6.3f}")
# --8<-- [end:information]
assert math.isclose(math.log2(12), math.log2(2) + math.log2(6)) and round(math.log(2), 3) == 0.693
assert round(1 / math.log(2), 4) == 1.4427


# --8<-- [start:from-scratch]
def entropy(p):
    return -torch.xlogy(p, p).sum(dim=-1)  # xlogy(p, q) is p log q, and 0 where p = 0


def cross_entropy(p, q):
    return -torch.xlogy(p, q).sum(dim=-1)


def kl_divergence(p, q):
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(dim=-1)
# --8<-- [end:from-scratch]


# --8<-- [start:code]
p = torch.tensor([1 / 2, 1 / 4, 1 / 8, 1 / 8])
code = {"a": "0", "b": "10", "c": "110", "d": "111"}
torch.manual_seed(0)
text = ["abcd"[i] for i in p.multinomial(100_000, replacement=True)]
length = sum(len(code[letter]) for letter in text) / len(text)
print(f"the code, measured: {length:.2f} bits per letter")
others = {"p": p, "four equal": torch.full((4,), 1 / 4), "always a": torch.eye(4)[0]}
for name, chances in others.items():
    nats = entropy(chances).abs()
    print(f"entropy of {name:11} {nats / math.log(2):.2f} bits = {nats:.3f} nats")
# --8<-- [end:code]
assert math.isclose(entropy(p), 1.75 * math.log(2), rel_tol=1e-6)
assert all(len(code[letter]) == -math.log2(chance) for letter, chance in zip("abcd", p.tolist(), strict=True))

# --8<-- [start:curves]
p_heads = torch.linspace(0, 1, 401, dtype=torch.float64)
surprise = -p_heads.log2()
coin = (torch.special.entr(p_heads) + torch.special.entr(1 - p_heads)) / math.log(2)
figure, (left, right) = plt.subplots(1, 2)
left.plot(p_heads, surprise, "C0", p_heads, surprise * math.log(2), "C1")
left.text(0.2, 3.0, "in bits", color="C0")
left.text(0.06, 0.6, "in nats", color="C1")
left.set(title="surprise at one outcome", xlabel="its probability p", ylim=(0, 6))
right.plot(p_heads, coin, "C0", p_heads, coin * math.log(2), "C1")
right.text(0.5, 1.03, "in bits", color="C0", ha="center")
right.text(0.5, 0.6, "in nats", color="C1", ha="center")
right.set(title="entropy of a coin", xlabel="its probability of heads p", ylim=(0, 1.15))
# --8<-- [end:curves]
assert coin[0] == coin[-1] == 0 and coin.argmax() == 200 and math.isclose(coin[200], 1)
assert right.lines[1].get_ydata().max() == coin.max() * math.log(2)

# --8<-- [start:cross]
q = torch.tensor([1 / 8, 1 / 2, 1 / 4, 1 / 8])
wrong_code = {"a": "110", "b": "0", "c": "10", "d": "111"}
length = sum(len(wrong_code[letter]) for letter in text) / len(text)
print(f"code for q, letters from p: {length:.2f} bits per letter")
for name, nats in {
    "cross entropy H(p, q)": cross_entropy(p, q),
    "entropy       H(p)   ": entropy(p),
    "divergence    KL(p‖q)": kl_divergence(p, q),
    "other way     KL(q‖p)": kl_divergence(q, p),
}.items():
    print(f"{name} = {nats / math.log(2):.3f} bits = {nats:.3f} nats")
# --8<-- [end:cross]
for nats, expected in ((cross_entropy(p, q), 2.375), (kl_divergence(p, q), 0.625), (kl_divergence(q, p), 0.5)):
    assert math.isclose(nats, expected * math.log(2), rel_tol=1e-5)
assert kl_divergence(p, torch.eye(4)[0]) == math.inf and kl_divergence(torch.eye(4)[0], p) == torch.tensor(2.0).log()

# --8<-- [start:identity]
truth, guesses = torch.tensor([0.7, 0.3]), torch.linspace(0.02, 0.98, 481)
predicted = torch.stack([guesses, 1 - guesses], dim=1)
cross, gap = cross_entropy(truth, predicted), kl_divergence(truth, predicted)
floor = entropy(truth)
figure, axes = plt.subplots(figsize=(4.4, 3.0))
axes.plot(guesses, cross, "C0", guesses, gap, "C1")
axes.hlines(floor, 0, 1, color="C5", linestyle=":")
axes.text(0.2, 1.4, "H(p, q)", color="C0")
axes.text(0.05, 0.25, "KL(p‖q)", color="C1")
axes.text(1.02, floor, "H(p)", color="C5", va="center")
axes.set(xlabel="q: the chance of heads that you predict", ylabel="nats")
axes.set(ylim=(0, 3), xlim=(0, 1.12), xticks=[0, 0.25, 0.5, 0.7, 1])
best = guesses[cross.argmin()]
print(f"H(p) = {floor:.3f}, lowest H(p, q) = {cross.min():.3f} at q = {best:.2f}")
# --8<-- [end:identity]
torch.testing.assert_close(cross - gap, floor.expand(481))
assert abs(guesses[cross.argmin()] - 0.7) < 0.003 and math.isclose(floor, 0.6109, abs_tol=1e-4)

# --8<-- [start:loss]
z = torch.tensor([[2.0, 1.0, -1.0]], dtype=torch.float64, requires_grad=True)
soft = torch.tensor([[0.7, 0.2, 0.1]], dtype=torch.float64)
one_hot = torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64)
log_q = z.log_softmax(dim=1)
losses = {
    "cross entropy, soft target": F.cross_entropy(z, soft),
    "KL divergence, soft target": F.kl_div(log_q, soft, reduction="batchmean"),
    "cross entropy, class 0": F.cross_entropy(z, torch.tensor([0])),
    "KL divergence, class 0": F.kl_div(log_q, one_hot, reduction="batchmean"),
}
for name, loss in losses.items():
    (g,) = torch.autograd.grad(loss, z, retain_graph=True)
    print(f"{name:26} {loss:.4f}  gradient", " ".join(f"{v:7.4f}" for v in g[0]))
# --8<-- [end:loss]
(g,) = torch.autograd.grad(losses["KL divergence, soft target"], z)
torch.testing.assert_close(g, z.detach().softmax(dim=1) - soft)
a, b, c, d = losses.values()
torch.testing.assert_close(torch.stack([a - b, c, c]), torch.stack([entropy(soft)[0], d, -log_q[0, 0]]))
assert round(entropy(soft).item(), 4) == 0.8018

# --8<-- [start:likelihood]
flips = torch.tensor([1.0] * 7 + [0.0] * 3)
print("chance  likelihood  −log(likelihood)/10  binary_cross_entropy")
for chance in (0.5, 0.6, 0.7, 0.8):
    q = torch.full((10,), chance)
    likelihood = torch.where(flips == 1, q, 1 - q).prod()
    loss = F.binary_cross_entropy(q, flips)
    print(f"{chance:6} {likelihood:11.6f} {-likelihood.log() / 10:20.4f} {loss:21.4f}")
# --8<-- [end:likelihood]
losses = [F.binary_cross_entropy(torch.full((10,), chance / 100), flips) for chance in range(1, 100)]
assert 1 + torch.stack(losses).argmin() == 70 and math.isclose(losses[69], floor, rel_tol=1e-5)
assert math.isclose(0.7**7 * 0.3**3, 0.002224, abs_tol=1e-6)
assert torch.full((150,), 0.5).prod() == 0

# --8<-- [start:directions]
t = torch.linspace(-8, 8, 401, dtype=torch.float64)


def normal(mean, std):
    return torch.exp(-(((t - mean) / std) ** 2) / 2) / (std * math.sqrt(2 * math.pi))


p = 0.6 * normal(-2, 0.7) + 0.4 * normal(2, 0.7)
means, stds = torch.linspace(-3, 3, 61), torch.linspace(0.5, 3, 51)
q = normal(means[:, None, None], stds[:, None])
figure, axes = plt.subplots(figsize=(4.4, 3.0))
axes.fill_between(t, p, color="C5", alpha=0.25, linewidth=0)
for name, color, a, b in (("KL(p‖q)", "C0", p, q), ("KL(q‖p)", "C1", q, p)):
    i, j = divmod(kl_divergence(a, b).argmin().item(), len(stds))
    axes.plot(t, q[i, j], color)
    axes.text(means[i] + 0.5, q[i, j].max() + 0.05, f"least {name}", color=color)
    print(f"least {name}: mean {means[i]:4.1f}, standard deviation {stds[j]:.2f}")
axes.set(xlabel="y", ylabel="density", xlim=(-6, 6), ylim=(0, 0.68))
# --8<-- [end:directions]
mean, std = (p * t).sum() / p.sum(), (p * (t + 0.4) ** 2).sum().div(p.sum()).sqrt()
assert abs(mean + 0.4) < 1e-6 and abs(std - 2.08) < 0.005
assert axes.lines[1].get_ydata().argmax() == t.sub(-2).abs().argmin()

# --8<-- [start:floor]
x, y = torch.tensor([1.0] * 10 + [-1.0] * 10), torch.tensor([1.0] * 10 + [0.0] * 10)
y[0], y[10] = 0, 1  # one label in ten is wrong on either side
w = torch.zeros((), requires_grad=True)
for step in range(101):
    loss = F.binary_cross_entropy_with_logits(w * x, y)
    if step in (0, 1, 10, 100):
        print(f"step {step:3}: loss {loss:.4f}, predicted chance {w.sigmoid():.3f}")
    w.data -= 2 * torch.autograd.grad(loss, w)[0]
print(f"entropy of 0.9 and 0.1: {entropy(torch.tensor([0.9, 0.1])):.4f}")
# --8<-- [end:floor]
assert math.isclose(loss.item(), entropy(torch.tensor([0.9, 0.1])), abs_tol=1e-5) and round(loss.item(), 3) == 0.325

# --8<-- [start:negative]
p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.3, 0.5])
print(f"kl_div(q, p)        {F.kl_div(q, p, reduction='sum'):7.4f}")
print(f"kl_div(log q, p)    {F.kl_div(q.log(), p, reduction='sum'):7.4f}")
print(f"kl_divergence(p, q) {kl_divergence(p, q):7.4f}")
# --8<-- [end:negative]
assert torch.isclose(F.kl_div(q.log(), p, reduction="sum"), kl_divergence(p, q)) and F.kl_div(q, p, reduction="sum") < 0

# --8<-- [start:zero]
z = torch.tensor([0.0, 0.0, -200.0])
p, log_p = z.softmax(dim=0), z.log_softmax(dim=0)
print("p                   ", p.tolist())
print("−p * p.log()        ", (-p * p.log()).sum().item())
print("torch.special.entr  ", f"{torch.special.entr(p).sum():.4f}")
print("−p * log_softmax(z) ", f"{(-p * log_p).sum():.4f}")
# --8<-- [end:zero]
assert p.tolist() == [0.5, 0.5, 0] and math.isclose((-p * log_p).sum(), math.log(2), rel_tol=1e-6)

# --8<-- [start:density]
for std in (1.0, 0.1):
    print(f"normal, σ = {std}: {distributions.Normal(0, std).entropy():.3f} nats")
# --8<-- [end:density]
assert math.isclose(distributions.Normal(0, 0.1).entropy(), math.log(2 * math.pi * math.e * 0.01) / 2, rel_tol=1e-6)

# --8<-- [start:units]
print("classes  loss in nats  in bits  exp(loss)")
for classes in (2, 10, 1000):
    loss = F.cross_entropy(torch.zeros(1, classes), torch.tensor([0]))
    print(f"{classes:7} {loss:13.4f} {loss / math.log(2):8.4f} {loss.exp():10.0f}")
# --8<-- [end:units]
plt.show()
