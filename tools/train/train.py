"""Trains one model: python3 train.py NAME --shape main|small --seed N --steps N [--from CHECKPOINT.pt] [--rate R]

Writes OUT/NAME.pt, OUT/NAME.loss.csv and, where it is missing, OUT/merges.json. The same arguments on the same machine
give the same weights; on another one the last bits differ.
"""
import argparse
import csv
import itertools
import math
import pathlib
import time

import torch
import torch.nn.functional as F

from bpe import Tokenizer, learn
from corpus import training
from model import CONTEXT, SHAPES, VOCABULARY, Model

LENGTH, BATCH, WARM_UP = 256, 8, 40


def tokenizer(out):
    path = out / "merges.json"
    if not path.exists():
        texts = (content for turns in itertools.islice(training(0), 20_000) for _, content in turns)
        Tokenizer(learn(texts, VOCABULARY)).save(path)
    return Tokenizer.load(path)


def rows(tokens, seed):
    """Conversations one after another, cut into rows; a conversation begins each row."""
    stream = training(seed)
    while True:
        ids, learned = [], []
        while len(ids) <= LENGTH:
            i, l = tokens.conversation(next(stream))
            ids, learned = ids + i, learned + l
        yield ids[: LENGTH + 1], learned[: LENGTH + 1]


def batch(source):
    ids, learned = zip(*itertools.islice(source, BATCH))
    ids = torch.tensor(ids)
    return ids[:, :-1], torch.where(torch.tensor(learned)[:, 1:], ids[:, 1:], -100)


def rate(step, steps, peak):
    return peak * min(1, (step + 1) / WARM_UP) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * step / steps)))


def main():
    a = argparse.ArgumentParser()
    a.add_argument("name")
    a.add_argument("--shape", choices=SHAPES, default="main")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--steps", type=int, default=2000)
    a.add_argument("--rate", type=float, default=3e-3)
    a.add_argument("--from", dest="start")
    a.add_argument("--out", type=pathlib.Path, default=pathlib.Path("out"))
    a.add_argument("--threads", type=int, default=2)
    o = a.parse_args()
    o.out.mkdir(exist_ok=True)
    torch.set_num_threads(o.threads)
    torch.manual_seed(o.seed)
    tokens, model = tokenizer(o.out), Model(o.shape)
    if o.start:
        model.load_state_dict(torch.load(o.start)["weights"], strict=True)
    optimizer = torch.optim.AdamW(model.parameters(), o.rate, betas=(0.9, 0.95), weight_decay=0.05)
    source, began, losses = rows(tokens, o.seed), time.time(), []
    print(o.name, sum(p.numel() for p in model.parameters()), "parameters", flush=True)
    for step in range(o.steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, o.steps, o.rate)
        x, y = batch(source)
        loss = F.cross_entropy(model(x).reshape(-1, VOCABULARY), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
        if (step + 1) % 20 == 0:
            print(step + 1, round(sum(losses[-20:]) / 20, 4), f"{time.time() - began:.0f} s", flush=True)
        if (step + 1) % 100 == 0 or step + 1 == o.steps:
            torch.save({"shape": o.shape, "weights": model.state_dict(), "steps": step + 1}, o.out / f"{o.name}.pt")
            with open(o.out / f"{o.name}.loss.csv", "w", newline="") as f:
                csv.writer(f).writerows([("step", "loss"), *((i + 1, round(l, 4)) for i, l in enumerate(losses))])


if __name__ == "__main__":
    main()
