"""Trains one round of a Consort recipe with PyTorch: logistic, mlp and cnn models (torch 1.13 or later).

The node starts it with a folder as its only argument; docs/trainers.md says what is in there and what has to be.
With privacy.differentialPrivacy in the recipe it trains by DP-SGD, one example at a time: clear rather than fast.
Left out, for brevity: learning-rate schedules, the random shifts of pictures, and noise that is safe against attacks on
floating-point numbers (Mironov 2012).
"""

import array
import json
import math
import os
import secrets
import struct
import sys

import torch
import torch.nn.functional as F

ACTIVATIONS = {"none": lambda x: x, "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh}


def read_tensors(path):
    types = {"F32": torch.float32, "I64": torch.int64}
    with open(path, "rb") as file:
        header = json.loads(file.read(*struct.unpack("<Q", file.read(8))))
        data = bytearray(file.read())
    header.pop("__metadata__", None)
    return {
        name: torch.frombuffer(memoryview(data)[slice(*entry["data_offsets"])], dtype=types[entry["dtype"]])
        .reshape(entry["shape"])
        for name, entry in header.items()
    }


def write_tensors(path, tensors):
    header, data = {}, bytearray()
    for name, tensor in tensors.items():
        start = len(data)
        data += array.array("f", tensor.flatten().tolist()).tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [start, len(data)]}
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def forward(recipe, weights, x):
    """Scores of a batch: the layers of the recipe, each with the weights of its name, then the output layer."""
    counts = {}
    output = {"kind": "dense", "activation": "none", "name": "output"}
    for layer in [*recipe["model"].get("layers", []), output]:
        kind = layer["kind"]
        counts[kind] = counts.get(kind, 0) + 1
        name = layer.get("name", f"{kind}{counts[kind]}")
        if kind == "dense":
            x = F.linear(x.flatten(1), weights[name + ".weight"], weights[name + ".bias"])
        elif kind == "conv":
            options = {key: layer[key] for key in ("stride", "padding", "dilation", "groups")}
            x = F.conv2d(x, weights[name + ".weight"], weights[name + ".bias"], **options)
        elif kind == "max-pool":
            x = F.max_pool2d(x, layer["size"], layer.get("stride"))
        elif kind == "average-pool":
            x = F.avg_pool2d(x, layer["size"], layer.get("stride"))
        elif kind == "global-average-pool":
            x = x.mean((2, 3))
        elif kind == "dropout":
            x = F.dropout(x, layer["rate"])
        elif kind == "layer-norm":
            weight = weights[name + ".weight"]
            x = F.layer_norm(x, weight.shape, weight, weights[name + ".bias"])
        elif kind == "group-norm":
            x = F.group_norm(x, layer["groups"], weights[name + ".weight"], weights[name + ".bias"])
        else:
            raise SystemExit(f"This program does not know the layer {kind}: add it, or train without a program")
        x = ACTIVATIONS[layer.get("activation", "none")](x)
    return x


def loss_of(recipe, scores, labels):
    if recipe["task"]["kind"] == "regression":
        return F.mse_loss(scores.squeeze(1), labels)
    if recipe.get("loss") == "binary-cross-entropy":
        return F.binary_cross_entropy_with_logits(scores.squeeze(1), labels.float())
    if recipe.get("loss") == "squared-error":
        right = F.one_hot(labels, scores.shape[1]).float()
        return ((scores.softmax(1) - right) ** 2).sum(1).mean()
    return F.cross_entropy(scores, labels)


def create_optimiser(spec, parameters):
    common = {"lr": spec["learningRate"], "weight_decay": spec["weightDecay"]}
    if spec["kind"] == "sgd":
        return torch.optim.SGD(parameters, momentum=spec["momentum"], nesterov=spec["nesterov"], **common)
    adam = torch.optim.AdamW if spec["kind"] == "adamw" else torch.optim.Adam
    return adam(parameters, betas=(spec["beta1"], spec["beta2"]), eps=spec["epsilon"], **common)


def train(task, weights, data):
    """Changes the weights in place; returns the mean loss of the last epoch, None when there is none."""
    recipe, inputs, labels = task["recipe"], data["inputs"], data["labels"]
    strategy = recipe["federation"]["strategy"]
    start = {name: tensor.detach().clone() for name, tensor in weights.items()}
    optimiser = create_optimiser(recipe["optimiser"], list(weights.values()))
    mean = None
    for epoch in range(task["epochs"]):
        total = 0.0
        for batch in torch.randperm(len(labels)).split(recipe["batchSize"]):
            optimiser.zero_grad()
            loss = loss_of(recipe, forward(recipe, weights, inputs[batch]), labels[batch])
            total += loss.item() * len(batch)
            if strategy["kind"] == "fedprox":
                distance = sum(((weights[name] - start[name]) ** 2).sum() for name in weights)
                loss = loss + strategy["mu"] / 2 * distance
            loss.backward()
            optimiser.step()
        mean = total / len(labels)
        print(json.dumps({"progress": (epoch + 1) / task["epochs"]}), flush=True)
    return mean


def train_privately(task, weights, data):
    """Abadi et al. 2016, algorithm 1; chance comes from the operating system. Tells no loss, which nothing protects."""
    recipe, inputs, labels = task["recipe"], data["inputs"], data["labels"]
    clip, noise = (recipe["privacy"]["differentialPrivacy"][key] for key in ("clip", "noiseMultiplier"))
    count, expected = len(labels), recipe["batchSize"]
    optimiser = create_optimiser(recipe["optimiser"], list(weights.values()))
    generator = torch.Generator().manual_seed(secrets.randbits(63))
    chance = secrets.SystemRandom()
    steps = math.ceil(task["epochs"] * count / expected)
    for step in range(steps):
        sums = [torch.zeros_like(tensor) for tensor in weights.values()]
        for index in range(count):
            if chance.random() >= expected / count:
                continue
            one = slice(index, index + 1)
            loss = loss_of(recipe, forward(recipe, weights, inputs[one]), labels[one])
            gradients = torch.autograd.grad(loss, list(weights.values()))
            norm = math.sqrt(sum(float((gradient**2).sum()) for gradient in gradients))
            for total, gradient in zip(sums, gradients):
                total += gradient * min(1.0, clip / max(norm, 1e-12))
        for tensor, total in zip(weights.values(), sums):
            drawn = torch.normal(0.0, noise * clip, total.shape, generator=generator)
            tensor.grad = (total + drawn) / expected
        optimiser.step()
        print(json.dumps({"progress": (step + 1) / steps}), flush=True)


def main():
    os.chdir(sys.argv[1])
    with open("task.json", encoding="utf-8") as file:
        task = json.load(file)
    if task["contract"] != 1:
        sys.exit("this trainer knows contract 1 only")
    files = task["files"]
    torch.manual_seed(task["seed"])
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    data = read_tensors(files["data"])
    weights = {name: tensor.requires_grad_() for name, tensor in read_tensors(files["weights"]).items()}
    is_private = "differentialPrivacy" in task["recipe"]["privacy"]
    loss = (train_privately if is_private else train)(task, weights, data)
    write_tensors(files["update"], weights)
    with open(files["metrics"], "w", encoding="utf-8") as file:
        json.dump({"loss": loss, "examples": len(data["labels"])}, file)


if __name__ == "__main__":
    main()
