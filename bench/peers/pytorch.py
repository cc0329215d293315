"""PyTorch's side of the engine race: see engine/serve.ts for the protocol, engine/material.ts for the files.

One thread. "shipped" is what its tutorials teach, with the quicker of the default and the fused Adam. "tuned" first
tries for each case every way that this version offers to lay out the activations (contiguous, channels last), to
convolve (oneDNN, native) and to run Adam (a loop, foreach, fused), and then races with the quickest.
Not tried: torch.compile. It needs a C++ compiler, and on one thread it was 1.5 (case b) to 3.5 times (case c) slower
(2.15, default mode).
"""

import itertools
import json
import os
import sys
import time
import warnings

FOLDER = sys.argv[1]
TUNED = sys.argv[2] == "tuned"
CONTIGUOUS, CHANNELS_LAST = "contiguous", "channels last"
ONEDNN, NATIVE = "oneDNN", "native"
LOOP, FOREACH, FUSED = "loop", "foreach", "fused"


def main():
    protocol = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print goes to standard error

    def send(answer):
        protocol.write(json.dumps(answer) + "\n")

    try:
        import torch
    except ImportError as error:
        send({"ready": False, "why": str(error)})
        return
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    torch.set_flush_denormal(TUNED)
    torch.manual_seed(0)
    server = Server(torch)
    send({"ready": True, "name": "PyTorch", "version": torch.__version__})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            send(server.prove(request) if "steps" in request else server.time(request))
        except Exception as error:
            send({"error": repr(error)})


class Server:
    def __init__(self, torch):
        self.torch = torch
        self.chosen = {}
        with open(os.path.join(FOLDER, "networks.json")) as file:
            self.plan = json.load(file)

    def prove(self, request):
        way = self.quickest_way(request["case"], request["batch"])
        step = self.open(request["case"], request["batch"], way)
        before = step()
        for _ in range(request["steps"] - 1):
            step()
        return {"lossBefore": before, "lossAfter": step(), "note": ", ".join(way[:2]) + " and " + way[2] + " Adam"}

    def time(self, request):
        step = self.open(request["case"], request["batch"], self.quickest_way(request["case"], request["batch"]))
        warm_until = time.perf_counter() + request["seconds"] * 0.25
        step()
        while time.perf_counter() < warm_until:
            step()
        cpu, began, steps, seconds, loss = time.process_time(), time.perf_counter(), 0, 0.0, float("nan")
        while seconds < request["seconds"] or steps < request["stepsMin"]:
            loss = step()
            steps += 1
            seconds = time.perf_counter() - began
        return {"stepsPerSecond": steps / seconds, "loss": loss, "cores": (time.process_time() - cpu) / seconds}

    def ways(self, case):
        if not TUNED:
            return itertools.product((CONTIGUOUS,), (ONEDNN,), (LOOP, FUSED))
        convolves = any(layer["kind"] == "conv" for layer in self.plan["networks"][case]["layers"])
        layouts = (CONTIGUOUS, CHANNELS_LAST) if convolves else (CONTIGUOUS,)
        return itertools.product(layouts, (ONEDNN, NATIVE), (LOOP, FOREACH, FUSED))

    def quickest_way(self, case, batch):
        """Times all ways in turn, several times over, and takes the best of the best steps: other work only slows."""
        if (case, batch) not in self.chosen:
            best = {way: float("inf") for way in self.ways(case)}
            for _ in range(5):
                for way in best:
                    best[way] = min(best[way], self.seconds_per_step(case, batch, way))
            self.chosen[case, batch] = min(best, key=best.get)
        return self.chosen[case, batch]

    def seconds_per_step(self, case, batch, way):
        try:
            step = self.open(case, batch, way)
            step()
        except (RuntimeError, TypeError):
            return float("inf")  # this version has no such Adam
        began, best = time.perf_counter(), float("inf")
        while time.perf_counter() - began < 0.06 or best == float("inf"):
            start = time.perf_counter()
            step()
            best = min(best, time.perf_counter() - start)
        return best

    def open(self, case, batch, way):
        """A function that copies the batch, makes one step from the initial weights on, and gives the loss before it."""
        torch, network, adam = self.torch, self.plan["networks"][case], self.plan["adam"]
        layout, convolution, how = way
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.backends.mkldnn.set_flags(convolution == ONEDNN)
        model = self.model(case, network)
        if layout == CHANNELS_LAST:
            model = model.to(memory_format=torch.channels_last)
        optimiser = torch.optim.Adam(
            model.parameters(),
            lr=adam["learningRate"],
            betas=(adam["beta1"], adam["beta2"]),
            eps=adam["epsilon"],
            **({} if how == LOOP else {how: True}),
        )
        criterion = torch.nn.CrossEntropyLoss()
        source_x = self.read("%s-%d.inputs.f32" % (case, batch), torch.float32).reshape([batch] + network["input"])
        source_y = self.read("%s-%d.labels.i32" % (case, batch), torch.int32).long()

        def step():
            x, y = source_x.clone(), source_y.clone()
            if layout == CHANNELS_LAST:
                x = x.contiguous(memory_format=torch.channels_last)
            optimiser.zero_grad(**({"set_to_none": True} if TUNED else {}))
            loss = criterion(model(x), y)
            loss.backward()
            optimiser.step()
            return loss.item()

        return step

    def model(self, case, network):
        nn = self.torch.nn
        modules = []
        for layer in network["layers"]:
            if layer["kind"] == "conv":
                modules += [nn.Conv2d(layer["in"], layer["out"], 3), nn.ReLU()]
                modules += [nn.MaxPool2d(2)] if layer["pool"] else []
            else:
                if modules and not any(isinstance(module, nn.Flatten) for module in modules):
                    modules.append(nn.Flatten())
                modules.append(nn.Linear(layer["in"], layer["out"]))
                modules += [nn.ReLU()] if layer["relu"] else []
        model = nn.Sequential(*modules)
        weights, offset = self.read("%s.weights.f32" % case, self.torch.float32), 0
        with self.torch.no_grad():
            for parameter in model.parameters():
                parameter.copy_(weights[offset : offset + parameter.numel()].reshape(parameter.shape))
                offset += parameter.numel()
        return model

    def read(self, name, dtype):
        path = os.path.join(FOLDER, name)
        return self.torch.from_file(path, size=os.path.getsize(path) // 4, dtype=dtype).clone()


main()
