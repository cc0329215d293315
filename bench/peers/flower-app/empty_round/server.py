"""Flower's own FedAvg, which also says when it has made a version: where ../../races/round.ts reads our hub's log."""

import json
import time

import numpy as np
from flwr.app import ArrayRecord
from flwr.serverapp import ServerApp
from flwr.serverapp.strategy import FedAvg

app = ServerApp()


class TellingFedAvg(FedAvg):
    def aggregate_train(self, server_round, replies):
        made = super().aggregate_train(server_round, replies)
        print("version-made " + json.dumps({"round": server_round, "at": time.time()}), flush=True)
        return made


@app.main()
def main(grid, context):
    weights = ArrayRecord([np.zeros((2, 2), np.float32), np.zeros(2, np.float32)])
    rounds = context.run_config["num-server-rounds"]
    TellingFedAvg().start(grid=grid, initial_arrays=weights, num_rounds=rounds)
