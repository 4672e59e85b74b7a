# ---
# title: "Lab: handwritten digits"
# description: Train a two-layer network on scikit-learn's digits in five steps, each decision named.
# ---

# %% [markdown]
# # Lab: handwritten digits { #digits }
#
# You train a small network that reads handwritten digits. It takes five steps: data, model, loss, optimizer, loop.
# Each one names the decision that you make there. Then you look at its answers. The notebook and the program of this lab are at the end of the page.
#
# ## 1. Data { #data }
#
# scikit-learn ships 1797 pictures of 8 × 8 pixels, so nothing is downloaded. A pixel is a number from 0 to 16.
# Dividing by 16 brings the inputs to a known scale. One quarter is kept aside: the network never trains on it.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from matplotlib.colors import LinearSegmentedColormap, to_rgba
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

pixels, labels = load_digits(return_X_y=True)
options = {"test_size": 0.25, "random_state": 0, "stratify": labels}
split = train_test_split(pixels / 16, labels, **options)
x_train, x_test = (torch.tensor(part, dtype=torch.float32) for part in split[:2])
y_train, y_test = (torch.tensor(part) for part in split[2:])
print("train", tuple(x_train.shape), "test", tuple(x_test.shape))

# %% [markdown]
# Look at your data before you train on it. These are the first sixteen pictures of the training set, each with its label:

# %% alt="Sixteen pictures of handwritten digits in four rows, eight by eight pixels each, with the right digit above each one." caption="Eight by eight pixels. Some digits are hard to read even for you."
ink = LinearSegmentedColormap.from_list("ink", [to_rgba("C0", 0), to_rgba("C0")])


def show(pictures, titles):
    """Up to sixteen pictures in four rows."""
    _, axes = plt.subplots(4, 4, figsize=(4.2, 4.6))
    for ax in axes.flat:
        ax.axis("off")
    for ax, picture, title in zip(axes.flat, pictures, titles, strict=False):
        ax.imshow(picture.view(8, 8), cmap=ink, interpolation="none")
        ax.set_title(title)


show(x_train, y_train.tolist())
plt.show()

# %% [markdown]
# ## 2. Model: how the weights start { #model }
#
# Two linear layers with a ReLU between them. ReLU sets half of its inputs to zero on average, so the first layer gets
# Kaiming's $\Var(W) = 2/\nin$. No ReLU follows the second layer: Xavier's $\Var(W) = 2/(\nin + \nout)$ fits there.
# Biases start at zero. [Why variance decides](../initialization/variance.md) tells why the scale matters at all.

# %%
torch.manual_seed(0)
hidden, output = nn.Linear(64, 64), nn.Linear(64, 10)
nn.init.kaiming_normal_(hidden.weight, nonlinearity="relu")
nn.init.xavier_normal_(output.weight)
for layer in (hidden, output):
    nn.init.zeros_(layer.bias)
model = nn.Sequential(hidden, nn.ReLU(), output)
print(sum(weight.numel() for weight in model.parameters()), "parameters")

# %% [markdown]
# ## 3. Loss: what is minimized { #loss }
#
# The model gives ten scores $\vz$, one per digit. Cross-entropy turns them into the negative logarithm of the
# probability of the right digit $y$:
#
# $$
# \Loss(\vz, y) = -\ln \frac{e^{z_y}}{\sum_{k=0}^{9} e^{z_k}}
# $$
#
# A model that gives each digit the same probability has the loss $\ln 10 \approx 2.30$. Look at the first loss before
# you train. When it is far above that, the initialization may be too wide.


# %%
def evaluate(model, x, y):
    with torch.no_grad():
        scores = model(x)
    accuracy = (scores.argmax(1) == y).float().mean()
    return F.cross_entropy(scores, y).item(), accuracy.item()


first_loss, first_accuracy = evaluate(model, x_test, y_test)
guessing = torch.tensor(10.0).log().item()
print(f"loss of guessing {guessing:.2f}, untrained model {first_loss:.1f}")

# %% tags=["check"]
assert pixels.shape == (1797, 8 * 8), "scikit-learn ships 1797 pictures of 8 × 8 pixels"
assert pixels.min() == 0, "a pixel is a number from 0 …"
assert pixels.max() == 16, "… to 16"
assert len(x_test) == round(0.25 * 1797 + 0.5), "one quarter is kept aside"
assert round(guessing, 2) == 2.30, "a model that gives each digit the same probability has the loss ln 10 ≈ 2.30"
with torch.random.fork_rng():
    many = torch.empty(10_000, 64)
    nn.init.kaiming_normal_(many, nonlinearity="relu")
    too_wide = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10))
    nn.init.normal_(too_wide[0].weight)
    nn.init.xavier_normal_(too_wide[2].weight)
zeros = (x_train @ many.T < 0).float().mean().item()
assert round(zeros, 2) == 0.5, "ReLU sets half of its inputs to zero"
assert evaluate(too_wide, x_test, y_test)[0] > 1.5 * first_loss, "when it is far above that, it may be too wide"

# %% [markdown]
# ## 4. Optimizer: how the weights move { #optimizer }
#
# AdamW with ten times its default learning rate, because the network is small and the run is short.
# Its weight decay is the default, 0.01.

# %%
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)

# %% [markdown]
# ## 5. Loop { #loop }
#
# Thirty epochs in batches of 64. Each batch does the same three things: clear the old gradients, compute new ones,
# step. Forget the first and gradients add up over batches.


# %%
def train(model, optimizer, epochs=30):
    """Training and test losses, before training and after each epoch."""
    pictures = TensorDataset(x_train, y_train)
    loader = DataLoader(pictures, batch_size=64, shuffle=True)
    train_losses = [evaluate(model, x_train, y_train)[0]]
    test_losses = [evaluate(model, x_test, y_test)[0]]
    for _ in range(epochs):
        for inputs, targets in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(inputs), targets).backward()
            optimizer.step()
        train_losses.append(evaluate(model, x_train, y_train)[0])
        test_losses.append(evaluate(model, x_test, y_test)[0])
    return train_losses, test_losses


train_losses, test_losses = train(model, optimizer)
accuracy = evaluate(model, x_test, y_test)[1]
print(f"test accuracy {accuracy:.1%}")

# %% [markdown]
# ## 6. Answers { #answers }
#
# Accuracy is the share of pictures whose largest score belongs to the right digit: at least 96 %, in 5 of 5 seeds. The
# network saw none of these pictures. Softmax turns its ten scores into probabilities, and the largest one says how sure it is:

# %%
with torch.no_grad():
    probabilities = model(x_test).softmax(1)
sure, answers = probabilities.max(1)
wrong = answers != y_test
for answer, right, how_sure in zip(answers[:5], y_test, sure, strict=False):
    print(f"answer {answer}, right {right}, probability {how_sure:.2f}")
print(f"{wrong.sum()} of {len(y_test)} wrong")
print(f"mean probability where it is right: {sure[~wrong].mean():.2f}")
print(f"mean probability where it is wrong: {sure[wrong].mean():.2f}")

# %% [markdown]
# It is less sure where it is wrong, in 5 of 5 seeds. So the probability tells you which pictures to look at. Here are the wrong ones:

# %% alt="Pictures of handwritten digits that the network read wrongly. Above each one stands its answer and the right digit." caption="What the network answered, and the right digit."
pairs = zip(answers[wrong], y_test[wrong], strict=True)
show(x_test[wrong], [f"{answer}, not {right}" for answer, right in pairs])
plt.show()

# %% tags=["check"]
assert len(test_losses) == 1 + 30, "thirty epochs"
assert torch.optim.AdamW(model.parameters()).param_groups[0]["lr"] == 0.01 / 10, "ten times its default learning rate"
assert optimizer.param_groups[0]["weight_decay"] == 0.01, "its weight decay is the default, 0.01"
def confidence(model):
    """The mean of the largest probability: where the answer is right, and where it is wrong."""
    with torch.no_grad():
        sure, answers = model(x_test).softmax(1).max(1)
    right = answers == y_test
    return sure[right].mean().item(), sure[~right].mean().item()


assert abs(accuracy - (1 - wrong.float().mean().item())) < 1e-6, "accuracy is the share of right answers"
runs = [(train_losses, test_losses, accuracy, confidence(model))]
for seed in range(1, 5):
    torch.manual_seed(seed)
    for layer in (hidden, output):
        nn.init.zeros_(layer.bias)
    nn.init.kaiming_normal_(hidden.weight, nonlinearity="relu")
    nn.init.xavier_normal_(output.weight)
    losses = train(model, torch.optim.AdamW(model.parameters(), lr=0.01))
    runs.append((*losses, evaluate(model, x_test, y_test)[1], confidence(model)))
for training, test, share, (sure_right, sure_wrong) in runs:
    assert sure_wrong < sure_right, "it is less sure where it is wrong, in 5 of 5 seeds"
    assert share >= 0.96, "test accuracy at least 96 %, in 5 of 5 seeds"
    assert abs(training[0] - guessing) < 0.5, "the training loss starts within 0.5 of the loss of guessing"
    assert abs(test[0] - guessing) < 0.5, "so does the test loss"
    assert training[-1] < 0.02, "the training loss ends below 0.02, in 5 of 5 seeds"
    assert test[-1] > 3 * training[-1], "the test loss stays more than three times as high, in 5 of 5 seeds"

# %% [markdown]
# ## What the curves say { #curves }
#
# Both losses start within 0.5 of the loss of guessing and fall together. Then they part: the training loss ends below
# 0.02, the test loss stays more than three times as high, in 5 of 5 seeds. That gap is what the network knows about its training pictures
# only. The test loss is the one to compare when you change a decision.

# %% alt="Loss over 30 epochs on a logarithmic axis. Both curves start near 2.3, the loss of guessing. The training loss falls below 0.02, the test loss stays several times higher." caption="Cross-entropy on pictures that the network trains on, and on pictures that it never saw."
fig, ax = plt.subplots(figsize=(4.2, 2.8))
ax.semilogy(test_losses, color="C1")
ax.semilogy(train_losses, color="C0")
ax.axhline(guessing, color="C5", linewidth=1)
ax.text(30, guessing * 0.86, "guessing", color="C5", ha="right", va="top")
ax.text(30, test_losses[-1] * 1.3, "test", color="C1", ha="right")
ax.text(30, train_losses[-1] * 2.2, "training", color="C0", ha="right")
ax.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
ax.set(xlabel="epoch", ylabel="cross-entropy")
plt.show()

# %% [markdown]
# ## Try it { #try }
#
# Open the notebook and change one decision at a time:
#
# - **Init.** Start `hidden` with `nn.init.normal_(hidden.weight)` and look at the first loss.
# - **Loss.** Use `F.mse_loss` on `F.one_hot(y, 10).float()` and compare the accuracy.
# - **Step.** Replace AdamW by `torch.optim.SGD` with the same learning rate.
#
# ## Where to go next { #next }
#
# - [Why variance decides](../initialization/variance.md): what happens to a hundred layers whose weights start too wide.
# - [`CrossEntropyLoss`](../losses/cross_entropy.md): every option of the loss, and why it takes scores and no probabilities.
# - [The training loop](../optimizers/training-loop.md): the three lines of the loop, and what goes wrong when one is missing.
# - [AdamW](../optimizers/adamw.md): what the optimizer keeps for each weight.
# - [OneCycleLR](../schedulers/one_cycle_lr.md): how to change the learning rate while you train.
# - [Which loss](../losses/choose.md), [which initialization](../initialization/choose.md) and
#   [which optimizer](../optimizers/choose.md) fits your own task.
#
# ## Sources { #sources }
#
# E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, 1998,
# as shipped with scikit-learn:
# [load_digits](https://scikit-learn.org/stable/modules/generated/sklearn.datasets.load_digits.html).
# PyTorch: [CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html).
