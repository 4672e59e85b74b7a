# --8<-- [start:lbfgs]
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn, optim

pixels, labels = (torch.tensor(array) for array in load_digits(return_X_y=True))
inputs = pixels.float() / 16


def lbfgs_losses(seed):
    """The loss on all data before the first step, after it, after the second."""
    torch.manual_seed(seed)
    net = nn.Linear(64, 10)
    optimizer = optim.LBFGS(net.parameters(), line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(net(inputs), labels)
        loss.backward()
        return loss

    return [optimizer.step(closure).item() for _ in range(2)] + [closure().item()]
# --8<-- [end:lbfgs]

# --8<-- [start:lbfgs-falls]
runs = [lbfgs_losses(seed) for seed in range(5)]
print("seed  before  after one step  after two")
for seed, (before, once, twice) in enumerate(runs):
    print(f"{seed:<4}  {before:6.2f}  {once:14.2f}  {twice:9.2f}")
# --8<-- [end:lbfgs-falls]
assert sum(losses[0] > losses[1] > losses[2] for losses in runs) == 5, "the loss falls at both steps in 5 of 5 seeds"
history = optim.LBFGS([torch.zeros(1)]).defaults["history_size"]
assert 4 * (2 * history + 2) == 808, "LBFGS, default history: up to 808 bytes"
assert 4 + 4 + 808 == 816, "LBFGS: a sum of up to 816 bytes"

# --8<-- [start:gan]
goal = torch.tensor([2.0, -1.0])  # the mean of the cloud
rate = 10 * 2e-4  # ten times that of the table


def gan_distances(seed, steps=150):
    """How far the samples' mean is from the goal, before and after training."""
    torch.manual_seed(seed)
    generator = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
    critic = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
    optimizers = [optim.Adam(net.parameters(), lr=rate, betas=(0.5, 0.999))
                  for net in (generator, critic)]
    noise = torch.randn(1000, 4)
    before = (generator(noise).mean(dim=0) - goal).norm().item()
    for _ in range(steps):
        gan_step(generator, critic, *optimizers)
    after = (generator(noise).mean(dim=0) - goal).norm().item()
    return before, after
# --8<-- [end:gan]


# --8<-- [start:gan-step]
def gan_step(generator, critic, generator_adam, critic_adam, batch=64):
    real = goal + 0.5 * torch.randn(batch, 2)
    fake = generator(torch.randn(batch, 4))
    is_real, is_fake = torch.ones(batch, 1), torch.zeros(batch, 1)
    critic_adam.zero_grad()
    loss = F.binary_cross_entropy_with_logits(critic(real), is_real)
    loss = loss + F.binary_cross_entropy_with_logits(critic(fake.detach()), is_fake)
    loss.backward()
    critic_adam.step()
    generator_adam.zero_grad()
    loss = F.binary_cross_entropy_with_logits(critic(fake), is_real)
    loss.backward()
    generator_adam.step()
# --8<-- [end:gan-step]

# --8<-- [start:gan-learns]
nearer = 0
print("seed  before  after")
for seed in range(5):
    before, after = gan_distances(seed)
    nearer += after < before / 2
    print(f"{seed:<4}  {before:6.1f}  {after:5.1f}")
# --8<-- [end:gan-learns]
assert nearer == 5, "the distance to the goal falls to less than half in 5 of 5 seeds"
adam = optim.Adam([torch.zeros(1)], lr=rate, betas=(0.5, 0.999))
assert adam.defaults["lr"] == 10 * 2e-4, "GAN: ten times the table's lr=2e-4"
assert adam.defaults["betas"] == (0.5, 0.999), "GAN: betas=(0.5, 0.999)"
assert 1e-4 <= rate / 10 <= 4e-4, "GAN: the range is 1e-4 to 4e-4"
