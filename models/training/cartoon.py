"""The label: a classical cartoon pipeline. Photo in, flat colours and inked edges out.

After Winnemoeller, Olsen and Gooch, "Real-time video abstraction" (2006) and Kang, Lee and Chui, "Flow-based image
abstraction" (2009): repeated bilateral smoothing, soft quantisation of luminance, difference of Gaussians along the
edge flow. Every step is local, so that a small convolutional network can learn it.
"""
import cv2
import numpy as np

INK_COLOUR = np.float32([0.07, 0.05, 0.09])
INK_STRENGTH = 0.94


def smooth(lab, rounds, size=9, sigma_colour=9.0, sigma_space=4.0):
    """Repeated bilateral filter on float CIELAB: flattens texture, keeps edges."""
    for _ in range(rounds):
        lab = cv2.bilateralFilter(lab, size, sigma_colour, sigma_space)
    return lab


def quantise(lightness, bins=6, sharpness=4.0):
    """Soft steps in lightness (0..100): flat tones with short ramps between, so that no noise is amplified into speckle."""
    width = 100.0 / bins
    nearest = (np.floor(lightness / width) + 0.5) * width
    offset = (lightness - nearest) / width              # -0.5 .. 0.5 within a bin
    edge = np.sign(offset) * 0.5
    return nearest + width * edge * (1 - np.tanh(sharpness * 2 * (0.5 - np.abs(offset))) / np.tanh(sharpness))


def edge_flow(lightness, sigma=2.2):
    """Unit tangent of the edges, from the smoothed structure tensor."""
    gx = cv2.Sobel(lightness, cv2.CV_32F, 1, 0) / 8
    gy = cv2.Sobel(lightness, cv2.CV_32F, 0, 1) / 8
    blur = lambda v: cv2.GaussianBlur(v, (0, 0), sigma)
    e, f, g = blur(gx * gx), blur(gx * gy), blur(gy * gy)
    angle = 0.5 * np.arctan2(2 * f, e - g) + np.pi / 2  # along the edge
    return np.cos(angle), np.sin(angle), np.sqrt(e + g)


def sample(image, x, y):
    return cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def ink(lightness, sigma=1.0, sigma_along=3.6, threshold=0.6, slope=1.2):
    """Ink in 0..1: flow-guided difference of Gaussians of lightness (0..100); 1 is a line."""
    tx, ty, strength = edge_flow(lightness)
    height, width = lightness.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    response = np.zeros_like(lightness)                 # across the edge
    offsets = np.arange(-4, 5, dtype=np.float32)
    inner = np.exp(-offsets**2 / (2 * sigma**2))
    outer = np.exp(-offsets**2 / (2 * (1.6 * sigma) ** 2))
    weights = inner / inner.sum() - outer / outer.sum()
    for offset, weight in zip(offsets, weights):
        response += weight * sample(lightness, xs - offset * ty, ys + offset * tx)
    total, norm = response.copy(), 1.0                  # along the edge, following the flow both ways
    for sign in (-1.0, 1.0):
        x, y, dx, dy = xs.copy(), ys.copy(), sign * tx, sign * ty
        for step in range(1, 9):
            x, y = x + dx, y + dy
            weight = float(np.exp(-step**2 / (2 * sigma_along**2)))
            total += weight * sample(response, x, y)
            norm += weight
            nx, ny = sample(tx, x, y), sample(ty, x, y)
            turn = np.where(nx * dx + ny * dy < 0, -1.0, 1.0).astype(np.float32)
            dx, dy = nx * turn, ny * turn
    line = -total / norm                                # dark side of an edge is positive
    needed = threshold * (1 + np.clip(2.6 - strength, 0, 2.2))  # texture has weak gradients: it must earn its line
    return np.clip((line - needed) * slope, 0, 1)


def colour(lab, saturation=1.5, contrast=1.15):
    """Few flat tones, richer chroma."""
    out = lab.copy()
    out[..., 0] = quantise(np.clip((lab[..., 0] - 52) * contrast + 55, 0, 100))
    chroma = np.sqrt(lab[..., 1] ** 2 + lab[..., 2] ** 2) + 1e-6
    out[..., 1:] *= (100 * np.tanh(chroma * saturation / 100) / chroma)[..., None]
    return np.clip(cv2.cvtColor(out, cv2.COLOR_LAB2RGB), 0, 1)


def cartoon(rgb):
    """RGB float32 0..1 -> (cartoon RGB float32 0..1, ink mask float32 0..1)."""
    lab = smooth(cv2.cvtColor(np.ascontiguousarray(rgb, np.float32), cv2.COLOR_RGB2LAB), 4)
    mask = ink(cv2.GaussianBlur(lab[..., 0], (0, 0), 0.8))
    flat = colour(smooth(smooth(lab, 2), 3, 17, 12.0, 7.0))
    alpha = (INK_STRENGTH * mask)[..., None]
    return (flat * (1 - alpha) + INK_COLOUR * alpha).astype(np.float32), mask.astype(np.float32)
