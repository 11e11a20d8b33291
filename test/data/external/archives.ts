import { crc32, deflateRawSync } from "node:zlib";

/** A member to be packed. */
export interface Member {
  name: string;
  body?: string | Buffer;
  /** The tar type flag. Default "0". */
  flag?: string;
  /** What a link leads to. */
  linkTo?: string;
}

function block(name: string, size: number, flag: string, linkTo: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name.slice(0, 100), 0);
  header.write("0000644\0", 100);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.fill(32, 148, 156);
  header.write(flag, 156);
  header.write(linkTo.slice(0, 100), 157);
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((a, b) => a + b, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** A tar archive, written by hand so that it may also be wrong. */
export function tarOf(members: readonly Member[]): Buffer {
  const parts = members.flatMap(({ name, body = "", flag = "0", linkTo = "" }) => {
    const bytes = Buffer.from(body);
    const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
    return [block(name, bytes.length, flag, linkTo), bytes, padding];
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

/** A zip archive; members with a body of more than 20 bytes are deflated. */
export function zipOf(members: readonly Member[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, body = "" } of members) {
    const raw = Buffer.from(body);
    const method = raw.length > 20 ? 8 : 0;
    const packed = method === 8 ? deflateRawSync(raw) : raw;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc32(raw), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(raw.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), packed]);
    const entry = Buffer.concat([
      Buffer.from("PK\x01\x02"),
      Buffer.from([20, 0]),
      common,
      Buffer.alloc(14),
      Buffer.from(name),
    ]);
    entry.writeUInt32LE(offset, 42);
    locals.push(local);
    directory.push(entry);
    offset += local.length;
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", 0, "latin1");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}
