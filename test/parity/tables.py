# Writes test/fixtures/tables/*: small Parquet and Arrow files, and what is in them (tables.json). Needs pyarrow.
import datetime
import decimal
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq

out = Path(__file__).parents[1] / "fixtures" / "tables"
out.mkdir(exist_ok=True)
D = decimal.Decimal
utc = datetime.timezone.utc
days = [datetime.date(2024, 2, 29), None, datetime.date(1969, 12, 31), datetime.date(2000, 1, 1)]
times = [datetime.datetime(2024, 2, 29, 13, 45, 6, 789000), datetime.datetime(1969, 7, 20, 20, 17, 40), None,
         datetime.datetime(2000, 1, 1)]
table = pa.table({
    "int": pa.array([1, -2, 3, 4], pa.int32()),
    "small": pa.array([1, -2, 3, 127], pa.int8()),
    "gap": pa.array([1, None, 3, 4], pa.int64()),
    "wide": pa.array([9007199254740993, -9223372036854775808, 0, 5], pa.int64()),
    "unsigned": pa.array([18446744073709551615, 0, 1, 2], pa.uint64()),
    "float": pa.array([0.1, float("inf"), -0.0, 1e300], pa.float64()),
    "single": pa.array([0.5, None, -2, 3], pa.float32()),
    "flag": pa.array([True, False, True, True]),
    "text": pa.array(["a", "ü, \"quoted\"", None, ""]),
    "dict": pa.array(["red", "blue", None, "red"]).dictionary_encode(),
    "ordered": pa.DictionaryArray.from_arrays(pa.array([2, 0, None, 1], pa.int8()), ["small", "middle", "large"], ordered=True),
    "day": pa.array(days),
    "milli": pa.array(times, pa.timestamp("ms")),
    "micro": pa.array(times, pa.timestamp("us", tz="UTC")),
    "nano": pa.array(times, pa.timestamp("ns")),
    "price": pa.array([D("123.45"), None, D("-0.01"), D("9999999.99")], pa.decimal128(9, 2)),
    "big": pa.array([D("1.005"), D("2.675"), None, D("-12345678901.125")], pa.decimal128(20, 3)),
    "nothing": pa.array([None] * 4, pa.string()),
})


def plain(value):
    if isinstance(value, datetime.datetime):
        return {"ms": round(value.replace(tzinfo=utc).timestamp() * 1000)}
    if isinstance(value, datetime.date):
        return {"ms": (value - datetime.date(1970, 1, 1)).days * 86400000}
    if isinstance(value, D):
        return float(value)
    if isinstance(value, float) and abs(value) == float("inf"):
        return str(value)
    if isinstance(value, int) and abs(value) > 2**53:
        return {"int": str(value)}
    return value


for compression in ["none", "snappy", "gzip", "brotli", "zstd", "lz4"]:
    pq.write_table(table, out / f"{compression}.parquet", compression=compression, row_group_size=3)
pq.write_table(pa.table({"id": [1, 2], "tags": [["a"], ["b", "c"]]}), out / "nested.parquet")
repeated = pa.table({"n": pa.array(range(3000), pa.int32()), "s": pa.array([f"text {i % 7}" for i in range(3000)])})
pq.write_table(repeated, out / "pages.parquet", row_group_size=1000, data_page_size=500, version="2.6", data_page_version="2.0")
for name, compression in [("lz4", "lz4"), ("zstd", "zstd"), ("plain", "uncompressed")]:
    feather.write_feather(table, out / f"{name}.arrow", compression=compression)
feather.write_feather(repeated, out / "blocks.arrow", compression="lz4", chunksize=3000)
with ipc.new_stream(out / "stream.arrows", table.schema) as writer:
    for batch in table.to_batches(max_chunksize=3):
        writer.write_batch(batch)
feather.write_feather(pa.table({"id": [1], "tags": [["a"]]}), out / "nested.arrow")
columns = {name: [plain(value) for value in table.column(name).to_pylist()] for name in table.column_names}
(out / "tables.json").write_text(json.dumps({"made_with": f"pyarrow {pa.__version__}", "columns": columns}, indent=1) + "\n")
