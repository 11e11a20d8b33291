"""Reads what our SummaryWriter writes with the tensorboard package, and keeps both for test/callback/tensorboard.test.ts.

Run: python test/parity/tensorboard.py   (needs tensorboard and node; writes test/fixtures/tensorboard.json)
"""
import base64
import io
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.pop(0)  # this file has the package's name
import tensorboard  # noqa: E402
from PIL import Image  # noqa: E402
from google.protobuf import text_format  # noqa: E402
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader  # noqa: E402
from tensorboard.plugins.projector import projector_config_pb2  # noqa: E402

ROOT = pathlib.Path(__file__).parent.parent.parent
folder = pathlib.Path(tempfile.mkdtemp())
out = subprocess.run(["npx", "tsx", "test/parity/tensorboard.ts", str(folder)], cwd=ROOT, check=True, capture_output=True, text=True)
paths = [pathlib.Path(line) for line in out.stdout.strip().splitlines()[-2:]]

events = []
for event in [event for path in paths for event in LegacyEventFileLoader(str(path)).Load()]:
    assert event.wall_time == 1_700_000_000.25
    if event.HasField("file_version"): events.append({"version": event.file_version})
    for value in event.summary.value:
        one = {"tag": value.tag, "step": event.step}
        kind = value.WhichOneof("value")
        if kind == "simple_value": one["scalar"] = value.simple_value
        if kind == "image":
            i, pixels = value.image, Image.open(io.BytesIO(value.image.encoded_image_string))
            one["image"] = {"height": i.height, "width": i.width, "colorspace": i.colorspace, "size": pixels.size, "mode": pixels.mode}
            if value.tag == "stripes": one["image"]["pixels"] = list(pixels.tobytes())
        if kind == "histo":
            h = value.histo
            one["histogram"] = {"min": h.min, "max": h.max, "num": h.num, "sum": h.sum, "sumSquares": h.sum_squares,
                                "limits": list(h.bucket_limit), "counts": list(h.bucket)}
        if kind == "tensor":
            one["text"] = [s.decode() for s in value.tensor.string_val]
            one["plugin"] = value.metadata.plugin_data.plugin_name
        events.append(one)

config = projector_config_pb2.ProjectorConfig()
text_format.Parse((folder / "projector_config.pbtxt").read_text(), config)
e = config.embeddings[0]
projector = {"name": e.tensor_name, "sprite": list(e.sprite.single_image_dim),
             "tensors": (folder / e.tensor_path).read_text(), "metadata": (folder / e.metadata_path).read_text(),
             "pixels": list(Image.open(folder / e.sprite.image_path).tobytes())}
data = {"versions": {"tensorboard": tensorboard.__version__}, "bytes": base64.b64encode(paths[0].read_bytes()).decode(), "read": events,
        "projector": projector}
(ROOT / "test/fixtures/tensorboard.json").write_text(json.dumps(data) + "\n")
