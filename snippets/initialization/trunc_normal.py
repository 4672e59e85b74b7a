# --8<-- [start:call]
import torch
from torch import nn

torch.manual_seed(0)
W, std = torch.empty(500, 500), 0.02
nn.init.trunc_normal_(W, std=std, a=-2 * std, b=2 * std)
print(f"largest {W.abs().max():.3f}, standard deviation {W.std():.4f}")
# --8<-- [end:call]

# --8<-- [start:imports]
import math
import warnings

import matplotlib.pyplot as plt

# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    below_a, below_b = (math.erf((x - mean) / std / 2**0.5) / 2 for x in (a, b))
    with torch.no_grad():
        draw = normal_candidates if below_b - below_a > 0.3 else uniform_candidates
        values, rejected = draw(tensor, mean, std, a, b, generator)
        while rejected.any():
            again, still = draw(tensor, mean, std, a, b, generator)
            values = torch.where(rejected, again, values)
            rejected &= still
        return tensor.copy_(values)
# --8<-- [end:from-scratch]


# --8<-- [start:from-scratch-candidates]
def normal_candidates(tensor, mean, std, a, b, generator):
    a, b = torch.tensor([a, b], dtype=tensor.dtype)  # rounded like the values
    values = torch.empty_like(tensor).normal_(mean, std, generator=generator)
    return values, (values < a) | (values > b)


def uniform_candidates(tensor, mean, std, a, b, generator):
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2  # of the log density
    values = torch.empty_like(tensor).uniform_(a, b, generator=generator)
    stay = -0.5 * ((values - mean) / std) ** 2 - peak  # log of the probability
    u = torch.empty_like(tensor).uniform_(generator=generator)
    return values, u.log() > stay
# --8<-- [end:from-scratch-candidates]


# --8<-- [start:equal]
generator = torch.Generator()
print("options                         same numbers")
for options in (
    {},
    {"std": 0.02},
    {"a": -0.1, "b": 0.1},
    {"mean": 1, "a": 1.5, "b": 3},
):
    ours, library = torch.empty(100, 400), torch.empty(100, 400)
    trunc_normal_(ours, **options, generator=generator.manual_seed(0))
    nn.init.trunc_normal_(library, **options, generator=generator.manual_seed(0))
    print(f"{options!s:30}  {torch.equal(ours, library)}")
    assert torch.equal(ours, library), "it draws the same numbers, bit for bit"
# --8<-- [end:equal]
call = "nn.init.trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None)"
assert nn.init.trunc_normal_.__defaults__ == (0.0, 1.0, -2.0, 2.0, None), f"{call}: mean=0.0, std=1.0, a=-2.0, b=2.0"
assert nn.init.trunc_normal_(library) is library, "works in place, returns the tensor"
for options in ({"a": -0.39, "b": 0.39}, {"a": -0.38, "b": 0.38}):
    share = math.erf(options["b"] / math.sqrt(2))
    trunc = normal_candidates if share > 0.3 else uniform_candidates
    nn.init.trunc_normal_(library, **options, generator=generator.manual_seed(0))
    values, rejected = trunc(library, 0, 1, **options, generator=generator.manual_seed(0))
    assert torch.equal(values[~rejected], library[~rejected]), "normal candidates above 30 %, else uniform ones"

# --8<-- [start:moments]
def moments(mean=0.0, std=1.0, a=-2.0, b=2.0):
    α, β = (a - mean) / std, (b - mean) / std
    Φ = [(1 + math.erf(x / math.sqrt(2))) / 2 for x in (α, β)]
    φ = [math.exp(-x * x / 2) / math.sqrt(2 * math.pi) for x in (α, β)]
    Z = Φ[1] - Φ[0]
    shift = (φ[0] - φ[1]) / Z
    return mean + std * shift, std**2 * (1 + (α * φ[0] - β * φ[1]) / Z - shift**2)


torch.manual_seed(0)
print("mean  std    a   b  mean measured  predicted  variance measured  predicted")
for mean, std, a, b in (
    (0, 1, -2, 2),
    (0, 0.5, -2, 2),
    (0, 2, -2, 2),
    (1, 1, -2, 2),
    (0, 1, 1, 3),
):
    W = nn.init.trunc_normal_(torch.empty(1_000_000), mean, std, a, b)
    m, v = moments(mean, std, a, b)
    measured = round(W.mean().item(), 2) + 0  # + 0 turns −0 into 0
    print(f"{mean:<4}  {std:<3}  {a:3}  {b:2}  {measured:13.2f}  {m:9.2f}", end="")
    print(f"  {W.var():17.3f}  {v:9.3f}")
# --8<-- [end:moments]
for case in ((0, 1, -2, 2), (0, 0.5, -2, 2), (0, 2, -2, 2), (1, 1, -2, 2), (0, 1, 1, 3)):
    W = nn.init.trunc_normal_(torch.empty(1_000_000), *case)
    m, v = moments(*case)
    assert abs(W.mean() - m) < 0.01, "the mean is met within 0.01"
    assert abs(W.var() / v - 1) < 0.01, "the variance is met within 1 %"
assert f"{moments()[1]:.3f}" == "0.774", "with the defaults 0 and 0.774"
assert f"{math.sqrt(moments()[1]):.2f}" == "0.88", "so the standard deviation is 0.88"

# --8<-- [start:histogram]
figure, axes = plt.subplots(figsize=(5.5, 2.8))
labels = (  # std, text and where it stands
    (0.5, "std 0.5: hardly cut", 0.35, 0.72),
    (1, "std 1, the default", 1.02, 0.3),
    (3, "std 3", 2.08, 0.215),
)
for i, (std, label, x, y) in enumerate(labels):
    W = nn.init.trunc_normal_(torch.empty(300_000), std=std).numpy()
    bins = {"bins": 80, "range": (-2, 2), "density": True}
    axes.hist(W, **bins, histtype="step", color=f"C{i}")
    axes.text(x, y, label, color=f"C{i}")
axes.set(xlabel="weight", ylabel="density", xlim=(-2.6, 2.9))
axes.set_xticks(range(-2, 3), ["a = −2", "−1", "0", "1", "b = 2"])
# --8<-- [end:histogram]
assert math.sqrt(moments(std=0.5)[1]) > 0.99 * 0.5, "std 0.5: hardly cut, more than 99 % is left"
assert f"{2 / math.sqrt(3):.2f}" == "1.15", "the standard deviation goes to 2 / √3 = 1.15"
assert f"{math.sqrt(moments(std=1000.0)[1]):.2f}" == "1.15", "with a large std you get uniform_ on the bounds"

# --8<-- [start:absolute]
W, plain = torch.empty(1000, 1000), torch.empty(1000, 1000)
nn.init.trunc_normal_(W, std=0.02, generator=generator.manual_seed(0))
nn.init.normal_(plain, std=0.02, generator=generator.manual_seed(0))
print("same numbers as normal_:", torch.equal(W, plain))
print(f"a, b left out:   largest {W.abs().max() / 0.02:.1f} σ")
nn.init.trunc_normal_(W, std=0.02, a=-2 * 0.02, b=2 * 0.02)
print(f"a, b times 0.02: largest {W.abs().max() / 0.02:.1f} σ")
# --8<-- [end:absolute]
assert 2 / 0.02 == 100, "the default bounds ±2 are 100 standard deviations away"
uncut = nn.init.trunc_normal_(torch.empty(1000, 1000), std=0.02, generator=generator.manual_seed(0))
assert torch.equal(uncut, plain), "nothing is cut: you get the numbers of normal_"
assert W.abs().max() <= 0.04, "a=-2 * std, b=2 * std cuts at two standard deviations"
assert f"{plain.abs().max() / 0.02:.1f}" == "4.8", "with std 0.02 and a, b left out the largest is 4.8 σ"

# --8<-- [start:smaller]
std = 0.02
print("cut at  measured  theory")
for cut in (1, 2, 3):
    bound = cut * std
    W = nn.init.trunc_normal_(torch.empty(1_000_000), std=std, a=-bound, b=bound)
    ratio = math.sqrt(moments(a=-cut, b=cut)[1])
    print(f"{cut} σ     {W.std() / std:6.3f} σ  {ratio:.4f} σ")
# --8<-- [end:smaller]

# --8<-- [start:corrected]
wider = std / 0.8796
bound = 2 * wider
W = nn.init.trunc_normal_(torch.empty(1_000_000), std=wider, a=-bound, b=bound)
print(f"corrected: std {W.std() / std:.3f} σ")
# --8<-- [end:corrected]
assert f"{math.sqrt(moments()[1]):.4f}" == "0.8796", "cut at two standard deviations, 0.8796 is left"
assert f"{1 - moments()[1]:.0%}" == "23%", "23 % of the variance is gone"
assert abs(W.std() / std - 1) < 0.005, "to end at σ, divide by that number first: met within 0.5 %"

# --8<-- [start:outliers]
W = nn.init.trunc_normal_(torch.empty(2_000_000), std=0.001)
print(f"torch 2.13:  largest {W.abs().max() / 0.001:.1f} σ")
u = torch.tensor(-1.0)  # the end of the uniform numbers that the old method drew
old = (math.sqrt(2) * 0.001 * torch.erfinv(u)).clamp(-2, 2)
print(f"old method:  {old.item()}, that is {abs(old) / 0.001:.0f} σ")
# --8<-- [end:outliers]
assert torch.erfinv(u) == -math.inf, "its inverse is −∞"
assert old == -2, "and clamping made it a"
assert f"{W.abs().max() / 0.001:.1f}" == "5.5", "torch 2.13 redraws: the largest of two million weights is 5.5 σ"

# --8<-- [start:warning]
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    W = nn.init.trunc_normal_(torch.empty(100_000), a=3, b=5)
print(caught[0].message)
m, v = moments(a=3, b=5)
print(f"mean {W.mean():.2f}, theory {m:.2f}")
print(f"std  {W.std():.2f}, theory {math.sqrt(v):.2f}")
# --8<-- [end:warning]
assert "mean is more than 2 std from [a, b]" in str(caught[0].message), "the warning"
assert abs(W.mean() - m) < 0.01, "measured against the formula, the mean is met within 0.01"
assert abs(W.std() / math.sqrt(v) - 1) < 0.02, "the standard deviation is met within 2 %"

# --8<-- [start:slow]
print("a  b    candidates per number")
for a, b in ((3, 5), (3, 50), (3, 500)):
    area = (math.erfc(a / math.sqrt(2)) - math.erfc(b / math.sqrt(2))) / 2
    tries = (b - a) * math.exp(-a * a / 2) / math.sqrt(2 * math.pi) / area
    print(f"{a}  {b:<3}  {tries:21.1f}")
# --8<-- [end:slow]
_, rejected = uniform_candidates(torch.empty(1_000_000), 0, 1, 3, 50, generator)
measured = 1 / (1 - rejected.float().mean())
assert abs(measured / (tries * 47 / 497) - 1) < 0.05, "the count of the candidates is met within 5 % at b = 50"
assert moments(a=3, b=50)[0] - moments(a=3, b=5)[0] < 0.002, "beyond 5 the mean changes by less than 0.002"

# --8<-- [start:errors]
for a, b in ((2, -2), (2, math.inf)):
    try:
        nn.init.trunc_normal_(torch.empty(3), a=a, b=b)
    except RuntimeError as error:
        print(f"a = {a}, b = {b}: {error}")
# --8<-- [end:errors]
one_sided = nn.init.trunc_normal_(torch.empty(1000), a=0.52, b=math.inf)
assert one_sided.min() >= 0.52, "one bound can be infinite"
assert math.erfc(0.52 / math.sqrt(2)) / 2 > 0.3, "as long as more than 30 % of the distribution is kept"
for options in ({"a": 0.53, "b": math.inf}, {"a": 2, "b": -2}, {"std": 0}):
    try:
        nn.init.trunc_normal_(torch.empty(3), **options)
        refused = None
    except (RuntimeError, ZeroDivisionError) as error:
        refused = type(error)
    expected = ZeroDivisionError if options == {"std": 0} else RuntimeError
    assert refused is expected, "uniform candidates fail at an infinite or swapped bound, and std=0 divides by zero"
backwards = nn.init.trunc_normal_(torch.empty(100_000), std=-1)
assert f"{backwards.std():.2f}" == "0.88", "a negative std raises no error in torch 2.13 and acts like the positive one"
assert backwards.abs().max() <= 2, "within the bounds"
half = nn.init.trunc_normal_(torch.empty(100_000, dtype=torch.bfloat16), std=0.1, a=-0.1, b=0.1)
assert f"{torch.tensor(0.1, dtype=torch.bfloat16).item():.4f}" == "0.1001", "0.1 itself is 0.1001 in bfloat16"
assert half.max() == torch.tensor(0.1, dtype=torch.bfloat16), "and so is the largest weight with `b=0.1`"
plt.show()
