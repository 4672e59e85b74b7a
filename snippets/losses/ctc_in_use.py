# --8<-- [start:imports]
import itertools

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from torch import nn

BLANK, LETTERS = 0, "-abcd"  # class 0 is the blank

# --8<-- [end:imports]

# --8<-- [start:data]
torch.manual_seed(0)
tones = torch.randn(5, 8)  # how each letter sounds; number 0 is never used


def record():
    """24 noisy frames; a letter lasts 2 to 4 of them, a pause 1 to 4."""
    sound, truth = torch.randn(24, 8) / 2, torch.zeros(24, dtype=torch.long)
    word = []
    t = int(torch.randint(3, ()))
    while True:
        label, lasts, pause = (int(torch.randint(low, 5, ())) for low in (1, 2, 1))
        if t + lasts > 24:
            return sound, truth, torch.tensor(word)
        sound[t : t + lasts] += tones[label]
        truth[t : t + lasts] = label
        word.append(label)
        t += lasts + pause


sounds, truths, words = zip(*(record() for _ in range(600)), strict=True)
spelled = ["".join(LETTERS[label] for label in word) for word in words]
print("the first words:", *spelled[:4])
# --8<-- [end:data]

# --8<-- [start:windows]
padded = F.pad(torch.stack(sounds), (0, 0, 2, 2))  # two silent frames at each end
inputs = padded.unfold(1, 5, 1).flatten(2)  # five frames at a time: (600, 24, 40)
targets = nn.utils.rnn.pad_sequence(words, batch_first=True)
target_lengths = torch.tensor([len(word) for word in words])
held_out = slice(500, 600)


def read(log_probs):
    """The best class of each frame, collapsed to a word, for (N, T, C)."""
    words = []
    for path in log_probs.argmax(dim=2).tolist():
        runs = [label for label, _ in itertools.groupby(path)]
        words.append("".join(LETTERS[label] for label in runs if label != BLANK))
    return words
# --8<-- [end:windows]


# --8<-- [start:train]
def train(seed, device="cpu"):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(40, 32), nn.ReLU(), nn.Linear(32, 5))
    network.to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    blanks, right = {}, {}
    for step in range(101):
        if step in (0, 5, 10, 20, 50, 100):
            with torch.no_grad():
                outputs = network(inputs[held_out].to(device))
            pairs = zip(read(outputs), spelled[held_out], strict=True)
            right[step] = sum(guess == word for guess, word in pairs)
            blanks[step] = (outputs.argmax(dim=2) == BLANK).float().mean().item()
        batch = torch.randint(500, (32,))
        log_probs = network(inputs[batch].to(device)).log_softmax(dim=2)
        loss = F.ctc_loss(
            log_probs.transpose(0, 1),  # time first
            targets[batch].to(device),
            input_lengths=torch.full((32,), 24),
            target_lengths=target_lengths[batch],
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network, blanks, right
# --8<-- [end:train]


# --8<-- [start:run]
runs = [train(seed) for seed in range(5)]
network, blanks, right = runs[0]
print("step  blanks  words right  in five seeds")
for step in blanks:
    each = ", ".join(str(right[step]) for _, _, right in runs)
    print(f"{step:<4}  {blanks[step]:6.0%}  {right[step]:11}  {each}")
# --8<-- [end:run]
assert sum(min(blanks[5], blanks[10]) > 0.9 for _, blanks, _ in runs) == 5, (
    "after 5 and after 10 steps more than 90 % of the frames are blank, in 5 of 5 seeds"
)
assert sum(right[20] == 0 for _, _, right in runs) == 5, "after 20 steps no word is right, in 5 of 5 seeds"
assert sum(right[100] > 80 for _, _, right in runs) == 5, "at the end more than 80 of 100 are right, in 5 of 5 seeds"
assert blanks[10] == 1, "seed 0: after 10 steps every frame is blank"

# --8<-- [start:peaks]
number = 509
with torch.no_grad():
    probs = network(inputs[number]).softmax(dim=1)
figure, axes = plt.subplots(figsize=(5.5, 2.6))
axes.plot(range(1, 25), probs[:, BLANK], "C5:")
for label in range(1, 5):
    axes.plot(range(1, 25), probs[:, label], f"C{label - 1}")
for t, label in enumerate(truths[number].tolist(), start=1):
    if label != BLANK:
        color = f"C{label - 1}"
        axes.axvspan(t - 0.5, t + 0.5, color=color, alpha=0.2, linewidth=0)
        axes.text(t, 1.05, LETTERS[label], color=color, ha="center")
axes.set(title=f"read: {read(probs[None])[0]}", xlabel="frame", ylim=(-0.05, 1.18))
# --8<-- [end:peaks]
assert read(probs[None])[0] == spelled[number] == "aadab", "the word is right"
heard, said = (1 + labels.eq(4).nonzero().flatten() for labels in (probs.argmax(1), truths[number]))
assert (said[0], said[-1]) == (12, 15), "its “d” was said in frames 12 to 15"
assert (heard[0], heard[-1]) == (14, 16), "and heard in frames 14 to 16"
plt.show()
