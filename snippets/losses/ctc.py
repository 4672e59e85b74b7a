# --8<-- [start:in-six-lines]
import torch
import torch.nn.functional as F

log_probs = torch.tensor([[0.6, 0.4], [0.6, 0.4]]).log()  # two frames: blank, a
loss = F.ctc_loss(log_probs, torch.tensor([1]), (2,), (1,), reduction="sum")
by_hand = 0.4 * 0.4 + 0.4 * 0.6 + 0.6 * 0.4  # aa, a- and -a
print(f"loss {loss:.4f}, probability {(-loss).exp():.2f} = {by_hand:.2f}")
# --8<-- [end:in-six-lines]
assert round((-loss).exp().item(), 4) == round(by_hand, 4), "the loss adds the three labellings up"

# --8<-- [start:imports]
import itertools
import math

import matplotlib.pyplot as plt

torch.set_default_dtype(torch.float64)
BLANK, LETTERS = 0, "-abcd"  # class 0 is the blank

# --8<-- [end:imports]


# --8<-- [start:collapse]
def collapse(path):
    """Merge equal neighbours, then drop the blanks."""
    return [label for label, _ in itertools.groupby(path) if label != BLANK]


def spell(word):
    return "".join(LETTERS[label] for label in word) or "nothing"


print("path  reads as")
for text in ("aabb", "-ab-", "a--b", "aa-a", "aaaa", "----"):
    path = [LETTERS.index(letter) for letter in text]
    print(f"{text}  {spell(collapse(path))}")
# --8<-- [end:collapse]
assert collapse([1, 1, 1, 2, 2]) == [1, 2], "a letter that lasts for three frames is read once"
assert collapse([1, 1, 1, 1]) == [1], "with merging alone “aa” could never be written"
assert collapse([1, 1, 0, 1]) == [1, 1], "the blank separates the two"

# --8<-- [start:paths]
probs = torch.tensor(  # 4 frames, classes -, a, b
    [[0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.6, 0.1, 0.3], [0.3, 0.1, 0.6]]
)
paths_of = {}
for path in itertools.product(range(3), repeat=4):
    probability = math.prod(probs[t, label].item() for t, label in enumerate(path))
    paths_of.setdefault(tuple(collapse(path)), []).append(probability)
print("word                 paths  probability")
likeliest = sorted(paths_of, key=lambda word: -sum(paths_of[word]))
for word in likeliest[:3]:
    paths = paths_of[word]
    print(f"{spell(word):19}  {len(paths):5}  {sum(paths):11.4f}")
every = [path for paths in paths_of.values() for path in paths]
print(f"all {len(paths_of)} words         {len(every):5}  {sum(every):11.4f}")
# --8<-- [end:paths]
assert 3**4 == 81, "with four frames and three classes you can list all 3⁴ = 81 paths"
assert sum(map(len, paths_of.values())) == 81, "81 paths"
assert len(paths_of) == 15, "all 15 words"
assert math.isclose(sum(map(sum, paths_of.values())), 1), "the probabilities of all words add up to 1"


# --8<-- [start:count]
def count(T, word):
    repeats = sum(first == second for first, second in itertools.pairwise(word))
    return math.comb(T + len(word) - repeats, 2 * len(word))


print("word        frames  paths")
for T in (5, 6, 7, 11):
    print(f"hello       {T:6}  {count(T, 'hello')}")
print(f"abcdefghij  {100:6}  {count(100, 'abcdefghij'):.1e}")
# --8<-- [end:count]
for word, paths in paths_of.items():
    assert len(paths) == count(4, word), "the formula counts the paths that are listed"
assert count(5, "hello") == 0, "in 5 frames “hello” cannot be written"
assert count(6, "hello") == 1, "in 6 there is one way"
assert [key for key, _ in itertools.groupby("hel-lo") if key != "-"] == list("hello"), "`hel-lo`"
hello = torch.tensor([1, 2, 3, 3, 4])
too_short = F.ctc_loss(torch.zeros(5, 5).log_softmax(1), hello, (5,), (5,), reduction="sum")
assert too_short == math.inf, "and its loss is infinite"


# --8<-- [start:forward]
def forward(probs, word):
    """α, with a row for each frame and a column for each state; and the states."""
    states = [BLANK]
    for label in word:
        states += [label, BLANK]
    before = [1.0] + 2 * len(word) * [0.0]  # every path starts at the first blank
    rows = []
    for frame in probs.tolist():
        row = []
        for s, label in enumerate(states):
            total = before[s]
            if s >= 1:
                total += before[s - 1]
            if s >= 2 and label != states[s - 2]:
                total += before[s - 2]
            row.append(frame[label] * total)
        rows.append(row)
        before = row
    return torch.tensor(rows), torch.tensor(states)
# --8<-- [end:forward]


# --8<-- [start:alpha]
alpha, states = forward(probs, [1, 2])
names = ["blank" if label == BLANK else LETTERS[label] for label in states]
print("frame", "".join(f"  {name:>6}" for name in names))
for t, row in enumerate(alpha, 1):
    print(f"{t:<5}", "".join(f"  {value:6.4f}" for value in row))
# --8<-- [end:alpha]

# --8<-- [start:likelihood]
likelihood = alpha[-1, -2:].sum()
print(f"sum of the last two {likelihood:.4f}, loss {-likelihood.log():.4f}")
# --8<-- [end:likelihood]
assert len(paths_of[1, 2]) == 15, "“ab” has 15 paths"
assert math.isclose(likelihood, sum(paths_of[1, 2])), "the result is the sum over the 15 paths above"
library = F.ctc_loss(probs.log(), torch.tensor([1, 2]), (4,), (2,), reduction="none")
assert torch.isclose(library, -likelihood.log()), "and what `F.ctc_loss` returns"
assert math.isclose(alpha[1, 1], 0.4 * (0.7 + 0.2)), "α₂(a) = 0.4 · (0.7 + 0.2)"
assert round(alpha[1, 1].item(), 2) == 0.36, "α₂(a) = 0.36"

# --8<-- [start:lattice]
T, word = 6, [1, 1, 2]  # “aab”
beginnings, states = forward(torch.ones(T, 3), word)  # probabilities 1: α counts
endings = forward(torch.ones(T, 3), word[::-1])[0].flip(0, 1)  # from the end
through = beginnings * endings
figure, axes = plt.subplots()
for t, s, move in itertools.product(range(T - 1), range(7), range(3)):
    if s + move > 6 or not through[t, s] * through[t + 1, s + move]:
        continue  # outside, or on no path
    if move < 2 or states[s] != states[s + 2]:
        axes.plot([t + 1, t + 2], [s, s + move], "C5", linewidth=0.8)
example = [1, 1, 2, 3, 5, 6]  # the states of the path aa-ab-
axes.plot(range(1, T + 1), example, "C1", linewidth=2.5)
for t, s in itertools.product(range(T), range(7)):
    shade = 1 if through[t, s] else 0.2
    axes.plot(t + 1, s, "o", color="C0", alpha=shade, zorder=3)
    if through[t, s]:
        axes.text(t + 1.1, s - 0.22, f"{through[t, s]:.0f}", color="C0", fontsize=8)
axes.set(title=f"{beginnings[-1, -2:].sum():.0f} paths spell “aab”", xlabel="frame")
axes.set(yticks=range(7), yticklabels=spell(states))
axes.set(ylim=(6.4, -0.6), xlim=(0.8, T + 0.4))
# --8<-- [end:lattice]
assert count(6, "aab") == 28, "28 paths spell “aab” in 6 frames"
assert (through.sum(1) == 28).all(), "each column adds up to 28"
assert collapse(states[example].tolist()) == word, "the orange path reads aab"
assert through[0, :2].tolist() == [7, 21], "7 and 21 in frame 1"
assert count(4, "aab") == 1, "with T = S + R only one path would be left"


# --8<-- [start:shares]
def shares(probs, word):
    """Of the paths' probability, by frame and class."""
    alpha, states = forward(probs, word)
    beta = forward(probs.flip(0), word[::-1])[0].flip(0, 1)  # from the end
    both = alpha * beta / probs[:, states] / alpha[-1, -2:].sum()
    return torch.zeros_like(probs).index_add(1, states, both)


def ctc_loss(log_probs, word):
    target = torch.tensor(word, dtype=torch.long)  # also of an empty word
    lengths = (len(log_probs),), (len(word),)
    return F.ctc_loss(log_probs, target, *lengths, reduction="sum")


logits = probs.log().requires_grad_()
ctc_loss(logits.log_softmax(dim=1), [1, 2]).backward()
rows = {
    "share                   ": shares(probs, [1, 2])[:, 1],
    "probability             ": probs[:, 1],
    "gradient by the logits  ": logits.grad[:, 1],
}
print(f"{'class a':23}  frame 1  frame 2  frame 3  frame 4")
for name, row in rows.items():
    print(name, " ".join(f" {value:7.3f}" for value in row))
# --8<-- [end:shares]
torch.testing.assert_close(logits.grad, probs - shares(probs, [1, 2]), msg="the gradient is p − r")
torch.testing.assert_close(shares(probs, [1, 2]).sum(1), torch.ones(4), msg="the shares add up to 1")

# --8<-- [start:uniform]
T, word = 24, [1, 2, 3, 4]
uniform = torch.full((T, 5), 1 / 5)  # all classes equally likely, in every frame
print("class  share  gradient")
for label, share in enumerate(shares(uniform, word).mean(dim=0)):
    gradient = 1 / 5 - share
    name = "blank" if label == BLANK else LETTERS[label]
    print(f"{name:5}  {share:.3f}  {gradient:+8.3f}")
# --8<-- [end:uniform]
mean_share = shares(uniform, word).mean(0)
assert torch.isclose(mean_share[0], torch.tensor((T - 4) / T * 5 / 9)), "the blank's share is the formula's"
assert mean_share[0] > 1 / 5, "the first step raises the blank"
assert (mean_share[1:] < 1 / 5).all(), "and lowers every letter"


def blank_share(T, S, R=0):
    return (R + (T - S - R) * (S + 1) / (2 * S + 1)) / T


assert 0.5 < blank_share(1000, 10) < 0.53, "for long inputs a little more than one half"

# --8<-- [start:underflow]
print("frames  product  its loss  library")
for T in (24, 400, 600):
    uniform = torch.full((T, 5), 1 / 5)
    product = forward(uniform, word)[0][-1, -2:].sum()
    library = ctc_loss(uniform.log(), word)
    loss = -product.log()
    print(f"{T:<6}  {product:7.1e}  {loss:8.2f}  {library:7.2f}")
# --8<-- [end:underflow]
assert product == 0, "600 frames: the product is 0"
assert library.isfinite(), "the library's loss is not infinite"
assert 5e-324 > 0, "float64 ends at about 10^(-323)"
assert torch.tensor(count(80, word) / 5**80).float() == 0, "in float32 the product would be 0 after 80 frames"
assert torch.tensor(count(60, word) / 5**60).float() > 0, "after 60 frames it would not"

# --8<-- [start:batch]
log_probs = torch.zeros(7, 3, 5).log_softmax(dim=2)  # (T, N, C), all equally likely
input_lengths, target_lengths = torch.tensor([7, 4, 5]), torch.tensor([2, 3, 1])
padded = torch.tensor([[1, 2, 0], [3, 3, 3], [4, 0, 0]])  # ab, ccc, d
joined = torch.tensor([1, 2, 3, 3, 3, 4])
for targets in (padded, joined):
    lengths = input_lengths, target_lengths
    each = F.ctc_loss(log_probs, targets, *lengths, reduction="none")
    losses = [round(loss, 3) for loss in each.tolist()]
    print(f"targets {tuple(targets.shape)!s:6}: losses", losses)
print("paths:", count(7, "ab"), count(4, "ccc"), count(5, "d"))
for zero in (False, True):
    mean = F.ctc_loss(log_probs, padded, *lengths, zero_infinity=zero)
    print(f"zero_infinity={zero!s:5} mean {mean:.3f}")
# --8<-- [end:batch]
assert math.isclose(each[0], 7 * math.log(5) - math.log(count(7, "ab"))), "all classes equally likely"
assert each[1] == math.inf, "the second target needs 3 + 2 = 5 frames and has 4"
assert math.isclose(mean, (each[0] / 2 + each[2]) / 3), "it is out of the sum, but not out of the divisor"

# --8<-- [start:decode]
probs = torch.tensor([[0.6, 0.4], [0.6, 0.4]])  # two frames: blank, a
for word in ([], [1]):
    probability = (-ctc_loss(probs.log(), word)).exp()
    print(f"probability of {spell(word)}: {probability:.2f}")
print("best path spells", spell(collapse(probs.argmax(dim=1).tolist())))
# --8<-- [end:decode]
assert round(0.6**2, 2) == 0.36, "the best single path has 0.6² = 0.36"
assert round(probability.item(), 2) == 0.64, "three paths read “a”, and together they have 0.64"
assert count(2, "a") == 3, "three paths read “a”"
plt.show()
