"""Records the operator calls that PyTorch's own sample inputs make, with arguments and results, for test/torch/op-db.

Run from the repository root: python test/parity/op_db.py [FILTER]
Writes the whole recording to ~/.cache/fastai-ts/op-db/calls.jsonl.gz and a small part of it, spread over all operators,
to test/fixtures/op-db.jsonl.gz. Needs the package expecttest beside torch. FILTER: only samples of these operators, to
/tmp only.
"""
import collections
import gzip
import json
import os
import sys
import time
import warnings

import torch
from torch.testing._internal import common_methods_invocations as samples

from op_db_extra import extra_samples
from op_db_recorder import Recorder

DTYPES = [torch.float32, torch.float64, torch.int64, torch.bool, torch.complex64, torch.bfloat16]
SAMPLES_EACH = 24
SECONDS_EACH = 0.7
BACKWARD_SAMPLES_EACH = 8
SMALL_BYTES = 280_000
TURNS = 4
WHOLE = os.path.expanduser("~/.cache/fastai-ts/op-db/calls.jsonl.gz")
SMALL = "test/fixtures/op-db.jsonl.gz"


def fresh(value):
    """A copy, for calls that write to their input."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, (list, tuple)):
        return type(value)(fresh(item) for item in value)
    return value


def run(recorder, call):
    """The call's result, recorded twice: as the composite operator itself, and as what it is made of."""
    result = None
    for mode in (torch.inference_mode(), torch.no_grad()):
        try:
            with mode, recorder:
                result = call()
        except Exception:  # samples that this build refuses
            recorder.skipped["the sample itself fails"] += 1
            return None
    return result


def variants(op, sample):
    """The ways in which PyTorch's tests call an operator with a sample."""
    x, args, kwargs = sample.input, sample.args, sample.kwargs
    yield lambda: op(x, *args, **kwargs)
    if op.inplace_variant is not None and isinstance(x, torch.Tensor):
        yield lambda: op.inplace_variant(fresh(x), *args, **kwargs)


def record_out(recorder, op, sample, result):
    outs = result if isinstance(result, (list, tuple)) else [result]
    if not op.supports_out or not outs or not all(isinstance(out, torch.Tensor) for out in outs):
        return
    out = fresh(result) if isinstance(result, torch.Tensor) else tuple(fresh(list(outs)))
    run(recorder, lambda: op(sample.input, *sample.args, **sample.kwargs, out=out))


def record_backward(recorder, op, dtype):
    """The operators that gradients are made of."""
    if dtype not in op.supported_backward_dtypes("cpu") or not op.supports_autograd:
        return
    for i, sample in enumerate(op.sample_inputs("cpu", dtype, requires_grad=True)):
        if i >= BACKWARD_SAMPLES_EACH:
            break
        try:
            with recorder:
                result = op(sample.input, *sample.args, **sample.kwargs)
                outs = [result] if isinstance(result, torch.Tensor) else list(result)
                outs = [out for out in outs if isinstance(out, torch.Tensor) and out.requires_grad]
                torch.autograd.backward(outs, [torch.ones_like(out) for out in outs])
        except Exception:  # samples that this build refuses
            recorder.skipped["the sample itself fails"] += 1


def samples_of(op, dtype):
    yield from op.sample_inputs("cpu", dtype, requires_grad=False)
    for layout in ("sparse_coo", "sparse_csr"):
        make = getattr(op, f"sample_inputs_{layout}", None)
        if make is not None:
            try:
                yield from make("cpu", dtype, requires_grad=False)
            except Exception:
                continue


def record_op(recorder, op, dtype):
    started = time.process_time()
    torch.manual_seed(0)
    for i, sample in enumerate(samples_of(op, dtype)):
        if i >= SAMPLES_EACH or time.process_time() - started > SECONDS_EACH:
            break
        calls = list(variants(op, sample))
        result = run(recorder, calls[0])
        for call in calls[1:]:
            run(recorder, call)
        record_out(recorder, op, sample, result)


def record_all(recorder, wanted):
    for op in samples.op_db:
        if "jiterator" in op.name or (wanted and op.name not in wanted):
            continue
        before = len(recorder.calls)
        for dtype in DTYPES:
            if not op.supports_dtype(dtype, "cpu"):
                continue
            try:
                record_op(recorder, op, dtype)
                if dtype in (torch.float32, torch.complex64):
                    record_backward(recorder, op, dtype)
            except Exception as error:
                recorder.skipped[f"samples cannot be made: {type(error).__name__}"] += 1
        print(op.name, len(recorder.calls) - before, len(recorder.calls), flush=True)
    for name, call in extra_samples():
        if not wanted or name in wanted:
            run(recorder, call)


def spread(calls):
    """A small part of the calls: in turns, the shortest not yet taken of each overload."""
    by_op = collections.defaultdict(list)
    for line in sorted(calls, key=len):
        by_op[json.loads(line)["op"]].append(line)
    chosen, raw = [], 0
    for turn in range(TURNS):
        for name in sorted(by_op):
            lines = by_op[name]
            pick = turn * len(lines) // TURNS
            if turn > 0 and pick == 0 or len(lines[pick]) > 1500:
                continue
            chosen.append(lines[pick])
    while len(packed(chosen)) > SMALL_BYTES:
        chosen = chosen[: int(len(chosen) * 0.97)]
    return sorted(chosen)


def packed(lines):
    return gzip.compress("\n".join(lines).encode() + b"\n", 9, mtime=0)


def write(path, lines):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(packed(lines))
    print(path, len(lines), "calls,", os.path.getsize(path), "bytes")


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    wanted = set(sys.argv[1:])
    recorder = Recorder()
    record_all(recorder, wanted)
    if wanted:
        write("/tmp/op-db.jsonl.gz", recorder.calls)
    else:
        write(WHOLE, recorder.calls)
        write(SMALL, spread(recorder.calls))
    for reason, count in recorder.skipped.most_common():
        print(f"skipped {count}: {reason}")


if __name__ == "__main__":
    main()
