"""Joins the frames of the film (tools/film.mjs) into one animated picture: film.py FOLDER FILE"""

import json
import sys
from pathlib import Path

from PIL import Image

#: Pixels: as wide as a page of documents.
WIDTH = 1024


def join(folder, target):
    """:param Path folder: of the frames, and of the list that says how long each is shown"""
    frames = json.loads((folder / "frames.json").read_text())
    pictures = [_small(Image.open(folder / frame["name"])) for frame in frames]
    pictures[0].save(
        target,
        save_all=True,
        append_images=pictures[1:],
        duration=[frame["shown"] for frame in frames],
        loop=0,
        quality=80,
        method=6,
    )


def _small(picture):
    height = picture.height * WIDTH // picture.width
    return picture.convert("RGB").resize((WIDTH, height), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    join(*map(Path, sys.argv[1:]))
