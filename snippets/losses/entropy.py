# --8<-- [start:in-six-lines]
import torch
import torch.nn.functional as F

truth, belief = torch.tensor([0.7, 0.3]), torch.tensor([0.5, 0.5])
entropy = -(truth * truth.log()).sum()
cross_entropy = F.cross_entropy(belief.log(), truth)
divergence = F.kl_div(belief.log(), truth, reduction="sum")
print(f"{cross_entropy:.4f} = {entropy:.4f} + {divergence:.4f}")
# --8<-- [end:in-six-lines]
assert torch.isclose(cross_entropy, entropy + divergence), "cross entropy is entropy plus divergence"

# --8<-- [start:imports]
import math

import matplotlib.pyplot as plt
from torch import distributions

# --8<-- [end:imports]

# --8<-- [start:information]
events = {"certain": 1.0, "heads": 1 / 2, "a six": 1 / 6, "heads and a six": 1 / 12}
events["one in a million"] = 1e-6
print("event             chance    bits    nats")
for name, p in events.items():
    print(f"{name:16}  {p:6.3g}  {abs(math.log2(p)):6.3f}  {abs(math.log(p)):6.3f}")
# --8<-- [end:information]
assert math.isclose(math.log2(12), math.log2(2) + math.log2(6)), "heads and a six cost as many bits as heads plus a six"
assert round(1 / math.log(2), 4) == 1.4427, "one nat is 1/ln 2 = 1.4427 bits"
assert round(math.log(2), 3) == 0.693, "bits are nats divided by 0.693"


# --8<-- [start:from-scratch]
def entropy(p):
    return -torch.xlogy(p, p).sum(dim=-1)  # xlogy(p, q): p log q, and 0 where p = 0


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
print("bits and nats per letter   bits   nats")
print(f"the code, measured         {length:.2f}  {length * math.log(2):.3f}")
certain = torch.tensor([1.0, 0, 0, 0])
others = {"p": p, "four equal": torch.full((4,), 1 / 4), "always a": certain}
for name, probabilities in others.items():
    nats = entropy(probabilities).abs()
    print(f"entropy of {name:14}  {nats / math.log(2):.2f}  {nats:.3f}")
# --8<-- [end:code]
assert math.isclose(entropy(p), 1.75 * math.log(2), rel_tol=1e-6), "a long text takes H(p) = 1.75 bits per letter"
for letter, probability in zip("abcd", p.tolist(), strict=True):
    assert len(code[letter]) == -math.log2(probability), "a letter of probability 2^−k with k bits"
assert round(length, 2) == 1.75, "the text takes 1.75 bits per letter"
assert torch.isclose(entropy(others["four equal"]), torch.tensor(4.0).log()), "the uniform one has the entropy log C"
assert entropy(certain) == 0, "one that puts everything on one outcome has 0"
torch.manual_seed(0)
for random in torch.rand(100, 4).softmax(dim=1):
    assert entropy(random) <= math.log(4), "of all distributions the uniform one has the largest entropy"

# --8<-- [start:curves]
p_heads = torch.linspace(0, 1, 401, dtype=torch.float64)
surprise = -p_heads.log2()
coin = (torch.special.entr(p_heads) + torch.special.entr(1 - p_heads)) / math.log(2)
figure, (left, right) = plt.subplots(1, 2)
for unit, factor in (("in bits", 1.0), ("in nats", math.log(2))):
    left.plot(p_heads, factor * surprise, label=unit)
    right.plot(p_heads, factor * coin, label=unit)
left.legend()
left.set(title="surprise at one outcome", xlabel="its probability p", ylim=(0, 6))
right.legend()
right.set(title="entropy of a coin", xlabel="probability of heads", ylim=(0, 1.3))
# --8<-- [end:curves]
assert coin[0] == coin[-1] == 0, "the entropy of a coin is 0 at both ends"
assert p_heads[coin.argmax()] == 0.5, "and largest for a fair coin"
assert math.isclose(coin.max(), 1), "its mean over both sides of a coin is at most 1 bit"
assert round(coin.max().item() * math.log(2), 2) == 0.69, "0.69 nats"

# --8<-- [start:cross]
q = torch.tensor([1 / 8, 1 / 2, 1 / 4, 1 / 8])
wrong_code = {"a": "110", "b": "0", "c": "10", "d": "111"}
length = sum(len(wrong_code[letter]) for letter in text) / len(text)
print("letters from p          bits   nats")
print(f"code for q, measured   {length:.3f}  {length * math.log(2):.3f}")
quantities = {
    "cross entropy H(p, q)": cross_entropy(p, q),
    "entropy H(p)         ": entropy(p),
    "divergence KL(p‖q)   ": kl_divergence(p, q),
    "other way KL(q‖p)    ": kl_divergence(q, p),
}
for name, nats in quantities.items():
    print(f"{name}  {nats / math.log(2):.3f}  {nats:.3f}")
# --8<-- [end:cross]
bits = {name.split()[-1]: nats.item() / math.log(2) for name, nats in quantities.items()}
assert math.isclose(cross_entropy(p, q), 2.375 * math.log(2), rel_tol=1e-5), "the text takes H(p, q) = 2.375 bits"
assert math.isclose(bits["KL(p‖q)"], 0.625, rel_tol=1e-5), "the wrong code wastes 0.625 bits per letter"
assert math.isclose(bits["KL(q‖p)"], 0.5, rel_tol=1e-5), "the other way round it is 0.5 bits, not 0.625"
assert kl_divergence(p, certain) == math.inf, "what happens although q excludes it costs ∞"
assert kl_divergence(certain, p).isfinite(), "what never happens costs nothing"

# --8<-- [start:identity]
truth = torch.tensor([0.7, 0.3])
guesses = torch.linspace(0.02, 0.98, 481)
predicted = torch.stack([guesses, 1 - guesses], dim=1)
cross, gap = cross_entropy(truth, predicted), kl_divergence(truth, predicted)
floor = entropy(truth)
figure, axes = plt.subplots(figsize=(4.4, 3.0))
axes.plot(guesses, cross, label="H(p, q)")
axes.plot(guesses, gap, label="KL(p‖q)")
axes.axhline(floor, color="C5", linestyle=":", label="H(p)")
axes.legend()
axes.set(xlabel="q: the chance of heads that you predict", ylabel="nats")
axes.set(ylim=(0, 3), xticks=[0, 0.25, 0.5, 0.7, 1])
best = guesses[cross.argmin()]
print(f"H(p) = {floor:.3f}, lowest H(p, q) = {cross.min():.3f} at q = {best:.2f}")
# --8<-- [end:identity]
torch.testing.assert_close(cross - gap, floor.expand(481), msg="H(p, q) = H(p) + KL(p‖q)")
assert round(guesses[cross.argmin()].item(), 2) == 0.7, "both are lowest at 0.7"
assert guesses[cross.argmin()] == guesses[gap.argmin()], "the two curves have the same lowest point"
assert round(floor.item(), 2) == 0.61, "cross entropy lies higher by the constant 0.61"

# --8<-- [start:loss]
logits = torch.tensor([[2.0, 1.0, -1.0]], requires_grad=True)
log_q = logits.log_softmax(dim=1)
soft, one_hot = torch.tensor([[0.7, 0.2, 0.1]]), torch.tensor([[1.0, 0.0, 0.0]])
losses = {
    "cross entropy, soft target": F.cross_entropy(logits, soft),
    "KL divergence, soft target": F.kl_div(log_q, soft, reduction="batchmean"),
    "cross entropy, class 0": F.cross_entropy(logits, torch.tensor([0])),
    "KL divergence, class 0": F.kl_div(log_q, one_hot, reduction="batchmean"),
}
gradients = {}
print(f"{'loss':26}  value   gradient by the logits")
for name, loss in losses.items():
    (gradients[name],) = torch.autograd.grad(loss, logits, retain_graph=True)
    row = ", ".join(f"{slope:.4f}" for slope in gradients[name][0])
    print(f"{name:26}  {loss:.4f}  {row.strip()}")
# --8<-- [end:loss]
soft_cross, soft_kl, hard_cross, hard_kl = losses.values()
for name, target in (("soft target", soft), ("class 0", one_hot)):
    for loss in ("cross entropy", "KL divergence"):
        expected = logits.detach().softmax(dim=1) - target
        torch.testing.assert_close(gradients[f"{loss}, {name}"], expected, msg="one and the same: q − p")
assert torch.isclose(soft_cross - soft_kl, entropy(soft)[0]), "with a soft target the values differ by H(p)"
assert round(entropy(soft).item(), 4) == 0.8018, "H(p) = 0.8018"
assert torch.isclose(hard_cross, hard_kl), "with a class as target the entropy is 0"
assert torch.isclose(hard_cross, -log_q[0, 0]), "and all that is left is −log q(y)"

# --8<-- [start:likelihood]
flips = torch.tensor([1.0] * 7 + [0.0] * 3)
print("chance  likelihood  −log(likelihood)/10  binary_cross_entropy")
for chance in (0.5, 0.6, 0.7, 0.8):
    q = torch.full((10,), chance)
    likelihood = torch.where(flips == 1, q, 1 - q).prod()
    of_likelihood = -likelihood.log() / 10
    loss = F.binary_cross_entropy(q, flips)
    print(f"{chance:<6}  {likelihood:10.6f}  {of_likelihood:19.4f}  {loss:20.4f}")
# --8<-- [end:likelihood]
losses = [F.binary_cross_entropy(torch.full((10,), chance / 100), flips) for chance in range(1, 100)]
assert 1 + torch.stack(losses).argmin() == 70, "the best chance is the observed share, 0.7"
assert round(losses[69].item(), 3) == 0.611, "and the loss there is 0.611"
assert math.isclose(losses[69], floor, rel_tol=1e-5), "the loss there is H(p̂)"
assert torch.full((150,), 0.5).prod() == 0, "in float32, 150 factors of 0.5 multiply to exactly 0"

# --8<-- [start:directions]
y = torch.linspace(-8, 8, 401, dtype=torch.float64)


def normal(mean, std):
    scale = std * math.sqrt(2 * math.pi)
    return torch.exp(-(((y - mean) / std) ** 2) / 2) / scale


p = 0.6 * normal(-2, 0.7) + 0.4 * normal(2, 0.7)
means, stds = torch.linspace(-3, 3, 61), torch.linspace(0.5, 3, 51)
q = normal(means[:, None, None], stds[:, None])  # every mean with every std
figure, axes = plt.subplots(figsize=(4.4, 3.0))
axes.fill_between(y, p, color="C5", alpha=0.25, linewidth=0, label="p")
found = {}
print("least    mean  standard deviation")
divergences = {"KL(p‖q)": kl_divergence(p, q), "KL(q‖p)": kl_divergence(q, p)}
for name, divergence in divergences.items():
    row, column = divmod(divergence.argmin().item(), len(stds))
    found[name] = mean, std = means[row].item(), stds[column].item()
    print(f"{name}  {mean:4.1f}  {std:18.2f}")
    axes.plot(y, q[row, column], label=f"least {name}")
axes.legend()
axes.set(xlabel="y", ylabel="density", xlim=(-6, 6), ylim=(0, 0.75))
# --8<-- [end:directions]
mean = (p * y).sum() / p.sum()
std = ((p * (y - mean) ** 2).sum() / p.sum()).sqrt()
assert round(mean.item(), 1) == -0.4, "p has the mean −0.4"
assert round(std.item(), 2) == 2.08, "p has the standard deviation 2.08"
assert abs(found["KL(p‖q)"][0] - mean) < 0.05, "forward KL: the mean of p, rounded to the search grid"
assert abs(found["KL(p‖q)"][1] - std) < 0.05, "forward KL: the standard deviation of p, rounded to the search grid"
assert round(found["KL(q‖p)"][0], 1) == -2, "reverse KL picks the hump at −2"

# --8<-- [start:floor]
inputs = torch.tensor([1.0] * 10 + [-1.0] * 10)
labels = torch.tensor([1.0] * 10 + [0.0] * 10)
labels[0], labels[10] = 0, 1  # one label in ten is wrong on either side
weight = torch.zeros((), requires_grad=True)
optimizer = torch.optim.SGD([weight], lr=2.0)
print("step       loss  predicted chance")
for step in range(101):
    loss = F.binary_cross_entropy_with_logits(weight * inputs, labels)
    if step in (0, 1, 10, 100):
        chance = weight.sigmoid()
        print(f"{step:<5}  {loss:8.4f}  {chance:16.3f}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(f"floor  {entropy(torch.tensor([0.9, 0.1])):8.4f}  {0.9:16.3f}")
# --8<-- [end:floor]
assert round(loss.item(), 3) == 0.325, "the model is perfect at 0.325, about 0.33"
assert round(loss.item(), 2) == 0.33, "the loss stops falling at 0.33"
assert math.isclose(loss.item(), entropy(torch.tensor([0.9, 0.1])), abs_tol=1e-5), "the entropy of the labels"
assert round(chance.item(), 3) == 0.9, "it says 0.9 where 90 % are ones"

# --8<-- [start:negative]
p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.3, 0.5])
print("call                 result")
print(f"kl_div(q, p)         {F.kl_div(q, p, reduction='sum'):7.4f}")
print(f"kl_div(log q, p)     {F.kl_div(q.log(), p, reduction='sum'):7.4f}")
print(f"kl_divergence(p, q)  {kl_divergence(p, q):7.4f}")
# --8<-- [end:negative]
assert F.kl_div(q, p, reduction="sum") < 0, "with probabilities it returns something else, which may be negative"
right_way = F.kl_div(q.log(), p, reduction="sum")
assert torch.isclose(right_way, kl_divergence(p, q)), "`F.kl_div(log_q, p)` is KL(p‖q)"
torch.manual_seed(0)
same = torch.randn(1000, 10).softmax(dim=1)
rounding = F.kl_div(same.log(), same, reduction="none").sum(dim=1).min()
assert rounding.abs() < 1e-6, "a tiny negative value, at most 1e-6 here, is rounding"

# --8<-- [start:zero]
logits = torch.tensor([0.0, 0.0, -200.0])
p, log_p = logits.softmax(dim=0), logits.log_softmax(dim=0)
print("p                   ", p.tolist())
print("−p * p.log()        ", (-p * p.log()).sum().item())
print("torch.special.entr  ", f"{torch.special.entr(p).sum():.4f}")
print("−p * log_softmax    ", f"{(-p * log_p).sum():.4f}")
# --8<-- [end:zero]
assert (-p * p.log()).sum().isnan(), "0 · (−∞) is nan"
assert round(log_p[2].item(), 1) == -200.7, "with logits the logarithm is −200.7 instead of −∞"
at_zero = torch.zeros(1, requires_grad=True)
(slope,) = torch.autograd.grad(torch.special.entr(at_zero).sum(), at_zero)
assert slope == math.inf, "`entr` has an infinite slope at 0"

# --8<-- [start:density]
for std in (1.0, 0.1):
    print(f"normal, σ = {std}: {distributions.Normal(0, std).entropy():.3f} nats")
# --8<-- [end:density]
assert distributions.Normal(0, 0.1).entropy() < 0, "for densities it can"

# --8<-- [start:units]
print("classes  loss in nats  in bits  exp(loss)")
for classes in (2, 10, 1000):
    loss = F.cross_entropy(torch.zeros(1, classes), torch.tensor([0]))
    bits = loss / math.log(2)
    print(f"{classes:<7}  {loss:12.4f}  {bits:7.4f}  {loss.exp():9.0f}")
# --8<-- [end:units]
for classes in (2, 10, 1000):
    loss = F.cross_entropy(torch.zeros(1, classes), torch.tensor([0]))
    assert round(loss.exp().item()) == classes, "a model that knows nothing has the perplexity C"
plt.show()
