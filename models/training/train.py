"""Trains the network on the pairs of data.py.

    python train.py --data DIR --out DIR [--steps N] [--minutes M] [--batch N]

Ends after N steps or M minutes, whichever comes first: the learning rate follows the nearer end, so that a busy machine gets
a shorter but finished run. Writes OUT/toon.pt (averaged weights) every 500 steps and at the end. bfloat16 for the first 95 %,
float32 after.
"""
import argparse
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from network import MEAN, STD, Toon

CROP = 192


def batch(pairs, weights, size, random, grain):
    """Random crops, the eight symmetries of the square; a little sensor noise on the photo only. (N,7,CROP,CROP) 0..1."""
    crops = np.empty((size, CROP, CROP, 7), np.uint8)
    for n, index in enumerate(random.choice(len(pairs), size, p=weights)):
        pair = pairs[index]
        y, x = (random.integers(0, side - CROP + 1) for side in pair.shape[:2])
        crop = pair[y:y + CROP, x:x + CROP]
        crop = np.rot90(crop, random.integers(4))
        crops[n] = crop[:, ::-1] if random.random() < 0.5 else crop
    x = torch.from_numpy(crops).permute(0, 3, 1, 2).float().div_(255)
    noise = torch.from_numpy(random.uniform(0, 0.015, size).astype(np.float32)).view(-1, 1, 1, 1)
    start = random.integers(0, grain.numel() - x[:, :3].numel())
    x[:, :3] += noise * grain[start:start + x[:, :3].numel()].view_as(x[:, :3])
    return x.contiguous(memory_format=torch.channels_last)


def gradients(x):
    return x[..., 1:] - x[..., :-1], x[..., 1:, :] - x[..., :-1, :]


def gradient_loss(a, b):
    """L1 of finite differences: what keeps a line crisp."""
    return sum(F.l1_loss(p, q) for p, q in zip(gradients(a), gradients(b)))


def loss_of(image, mask, target):
    wanted, ink = target[:, 3:6], target[:, 6:7]
    weight = 1 + 1.5 * F.max_pool2d(ink, 3, 1, 1)       # lines and their rims count more
    pixel = (weight * (image - wanted).abs()).mean()
    dice = 1 - (2 * (mask * ink).sum() + 1) / (mask.square().sum() + ink.square().sum() + 1)
    line = F.l1_loss(mask, ink) + 0.5 * gradient_loss(mask, ink) + 0.15 * dice
    return pixel + 0.7 * gradient_loss(image, wanted) + 0.5 * line


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=12000)
    parser.add_argument("--minutes", type=float, default=90)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--rate", type=float, default=1.2e-3)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(2)
    torch.manual_seed(1)
    random = np.random.default_rng(1)
    paths = sorted((options.data / "pairs").glob("*.npy"))
    pairs = [np.load(path) for path in paths]
    areas = np.array([np.sqrt(p.shape[0] * p.shape[1]) for p in pairs])  # photographs weigh about alike
    model = Toon().to(memory_format=torch.channels_last)
    average = {k: v.clone() for k, v in model.state_dict().items()}
    optimiser = torch.optim.Adam(model.parameters(), lr=options.rate, betas=(0.9, 0.99))
    grain = torch.from_numpy(random.standard_normal(1 << 22, np.float32))
    started, shown, step, progress = time.time(), 0.0, 0, 0.0
    while progress < 1:
        step += 1
        for group in optimiser.param_groups:
            group["lr"] = options.rate * min(step / 300, 0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * progress)))
        target = batch(pairs, areas / areas.sum(), options.batch, random, grain)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=progress < 0.95):
            image, mask = model((target[:, :3] - MEAN) / STD)
        loss = loss_of(image.float() * STD + MEAN, mask.float(), target)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        decay = min(0.999, step / (step + 100))
        for name, value in model.state_dict().items():
            average[name].lerp_(value, 1 - decay)
        elapsed = time.time() - started
        progress = max(step / options.steps, elapsed / (60 * options.minutes))
        shown += loss.item()
        if step % 100 == 0:
            print(f"{step} loss {shown / 100:.4f} {elapsed:.0f} s", flush=True)
            shown = 0.0
        if step % 500 == 0 or progress >= 1:
            torch.save(average, options.out / "part.pt")
            (options.out / "part.pt").replace(options.out / "toon.pt")
    print(f"{step} steps, {elapsed / 60:.1f} minutes")


if __name__ == "__main__":
    main()
