"""The network: a U-shaped encoder-decoder of plain convolutions, 16 pixels of stride in all.

Only operators that every runtime has and runs fast: Conv, Relu, Sigmoid, Add, Mul, Resize
(nearest, x2) and DepthToSpace. No normalisation layer, no transposed convolution.
"""
import torch
from torch import nn
from torch.nn import functional as F

from cartoon import INK_COLOUR, INK_STRENGTH

STRIDE = 16
MEAN, STD = 0.5, 0.5


def conv(inputs, outputs, size=3, stride=1):
    return nn.Conv2d(inputs, outputs, size, stride, size // 2)


class Toon(nn.Module):
    """(N,3,H,W) RGB in -1..1 -> cartoon (N,3,H,W) in -1..1, ink mask (N,1,H,W) in 0..1. H and W: multiples of 16."""

    def __init__(self, widths=(32, 48, 64, 96)):
        super().__init__()
        a, b, c, d = widths
        self.enter = conv(3, a, 5, 2)
        self.down1 = conv(a, b, 3, 2)
        self.down2, self.mid2 = conv(b, c, 3, 2), nn.ModuleList([conv(c, c), conv(c, c)])
        self.down3, self.mid3 = conv(c, d, 3, 2), conv(d, d)
        self.lateral2, self.up2 = conv(d, c, 1), conv(c, c)
        self.lateral1, self.up1 = conv(c, b, 1), conv(b, b)
        self.lateral0, self.up0 = conv(b, a, 1), conv(a, a)
        self.colour_head, self.ink_head = conv(a, 12), conv(a, 4)
        self.register_buffer("ink", ((torch.tensor(INK_COLOUR) - MEAN) / STD * INK_STRENGTH).view(1, 3, 1, 1))
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                nn.init.zeros_(module.bias)
        for head in (self.colour_head, self.ink_head):
            nn.init.normal_(head.weight, std=0.02)

    def forward(self, x):
        x0 = F.relu(self.enter(x))
        x1 = F.relu(self.down1(x0))
        x2 = F.relu(self.down2(x1))
        for layer in self.mid2:
            x2 = F.relu(layer(x2))
        y = F.relu(self.mid3(F.relu(self.down3(x2))))
        y = self._join(y, x2, self.lateral2, self.up2)
        y = self._join(y, x1, self.lateral1, self.up1)
        y = self._join(y, x0, self.lateral0, self.up0)
        colour = F.pixel_shuffle(self.colour_head(y), 2)
        mask = torch.sigmoid(F.pixel_shuffle(self.ink_head(y), 2))
        image = colour * (mask * -INK_STRENGTH + 1.0) + mask * self.ink  # the ink is laid over the flat colours
        return image, mask

    @staticmethod
    def _join(deep, skip, lateral, up):
        deep = F.interpolate(lateral(deep), scale_factor=2.0, mode="nearest")
        return F.relu(up(F.relu(deep + skip)))


def cost(model, size=256):
    """(multiply-accumulates of the convolutions at size x size, parameters)."""
    total, hooks = 0, []

    def count(module, _, output):
        nonlocal total
        total += output[0].numel() * module.weight[0].numel()

    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            hooks.append(module.register_forward_hook(count))
    with torch.no_grad():
        model(torch.zeros(1, 3, size, size))
    for hook in hooks:
        hook.remove()
    return total, sum(p.numel() for p in model.parameters())


if __name__ == "__main__":
    macs, parameters = cost(Toon())
    print(f"{macs / 1e9:.3f} GMAC at 256x256, {parameters} parameters, {parameters * 4 / 1e6:.2f} MB fp32")
