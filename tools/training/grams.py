#!/usr/bin/env python3
"""Writes `grams.bin`: how surprising three letters in a row are in ordinary words.

Usage: grams.py corpus.list src/redact/engine/judge/grams.bin

A word is what stands between marks, digits and the seams of camel case. Each
counts by the logarithm of how often it stands in the texts, so that no keyword
outweighs the rest. The file holds one byte for each three of 27 codes (0 for
the edge of a word, 1 to 26 for the letters), the last letter varying fastest:
the bits of surprise at the third after the first two, in eighths, at most 255.
Probabilities of three, two and one letters are mixed, so that no sequence is
impossible.
"""
import collections
import math
import re
import sys

words = collections.Counter()
for path in open(sys.argv[1]):
    with open(path.strip(), encoding="utf-8", errors="ignore") as file:
        words.update(word.lower() for word in re.findall(r"[A-Z]?[a-z]{2,19}|[A-Z]{2,19}", file.read()))

three, two, one = (collections.Counter() for _ in range(3))
for word, count in words.items():
    if count < 3:
        continue
    weight = math.log2(count)
    codes = [0, 0] + [ord(letter) - 96 for letter in word] + [0]
    for at in range(2, len(codes)):
        three[tuple(codes[at - 2 : at + 1])] += weight
        two[tuple(codes[at - 1 : at + 1])] += weight
        one[codes[at]] += weight

heads3, heads2 = collections.Counter(), collections.Counter()
for (a, b, _), weight in three.items():
    heads3[a, b] += weight
for (b, _), weight in two.items():
    heads2[b] += weight
total = sum(one.values())

table = bytearray()
for a in range(27):
    for b in range(27):
        for c in range(27):
            likely = 0.0002
            likely += 0.03 * one[c] / total
            likely += 0.17 * two[b, c] / max(heads2[b], 1)
            likely += 0.80 * three[a, b, c] / max(heads3[a, b], 1)
            table.append(min(255, round(-8 * math.log2(likely))))
open(sys.argv[2], "wb").write(table)
