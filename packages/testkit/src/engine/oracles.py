"""Writes generated/*.json: what numpy, Pillow, OpenCV and SciPy say, for the engine suite to compare with.

    pip install numpy pillow opencv-python-headless scipy
    python oracles.py

Nothing here shares code, formulas or conventions with the engines: colour comes from inverting the forward matrix,
resampling from the libraries' own functions.
"""

import json
import pathlib

import cv2
import numpy as np
import PIL
import scipy
from PIL import Image
from scipy.ndimage import map_coordinates

HERE = pathlib.Path(__file__).parent / "generated"
RNG = np.random.default_rng(20261)
MATRICES = {"smpte170m": (0.299, 0.114), "bt709": (0.2126, 0.0722), "bt2020-ncl": (0.2627, 0.0593)}


def forward(matrix, full):
    """RGB 0..255 -> stored Y, U, V as a 3x3 matrix and an offset."""
    kr, kb = MATRICES[matrix]
    luma = np.array([kr, 1 - kr - kb, kb])
    blue = (np.array([0, 0, 1]) - luma) / (2 * (1 - kb))
    red = (np.array([1, 0, 0]) - luma) / (2 * (1 - kr))
    scale = [1, 1, 1] if full else [219 / 255, 224 / 255, 224 / 255]
    return np.diag(scale) @ np.stack([luma, blue, red]), np.array([0 if full else 16, 128, 128])


def rounded(values):
    """To bytes, and whether no value is so near a tie that another order of operations may round it otherwise."""
    clear = bool(np.all(np.abs(values - np.floor(values) - 0.5) > 1e-6))
    return np.clip(np.floor(values + 0.5), 0, 255).astype(int), clear


def color():
    spaces = []
    for matrix in MATRICES:
        for full in (False, True):
            m, offset = forward(matrix, full)
            decode, encode = [], []
            corners = [[a, b, c] for a in (0, 16, 255) for b in (0, 128, 255) for c in (0, 128, 255)]
            for triple in corners + RNG.integers(0, 256, (60, 3)).tolist():
                rgb, clear = rounded(np.linalg.inv(m) @ (np.array(triple) - offset))
                if clear:
                    decode.append([*triple, *rgb.tolist()])
                yuv, clear = rounded(m @ np.array(triple) + offset)
                if clear:
                    encode.append([*triple, *yuv.tolist()])
            spaces.append({"matrix": matrix, "fullRange": full, "yuvToRgb": decode, "rgbToYuv": encode})
    return spaces


def clean(array):
    return [round(float(value), 4) for value in np.asarray(array).ravel()]


CV = {"bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC, "area": cv2.INTER_AREA}
PILLOW = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}


def resize(plane, size, kernel, antialias=False):
    plane = plane.astype(np.float32)
    if kernel == "nearest":
        return np.asarray(Image.fromarray(plane).resize(size, Image.NEAREST))
    if antialias:
        return np.asarray(Image.fromarray(plane).resize(size, PILLOW[kernel]))
    return cv2.resize(plane, size, interpolation=CV[kernel])


def resampling():
    source = RNG.integers(0, 256, (9, 12))
    crop = {"x": 3, "y": 2, "width": 8, "height": 5}
    cropped = source[2:7, 3:11]
    cases = []

    def add(kernel, size, antialias=False, crop_used=False):
        values = resize(cropped if crop_used else source, size, kernel, antialias)
        case = {"kernel": kernel, "antialias": antialias, "width": size[0], "height": size[1]}
        if crop_used:
            case["crop"] = crop
        # Bicubic overshoots; pixels are clamped before they are normalised.
        cases.append({**case, "values": clean(np.clip(values, 0, 255))})

    for size in [(12, 9), (24, 18), (7, 5), (17, 4), (5, 13), (3, 2), (1, 1)]:
        add("nearest", size)
        add("bilinear", size)
        add("bicubic", size)
        add("bilinear", size, antialias=True)
        add("bicubic", size, antialias=True)
    # OpenCV's INTER_AREA is a box over the footprint only where neither axis grows.
    for size in [(12, 9), (6, 3), (7, 5), (5, 4), (4, 9), (1, 1)]:
        add("area", size)
    for kernel, antialias in [("bilinear", False), ("bicubic", False), ("bilinear", True), ("bicubic", True)]:
        add(kernel, (11, 7), antialias, True)
        add(kernel, (4, 3), antialias, True)
    add("area", (3, 2), False, True)
    return {"width": 12, "height": 9, "pixels": source.ravel().tolist(), "cases": cases}


def affine():
    source = RNG.integers(0, 256, (9, 12))
    maps = []
    for degrees, scale, shift in [(20, 1.3, (1.2, -0.4)), (-75, 0.6, (3, 8)), (180, 1, (11.7, 9.1)), (5, 0.2, (4, 4))]:
        c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
        maps.append([c, -s, shift[0], s, c, shift[1]])
    cases = []
    for a, b, c, d, e, f in maps:
        x, y = np.meshgrid(np.arange(10) + 0.5, np.arange(8) + 0.5)
        at = [d * x + e * y + f - 0.5, a * x + b * y + c - 0.5]
        values = map_coordinates(source.astype(float), at, order=1, mode="nearest")
        cases.append({"affine": [a, b, c, d, e, f], "values": clean(values)})
    return {"width": 12, "height": 9, "pixels": source.ravel().tolist(), "target": [10, 8], "cases": cases}


def chroma():
    """I420, smpte170m limited, odd size, bilinear: each plane on its own, chroma at half the luma coordinate, then to RGB."""
    y, u, v = RNG.integers(16, 236, (7, 11)), RNG.integers(16, 241, (4, 6)), RNG.integers(16, 241, (4, 6))
    m, offset = forward("smpte170m", False)
    cases = []
    for width, height in [(22, 5), (8, 9), (6, 4)]:
        tx, ty = np.meshgrid((np.arange(width) + 0.5) * 11 / width, (np.arange(height) + 0.5) * 7 / height)
        for siting in ("nearest", "linear"):
            shift = 0.25 if siting == "linear" else 0
            half = [ty / 2 - 0.5, tx / 2 + shift - 0.5]
            planes = [map_coordinates(y.astype(float), [ty - 0.5, tx - 0.5], order=1, mode="nearest")]
            planes += [map_coordinates(p.astype(float), half, order=1, mode="nearest") for p in (u, v)]
            rgb = np.einsum("ij,jyx->iyx", np.linalg.inv(m), np.stack(planes) - offset[:, None, None])
            cases.append({"width": width, "height": height, "chroma": siting, "values": clean(np.clip(rgb, 0, 255))})
    planes = [plane.ravel().tolist() for plane in (y, u, v)]
    return {"width": 11, "height": 7, "planes": planes, "cases": cases}


def float16():
    values = np.concatenate(
        [
            RNG.normal(0, 1, 60),
            10.0 ** RNG.uniform(-9, 6, 60) * RNG.choice([-1, 1], 60),
            [0.0, -0.0, 1 + 2**-11, 1 + 3 * 2**-11, 65504, 65519.99, 65520, 2**-24, 2**-25, 2**-25 * 1.0001, 2**-14],
            # Once to float32 and then to float16 would round these twice.
            [1 + 2**-11 + 2**-30, 1 + 2**-11 - 2**-30],
        ]
    )
    with np.errstate(over="ignore"):
        bits = values.astype(np.float16).view(np.uint16)
    return [[float(value), int(code)] for value, code in zip(values, bits)]


def write(name, content):
    versions = f"numpy {np.__version__}, Pillow {PIL.__version__}, OpenCV {cv2.__version__}, SciPy {scipy.__version__}"
    lines = json.dumps({"generatedBy": f"oracles.py with {versions}", **content})
    for opening in ('{"kernel"', '{"affine"', '{"matrix"', '{"width"'):
        lines = lines.replace(opening, "\n" + opening)
    (HERE / name).write_text(lines + "\n")


write("color.json", {"spaces": color()})
write("resampling.json", {"resize": resampling(), "affine": affine(), "chroma": chroma()})
write("float16.json", {"values": float16()})
