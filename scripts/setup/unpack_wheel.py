"""Unpacks chosen folders of a wheel and checks every file against the hashes in the wheel's RECORD.

usage: unpack_wheel.py WHEEL TARGET PREFIX... [--skip NAME...]
Exits 3 when the wheel is damaged (one line on stderr says how), 4 when the disk does not take it.
"""
import base64
import csv
import hashlib
import io
import os
import sys
import zipfile


def damaged(why):
    print(why, file=sys.stderr)
    sys.exit(3)


def record_hashes(wheel):
    name = next(n for n in wheel.namelist() if n.endswith(".dist-info/RECORD"))
    rows = csv.reader(io.StringIO(wheel.read(name).decode()))
    return {row[0]: row[1].partition("=")[2] for row in rows if row[1].startswith("sha256=")}


def unpack(wheel, name, target, wanted):
    path = os.path.join(target, *name.split("/"))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    digest = hashlib.sha256()
    with wheel.open(name) as source, open(path, "wb") as out:
        while chunk := source.read(1 << 20):
            digest.update(chunk)
            out.write(chunk)
    found = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
    if wanted is not None and found != wanted:
        damaged(f"{name} does not have the hash that the wheel records for it")


def main():
    args = sys.argv[1:]
    skip = set(args[args.index("--skip") + 1:]) if "--skip" in args else set()
    args = args[: args.index("--skip")] if "--skip" in args else args
    file, target, prefixes = args[0], args[1], tuple(args[2:])
    try:
        with zipfile.ZipFile(file) as wheel:
            hashes = record_hashes(wheel)
            for name in wheel.namelist():
                if name.endswith("/") or os.path.basename(name) in skip or ".." in name.split("/"):
                    continue
                if name.startswith(prefixes):
                    unpack(wheel, name, target, hashes.get(name))
    except (zipfile.BadZipFile, StopIteration, EOFError) as error:
        damaged(f"not a whole zip file ({error})")
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(4)
    except Exception as error:  # zlib.error and what else a broken stream raises
        damaged(f"{type(error).__name__}: {error}")


main()
