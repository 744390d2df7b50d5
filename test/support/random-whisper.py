"""Makes random whisper files with Debian's whisper, and says what its fetch gives of them.

usage: random-whisper.py DIR FILES SEED NOW

Prints a JSON object a line: {name, archives, method, xFilesFactor, windows: [{from, until, start, end, step, values}]};
values are base64 of little-endian doubles, NaN for none. A window of which whisper has nothing has no start.
"""
import base64
import json
import os
import random
import struct
import sys

import whisper

directory, count, seed, now = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
dice = random.Random(seed)


def random_archives():
    while True:
        step = dice.choice([1, 2, 5, 10, 15, 60, 300])
        archives = []
        for _ in range(dice.choice([1, 2, 2, 3, 3, 4])):
            archives.append((step, dice.randint(1, dice.choice([8, 100, 1500]))))
            step *= dice.choice([2, 3, 5, 6, 10, 12, 60])
        if archives[-1][0] * archives[-1][1] > 400000000:  # so that no time lies before 1970
            continue
        try:
            whisper.validateArchiveList(archives)
            return archives
        except whisper.InvalidConfiguration:
            continue


def random_value(kind):
    if kind == 0:
        return float(dice.randint(-5, 5))
    if kind == 1:
        return round(dice.uniform(0, 100), 2)
    if kind == 2:
        return dice.uniform(-1e6, 1e6)
    return dice.choice([0.0, 0.1, 1e300, -1e-300, 12345678901234.5, float("inf")])


def fill(path, archives):
    longest = max(step * points for step, points in archives)
    kind = dice.randint(0, 3)
    moment = now - dice.choice([0, 0, dice.randint(0, longest), longest * 2])
    for _ in range(dice.randint(1, 5)):
        reach = dice.choice([step * points for step, points in archives])
        if dice.random() < 0.5:
            stride = dice.choice([archives[0][0], archives[0][0], archives[-1][0]])
            points = [(moment - i * stride, random_value(kind)) for i in range(min(3000, reach // stride))]
            points = [p for p in points if dice.random() < dice.choice([1, 1, 0.7])]
            whisper.update_many(path, points, moment)
        else:
            for _ in range(dice.randint(1, 60)):
                whisper.update(path, random_value(kind), moment - dice.randint(0, reach - 1), moment)
        moment = min(now, moment + dice.choice([0, archives[0][0], reach // 3, reach]))


def pack(values):
    return base64.b64encode(struct.pack("<%dd" % len(values), *[float("nan") if v is None else v for v in values])).decode()


def windows_of(path, archives):
    finer = 0
    for step, points in archives:
        reach = step * points
        edges = [(now - reach, now), (now - reach, max(now - reach, now - finer))]
        for _ in range(4):
            begin = now - dice.randint(finer, reach)
            edges.append((begin, dice.randint(begin, now + dice.choice([0, 100]))))
        edges.append((now - reach, now - reach))
        edges.append((now - finer - 1, now - finer))
        for begin, end in edges:
            if begin <= end:
                yield begin, end
        finer = reach
    yield now + 10, now + 20
    yield now - 3 * finer, now - 2 * finer
    yield now - 2 * finer, now


for number in range(count):
    archives = random_archives()
    method = dice.choice(sorted(whisper.aggregationMethods))
    folder = os.path.join(directory, dice.choice(["a", "b/c", "servers/web-1"]))
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "m%d.wsp" % number)
    whisper.create(path, archives, dice.choice([0, 0.1, 0.3, 0.5, 0.7, 1]), method)
    if dice.random() < 0.95:
        fill(path, archives)
    windows = []
    for begin, end in windows_of(path, archives):
        found = whisper.fetch(path, begin, end, now)
        if found is None:
            windows.append({"from": begin, "until": end})
        else:
            (start, stop, step), values = found
            windows.append({"from": begin, "until": end, "start": start, "end": stop, "step": step, "values": pack(values)})
    print(json.dumps({
        "name": os.path.relpath(path, directory)[:-4].replace("/", "."),
        "path": path,
        "archives": archives,
        "method": method,
        "xFilesFactor": whisper.info(path)["xFilesFactor"],
        "windows": windows,
    }))
