# --8<-- [start:collapse]
import itertools
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
BLANK, LETTERS = 0, "-abcd"  # class 0 is the blank


def collapse(path):  # merge equal neighbours, then drop the blanks
    return [label for label, _ in itertools.groupby(path) if label != BLANK]


for text in ("aabb", "-ab-", "a--b", "aa-a", "aaaa", "----"):
    word = collapse(LETTERS.index(letter) for letter in text)
    print(text, "→", "".join(LETTERS[label] for label in word) or "nothing")
# --8<-- [end:collapse]
assert collapse([1, 1, 0, 1]) == [1, 1] and collapse([1, 1, 1, 1]) == [1] and collapse([0] * 4) == []

# --8<-- [start:paths]
probs = torch.tensor([[0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.6, 0.1, 0.3], [0.3, 0.1, 0.6]])  # 4 frames: -, a, b
spelled = {}
for path in itertools.product(range(3), repeat=4):
    chance = math.prod(probs[t, label].item() for t, label in enumerate(path))
    spelled.setdefault(tuple(collapse(path)), []).append(chance)
print("paths", sum(map(len, spelled.values())), "that spell", len(spelled), "words")
for word in sorted(spelled, key=lambda word: -sum(spelled[word]))[:3]:
    text = "".join(LETTERS[label] for label in word)
    print(f"{text:3} {len(spelled[word]):2} paths, probability {sum(spelled[word]):.4f}")
# --8<-- [end:paths]
assert len(spelled[1, 2]) == 15 == len(spelled) and math.isclose(sum(map(sum, spelled.values())), 1)


# --8<-- [start:count]
def count(T, word):
    repeats = sum(first == second for first, second in itertools.pairwise(word))
    return math.comb(T + len(word) - repeats, 2 * len(word))


print("hello", {T: count(T, "hello") for T in (5, 6, 7, 11)})
print(f"10 different letters in 100 frames: {count(100, 'abcdefghij'):.1e} paths")
# --8<-- [end:count]
assert [count(T, "hello") for T in (5, 6)] == [0, 1] and all(len(p) == count(4, word) for word, p in spelled.items())


# --8<-- [start:forward]
def forward(probs, word):  # α: a row for each frame, a column for each state
    states = [BLANK, *(state for label in word for state in (label, BLANK))]
    rows = [[1.0] + 2 * len(word) * [0.0]]  # before the first frame, every path stands at the first blank
    for frame in probs.tolist():
        before, row = rows[-1], []
        for s, label in enumerate(states):
            step = before[s - 1] if s > 0 else 0
            skip = before[s - 2] if s > 1 and label != states[s - 2] else 0
            row.append(frame[label] * (before[s] + step + skip))
        rows.append(row)
    return torch.tensor(rows[1:]), torch.tensor(states)


alpha, states = forward(probs, [1, 2])
print("state  ", "".join(f"{LETTERS[label]:>8}" for label in states))
for t, row in enumerate(alpha, 1):
    print(f"frame {t}", "".join(f"{value:8.4f}" for value in row))
likelihood = alpha[-1, -2:].sum()
print(f"sum of the last two {likelihood:.4f}, loss {-likelihood.log():.4f}")
# --8<-- [end:forward]
library = F.ctc_loss(probs.log(), torch.tensor([1, 2]), (4,), (2,), reduction="none")
assert math.isclose(likelihood, sum(spelled[1, 2])) and torch.isclose(library, -likelihood.log())


# --8<-- [start:lattice]
T, word, example = 6, [1, 1, 2], [1, 1, 2, 3, 5, 6]  # “aab”; the states of the path aa-ab-
counts, states = forward(torch.ones(T, 3), word)  # all probabilities 1: α counts beginnings
paths = counts * forward(torch.ones(T, 3), word[::-1])[0].flip(0, 1)  # … and this the paths through
figure, axes = plt.subplots()
for t, s, by in itertools.product(range(T - 1), range(7), range(3)):
    allowed = s + by < 7 and (by < 2 or states[s] != states[s + 2])
    if allowed and paths[t, s] and paths[t + 1, s + by]:
        axes.plot([t + 1, t + 2], [s, s + by], "C5", linewidth=0.8, zorder=1)
axes.plot(range(1, T + 1), example, "C1", linewidth=2.5, zorder=2)
for t, s in itertools.product(range(T), range(7)):
    axes.plot(t + 1, s, "o", color="C0", alpha=1 if paths[t, s] else 0.2, zorder=3)
    if paths[t, s]:
        axes.text(t + 1.1, s - 0.22, f"{paths[t, s]:.0f}", color="C0", fontsize=8)
axes.set(title=f"{counts[-1, -2:].sum():.0f} paths spell “aab” in {T} frames", xlabel="frame")
axes.set(yticks=range(7), yticklabels=[LETTERS[state] for state in states], ylim=(6.4, -0.6), xlim=(0.8, T + 0.4))
# --8<-- [end:lattice]
assert counts[-1, -2:].sum() == count(6, "aab") == 28
assert collapse(states[example].tolist()) == word


# --8<-- [start:shares]
def shares(probs, word):  # of the paths' probability, by frame and class
    alpha, states = forward(probs, word)
    beta = forward(probs.flip(0), word[::-1])[0].flip(0, 1)  # the same recursion from the end
    both = alpha * beta / probs[:, states] / alpha[-1, -2:].sum()
    return torch.zeros_like(probs).index_add_(1, states, both)


logits = probs.log().requires_grad_()
F.ctc_loss(logits.log_softmax(1), torch.tensor([1, 2]), (4,), (2,), reduction="none").backward()
print("share of a, by frame    ", [round(v, 3) for v in shares(probs, [1, 2])[:, 1].tolist()])
print("probability of a        ", probs[:, 1].tolist())
print("gradient by the logits a", [round(v, 3) for v in logits.grad[:, 1].tolist()])
# --8<-- [end:shares]
assert torch.allclose(logits.grad, probs - shares(probs, [1, 2]))

# --8<-- [start:uniform]
T, word = 24, [1, 2, 3, 4]
used = shares(torch.full((T, 5), 1 / 5), word).mean(0)  # all classes equally likely, in every frame
for label, share in enumerate(used):
    print(f"{LETTERS[label]}: probability 0.200, share {share:.3f}, gradient {0.2 - share:+.3f}")
# --8<-- [end:uniform]
assert torch.isclose(used[0], torch.tensor((T - 4) / T * 5 / 9)) and (used[1:] < 0.2).all()

# --8<-- [start:underflow]
for T in (24, 400, 600):
    probs = torch.full((T, 5), 1 / 5)
    product = forward(probs, word)[0][-1, -2:].sum()
    library = F.ctc_loss(probs.log(), torch.tensor(word), (T,), (4,), reduction="none")
    print(f"{T} frames: probability {product:.1e}, loss {-product.log():.2f}, library {library:.2f}")
# --8<-- [end:underflow]
assert product == 0 and library.isfinite() and torch.tensor(count(80, word) / 5**80).float() == 0 < 5**-80

# --8<-- [start:batch]
log_probs = torch.zeros(7, 3, 5).log_softmax(2)  # (T, N, C), all classes equally likely
words = [[1, 2], [3, 3, 3], [4]]
lengths, sizes = torch.tensor([7, 4, 5]), torch.tensor([2, 3, 1])
padded = torch.tensor([[1, 2, 0], [3, 3, 3], [4, 0, 0]])
joined = torch.tensor([1, 2, 3, 3, 3, 4])
for targets in (padded, joined):
    each = F.ctc_loss(log_probs, targets, lengths, sizes, reduction="none")
    print(f"targets {tuple(targets.shape)!s:6}: losses", [round(v, 3) for v in each.tolist()])
print("paths", [count(T, word) for T, word in zip((7, 4, 5), words, strict=True)])
for zero in (False, True):
    print(f"zero_infinity={zero!s:5} mean {F.ctc_loss(log_probs, joined, lengths, sizes, zero_infinity=zero):.3f}")
# --8<-- [end:batch]
assert math.isclose(each[0], 7 * math.log(5) - math.log(count(7, "ab"))) and each[1] == math.inf

# --8<-- [start:data]
torch.manual_seed(0)
tones = torch.randn(5, 8)  # how each letter sounds; number 0 is never used


def record():  # 24 noisy frames, a letter lasts 2 to 4 of them, a pause 1 to 4
    sound, truth, word, t = torch.randn(24, 8) / 2, torch.zeros(24).long(), [], int(torch.randint(3, ()))
    while True:
        label, lasts, pause = (int(torch.randint(low, 5, ())) for low in (1, 2, 1))
        if t + lasts > 24:
            return sound, truth, word
        sound[t : t + lasts] += tones[label]
        truth[t : t + lasts] = label
        word.append(label)
        t += lasts + pause


sounds, truths, words = zip(*(record() for _ in range(600)), strict=True)
print("the first words:", *("".join(LETTERS[label] for label in word) for word in words[:4]))
# --8<-- [end:data]

# --8<-- [start:train]
windows = F.pad(torch.stack(sounds, 1), (0, 0, 0, 0, 2, 2)).unfold(0, 5, 1).flatten(2)  # (T, N, 5 · 8)
targets = nn.utils.rnn.pad_sequence([torch.tensor(word) for word in words], batch_first=True)
sizes, lengths = torch.tensor([len(word) for word in words]), torch.full((600,), 24)
network = nn.Sequential(nn.Linear(40, 32), nn.ReLU(), nn.Linear(32, 5))
optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
blanks, right = {}, {}
for step in range(201):
    if step in (0, 5, 10, 20, 50, 100, 200):
        probs = network(windows[:, 500:]).softmax(2).detach()  # of recordings that are not trained on
        best = [collapse(path) for path in probs.argmax(2).T.tolist()]
        right[step] = sum(word == truth for word, truth in zip(best, words[500:], strict=True))
        blanks[step] = (probs.argmax(2) == BLANK).double().mean()
        print(f"step {step:3}: blanks {blanks[step]:4.0%}, words right {right[step]:2} of 100")
    batch = torch.randint(500, (32,))
    log_probs = network(windows[:, batch]).log_softmax(2)
    loss = F.ctc_loss(log_probs, targets[batch], lengths[batch], sizes[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
# --8<-- [end:train]
assert right[200] > 80 and blanks[5] == blanks[10] == 1 and right[20] == 0

# --8<-- [start:peaks]
figure, axes = plt.subplots(figsize=(5.5, 2.6))
for label, color in enumerate(("C5", "C0", "C1", "C2", "C3")):
    axes.plot(range(1, 25), probs[:, 3, label], color, linestyle="-" if label else ":")
for t, label in enumerate(truths[503].tolist(), 1):
    if label:
        axes.axvspan(t - 0.5, t + 0.5, color=f"C{label - 1}", alpha=0.2, linewidth=0)
        axes.text(t, 1.05, LETTERS[label], color=f"C{label - 1}", ha="center")
axes.set(title="probability by frame; blank dotted, true letters shaded", xlabel="frame", ylim=(-0.05, 1.18))
# --8<-- [end:peaks]
heard, said = (label.eq(1).nonzero().flatten().tolist() for label in (probs[:, 3].argmax(1), truths[503]))
assert best[3] == words[503] and (heard, said) == ([6, 7, 8, 9], [8, 9, 10, 11])  # frames of “a”, from 0

# --8<-- [start:decode]
probs = torch.tensor([[0.6, 0.4], [0.6, 0.4]])  # two frames: blank, a
losses = [F.ctc_loss(probs.log(), torch.ones(S).long(), (2,), (S,), reduction="sum") for S in (0, 1)]
print("probability of nothing {:.2f}, of a {:.2f}".format(*(math.exp(-loss) for loss in losses)))
print("best path spells", collapse(probs.argmax(1).tolist()) or "nothing")
# --8<-- [end:decode]
assert math.isclose(math.exp(-losses[1]), 1 - 0.6**2)
plt.show()
