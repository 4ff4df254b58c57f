#!/usr/bin/env python3
"""Prints the letter pairs that ordinary words are made of, for `pairs.rs`.

Usage: pairs.py FILE... > pairs.rs   (text and source code, some megabytes)

A pair is frequent if, taken from the most frequent down, the pairs before it
make up less than 94 % of all pairs of letters in the words of the texts; a word
counts once however often it stands there, so that no keyword outweighs others.
"""
import collections
import re
import sys

words = set()
for name in sys.argv[1:]:
    with open(name, encoding="utf-8", errors="ignore") as file:
        for word in re.findall(r"[A-Z]?[a-z]{3,14}|[A-Z]{3,12}", file.read()):
            words.add(word.lower())
counts = collections.Counter(word[i : i + 2] for word in words for i in range(len(word) - 1))
total, taken, pairs = sum(counts.values()), 0, set()
for pair, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
    if taken > 0.94 * total:
        break
    taken += count
    pairs.add(pair)
print("//! The pairs of letters in ordinary words, made by `pairs.py`.")
print()
print("/// One bit for each second letter, by first letter.")
print("pub(super) const FREQUENT_PAIRS: [u32; 26] = [")
letters = "abcdefghijklmnopqrstuvwxyz"
for first in letters:
    bits = sum(1 << index for index, second in enumerate(letters) if first + second in pairs)
    print(f"    {bits:#09x},")
print("];")
