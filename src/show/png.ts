import { crc32, deflateSync } from "node:zlib";
import { ValueError } from "../torch/errors.js";

const colorTypes: Record<number, number> = { 1: 0, 2: 4, 3: 2, 4: 6 }; // channels -> grey, grey+alpha, RGB, RGBA

/** An 8-bit PNG file of interleaved pixels. `data` [height, width, channels] with 1 (grey), 2, 3 (RGB) or 4 channels. */
export function encodePng(data: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const colorType = colorTypes[channels];
  const expected = width * height * channels;
  if (colorType === undefined || data.length !== expected) {
    throw new ValueError(
      `encodePng: expected ${width}x${height} pixels of 1 to 4 channels, got ${data.length} bytes for ${channels} channels.`,
    );
  }
  const stride = width * channels;
  const rows = Buffer.alloc((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    const out = y * (stride + 1);
    rows[out] = 1; // filter "sub": every byte less its left neighbour, which packs photos better than none
    for (let i = 0; i < stride; i++) {
      const left = i < channels ? 0 : (data[y * stride + i - channels] ?? 0);
      rows[out + 1 + i] = (data[y * stride + i] ?? 0) - left;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, colorType, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows, { level: 6 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, body: Uint8Array): Buffer {
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, "latin1");
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, body.length + 8)), body.length + 8);
  return out;
}
