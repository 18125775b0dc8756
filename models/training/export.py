"""Weights -> models/toon: toon.onnx, and the hash and size of it in toon.i2i.json.

    python export.py --weights toon.pt --out ../toon
"""
import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import onnx.numpy_helper
import onnxruntime
import onnxsim
import torch

from network import MEAN, STD, STRIDE, Toon

PORTABLE = {"Conv", "Relu", "Sigmoid", "Add", "Mul", "Resize", "DepthToSpace"}
SIZES = ((64, 64), (256, 256), (512, 512), (272, 400), (720, 1280))


def portable_depth_to_space(graph):
    """PyTorch's pixel_shuffle is DepthToSpace in CRD order, which CoreML and TensorFlow lack: reorder the channels of the
    convolution before it, once and for all, and call it DCR."""
    arrays = {value.name: value for value in graph.initializer}
    makers = {node.output[0]: node for node in graph.node}
    for node in graph.node:
        if node.op_type == "DepthToSpace":
            attributes = {a.name: a for a in node.attribute}
            block = attributes["blocksize"].i ** 2
            for name in makers[node.input[0]].input[1:]:
                value = onnx.numpy_helper.to_array(arrays[name])
                value = value.reshape(-1, block, *value.shape[1:]).swapaxes(0, 1).reshape(value.shape)
                arrays[name].CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
            attributes["mode"].s = b"DCR"


def to_onnx(model, path):
    axes = {0: "batch", 2: "height", 3: "width"}
    torch.onnx.export(
        model, torch.zeros(1, 3, 64, 64), str(path), opset_version=17, input_names=["input"],
        output_names=["image", "mask"], dynamic_axes={"input": axes, "image": axes, "mask": axes})
    graph, ok = onnxsim.simplify(onnx.load(path))
    assert ok, "the simplified graph differs"
    portable_depth_to_space(graph.graph)
    graph.ir_version = 8
    graph.producer_name, graph.producer_version = "i2i models/training", ""
    graph.graph.name = "toon"
    del graph.graph.value_info[:]
    for number, node in enumerate(graph.graph.node):
        node.doc_string = ""
        node.name = f"{node.op_type}_{number}"
    onnx.checker.check_model(graph, full_check=True)
    strange = {node.op_type for node in graph.graph.node} - PORTABLE
    assert not strange, f"not portable: {strange}"
    constants = {value.name for value in graph.graph.initializer}
    for node in graph.graph.node:
        if node.op_type == "Resize":
            assert len(node.input) == 3 and node.input[2] in constants, "Resize wants constant scales"
    onnx.save(graph, path)
    return graph


def compare(model, path):
    """Largest absolute difference between onnxruntime and PyTorch in model units, by size."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    random = np.random.default_rng(1)
    rows = []
    for height, width in SIZES:
        x = random.uniform(-1, 1, (1, 3, height // STRIDE * STRIDE, width // STRIDE * STRIDE)).astype(np.float32)
        with torch.no_grad():
            wanted = [t.numpy() for t in model(torch.from_numpy(x))]
        got = session.run(["image", "mask"], {"input": x})
        assert all(np.allclose(a, b, rtol=1e-3, atol=1e-4) for a, b in zip(got, wanted))
        rows.append((height, width, *(float(np.abs(a - b).max()) for a, b in zip(got, wanted))))
    return rows


def manifest(path):
    weights = path.read_bytes()
    binding = {"layout": "NCHW", "dtype": "float32", "channels": "RGB", "mean": [MEAN] * 3, "std": [STD] * 3}
    return {
        "$schema": "../../packages/core/manifest.schema.json",
        "schemaVersion": 1, "id": "toon", "version": "1.0.0", "license": "MIT",
        "description": "Turns a photograph into a cartoon: flat, rich colours and inked edges; the ink comes as a mask beside the picture.",
        "input": {"tensor": "input", **binding, "size": {"multipleOf": STRIDE, "maxPixels": 2048 * 2048}},
        "outputs": [
            {"role": "image", "name": "image", "tensor": "image", **binding},
            {"role": "mask", "name": "mask", "tensor": "mask", "layout": "NCHW"}],
        "variants": [{
            "id": "fp32", "format": "onnx", "precision": "fp32", "devices": ["cpu", "wasm", "webgpu"],
            "files": [{"path": path.name, "sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights)}]}],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    model = Toon()
    model.load_state_dict(torch.load(options.weights))
    model.eval()
    path = options.out / "toon.onnx"
    graph = to_onnx(model, path)
    operators = [node.op_type for node in graph.graph.node]
    print({name: operators.count(name) for name in sorted(set(operators))}, path.stat().st_size, "bytes")
    for height, width, image, mask in compare(model, path):
        print(f"{height}x{width}: onnxruntime - PyTorch, max abs: image {image:.1e}, mask {mask:.1e}")
    (options.out / "toon.i2i.json").write_text(json.dumps(manifest(path), indent=2) + "\n")


if __name__ == "__main__":
    main()
