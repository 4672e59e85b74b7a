# ---
# title: "Lab: handwritten digits"
# description: Train a two-layer network on scikit-learn's digits in five steps, each decision named.
# ---

# %% [markdown]
# # Lab: handwritten digits { #digits }
#
# You train a small network that reads handwritten digits. It takes five steps: data, model, loss, optimizer, loop.
# Each one names the decision that you make there. The whole lab runs in seconds on a laptop; its notebook and its
# program are at the end of the page.
#
# ## 1. Data { #data }
#
# scikit-learn ships 1797 pictures of 8 × 8 pixels, so nothing is downloaded. A pixel is a number from 0 to 16.
# Dividing by 16 brings the inputs to a known scale. One quarter is kept aside: the network never trains on it.

# %%
import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

pixels, labels = load_digits(return_X_y=True)
options = {"test_size": 0.25, "random_state": 0, "stratify": labels}
split = train_test_split(pixels / 16, labels, **options)
x_train, x_test = (torch.tensor(part, dtype=torch.float32) for part in split[:2])
y_train, y_test = (torch.tensor(part) for part in split[2:])
print("train", tuple(x_train.shape), "test", tuple(x_test.shape))

# %% [markdown]
# ## 2. Model: how the weights start { #model }
#
# Two linear layers with a ReLU between them. ReLU sets about half of its inputs to zero, so the first layer gets
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
print(sum(p.numel() for p in model.parameters()), "parameters")

# %% [markdown]
# ## 3. Loss: what is minimised { #loss }
#
# The model gives ten scores $\vz$, one per digit. Cross-entropy turns them into the negative logarithm of the
# probability of the right digit $y$:
#
# $$
# \Loss(\vz, y) = -\ln \frac{e^{z_y}}{\sum_{k=0}^{9} e^{z_k}}
# $$
#
# A model that gives each digit the same probability has the loss $\ln 10 \approx 2.30$. Look at the first loss before
# you train. When it is far above that, the initialisation is too wide, or the labels do not match.


# %%
def evaluate(x, y):
    with torch.no_grad():
        scores = model(x)
    accuracy = (scores.argmax(1) == y).float().mean()
    return F.cross_entropy(scores, y).item(), accuracy.item()


first_loss, first_accuracy = evaluate(x_test, y_test)
guessing = torch.tensor(10.0).log().item()
print(f"loss of guessing {guessing:.2f}, untrained model {first_loss:.1f}")

# %% tags=["check"]
assert x_train.shape == (1347, 64) and x_test.shape == (450, 64)
assert pixels.min() == 0 and pixels.max() == 16 and len(pixels) == 1797
assert 2.0 < first_loss < 3.0, first_loss

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
history = [(first_loss, *evaluate(x_train, y_train))]
for _ in range(30):
    for batch in torch.randperm(len(x_train)).split(64):
        optimizer.zero_grad()
        F.cross_entropy(model(x_train[batch]), y_train[batch]).backward()
        optimizer.step()
    test_loss, accuracy = evaluate(x_test, y_test)
    history.append((test_loss, *evaluate(x_train, y_train)))
print(f"test accuracy at least 96 %: {accuracy >= 0.96}")

# %% tags=["check"]
assert accuracy >= 0.96, accuracy
assert history[-1][1] < 0.02 and history[-1][0] > 3 * history[-1][1], history[-1]
assert all(group["weight_decay"] == 0.01 for group in optimizer.param_groups)
assert torch.optim.AdamW(model.parameters()).param_groups[0]["lr"] == 0.001

# %% [markdown]
# ## What the curves say { #curves }
#
# Both losses start near the loss of guessing and fall together. Then they part: the training loss ends below 0.02,
# the test loss stays more than three times as high. That gap is what the network knows about its training pictures
# only. The test loss is the one to compare when you change a decision.

# %% alt="Loss over 30 epochs on a logarithmic axis. Both curves start near 2.3, the loss of guessing. The training loss falls below 0.02, the test loss stays several times higher." caption="Cross-entropy on pictures that the network trains on, and on pictures that it never saw."
fig, ax = plt.subplots()
ax.semilogy([loss for loss, *_ in history], color="C1")
ax.semilogy([loss for _, loss, _ in history], color="C0")
ax.axhline(guessing, color="C5", linewidth=1)
ax.text(30, guessing * 0.86, "guessing", color="C5", ha="right", va="top")
ax.text(30, history[-1][0] * 1.3, "test", color="C1", ha="right")
ax.text(30, history[-1][1] * 2.2, "training", color="C0", ha="right")
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
# [AdamW](../optimizers/adamw.md) says what the optimizer keeps for each weight,
# [OneCycleLR](../schedulers/one_cycle_lr.md) how to change the learning rate while you train.
#
# ## Sources { #sources }
#
# E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, 1998,
# as shipped with scikit-learn:
# [load_digits](https://scikit-learn.org/stable/modules/generated/sklearn.datasets.load_digits.html).
# PyTorch: [CrossEntropyLoss](https://docs.pytorch.org/docs/2.13/generated/torch.nn.CrossEntropyLoss.html).
