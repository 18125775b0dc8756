"""Held-out figures of toon.onnx against the label, beside the same figures for doing nothing; and pictures to look at.

    python evaluate.py --data DIR --model ../toon/toon.onnx [--look DIR]
"""
import argparse
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from network import MEAN, STD


def run(session, photo):
    """uint8 (H,W,3) -> cartoon uint8 (H,W,3), ink uint8 (H,W)."""
    x = ((photo.astype(np.float32) / 255 - MEAN) / STD).transpose(2, 0, 1)[None]
    image, mask = session.run(["image", "mask"], {"input": np.ascontiguousarray(x)})
    to8 = lambda v: np.floor(np.clip(v, 0, 1) * 255 + 0.5).astype(np.uint8)
    return to8(image[0].transpose(1, 2, 0) * STD + MEAN), to8(mask[0, 0])


def figures(picture, label):
    return (peak_signal_noise_ratio(label, picture, data_range=255),
            structural_similarity(label, picture, data_range=255, channel_axis=2))


def f1(found, wanted):
    """Of ink pixels (over one half), and the same with one pixel of slack in position."""
    a, b = found > 127, wanted > 127
    grow = lambda v: cv2.dilate(v.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    score = lambda hit_a, hit_b: 2 * hit_a * hit_b / max(hit_a + hit_b, 1e-9)
    strict = score((a & b).sum() / max(a.sum(), 1), (a & b).sum() / max(b.sum(), 1))
    slack = score((a & grow(b)).sum() / max(a.sum(), 1), (grow(a) & b).sum() / max(b.sum(), 1))
    return strict, slack


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--look", type=Path)
    options = parser.parse_args()
    session = onnxruntime.InferenceSession(str(options.model), providers=["CPUExecutionProvider"])
    rows = []
    print("| picture | size | nothing: PSNR, SSIM | toon: PSNR, SSIM | gain | ink F1 | F1, 1 px slack |\n|---|---|---|---|---|---|---|")
    for path in sorted((options.data / "held-out").glob("*.npy")):
        pair = np.load(path)
        photo, label, ink = pair[..., :3], pair[..., 3:6], pair[..., 6]
        image, mask = run(session, photo)
        row = (*figures(photo, label), *figures(image, label), *f1(mask, ink))
        rows.append(row)
        report(path.stem, f"{photo.shape[1]}x{photo.shape[0]}", row)
        if options.look:
            options.look.mkdir(parents=True, exist_ok=True)
            sheet = np.hstack([photo, label, image, np.repeat(255 - mask[..., None], 3, axis=2)])
            cv2.imwrite(str(options.look / f"{path.stem}.png"), sheet[..., ::-1])
    report("mean", "", np.mean(rows, axis=0))


def report(name, size, row):
    p0, s0, p1, s1, strict, slack = row
    print(f"| {name} | {size} | {p0:.2f} dB, {s0:.3f} | {p1:.2f} dB, {s1:.3f} | {p1 - p0:+.2f} dB | {strict:.3f} | {slack:.3f} |")


if __name__ == "__main__":
    main()
