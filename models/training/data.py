"""Collects the photographs from installed or unpacked packages, labels them, and writes training pairs.

    python data.py --packages DIR --out DIR    # DIR: where the packages of README.md were unpacked

Writes pairs/*.npy (H,W,7 uint8: photo RGB, cartoon RGB, ink) and held-out/*.npy of the same shape.
"""
import argparse
import bz2
from importlib.metadata import files
from pathlib import Path

import cv2
import numpy as np

from cartoon import cartoon
from network import STRIDE

# name: (where it lies, licence). Where: "deb:" below DIR, "pip:distribution:" inside an installed distribution.
CC0, PD = "CC0-1.0", "public domain"
AVATARS = "deb:usr/share/plasma/avatars/photos/"
LOMIRI = "deb:usr/share/backgrounds/"
TRAIN = {
    **{name: (f"{AVATARS}{name}.png", CC0) for name in (
        "Air Balloon", "Astronaut", "Books", "Brushes", "Bulb", "Car", "Cat", "Chameleon", "Cocktail", "Dog", "Fish",
        "Gamepad", "Owl", "Pancakes", "Pencils", "Shuttle", "Soccer", "Sunflower", "Sushi")},
    **{name: (f"{LOMIRI}{name}.jpg", licence) for name, licence in {
        "seeding_by_Clements_Engelhardt": CC0,
        "aitzgorri_by_Aitzol_Berasategi": "CC-BY-4.0", "friends_by_Aitzol_Berasategi": "CC-BY-4.0",
        "life_by_Aitzol_Berasategi": "CC-BY-4.0", "picosdeeuropa_by_Aitzol_Berasategi": "CC-BY-4.0",
        "sunset_by_Aitzol_Berasategi": "CC-BY-4.0", "Picture_0B_by_freespace": "CC-BY-4.0",
        "Picture_1A_by_freespace": "CC-BY-4.0", "Wine_by_Jakkub_Mede": "CC-BY-4.0",
        "Bridge_by_Sander_Klootwijk": "CC-BY-SA-4.0", "Dragonfly_by_Bolly": "CC-BY-SA-4.0",
        "free_by_Peter_Nerlich": "CC-BY-SA-4.0", "greentock_by_Peter_Nerlich": "CC-BY-SA-4.0",
        "Kleiber_by_Lukas_Baubkus": "CC-BY-SA-3.0"}.items()},
    **{name: (f"deb:usr/share/palapeli/collection/{name}.jpg", PD) for name in (
        "cincinnati-bridge", "citrus-fruits", "european-honey-bee")},
    "rocket": ("pip:scikit-image:rocket.jpg", CC0),
    "flower": ("pip:scikit-learn:flower.jpg", "CC-BY-2.0"),
    "raccoon": ("pip:scipy:face.dat", PD),
    "grace_hopper": ("pip:matplotlib:grace_hopper.jpg", PD),
}
HELD_OUT = {
    "astronaut": ("pip:scikit-image:astronaut.png", PD), "chelsea": ("pip:scikit-image:chelsea.png", CC0),
    "coffee": ("pip:scikit-image:coffee.png", CC0), "china": ("pip:scikit-learn:china.jpg", "CC-BY-2.0"),
    "Parrot": (f"{AVATARS}Parrot.png", CC0),
}
SHORT_SIDES = (360, 512, 720)


def load(where, packages):
    """RGB uint8."""
    kind, _, path = where.partition(":")
    if kind == "pip":
        distribution, _, name = path.partition(":")
        found = [f for f in files(distribution) if f.name == name]
        path = Path(found[0].locate())
    else:
        path = packages / path
    if path.name == "face.dat":  # scipy.misc.face()
        return np.frombuffer(bz2.decompress(path.read_bytes()), np.uint8).reshape(768, 1024, 3)
    image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise SystemExit(f"{path}: not a picture")
    return image[..., ::-1]


def fit(image, short):
    scale = short / min(image.shape[:2])
    return cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)


def jitter(image, random):
    """Exposure, gamma, saturation and warmth of another camera; float32 0..1."""
    x = np.power(image, random.uniform(0.7, 1.35)) * random.uniform(0.8, 1.15)
    grey = x.mean(axis=2, keepdims=True)
    x = grey + (x - grey) * random.uniform(0.5, 1.35)
    warmth = random.uniform(-0.08, 0.08)
    return np.clip(x * np.float32([1 + warmth, 1, 1 - warmth]), 0, 1).astype(np.float32)


def pair(photo):
    """Float photo -> (H,W,7) uint8. The label is made from the photo as stored, so that 8-bit rounding is the same."""
    photo = np.round(photo * 255).astype(np.uint8)
    image, mask = cartoon(photo.astype(np.float32) / 255)
    rest = np.concatenate([image, mask[..., None]], axis=2)
    return np.concatenate([photo, np.round(rest * 255).astype(np.uint8)], axis=2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    cv2.setNumThreads(2)
    random = np.random.default_rng(1)
    for folder in ("pairs", "held-out"):
        (options.out / folder).mkdir(parents=True, exist_ok=True)
    for name, (where, _) in HELD_OUT.items():
        photo = load(where, options.packages)
        photo = fit(photo, 512) if min(photo.shape[:2]) > 512 else photo
        height, width = (v // STRIDE * STRIDE for v in photo.shape[:2])
        np.save(options.out / "held-out" / f"{name}.npy", pair(photo[:height, :width] / np.float32(255)))
    count = 0
    for name, (where, _) in TRAIN.items():
        photo = load(where, options.packages)
        for short in SHORT_SIDES:
            if short > 1.05 * min(photo.shape[:2]):
                continue
            small = fit(photo, short).astype(np.float32) / 255
            for variant in range(4):
                if max(small.shape[:2]) > 1100:  # a window of a wide picture is enough
                    start = int(random.integers(0, max(small.shape[:2]) - 1100 + 1))
                    window = small[:, start:start + 1100] if small.shape[1] > small.shape[0] else small[start:start + 1100]
                else:
                    window = small
                made = pair(window if variant == 0 else jitter(window, random))
                np.save(options.out / "pairs" / f"{name}-{short}-{variant}.npy", made)
                count += 1
    print(f"{len(TRAIN)} photographs, {count} pairs; {len(HELD_OUT)} held out")


if __name__ == "__main__":
    main()
